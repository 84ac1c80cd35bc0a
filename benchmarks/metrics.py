"""What a scrape of /metrics costs at 20,000 devices, and how long the loop of the web waits."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from statistics import median

import aiohttp
from aiohttp import web

from benchmarks.figures import titled
from benchmarks.lookup import SITES, country
from inventory.model import Web
from reports.web.api.room import api_room
from reports.web.desk import Desk
from reports.web.site import Site, application
from store.declare import agree
from store.engine import open_writer
from store.migrate import migrate
from store.urls import sqlite_url

PROGRAMS: tuple[str, ...] = ()
TIMES = 20
ASKED = {
    "counts alone": "/metrics",
    "a series for each site and link": "/metrics?things=sites,links",
    "… and each device": "/metrics?things=sites,links,devices",
    "targets of all devices": "/api/v1/prometheus/targets",
    "a page of 1,000 devices": "/api/v1/devices?limit=1000",
    "all things (`/api/v1/status`)": "/api/v1/status",
}


def compare(work: Path, *, quick: bool) -> str:
    """A table in Markdown."""
    network = country(SITES // 10 if quick else SITES)
    url = sqlite_url(work / "record.db")
    engine = open_writer(url, durable=False)
    migrate(engine)
    with engine.begin() as conn:
        agree(conn, network, int(time.time() * 1000))
    engine.dispose()
    rows = asyncio.run(_ask(url, work))
    head = [
        f"{len(network.devices):,} devices, {len(network.links):,} links; {TIMES} answers each,"
        " one after the other, uncompressed; CPU of the whole process, client and server.",
        "",
        "| what | ms | CPU ms | kB | longest wait of the loop, ms |",
        "|---|--:|--:|--:|--:|",
    ]
    return titled("Scrapes", [*head, *rows])


async def _ask(url: str, work: Path) -> list[str]:
    site = Site(desk=Desk(url), settings=Web(), data=work, reports=work)
    runner = web.AppRunner(application(site, (api_room(_none_made),)), shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await site.desk.refresh()
    origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with aiohttp.ClientSession(headers={"Accept-Encoding": "identity"}) as session:
            return [await _row(session, name, f"{origin}{path}") for name, path in ASKED.items()]
    finally:
        site.stop.set()
        await runner.cleanup()


async def _row(session: aiohttp.ClientSession, name: str, url: str) -> str:
    took, used, size, worst = [], [], 0, 0.0
    for _ in range(TIMES):
        waiting = asyncio.create_task(_longest_wait())
        await asyncio.sleep(0)
        began, cpu = time.perf_counter(), time.process_time()
        async with session.get(url) as answer:
            size = len(await answer.read())
            assert answer.status == 200
        took.append(1000 * (time.perf_counter() - began))
        used.append(1000 * (time.process_time() - cpu))
        waiting.cancel()
        try:
            await waiting
        except asyncio.CancelledError:
            worst = max(worst, _waited[-1])
    return (
        f"| {name} | {median(took):.0f} | {median(used):.0f} | {size / 1000:,.0f} | {worst:.0f} |"
    )


_waited = [0.0]


async def _longest_wait() -> None:
    _waited.append(0.0)
    while True:
        before = time.perf_counter()
        await asyncio.sleep(0.001)
        _waited[-1] = max(_waited[-1], 1000 * (time.perf_counter() - before) - 1)


async def _none_made(*words: str) -> tuple[int, bytes, str]:
    return 1, b"", "none"
