"""README's programs, run as they stand, and a typed client made from the contract: all against the live server."""

import json
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from django.conf import settings

from api import contract
from tests.api.test_live import server  # noqa: F401 – the fixture

README = (settings.BASE_DIR / "README.md").read_text(encoding="utf-8")
CONFIG = "post_hooks: []\n"  # the generator would only format its code
PROGRAM = """
import sys
from conflictdb_client.client import Client
from conflictdb_client.api.claims import claims_list
from conflictdb_client.api.incidents import incidents_list, incidents_retrieve
from conflictdb_client.models import ClaimsListExpandItem, ClaimsListKindInItem, IncidentsListKindInItem, Problem
from conflictdb_client.models import PaginatedClaimList, PaginatedIncidentList, IncidentDetail

client = Client(base_url=sys.argv[1])
disputed = incidents_list.sync(client=client, disputed=True)
assert isinstance(disputed, PaginatedIncidentList)
(incident,) = disputed.results
assert (incident.slug, incident.killed.low, incident.killed.high) == ("2023-us-retaliatory-strikes-in-syria", 8, None)
whole = incidents_retrieve.sync(incident.slug, client=client)
assert isinstance(whole, IncidentDetail) and len(whole.claims) > 2
tolls = claims_list.sync(
    client=client,
    incident=incident.slug,
    kind_in=[ClaimsListKindInItem.TOLL, ClaimsListKindInItem.DAMAGE],
    expand=[ClaimsListExpandItem.CLAIMANT, ClaimsListExpandItem.DATASET],
)
assert isinstance(tolls, PaginatedClaimList) and tolls.results
for claim in tolls.results:
    assert claim.dataset.additional_properties["publisher"]
kinds = claims_list.sync(client=client, incident=incident.slug).results
assert len(tolls.results) == sum(claim.kind.value in {"toll", "damage"} for claim in kinds) > 1
refused = incidents_list.sync_detailed(client=client, radius_km=5)
assert refused.status_code == 400 and isinstance(refused.parsed, Problem)
assert refused.parsed.errors[0].parameter == "radius_km"
seen, cursor = [], None
while True:
    page = claims_list.sync(client=client, page_size=30, **({"cursor": cursor} if cursor else {}))
    seen += [claim.slug for claim in page.results]
    if page.next_ is None:
        break
    cursor = page.next_.partition("cursor=")[2].partition("&")[0].replace("%3A", ":").replace("%3D", "=")
print(len(seen), len(set(seen)))
"""


def blocks(language: str, server: str) -> list[str]:  # noqa: F811 – the address that the fixture of this name gives
    """Take the programs of a language from README, for the address of a server."""
    found = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return [block.replace("http://127.0.0.1:8000", server) for block in found]


def run(*command: str, cwd: Path | None = None) -> str:
    """Run a program that must succeed; return what it prints."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def count(server: str, question: str) -> int:  # noqa: F811 – as above
    """Ask how many rows match."""
    with urlopen(f"{server}/api/v1/{question}&count=exact&page_size=1") as answer:
        found = int(json.load(answer)["count"])
    assert found > 0
    return found


def test_lines_of_python_print_every_toll(server: str) -> None:  # noqa: F811 – the fixture
    program, _ = blocks("python", server)
    assert len(run(sys.executable, "-c", program).splitlines()) == count(server, "claims/?kind=toll")


@pytest.mark.skipif(not find_spec("pandas"), reason="pandas is not installed")
def test_lines_of_pandas_add_up(server: str) -> None:  # noqa: F811 – the fixture
    _, program = blocks("python", server)
    assert "import pandas" in program
    sizes = re.findall(r"^\w+ +(\d+)", run(sys.executable, "-c", program), re.MULTILINE)
    assert sum(map(int, sizes)) == count(server, "incidents/?country__isnull=false")


@pytest.mark.skipif(not shutil.which("Rscript"), reason="R (Debian's r-base-core and r-cran-httr2) is not installed")
def test_lines_of_r_print_incidents(server: str) -> None:  # noqa: F811 – the fixture
    (program,) = blocks("r", server)
    if run("Rscript", "-e", 'cat(requireNamespace("httr2", quietly = TRUE))') != "TRUE":
        pytest.skip("R has no package httr2")
    header, *lines = run("Rscript", "-e", program).splitlines()
    assert header.split() == ["slug", "started_on", "killed.best"]
    with urlopen(f"{server}/api/v1/incidents/?country=syria") as answer:
        incidents = json.load(answer)["results"]
    shown = [(each["slug"], each["started_on"], each["killed"]["best"]) for each in incidents]
    expected = [[str("NA" if cell is None else cell) for cell in row] for row in shown]
    assert [line.split()[1:] for line in lines] == expected
    assert len(expected) > 1


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_lines_of_curl_fetch_files(server: str, tmp_path: Path) -> None:  # noqa: F811 – the fixture
    lines = [line for block in blocks("sh", server) for line in block.splitlines() if line.startswith("curl ")]
    assert len(lines) >= 3
    for line in lines:
        run("sh", "-c", line.replace("curl ", "curl --fail --silent --show-error ", 1), cwd=tmp_path)
    files = sorted(tmp_path.iterdir())
    assert len(files) == len(lines)
    assert {"csv", "ndjson", "geojson"} <= {file.suffix[1:] for file in files}
    assert all(file.name.startswith("conflictdb-") and file.stat().st_size > 100 for file in files)


def test_generated_client_reads_the_live_server(server: str, tmp_path: Path) -> None:  # noqa: F811 – the fixture
    """A typed client made from the committed contract: no warning, well typed, and its answers are what the server means."""
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    told = run(
        *(sys.executable, "-m", "openapi_python_client", "generate", "--path", str(contract.FILE), "--meta", "none"),
        *("--output-path", "conflictdb_client", "--config", "config.yaml"),
        cwd=tmp_path,
    )
    assert told.split() == ["Generating", "conflictdb_client"]  # it would tell of warnings here
    run(
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file=",
        f"--cache-dir={tmp_path}",
        "conflictdb_client",
        cwd=tmp_path,
    )
    everything = str(count(server, "claims/?status=standing"))
    assert run(sys.executable, "-c", PROGRAM, server, cwd=tmp_path).split() == [everything, everything]


def test_readme_names_no_program_that_is_not_run() -> None:
    told: dict[str, Any] = {language: len(blocks(language, "")) for language in ("python", "r")}
    assert told == {"python": 2, "r": 1}
