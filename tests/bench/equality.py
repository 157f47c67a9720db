"""Whoever is compared must do the same work: every reference gives the API's own answer, or nothing is measured."""

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.bench.databases import Database
from tests.bench.queries import numbered
from tests.bench.servers import DATASETTE, OURS, Server
from tests.bench.subjects import BARE, DETAILS, Subject


def check(subject: Subject, servers: dict[str, Server], database: Database, busiest: Mapping[str, str]) -> None:
    """Compare the references' answers to the subject's first address with the API's; raise AssertionError at a difference.

    Datasette's rows are flat and are not compared.
    """
    ours = documents(servers[OURS], subject, busiest)
    for name in subject.targets:
        if name == BARE:
            theirs = from_sql(subject, database, busiest)
        elif name != DATASETTE:
            theirs = documents(servers[name], subject, busiest)
        else:
            continue
        if found := difference(ours, theirs):
            message = f"{subject.name}: {name} does not give what the API gives: {found}"
            raise AssertionError(message)


def documents(server: Server, subject: Subject, busiest: Mapping[str, str]) -> list[Any]:
    """Ask for the documents of an answer, a list's or the one of a detail, with addresses as if all had one server."""
    path = subject.paths_of.get(server.name, subject.paths)[0].format(**busiest)
    status, _, body = server.get(path)
    if status != 200:
        message = f"{server.name} answers {status} to {path}: {body[:300]!r}"
        raise AssertionError(message)
    answer = json.loads(body.replace(server.base.encode(), b"/"))
    return answer.get("results", [answer])


def from_sql(subject: Subject, database: Database, busiest: Mapping[str, str]) -> list[Any]:
    """Ask PostgreSQL for the same."""
    if subject.sql is None:
        return []
    query, names = numbered(subject.sql.text)
    values = parameters(subject, "/", busiest) | {subject.sql.drawn: str(DETAILS.start)}
    with database.connect() as connection:
        text = re.sub(r"\$\d+", "%s", query)  # a parameter that is used twice is given twice
        given = [values[names[int(place) - 1]] for place in re.findall(r"\$(\d+)", query)]
        return [row[0] for row in connection.execute(text.encode(), given)]


def parameters(subject: Subject, base: str, busiest: Mapping[str, str]) -> dict[str, str]:
    """Fill in the values of a subject's query."""
    values = subject.sql.values if subject.sql else {}
    return {name: value.format(**busiest) for name, value in values.items()} | {"base": base}


def difference(ours: Any, theirs: Any, path: str = "") -> str:
    """Name the first place where two documents differ; order of names counts for nothing."""
    if isinstance(ours, dict) and isinstance(theirs, dict) and ours.keys() == theirs.keys():
        parts = ((name, ours[name], theirs[name]) for name in ours)
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        parts = ((str(place), *pair) for place, pair in enumerate(zip(ours, theirs, strict=True)))
    elif ours == theirs and isinstance(ours, bool) == isinstance(theirs, bool):
        return ""
    else:
        return f"at {path or 'the top'}: {str(ours)[:200]} here, {str(theirs)[:200]} there"
    return next((found for name, *pair in parts if (found := difference(*pair, f"{path}.{name}"))), "")
