"""CPU per check of a service beside plain aiohttp, which asks the same and explains nothing."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp

from benchmarks.child import UselessError, of_ours
from benchmarks.figures import Row, table, titled
from inventory.model import Service
from probes.names import Names
from probes.services.asker import Asker
from probes.services.check import check_of
from probes.services.results import Fault
from tests.probes.services.authority import HOST

PROGRAMS: tuple[str, ...] = ()
KEYWORD = "thông tin"
Ask = Callable[[], Awaitable[None]]


def compare(work: Path, *, quick: bool) -> str:
    """Each way in turn, every check with a new connection; one after the other, as when paced."""
    rounds, count = (2, 50) if quick else (7, 200)
    with of_ours("portal", str(work), said=work / "portal.log") as portal:
        tls, plain = map(int, portal.line().split())
        rows = asyncio.run(_measure(work / "root.pem", tls, plain, rounds, count))
    peer = next(row for row in rows if row.name == "aiohttp")
    minute = 500 * min(rows[0].costs) / 600
    told = (
        "Every check by Canh tells its steps, reads the certificates as sent and believed, and "
        f"looks for a keyword in 20 kB. 500 HTTPS portals a minute cost {minute:.1f} % of a core."
    )
    return titled("One check of a service", [table(rows, peer, "ms CPU"), "", told])


async def _measure(ca: Path, tls: int, plain: int, rounds: int, count: int) -> list[Row]:
    asker = Asker(Names())
    context = ssl.create_default_context(cafile=str(ca))
    urls = {
        "HTTPS, TLS 1.3, ECDSA": f"https://{HOST}:{tls}/",
        "HTTP": f"http://127.0.0.1:{plain}/",
        "TLS": f"tls://{HOST}:{tls}",
        "TCP": f"tcp://127.0.0.1:{plain}",
    }
    asks: list[tuple[Row, Ask]] = [
        (Row("Canh", load), _ours(asker, url, ca)) for load, url in urls.items()
    ]
    asks.append((Row("aiohttp", "HTTPS, TLS 1.3, ECDSA"), _plainly(tls, context)))
    for _, ask in asks:
        await ask()
    for _ in range(rounds):
        for row, ask in asks:
            before = time.process_time()
            for _ in range(count):
                await ask()
            row.costs.append((time.process_time() - before) * 1000 / count)
    return [row for row, _ in asks]


def _ours(asker: Asker, url: str, ca: Path) -> Ask:
    web, secure = url.startswith("http"), HOST in url
    service = Service(
        id="s",
        name="S",
        site="p",
        url=url,
        address="127.0.0.1",
        ca_file=str(ca) if secure else None,
        keyword=KEYWORD if web else None,
    )
    check = check_of(0, service)

    async def ask() -> None:
        checked = await asker.ask(check)
        if checked.fault is not Fault.NONE:
            raise UselessError(f"{url}: {checked.fault}: {checked.detail}")

    return ask


def _plainly(port: int, context: ssl.SSLContext) -> Ask:
    async def ask() -> None:
        connector = aiohttp.TCPConnector(force_close=True)
        url = f"https://127.0.0.1:{port}/"
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.get(url, ssl=context, server_hostname=HOST) as answer,
        ):
            if KEYWORD not in await answer.text():
                raise UselessError("the portal lacks its keyword")

    return ask
