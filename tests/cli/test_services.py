"""`canh run` watches services for real: what it finds stands in the record and is told."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from signal import SIGINT
from typing import Any

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from store.engine import RecordError
from store.questions import LiveRow
from store.reader import open_questions
from store.states import State
from store.urls import sqlite_url
from tests.cli.running import SITES, canh, folder, start
from tests.probes.services.authority import DAY, HOST, Authority
from tests.probes.services.servers import town

SERVICES = """
[[service]]
id = "portal"
name = "Cổng thông tin điện tử"
site = "p"
url = "https://{host}:{port}/"
address = "127.0.0.1"
ca_file = "ca/root.pem"
interval_s = 1
timeout_s = 1

[[service]]
id = "never"
name = "Trục liên thông"
site = "d"
url = "tcp://127.0.0.1:9"
interval_s = 1
timeout_s = 1
"""


@asynccontextmanager
async def monitor(where: Path) -> AsyncIterator[None]:
    process = start(where, "run")
    try:
        yield
    finally:
        process.send_signal(SIGINT)
        _, err = await asyncio.to_thread(process.communicate, timeout=60)
        assert process.returncode == 0, err


async def until(where: Path, done: Callable[[dict[str, LiveRow]], object]) -> dict[str, LiveRow]:
    """The rows of the record, once they are as wanted."""
    limit = time.monotonic() + 60
    rows: dict[str, LiveRow] = {}
    while time.monotonic() < limit:
        await asyncio.sleep(0.1)
        try:
            reader = open_questions(sqlite_url(where / "canh-data" / "record.db"))
            rows = {row.key: row for row in reader.snapshot().rows}
            reader.close()
        except (RecordError, SQLAlchemyError):  # it is being made
            continue
        if rows and done(rows):
            return rows
    raise AssertionError(rows)


async def page(_: web.Request) -> web.StreamResponse:
    return web.Response(text="Xin chào")


def state(key: str, wanted: State) -> Callable[[dict[str, LiveRow]], bool]:
    return lambda rows: rows[key].state == wanted


async def asked(where: Path, *words: str) -> Any:
    code, out, err = await asyncio.to_thread(canh, where, *words, "--json")
    assert code == 0, err
    return json.loads(out)


async def test_a_service_is_watched_told_and_remembered_over_a_restart(tmp_path: Path) -> None:
    (tmp_path / "ca").mkdir()
    authority = Authority(tmp_path / "ca")
    context = authority.server("good")
    authority.server("old", begins=-9 * DAY, ends=-DAY)
    async with town() as here:
        port = await here.web(page, context)
        folder(tmp_path, SITES + SERVICES.format(host=HOST, port=port))
        async with monitor(tmp_path):
            rows = await until(tmp_path, lambda rows: rows["portal"].rtt_us)
            assert rows["portal"].state == State.UP
            assert rows["never"].state == State.UNKNOWN
            assert rows["never"].since_ms is None
            context.load_cert_chain(tmp_path / "ca/old.pem")  # from the next handshake on
            rows = await until(tmp_path, state("portal", State.DOWN))
        since = rows["portal"].since_ms
        [outage] = (await asked(tmp_path, "outages"))["outages"]
        assert (outage["thing"], outage["kind"], outage["state"]) == ("portal", "service", "down")
        assert outage["reason"] == "cert_expired"
        assert outage["last_good"] is not None
        [portal] = [
            one for one in (await asked(tmp_path, "status"))["services"] if one["id"] == "portal"
        ]
        assert portal["check_status"] == "cert_expired"
        assert "expired on" in portal["check_detail"]
        async with monitor(tmp_path):
            await asyncio.sleep(2)
            rows = await until(tmp_path, state("portal", State.DOWN))
            assert rows["portal"].since_ms == since, "it goes on as the same outage"
            context.load_cert_chain(tmp_path / "ca/good.pem")
            await until(tmp_path, state("portal", State.UP))
        [shown] = (await asked(tmp_path, "show", "portal"))["services"]
        assert shown["check_status"] == "ok"
        assert "expires on" in shown["check_detail"]
        [outage] = shown["outages"]
        assert outage["ended"] is not None
