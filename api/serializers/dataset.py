"""Datasets as JSON."""

from typing import Any

from django.db.models import Func, JSONField, Value
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.coverage import Span, of_dataset
from api.serializers.base import AddressField, Expressed, link
from api.spelling import Document
from api.statements import Slot
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


SPAN = "span"  # the slot for what a dataset's records span, as JSON of the two members below


class SpanSerializer(Expressed, serializers.Serializer):
    """A part of what the records of a dataset span, which is not worked out row by row but given to the statement."""

    member = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Read the whole dataset."""
        super().__init__(*args, **{**kwargs, "source": "*", "read_only": True})

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Look it up."""
        shown = span_as_shown(of_dataset(instance))[self.member]
        return {str(name): shown[str(name)] for name in self.fields}

    def expression(self) -> Any:
        """Take the members that are shown out of what was given."""
        return Document({name: self._part(name) for name in map(str, self.fields)})

    def _part(self, name: str) -> Func:
        given = Func(Slot(SPAN), template="%(expressions)s::json", output_field=JSONField())
        return Func(given, Value(self.member), Value(name), function="json_extract_path", output_field=JSONField())


@extend_schema_field({"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4})
class BoxField(serializers.JSONField):
    """West, south, east and north."""


class CountryNameSerializer(serializers.Serializer):
    """A country in which an incident of a dataset happened."""

    slug = serializers.CharField(help_text="The country's slug.")
    name = serializers.CharField(help_text="English short name.")
    iso3 = serializers.CharField(help_text="ISO 3166-1 alpha-3 code; empty where ISO has none.")


@extend_schema_field(CountryNameSerializer(many=True))
class CountriesField(serializers.JSONField):
    """The countries in which incidents of a dataset happened."""


class CoverageSerializer(SpanSerializer):
    """The days and places that the published incidents of a dataset cover."""

    member = "coverage"
    first_day = serializers.DateField(
        allow_null=True, help_text="First day on which one may have begun; null if not known."
    )
    last_day = serializers.DateField(
        allow_null=True, help_text="Last day on which one may have ended; null if not known."
    )
    bbox = BoxField(
        allow_null=True, help_text="West, south, east and north, in WGS 84 degrees; null where none has coordinates."
    )
    countries = CountriesField(help_text="The countries they happened in, by slug.")


class CountsSerializer(SpanSerializer):
    """How many records of a dataset its lists show, where nothing else is asked."""

    member = "counts"
    incidents = serializers.IntegerField(min_value=0, help_text="Published incidents.")
    claims = serializers.IntegerField(min_value=0, help_text="Standing claims.")
    actors = serializers.IntegerField(min_value=0, help_text="Actors.")
    sources = serializers.IntegerField(min_value=0, help_text="Sources.")
    conflicts = serializers.IntegerField(min_value=0, help_text="Conflicts and dyads.")


class DatasetDetailSerializer(DatasetSerializer):
    """One release, with what its records cover, how many there are, and the imports that brought it."""

    coverage = CoverageSerializer(help_text="The days and places that its published incidents cover.")
    counts = CountsSerializer(help_text="How many records of it there are.")
    imports = ImportSerializer(many=True, read_only=True, help_text="Runs of importers that loaded it, latest first.")

    class Meta(DatasetSerializer.Meta):
        fields = [*DatasetSerializer.Meta.fields, "coverage", "counts", "imports"]


def span_as_shown(span: Span) -> dict[str, Any]:
    """What a dataset's records span, as its page shows it."""
    first, last = (day and day.isoformat() for day in (span.first_day, span.last_day))
    covered = {"first_day": first, "last_day": last, "bbox": span.bbox, "countries": span.countries}
    return {"coverage": covered, "counts": span.counts}
