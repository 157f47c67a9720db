"""``manage.py run``: from an empty folder to a served dataset, step by step."""

import os
import secrets
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, CommandError, call_command
from django.db import OperationalError, connection

from conflictdb.embedded import shared_cluster
from conflictdb.models import Dataset

ADMIN = "admin"
PATIENCE = 60  # seconds that a server may take to answer


class Command(BaseCommand):
    """Prepares the database, loads the seed dataset once, and serves until it is interrupted."""

    help = (
        "Start the database, migrate it, load the seed dataset and make a demo admin if this is the first start, then "
        "serve the API, its documentation and the admin until Ctrl-C."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say where to listen and with how many processes."""
        parser.add_argument("--host", default="127.0.0.1", help="Address to listen on (default: %(default)s).")
        parser.add_argument("--port", type=int, default=8000, help="Port to listen on (default: %(default)s).")
        parser.add_argument(
            "--workers",
            type=int,
            default=int(os.environ.get("WEB_CONCURRENCY", "0")) or os.cpu_count() or 2,
            help="Server processes; each answers one request at a time (default: one a core, %(default)s).",
        )

    def handle(self, *, host: str, port: int, workers: int, **_: Any) -> None:
        """Go through the steps; each says what it does before it does it."""
        signal.signal(signal.SIGTERM, interrupt)
        try:
            self.step("Starting PostgreSQL", self.start_database)
            self.step("Migrating the database", lambda: call_command("migrate", verbosity=0, interactive=False))
            self.step("Loading the seed dataset", self.load_seed)
            password = self.step("Making the demo admin", self.make_admin)
            connection.close()
            with serving(host, port, workers) as server:
                self.step(f"Serving with {workers} processes", lambda: wait_until_ready(server, host, port))
                self.show_addresses(f"http://{host}:{port}", password)
                if status := server.wait():
                    message = f"The server ended by itself (status {status}); what it printed above tells why."
                    raise CommandError(message)
        except KeyboardInterrupt:
            self.stdout.write("\nStopping …")
        finally:
            self.stop_database()

    def step(self, what: str, do: Any) -> Any:
        """Do one step of the way, and say how it went and how long it took."""
        self.stdout.write(f"{what} … ", ending="")
        self.stdout.flush()
        began = time.monotonic()
        outcome = do()
        note = f", {outcome[0]}" if isinstance(outcome, tuple) else ""
        self.stdout.write(self.style.SUCCESS(f"done{note} ({time.monotonic() - began:.1f} s)"))
        return outcome[1] if isinstance(outcome, tuple) else outcome

    def start_database(self) -> tuple[str, None]:
        """Connect, which starts the private cluster where no DATABASE_URL names a server."""
        try:
            connection.ensure_connection()
        except OperationalError as error:
            raise CommandError(str(error).strip()) from error
        version = ".".join(str(part) for part in connection.pg_version and divmod(connection.pg_version, 10_000))
        place = settings.DATABASES["default"].get("DATA_FOLDER")
        return f"version {version} " + (f"in {place}" if place else "of DATABASE_URL"), None

    def load_seed(self) -> tuple[str, None]:
        """Load the fixtures at the first start only: what editors changed since is theirs."""
        if Dataset.objects.filter(slug="conflictdb-seed").exists():
            return "it is there already", None
        call_command("loaddata", "countries", "seed", verbosity=0)
        return "it is new", None

    def make_admin(self) -> tuple[str, str | None]:
        """Make an administrator where there is none; return its password if it is new."""
        users = get_user_model().objects
        if users.filter(is_superuser=True).exists():
            return "there is one already", None
        password = os.environ.get("CONFLICTDB_ADMIN_PASSWORD") or secrets.token_urlsafe(12)
        users.create_superuser(ADMIN, password=password)
        return "it is new", password

    def show_addresses(self, origin: str, password: str | None) -> None:
        """Tell what to open."""
        login = ""
        if os.environ.get("CONFLICTDB_ADMIN_PASSWORD"):
            login = f"  (user {ADMIN}, password from CONFLICTDB_ADMIN_PASSWORD)"
        elif password:
            login = f"  (user {ADMIN}, password {password} – shown only this once)"
        self.stdout.write(
            f"\n  Start here   {origin}/\n"
            f"  Try the API  {origin}/api/docs/\n"
            f"  JSON         {origin}/api/v1/incidents/\n"
            f"  Editors      {origin}/admin/{login}\n\n"
            "Ctrl-C stops the server and its database; the data stays."
        )
        self.stdout.flush()

    def stop_database(self) -> None:
        """Let go of the private cluster and see it stopped, if nobody else uses it."""
        connection.close()
        if folder := settings.DATABASES["default"].get("DATA_FOLDER"):
            shared_cluster(folder).stop()


def interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Treat a polite end like Ctrl-C."""
    raise KeyboardInterrupt


@contextmanager
def serving(host: str, port: int, workers: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run gunicorn in a process of its own, and see it ended on the way out."""
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "conflictdb.wsgi",
        "--bind",
        f"{host}:{port}",
        "--workers",
        str(workers),
    ]
    # gunicorn 27 would open a control socket in the home folder; a worker's heartbeat file belongs in memory.
    command += ["--no-control-socket", "--log-level", "warning"]
    server = subprocess.Popen(command, cwd=settings.BASE_DIR, start_new_session=True)  # noqa: S603 – no shell, our own words
    try:
        yield server
    finally:
        server.terminate()
        server.wait()


def wait_until_ready(server: subprocess.Popen[bytes], host: str, port: int) -> None:
    """Return once the server says that it can answer; raise `CommandError` if it ends or takes too long."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if server.poll() is not None:
            message = f"The server could not start on {host}:{port}; what it printed above tells why."
            raise CommandError(message)
        try:
            with urlopen(f"http://{host}:{port}/readyz", timeout=5):
                return
        except (URLError, TimeoutError, ConnectionError):
            time.sleep(0.05)
    message = f"The server did not answer within {PATIENCE} seconds."
    raise CommandError(message)
