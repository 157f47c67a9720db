"""Datasets as JSON."""

from rest_framework import serializers

from api.serializers.base import AddressField, link
from conflictdb.models import Dataset, Import


class ImportSerializer(serializers.ModelSerializer):
    """One run of an importer over one file."""

    class Meta:
        model = Import
        fields = ["format", "file_name", "sha256", "outcome", "counts", "started_at", "finished_at"]


class DatasetSerializer(serializers.ModelSerializer):
    """One release of a body of records, with its terms."""

    url = link("dataset")
    homepage = AddressField(source="url", read_only=True, help_text=Dataset._meta.get_field("url").help_text)

    class Meta:
        model = Dataset
        fields = [
            "url",
            "slug",
            "series",
            "title",
            "version",
            "publisher",
            "licence",
            "citation",
            "homepage",
            "released_on",
            "description",
            "created_at",
            "updated_at",
        ]


class DatasetDetailSerializer(DatasetSerializer):
    """One release, with the imports that brought it."""

    imports = ImportSerializer(many=True, read_only=True, help_text="Runs of importers that loaded it, latest first.")

    class Meta(DatasetSerializer.Meta):
        fields = [*DatasetSerializer.Meta.fields, "imports"]
