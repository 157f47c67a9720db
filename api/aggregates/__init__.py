"""Aggregates: incidents counted and their figures added up, by one to three dimensions, in one statement."""
