"""The database backend ``conflictdb.postgresql``: Django's own, connected to the private cluster in ``DATA_FOLDER``."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db.backends.postgresql.base import DatabaseWrapper as PostgresqlDatabaseWrapper
from django.db.backends.postgresql.client import DatabaseClient as PostgresqlDatabaseClient
from django.db.utils import OperationalError

from conflictdb.embedded import ClusterError, shared_cluster


class DatabaseClient(PostgresqlDatabaseClient):
    """``manage.py dbshell`` with the cluster's own psql."""

    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, Any], parameters: Iterable[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        """Start the server if need be and point psql at it."""
        cluster = shared_cluster(Path(settings_dict["DATA_FOLDER"]))
        address = {name.upper(): value for name, value in cluster.ensure_running().items()}
        arguments, env = super().settings_to_cmd_args_env({**settings_dict, **address}, parameters)
        return [str(cluster.server.binaries / "psql"), *arguments[1:]], env


class DatabaseWrapper(PostgresqlDatabaseWrapper):
    """A connection to the private cluster.

    The entry in ``DATABASES`` names ``DATA_FOLDER`` and ``NAME``; host, port and user are the cluster's to say.
    """

    client_class = DatabaseClient

    def get_connection_params(self) -> dict[str, Any]:
        """Return what Django's own does, for a server that runs and has the database; else ``OperationalError``."""
        parameters = super().get_connection_params()
        cluster = shared_cluster(Path(self.settings_dict["DATA_FOLDER"]))
        try:
            parameters.update(cluster.ensure_running())
            if name := self.settings_dict["NAME"]:  # None is Django's way to ask for the database postgres
                cluster.ensure_database(name)
        except ClusterError as error:
            raise OperationalError(str(error)) from error
        return parameters
