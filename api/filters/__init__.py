"""Filters, one module a noun."""
