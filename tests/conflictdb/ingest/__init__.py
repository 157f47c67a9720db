"""Tests of reading publishers' files."""
