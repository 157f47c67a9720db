"""``manage.py run``: from an empty folder to a served dataset, step by step."""

import errno
import os
import secrets
import signal
import socket
import time
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, CommandError, call_command
from django.db import Error, connection

from conflictdb import serving
from conflictdb.embedded import shared_cluster
from conflictdb.models import Dataset

ADMIN = "admin"
EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 – and where to find who listens there
ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # Ctrl-C, a polite end, a closed terminal
MOST_WORKERS = 8  # unless more are asked for: each keeps a few connections, of which the private cluster has 100
TURN = 0x636F6E66  # the advisory lock under which a database is prepared
PORT_TROUBLE = {
    errno.EADDRINUSE: "another program listens there. Stop it, or choose another port: make run PORT={next}",
    errno.EACCES: "this port is reserved for the administrator. Choose one from 1024 up: make run PORT=8000",
    errno.EADDRNOTAVAIL: "this machine has no such address. Choose one of its own: make run HOST=127.0.0.1",
}


class Command(BaseCommand):
    """Prepares the database, loads the seed dataset once, and serves until it is interrupted."""

    help = (
        "Start the database, migrate it, load the seed dataset and make a demo admin if this is the first start, then "
        "serve the API, its documentation and the admin until Ctrl-C."
    )
    login = ""  # what to tell about the admin's password

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say where to listen and with how many processes."""
        parser.add_argument("--host", default="127.0.0.1", help="Address to listen on (default: %(default)s).")
        parser.add_argument(
            "--port", type=int, default=8000, help="Port to listen on, 0 for any free one (default: %(default)s)."
        )
        parser.add_argument(
            "--workers",
            type=int,
            default=min(serving.WORKERS, MOST_WORKERS),
            help="Server processes (default: one a core, here %(default)s).",
        )

    def handle(self, *, host: str, port: int, workers: int, **_: Any) -> None:
        """Go through the steps; each says what it does before it does it."""
        for end in ENDS:
            signal.signal(end, interrupt)
        try:
            with listen(host, port) as listener:  # first of all: who cannot have the port need not start a database
                self.step("Starting PostgreSQL", self.start_database)
                self.step("Migrating the database", self.migrate)
                self.step("Making the admin", self.make_admin)
                self.step("Loading the seed dataset", self.load_seed)  # the last: it closes the connection, as Django's
                connection.close()  # ends the turn of preparing; the workers open connections of their own
                self.serve(listener, host, workers)
        except KeyboardInterrupt:
            self.say("")
        finally:
            self.stop_database()

    def say(self, line: str, ending: str = "\n") -> None:
        """Tell the user; a terminal that was closed meanwhile is no reason to leave a server behind."""
        with suppress(OSError):
            self.stdout.write(line, ending=ending)
            self.stdout.flush()

    def step(self, what: str, do: Callable[[], str]) -> None:
        """Do one step of the way, and say how it went and how long it took."""
        self.say(f"{what} … ", ending="")
        began = time.monotonic()
        try:
            outcome = do()
        except Exception:
            self.say(self.style.ERROR("failed"))
            raise
        self.say(self.style.SUCCESS(f"{outcome} ({time.monotonic() - began:.1f} s)"))

    def start_database(self) -> str:
        """Connect, which starts the private cluster where no DATABASE_URL names a server; then wait for one's turn.

        Of two commands that start at once one prepares the database and the other finds it prepared.
        """
        folder = settings.DATABASES["default"].get("DATA_FOLDER")
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT current_setting('server_version'), pg_advisory_lock(%s)", [TURN])
                version = cursor.fetchone()[0].split()[0]
        except Error as error:
            message = str(error).strip()
            if not folder:
                message = (
                    f"The server that DATABASE_URL names does not let us in:\n{message}\n"
                    "Correct DATABASE_URL (postgresql://user:password@host:5432/database, special characters "
                    "percent-encoded; the database must exist), or unset it to have a private PostgreSQL."
                )
            raise CommandError(message) from error
        return f"version {version} in {folder}" if folder else f"not needed, DATABASE_URL names one (version {version})"

    def migrate(self) -> str:
        """Bring the database's tables to those of this code."""
        try:
            call_command("migrate", verbosity=0, interactive=False)
        except Error as error:
            message = (
                f"The database could not be migrated:\n{str(error).strip()}\n"
                "Its user must own the database or be allowed to make tables in it, and its tables must be "
                "conflictdb's alone."
            )
            raise CommandError(message) from error
        return "done"

    def load_seed(self) -> str:
        """Load the fixtures into an empty database only: what editors changed or removed since is theirs."""
        if Dataset.objects.exists():
            return "not again, the data is there"
        call_command("loaddata", "countries", "seed", verbosity=0)
        return "done"

    def make_admin(self) -> str:
        """Make an administrator where there is none, with a password that is given or made up."""
        users = get_user_model().objects
        if users.filter(is_superuser=True).exists():
            self.login = '  (forgot the password? make manage DO="changepassword admin")'
            return "not again, there is one"
        given = os.environ.get("CONFLICTDB_ADMIN_PASSWORD")
        password = given or secrets.token_urlsafe(12)
        users.create_superuser(ADMIN, password=password)
        told = "password from CONFLICTDB_ADMIN_PASSWORD" if given else f"password {password} – shown only this once"
        self.login = f"  (user {ADMIN}, {told})"
        return "done"

    def serve(self, listener: socket.socket, host: str, workers: int) -> None:
        """Serve until it is told to end."""
        port = listener.getsockname()[1]
        name = EVERYWHERE.get(host) or (f"[{host}]" if ":" in host else host)
        if name not in settings.ALLOWED_HOSTS:  # who asks to be served there means to be reached there
            settings.ALLOWED_HOSTS.append(name)
        server = serving.Server(listener, workers, hosts=settings.ALLOWED_HOSTS, log_access=False)

        def begin() -> None:
            """Have granian take a closed terminal for an end, not for a wish to reload; it sets its signals before this."""
            signal.signal(signal.SIGHUP, server.signal_handler_interrupt)

        server.on_startup(begin)
        server.run(lambda: self.show_addresses(f"http://{name}:{port}", host, workers))

    def show_addresses(self, origin: str, host: str, workers: int) -> None:
        """Tell what to open."""
        self.say(
            f"Serving with {workers} processes.\n\n"
            f"  Start here   {origin}/\n"
            f"  Try the API  {origin}/api/docs/\n"
            f"  JSON         {origin}/api/v1/incidents/\n"
            f"  Editors      {origin}/admin/{self.login}\n"
        )
        if host in EVERYWHERE and not os.environ.get("CONFLICTDB_ALLOWED_HOSTS"):
            self.say("Other machines get in by the names that CONFLICTDB_ALLOWED_HOSTS lists; it is not set.")
        self.say("Ctrl-C stops the server and its database; the data stays.")

    def stop_database(self) -> None:
        """Let go of the private cluster and see it stopped, if nobody else uses it."""
        for end in ENDS:
            signal.signal(end, signal.SIG_IGN)  # it is being done
        connection.close()
        folder = settings.DATABASES["default"].get("DATA_FOLDER")
        with suppress(NotADirectoryError):  # the data folder is a file, as was said: no server lives there
            if folder and not shared_cluster(Path(folder)).stop():
                self.say("PostgreSQL goes on: another process uses it.")


def interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Treat every wish to end like Ctrl-C."""
    raise KeyboardInterrupt


def listen(host: str, port: int) -> socket.socket:
    """Take the port, or say who could have it instead."""
    try:
        return serving.listen(host, port)
    except (OSError, OverflowError) as error:
        reason = PORT_TROUBLE.get(getattr(error, "errno", 0), str(error)).format(next=port + 1)
        message = f"Cannot listen on {host} port {port}: {reason}"
        raise CommandError(message) from error
