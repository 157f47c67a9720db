"""Serializers: the single description of what leaves the API, one module a noun."""
