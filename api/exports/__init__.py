"""Exports: every row that a list's filters match, in one file, in the formats that researchers open; one module a format."""
