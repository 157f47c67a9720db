"""The pages in a real browser: they work under their own policy, and ask nobody but this server."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from playwright.async_api import Page, async_playwright
from pytest_django.live_server_helper import LiveServer

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser at {CHROMIUM} (Debian's package `chromium`)"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture(autouse=True)
def seed(transactional_db: None) -> None:  # noqa: ARG001 – needs the database
    """Load the seed dataset where the live server's threads see it."""
    call_command("loaddata", "countries", "seed", verbosity=0)


def browse(way: Callable[[Page], Coroutine[Any, Any, None]], width: int = 1400) -> None:
    """Walk a way in a browser of its own; a complaint of the browser or a request to another host is a failure.

    The browser's event loop lives in a thread that asks the database nothing, so Django's guard against queries inside
    an event loop stays on for the test and the server.
    """
    complaints: list[str] = []

    def watch(url: str) -> None:
        address = urlsplit(url)
        if address.scheme not in {"data", "blob"} and address.hostname not in LOOPBACK:
            complaints.append(f"request to {url}")

    async def walk() -> None:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=CHROMIUM, chromium_sandbox=False, args=FLAGS, timeout=60_000
            )
            page = await browser.new_page(viewport={"width": width, "height": 1000})
            page.set_default_timeout(15_000)
            page.on("request", lambda request: watch(request.url))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda line: complaints.append(line.text) if line.type in {"error", "warning"} else None)
            await way(page)
            await browser.close()
        assert complaints == []

    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(asyncio.run, walk()).result()


@pytest.mark.parametrize("width", [390, 1400])
def test_home_fits_and_every_link_leads_somewhere(live_server: LiveServer, width: int) -> None:
    async def way(page: Page) -> None:
        await page.goto(live_server.url, wait_until="networkidle")
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        links = await page.evaluate("Array.from(document.links, link => link.href)")
        assert len(set(links)) > 15
        for link in sorted(set(links)):
            response = await page.context.request.get(link)
            assert response.status == 200, link

    browse(way, width)


def test_home_follows_the_readers_choice_of_light_or_dark(live_server: LiveServer) -> None:
    async def way(page: Page) -> None:
        await page.goto(live_server.url)
        seen = set()
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            seen.add(await page.evaluate("getComputedStyle(document.body).backgroundColor"))
        assert len(seen) == 2

    browse(way)


def test_swagger_shows_an_example_and_executes_a_request(live_server: LiveServer) -> None:
    async def way(page: Page) -> None:
        await page.goto(f"{live_server.url}/api/docs/", wait_until="networkidle")
        operation = page.locator("#operations-incidents-incidents_retrieve")
        await operation.locator(".opblock-summary-control").click()
        example = await operation.locator(".responses-table pre.example").first.inner_text()
        slug = json.loads(example)["slug"]
        assert await operation.locator("tr[data-param-name=slug] input").input_value() == slug
        await operation.locator("button.execute").click()
        answer = operation.locator(".live-responses-table")
        await answer.locator(".response-col_status >> text=200").wait_for()
        body = await answer.locator(".highlight-code pre").first.inner_text()
        assert json.loads(body)["slug"] == slug
        assert json.loads(body)["url"] == f"{live_server.url}/api/v1/incidents/{slug}/"

    browse(way)


def test_redoc_shows_the_contract_and_searches_it(live_server: LiveServer) -> None:
    async def way(page: Page) -> None:
        await page.goto(f"{live_server.url}/api/redoc/", wait_until="networkidle")
        await page.locator("h1:has-text('conflictdb')").wait_for()
        await page.locator("h2:has-text('List incidents')").wait_for()
        await page.locator("input[placeholder='Search...']").press_sequentially("countries")
        await page.locator("[data-role='search:results'] >> text=List countries").wait_for()
        assert await page.locator("img").evaluate_all("all => all.filter(one => one.src).length") == 0

    browse(way)


@pytest.mark.usefixtures("admin_user")
def test_admin_asks_nobody_else(live_server: LiveServer) -> None:
    async def way(page: Page) -> None:
        await page.goto(f"{live_server.url}/admin/", wait_until="networkidle")
        await page.fill("#id_username", "admin")
        await page.fill("#id_password", "password")
        await page.click("input[type=submit]")
        await page.wait_for_load_state("networkidle")
        assert "Incidents" in await page.inner_text("#content")

    browse(way)
