"""The real product, started by `manage.py run`, driven from its own contract by schemathesis with every check it knows.

This module is also schemathesis' hooks module (SCHEMATHESIS_HOOKS), where the two facts stand that a contract cannot say.
"""

import os
import signal
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.conf import settings

STARTING = 180  # seconds; a few on a machine that does nothing else
MOST_NAMES = 20
OPERATIONS = (settings.BASE_DIR / "api" / "openapi.yaml").read_text(encoding="utf-8").count("operationId: ")
DRIVING = 600  # seconds; two minutes on a machine that does nothing else
CONFIG = """
hooks = "tests.api.test_live"
generation.max-examples = 20
generation.deterministic = true
continue-on-failure = true

# The coverage phase goes through every boundary of every parameter: incidents have every type of parameter that there is.
# Claims, the other long list, read theirs by the same code, and are fuzzed; test_filters.py gives each every bad value.
[[operations]]
include-operation-id = ["claims_list", "aggregates_list"]
phases.coverage.enabled = false

[checks]
positive_data_acceptance.enabled = false # replaced by good_requests_are_answered below
# The server in front of the application refuses over-long addresses before anybody reads what is in them.
negative_data_rejection.expected-statuses = [400, 404, 405, 406, 414, 431]
"""
# How faults begin of requests that the contract cannot tell from good ones: of what is not there, of values that need
# another or contradict it, of latitudes, which share a list with longitudes; of parameters that
# another format takes; of expressions, which have a grammar; and of dimensions and orders that do not go together.
FORESEEN = (
    "There is no ", "Not a cursor of this server", "Needs ", "Lies before ", "Holds a south ", "south: ", "north: ",
    "latitude: ", "At character ", "Is for ", "Takes one dimension of time", "Not asked for: ", "Names something twice",
    "Is at most 100 with expand.", "Says what ",
)  # fmt: skip


@schemathesis.hook
def before_load_schema(_context: Any, schema: dict[str, Any]) -> None:
    """Let any field be absent, as `fields=` has it; tests/api/test_contract.py holds answers to what is required.

    Of the hundreds of names that `fields` takes a few are tried here; test_contract.py and test_documents.py try all of them.
    """
    for component in schema["components"]["schemas"].values():
        component.pop("required", None)
    for path in schema["paths"].values():
        for parameter in path["get"].get("parameters", ()):
            if parameter["name"] == "fields":
                names = parameter["schema"]["items"]["enum"]
                names[:] = names[:: len(names) // MOST_NAMES + 1]


@schemathesis.check
def good_requests_are_answered(_context: Any, response: Any, case: Any) -> None:
    """Accept what the contract calls valid; it cannot rule out slugs of no record, made-up cursors, and values at odds."""
    if not case.meta or not case.meta.generation.mode.is_positive or response.status_code != 400:
        return
    faults = [error["detail"] for error in response.json()["errors"]]
    unforeseen = [fault for fault in faults if not fault.startswith(FORESEEN)]
    unforeseen += [fault for fault in faults if fault.startswith(("There is no field", "There is no such parameter"))]
    assert not unforeseen, unforeseen


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the product with a data folder of its own, and see its server and its database gone in the end."""
    folder = tmp_path_factory.mktemp("live")
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"CONFLICTDB_DATA_DIR": str(folder / "data"), "PYTHONUNBUFFERED": "1"}
    with (folder / "log").open("wb") as log:
        run = subprocess.Popen(
            [sys.executable, "manage.py", "run", "--port", str(port), "--workers", "2"],
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_for_line(folder / "log", "Ctrl-C stops", run)
            yield f"http://127.0.0.1:{port}"
        finally:
            run.send_signal(signal.SIGTERM)
            run.wait(60)
    assert not (folder / "data" / "pg" / "postmaster.pid").exists()
    with socket.socket() as caller:
        assert caller.connect_ex(("127.0.0.1", port)) != 0


def wait_for_line(log: Path, line: str, run: subprocess.Popen[bytes]) -> None:
    """Return once a log holds a line; fail with the log if the program ends before or takes too long."""
    for _ in range(STARTING * 10):
        if line in log.read_text(encoding="utf-8"):
            return
        try:
            run.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    pytest.fail(log.read_text(encoding="utf-8"))


def test_server_keeps_its_contract(server: str, tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(CONFIG, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(settings.BASE_DIR), "DJANGO_SETTINGS_MODULE": "conflictdb.settings"}
    driver = subprocess.run(
        [
            Path(sysconfig.get_path("scripts")) / "st",
            "--no-color",
            "run",
            f"{server}/api/v1/schema/",
            "--workers=2",
            "--warnings=off",
        ],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=DRIVING,
        check=False,
    )
    assert driver.returncode == 0, driver.stdout + driver.stderr
    assert f"{OPERATIONS} selected / {OPERATIONS} total" in driver.stdout
