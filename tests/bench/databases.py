"""The databases that are measured: a private cluster for each size, built once and kept under ``var/bench-N``."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg

from conflictdb.embedded import shared_cluster

FOLDER = Path(os.environ.get("CONFLICTDB_DATA_DIR") or "var").absolute()
# What every process of a measurement is started with. DATABASE_URL would name a server with other people's data.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | {
    "DJANGO_SETTINGS_MODULE": "conflictdb.settings",
    "CONFLICTDB_SECRET_KEY": "a key for measuring only, of no use to anybody else at all",
    "CONFLICTDB_THROTTLE": "100000000/min",
    "CONFLICTDB_LOG_LEVEL": "ERROR",
}


class Database:
    """One database of generated incidents; its server runs from the first ``address`` until this process ends."""

    def __init__(self, size: int) -> None:
        """Name the database of ``size`` incidents."""
        self.size = size
        self.folder = FOLDER / f"bench-{size}"
        self.cluster = shared_cluster(self.folder / "pg")
        self.environment = ENVIRONMENT | {"CONFLICTDB_DATA_DIR": str(self.folder)}

    @property
    def address(self) -> dict[str, str]:
        """Where clients of PostgreSQL find it, as libpq names the parts."""
        self.cluster.ensure_database("conflictdb")
        return {**self.cluster.ensure_running(), "dbname": "conflictdb"}

    @property
    def variables(self) -> dict[str, str]:
        """The same as libpq's variables of the environment."""
        address = self.address
        return {f"PG{name.upper()}": address[name] for name in ("host", "port", "user")} | {
            "PGDATABASE": address["dbname"]
        }

    @property
    def programs(self) -> Path:
        """The folder of PostgreSQL's programs."""
        return self.cluster.server.binaries

    @property
    def postmaster(self) -> int:
        """The id of PostgreSQL's first process."""
        return int((self.cluster.server.data / "postmaster.pid").read_text(encoding="ascii").splitlines()[0])

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """Open a connection that commits each statement by itself."""
        return psycopg.connect(autocommit=True, **self.address)

    def manage(self, *arguments: str) -> None:
        """Run a command of manage.py on it."""
        subprocess.run([sys.executable, "manage.py", *arguments, "--verbosity", "0"], env=self.environment, check=True)
