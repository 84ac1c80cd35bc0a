"""Moments that no calendar holds, on record since they were taken: they are told, never a fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from store.engine import open_writer
from store.spoken import ack, maintenance
from store.tables import outage
from tests.web.served import NOW, Client, copied, once_filled, serving

FAR = 1 << 52
YEAR_9999_MS = 253_402_275_600_000
WINDOWS = (
    (-FAR, FAR, None),
    (YEAR_9999_MS, YEAR_9999_MS + 7_200_000, None),
    (NOW, FAR, "FREQ=YEARLY"),
    (YEAR_9999_MS, FAR, "FREQ=DAILY"),
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return once_filled(tmp_path_factory)


@pytest.fixture
def url(filled: Path, tmp_path: Path) -> str:
    """As it stands where such words were taken once."""
    url = copied(filled, tmp_path)
    engine = open_writer(url)
    with engine.begin() as conn:
        root = conn.execute(outage.select().order_by(outage.c.id)).first()
        assert root is not None
        said = {"reason": "x", "author": "an", "entered": NOW, "revision": 1, "source": "person"}
        for begin, end, rule in WINDOWS:
            window = {"thing_id": root.thing_id, "started": begin, "ended": end, "rrule": rule}
            conn.execute(insert(maintenance).values(**said, **window))
        taken = {"outage_id": root.id, "actor": "an", "entered": NOW, "until": FAR}
        conn.execute(insert(ack).values(**taken))
    engine.dispose()
    return url


async def told(client: Client, path: str) -> Any:
    status, answer, _ = await client.ask(path)
    assert status == 200, path
    return answer


async def test_pages_and_programs_are_answered(url: str) -> None:
    async with serving(url, Path()) as client:
        listed = (await told(client, "/api/v1/maintenance"))["maintenance"]
        assert {one["id"] for one in listed} == {1, 2, 3, 4}
        [first] = [one for one in listed if one["id"] == 1]
        assert (first["from"][:4], first["to"][:4]) == ("0001", "9999")
        [number] = {o["id"] for o in (await told(client, "/api/v1/outages?roots=true"))["outages"]}
        opened = (await told(client, f"/api/v1/outages/{number}"))["outage"]
        assert opened["until"].startswith("9999")
        for path in (
            *("/", "/maintenance", f"/outages/{number}", "/outages", "/sites/d", "/devices/d-r"),
            *("/api/v1/things/d-r", "/api/v1/outages", "/api/v1/board/works"),
            f"/api/v1/board/opened?outage_id={number}",
        ):
            await told(client, path)


async def test_such_a_window_is_cancelled(url: str) -> None:
    async with serving(url, Path()) as client:
        for number in (1, 2, 3, 4):
            path = f"/api/v1/maintenance/{number}/cancel"
            status, work, _ = await client.ask(path, method="POST", token="speaks", json={})
            assert (status, work["cancelled"] is not None) == (200, True), number
