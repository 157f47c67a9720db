"""Incidents by FastAPI and asyncpg, written by hand to be fast: the peer that the API is measured against."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Annotated, Any

import asyncpg
from fastapi import FastAPI, HTTPException, Query, Request, Response

from tests.bench import queries

CONNECTIONS = 2  # of each process; more make it slower
FILTERS = {
    "country": queries.OF_COUNTRY,
    "kind": queries.OF_KIND,
    "since": queries.SINCE,
    "until": queries.UNTIL,
    "day": queries.AFTER,
}
BESIDES = ", coalesce(incident.started_on, '0001-01-01') AS day, incident.id"
DETAIL = queries.numbered(queries.detail())


async def read_json_as_bytes(connection: Any) -> None:
    """Take JSON from PostgreSQL as the bytes that go out."""
    await connection.set_type_codec("json", schema="pg_catalog", encoder=bytes, decoder=bytes, format="binary")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep connections as long as the process lives; PGHOST and the like name the database."""
    async with asyncpg.create_pool(
        min_size=CONNECTIONS, max_size=CONNECTIONS, init=read_json_as_bytes
    ) as app.state.pool:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/api/v1/incidents/")
async def incidents(  # noqa: PLR0913, PLR0917 – its parameters are those of the address
    request: Request,
    country: str | None = None,
    kind: str | None = None,
    since: Annotated[date | None, Query(alias="started_on__gte")] = None,
    until: Annotated[date | None, Query(alias="started_on__lte")] = None,
    cursor: str | None = None,
    page_size: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """List the newest incidents."""
    given: dict[str, Any] = {"country": country, "kind": kind, "since": since, "until": until, "day": None}
    if cursor:
        day, _, last = urlsafe_b64decode(cursor).decode().partition(" ")
        given |= {"day": date.fromisoformat(day), "id": int(last)}
    conditions = [condition for name, condition in FILTERS.items() if given[name] is not None]
    query, names = queries.numbered(
        queries.page(*conditions, size=str(page_size + 1), besides=BESIDES)
    )  # a planner that knows the limit
    given["base"] = f"{request.base_url}api/v1/"
    rows = await request.app.state.pool.fetch(query, *(given[name] for name in names))
    following = b"null"
    if len(rows) > page_size:
        rows.pop()
        cursor = urlsafe_b64encode(f"{rows[-1]['day']} {rows[-1]['id']}".encode()).decode()
        following = f'"{request.url.include_query_params(cursor=cursor)}"'.encode()
    body = b'{"count":null,"next":' + following + b',"results":[' + b",".join([row[0] for row in rows]) + b"]}"
    return Response(body, media_type="application/json")


@app.get("/api/v1/incidents/{slug}/")
async def incident(request: Request, slug: str) -> Response:
    """Show one incident with its claims and their sources."""
    query, names = DETAIL
    given = {"base": f"{request.base_url}api/v1/", "slug": slug}
    row = await request.app.state.pool.fetchrow(query, *(given[name] for name in names))
    if row is None:
        raise HTTPException(404)
    return Response(row[0], media_type="application/json")
