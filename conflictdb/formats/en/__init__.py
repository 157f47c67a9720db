"""Formats for every English locale."""
