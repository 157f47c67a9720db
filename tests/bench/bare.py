"""Bare SQL: the same rows as JSON, prepared, asked by pgbench, which does nothing with them."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.bench.databases import Database
from tests.bench.subjects import DETAILS, Query

DRAW = f"\\set {{name}} random(0, {len(DETAILS) - 1}) * {DETAILS.step} + {DETAILS.start}\n"


def script(query: Query) -> str:
    """Write a query as pgbench runs it."""
    return (DRAW.format(name=query.drawn) if query.drawn else "") + query.text.strip() + ";\n"


def rate(database: Database, file: Path, values: Mapping[str, str], connections: int, seconds: int) -> float:
    """Run a script over so many connections, and return how often a second."""
    command = [str(database.programs / "pgbench"), "--no-vacuum", "--protocol=prepared", f"--file={file}"]
    command += [f"--time={seconds}", f"--client={connections}", f"--jobs={min(2, connections)}"]
    command += [f"--define={name}={value}" for name, value in values.items()]
    done = subprocess.run(
        command, env=database.environment | database.variables, capture_output=True, text=True, check=False
    )
    found = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
    if done.returncode or not found:
        message = f"pgbench: {done.stderr.strip()}"
        raise RuntimeError(message)
    return float(found[1])
