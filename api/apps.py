"""The Django app that serves the API and its pages."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The API's app."""

    name = "api"
    verbose_name = "API"
