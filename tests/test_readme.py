"""The README tells the truth: its requests are asked, its answers compared, its variables are those that settings read."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

README = (settings.BASE_DIR / "README.md").read_text(encoding="utf-8")
REQUESTS = re.findall(r"```console\n\$ curl '([^']+)'\n(.*?)```", README, re.DOTALL)


@pytest.mark.usefixtures("seed")
@pytest.mark.django_db
@pytest.mark.parametrize(("address", "answer"), REQUESTS, ids=[address.split("/v1/")[1] for address, _ in REQUESTS])
def test_request_has_the_answer_shown(client: Client, address: str, answer: str) -> None:
    path = address.removeprefix("http://127.0.0.1:8000")
    response: Any = client.get(path, headers={"host": "127.0.0.1:8000"})
    shown = json.loads(answer)
    assert json.dumps(cut(response.json(), shown), indent=2) == json.dumps(shown, indent=2)  # the order of fields too


def cut(answer: Any, shown: Any) -> Any:
    """Leave out of an answer what README says that it leaves out: where "…" stands, the members that are not shown."""
    if isinstance(answer, list) and isinstance(shown, list) and len(answer) == len(shown):
        return [cut(each, other) for each, other in zip(answer, shown, strict=True)]
    if not isinstance(answer, dict) or not isinstance(shown, dict):
        return answer
    kept = {name: cut(value, shown.get(name)) for name, value in answer.items() if name in shown or "…" not in shown}
    return {**kept, "…": "…"} if "…" in shown and len(kept) < len(answer) else kept


def test_readme_shows_five_requests() -> None:
    assert len(REQUESTS) >= 5


@pytest.mark.usefixtures("seed")
@pytest.mark.django_db
def test_readme_counts_the_seed_dataset_right(client: Client) -> None:
    incidents, claims = re.findall(r"(\d+) incidents, (\d+) claims", README)[0]
    for noun, shown in (("incidents", incidents), ("claims", claims)):
        assert client.get(f"/api/v1/{noun}/?count=exact&page_size=1").json()["count"] == int(shown)


def test_every_variable_is_in_the_table_and_none_besides() -> None:
    read = set()
    for file in [*Path(settings.BASE_DIR, "conflictdb").rglob("*.py"), settings.BASE_DIR / "Makefile"]:
        read |= set(
            re.findall(r"\b(?:CONFLICTDB_[A-Z_]+|DATABASE_URL|WEB_CONCURRENCY)\b", file.read_text(encoding="utf-8"))
        )
    table = set(re.findall(r"^\| `([A-Z_]+)`", README, re.MULTILINE))
    assert table == read


def test_every_link_to_a_file_leads_somewhere() -> None:
    for paper in ("README.md", "CONTRIBUTING.md"):
        text = (settings.BASE_DIR / paper).read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
            assert (settings.BASE_DIR / target).exists(), f"{paper} links to {target}"
