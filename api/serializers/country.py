"""Countries as JSON."""

from rest_framework import serializers

from api.serializers.base import link
from conflictdb.models import Country


class CountrySerializer(serializers.ModelSerializer):
    """A state or territory, as a place."""

    url = link("country")

    class Meta:
        model = Country
        fields = ["url", "slug", "name", "iso3", "gwno", "region", "is_historical", "created_at", "updated_at"]
