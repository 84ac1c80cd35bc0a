"""The pictures of the pages: a real browser before the moment that the board is drawn at."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from aiohttp import web
from playwright.async_api import async_playwright

from inventory.model import Web
from reports.web.desk import Desk, Known
from reports.web.pages import ROOMS
from reports.web.site import Site, application
from store.questions import Watching
from store.reader import RecordReader
from tests.docs.frozen import Moment
from tests.web.gates import Passing, person

# name → page, language, colours, width, height
SHOTS = {
    "web-overview-vi.png": ("/", "vi", "dark", 1280, 1000),
    "web-outage-en.png": ("", "en", "light", 1280, 1000),
    "web-phone-vi.png": ("/", "vi", "light", 360, 740),
}


class _ThenDesk(Desk):
    """Whether a monitor runs is told as of that moment, not by today's clock."""

    def __init__(self, url: str, watching: Watching) -> None:
        super().__init__(url)
        self._then = watching

    def _look(self, reader: RecordReader) -> Known:
        known = super()._look(reader)
        return replace(known, head=replace(known.head, watching=self._then))


async def shoot(moment: Moment, folder: Path) -> None:
    """Each of SHOTS; an outage is that of the worst root."""
    site = Site(
        desk=_ThenDesk(moment.url, moment.watching), settings=Web(), data=folder, reports=folder
    )
    site.gate = Passing(person("Lan"))
    runner = web.AppRunner(application(site, ROOMS), shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    worst = max(site.desk.known.roots, key=lambda root: root.members)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-background-networking"],
        )
        for name, (path, language, colours, width, height) in SHOTS.items():
            context = await browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if colours == "dark" else "light",
            )
            page = await context.new_page()
            await page.goto(f"{base}{path or f'/outages/{worst.id}'}?lang={language}")
            await page.screenshot(path=folder / name)
        await browser.close()
    site.stop.set()
    await runner.cleanup()


def web_pictures(moment: Moment, folder: Path) -> None:
    asyncio.run(shoot(moment, folder))
