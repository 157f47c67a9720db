"""The Django app that holds the dataset."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from conflictdb.triggers import install_after_migrations


class ConflictdbConfig(AppConfig):
    """The dataset's app."""

    name = "conflictdb"
    verbose_name = "Conflict dataset"

    def ready(self) -> None:
        """Keep the database's triggers at the code's after every migration, and its indexes whole."""
        from conflictdb.ingest.indexes import restore_after_migrations  # noqa: PLC0415 – needs the models, ready by now

        post_migrate.connect(install_after_migrations, sender=self)
        post_migrate.connect(restore_after_migrations, sender=self)
