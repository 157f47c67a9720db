"""Tests; each room has a folder of the same name."""
