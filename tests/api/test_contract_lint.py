"""The contract passes the linter that most who publish one use, at its recommended rules."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from api import contract

LINTER = "@redocly/cli@2.77.0"  # one package of 15 MB without dependencies, kept in var/ once it was fetched
FETCHING = 60  # seconds
RULES = """
extends: [recommended]
rules:
  no-path-trailing-slash: off # addresses end in one, as Django's do; without it they redirect
"""


def programs() -> dict[str, str]:
    """Find node and npm; skip where they are missing or too old for the linter."""
    found = {name: shutil.which(name) for name in ("node", "npm")}
    if missing := [name for name, path in found.items() if not path]:
        pytest.skip(f"{' and '.join(missing)} not installed")
    version = subprocess.run([found["node"] or "", "--version"], capture_output=True, text=True, check=True).stdout
    major, minor, *_ = map(int, re.findall(r"\d+", version))
    if not ((major, minor) >= (22, 12) or (major == 20 and minor >= 19)):
        pytest.skip(f"node is {version.strip()}; {LINTER} needs 20.19 or 22.12")
    return {name: path for name, path in found.items() if path}


@pytest.fixture
def linter() -> list[str]:
    """Fetch the linter where it is not here yet; skip where it cannot be had."""
    has = programs()
    folder = settings.DATA_DIR / "npm" / re.sub(r"\W+", "-", LINTER).strip("-")
    script = folder / "node_modules" / "@redocly" / "cli" / "bin" / "cli.js"
    if not script.exists():
        folder.mkdir(parents=True, exist_ok=True)
        fetch = [
            has["npm"],
            "install",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--prefix=.",
            "--cache=cache",
            LINTER,
        ]
        try:
            subprocess.run(fetch, capture_output=True, check=True, timeout=FETCHING, cwd=folder)
        except subprocess.SubprocessError as fault:
            pytest.skip(f"{LINTER} could not be fetched: {fault}")
    return [has["node"], str(script)]


def lint(linter: list[str], file: Path, folder: Path) -> dict[str, Any]:
    """Lint a contract, telling nobody; return what was found."""
    rules = folder / "redocly.yaml"
    rules.write_text(RULES, encoding="utf-8")
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "HOME": str(folder)}
    command = [*linter, "lint", f"--config={rules}", "--format=json", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env={**os.environ, **quiet})
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_contract_passes_without_error_or_warning(linter: list[str], tmp_path: Path) -> None:
    found = lint(linter, contract.FILE, tmp_path)
    assert found["problems"] == []
    assert found["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}


def test_contract_that_is_wrong_does_not(linter: list[str], tmp_path: Path) -> None:
    """The linter reads the contract at all: one that has a name twice is refused."""
    broken = tmp_path / "broken.yaml"
    text = contract.FILE.read_text(encoding="utf-8")
    broken.write_text(text.replace("operationId: datasets_list\n", "operationId: claims_list\n"), encoding="utf-8")
    assert "operation-operationId-unique" in {each["ruleId"] for each in lint(linter, broken, tmp_path)["problems"]}
