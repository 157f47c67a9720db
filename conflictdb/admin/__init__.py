"""The curators' desk: Django admin for people who code incidents all day; one module a noun."""

from django.contrib import admin

from conflictdb.admin import actor, claim, conflict, country, dataset, imports, incident, relation, source

admin.site.site_header = "conflictdb"
admin.site.site_title = "conflictdb"
admin.site.index_title = "Coding desk"

__all__ = ["actor", "claim", "conflict", "country", "dataset", "imports", "incident", "relation", "source"]
