"""A coder's way through the desk in a real browser: a claim with its quote, published, moves the API's estimate."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, async_playwright
from pytest_django.live_server_helper import LiveServer

from conflictdb.models import Incident, Source
from tests import make

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TEXT = "The strikes went on. The Observatory reported the death of eight members of militias. No more is known."
pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser at {CHROMIUM} (Debian's package `chromium`)"),
    pytest.mark.django_db(transaction=True),
]


class Desk:
    """A page of the browser, and everything that went wrong or abroad while it was open."""

    def __init__(self, page: Page, address: str) -> None:
        """Watch a page of the server at an address."""
        self.page = page
        self.address = address
        self.complaints: list[str] = []
        page.on(
            "console", lambda line: self.complaints.append(line.text) if line.type in {"error", "warning"} else None
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self._watch(request.url))

    def _watch(self, url: str) -> None:
        """Note a request to any other place."""
        if urlsplit(url).scheme not in {"data", "blob"} and not url.startswith(f"{self.address}/"):
            self.complaints.append(f"request to {url}")

    async def log_in(self) -> None:
        """Log in as the administrator of the ``admin_user`` fixture."""
        await self.page.goto(f"{self.address}/admin/login/?next=/admin/")
        await self.page.fill("#id_username", "admin")
        await self.page.fill("#id_password", "password")
        await self.page.click("input[type=submit]")

    async def choose(self, field: str, words: str) -> None:
        """Pick the first record that an autocompleted field offers for some words."""
        await self.page.click(f".field-{field} .select2-selection")
        await self.page.fill(".select2-search__field", words)
        await self.page.click(f".select2-results__option:has-text('{words}')")

    async def killed(self, incident: Incident) -> dict[str, int | None]:
        """Read the API's estimate as an anonymous reader."""
        response = await self.page.context.request.get(f"{self.address}/api/v1/incidents/{incident.slug}/")
        assert response.status == 200
        figures = (await response.json())["killed"]
        return {bound: figures[bound] for bound in ("low", "best", "high")}


def browse(address: str, way: Callable[[Desk], Coroutine[Any, Any, None]]) -> None:
    """Walk a way in a browser of its own.

    The browser's event loop lives in a thread that asks the database nothing, so Django's guard against queries inside
    an event loop stays on for the test and the server.
    """

    async def walk() -> None:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=CHROMIUM, chromium_sandbox=False, args=FLAGS, timeout=60_000
            )
            desk = Desk(await browser.new_page(viewport={"width": 1400, "height": 1000}), address)
            desk.page.set_default_timeout(15_000)
            await way(desk)
            await browser.close()
            assert desk.complaints == []

    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(asyncio.run, walk()).result()


@pytest.fixture
def incident() -> Incident:
    """Store a public incident on whose dead one claim stands."""
    incident = make.make_incident(title="Strikes in the east", slug="strikes-in-the-east")
    make.make_citation(claim=make.make_toll(3, incident=incident, statement="Three were killed."))
    return incident


@pytest.fixture
def source() -> Source:
    """Store a source that holds its text."""
    return make.make_source(title="Report of the day", text=TEXT)


@pytest.mark.usefixtures("admin_user", "source")
def test_coded_and_published_claim_moves_the_estimate(live_server: LiveServer, incident: Incident) -> None:
    """From the incident to the claim with its quote, through the confirmation, to what anyone reads in the API."""

    async def way(desk: Desk) -> None:
        page = desk.page
        await desk.log_in()
        assert await desk.killed(incident) == {"low": 3, "best": 3, "high": 3}
        await page.goto(f"{live_server.url}/admin/conflictdb/incident/?q=strikes")
        await page.click("text=Strikes in the east")
        await page.click("text=Add claim with quote")

        await page.select_option("#id_kind", "toll")
        await page.fill("#id_statement", "Eight members of militias were killed.")
        await page.select_option("#id_measure", "killed")
        await page.select_option("#id_victims", "everyone")
        await page.select_option("#id_value_kind", "exact")
        await page.fill("#id_low", "8")
        await desk.choose("source", "Report of the day")
        await page.fill("#id_citations-0-exact", "the death of nine members of militias")
        await page.click("input[name=_save] >> nth=0")
        assert "do not stand verbatim" in await page.inner_text(".field-exact .errorlist")
        await page.fill("#id_citations-0-exact", "the death of eight members of militias")
        await page.click("input[name=_save] >> nth=0")

        await page.wait_for_url(f"**/incident/{incident.pk}/change/#claims-group")
        assert await desk.killed(incident) == {"low": 3, "best": 3, "high": 3}, "a draft counts for nothing"
        assert "the death of eight members of militias" in await page.inner_text("#claims-group")
        await page.click("#claims-group >> text=Edit with citations >> nth=1")
        assert await page.inner_text("blockquote.quote mark") == "the death of eight members of militias"
        await page.click("text=Publish…")
        assert "Publish: 1 claim" in await page.inner_text("#content h1")
        await page.click("input[name=confirmed]")

        assert "1 claim published." in await page.inner_text(".messagelist")
        estimate = await desk.killed(incident)
        assert (estimate["low"], estimate["high"]) == (3, 8)
        await page.goto(f"{live_server.url}/admin/conflictdb/incident/{incident.pk}/change/")
        assert "8" in await page.inner_text(".estimate .figures")
        assert await page.locator(".estimate .reasons tbody tr").count() == 2

    browse(live_server.url, way)


@pytest.mark.usefixtures("admin_user")
def test_every_page_obeys_the_content_security_policy(
    live_server: LiveServer, incident: Incident, source: Source
) -> None:
    """No page of the desk asks for what the policy forbids."""
    paths = [
        "",
        *(f"conflictdb/{noun}/{page}" for noun in ("incident", "claim", "source", "actor") for page in ("", "add/")),
    ]
    paths += [f"conflictdb/incident/{incident.pk}/change/", f"conflictdb/source/{source.pk}/change/"]

    async def way(desk: Desk) -> None:
        await desk.log_in()
        for path in paths:
            response = await desk.page.goto(f"{live_server.url}/admin/{path}", wait_until="networkidle")
            assert response is not None
            assert response.status == 200, path

    browse(live_server.url, way)
