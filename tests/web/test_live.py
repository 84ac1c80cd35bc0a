"""`/live` tells once what is new, stays open, and ends with the server; the loop's lag is known."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from reports.web import desk
from reports.web.lag import Lag
from reports.web.limits import SEATS
from reports.web.pages import live
from tests.web.gates import Passing, person
from tests.web.world import World, shown, troubled


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with troubled(tmp_path) as made:
        yield made


async def heard(answer: aiohttp.ClientResponse) -> str:
    """The stamp of the next event."""
    async with asyncio.timeout(30):
        while not (line := (await answer.content.readline()).decode()).startswith("data: "):
            pass
    return line.removeprefix("data: ").strip()


async def test_a_reader_hears_of_each_new_revision(world: World) -> None:
    async with (
        shown(world) as (base, site),
        aiohttp.ClientSession() as session,
        session.get(base + "/live?at=older") as answer,
    ):
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        first = await heard(answer)
        before = site.desk.known.revision
        world.fail("p-r")
        told = await heard(answer)
        assert told != first
        assert site.desk.known.revision > before


async def test_what_a_page_shows_already_is_not_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "ALIVE_S", 0.2)
    monkeypatch.setattr("reports.web.site.freshness", lambda known: ("live", 0))
    async with (
        shown(world) as (base, site),
        aiohttp.ClientSession() as session,
        session.get(f"{base}/live?at={site.stamp()}") as answer,
    ):
        lines = [await answer.content.readline() for _ in range(8)]
    assert not [line for line in lines if line.startswith(b"data")]
    assert b": alive\n" in lines


async def test_who_asks_for_the_head_alone_is_done(world: World) -> None:
    async with shown(world) as (base, _), aiohttp.ClientSession() as session, asyncio.timeout(20):
        for _again in range(2):  # on one connection, where a body would be in the way
            async with session.head(f"{base}/live") as answer:
                assert (answer.status, answer.content_type) == (200, "text/event-stream")
                assert await answer.read() == b""


async def test_a_reader_that_left_and_came_back_hears_again(world: World) -> None:
    async with shown(world) as (base, _), aiohttp.ClientSession() as session:
        for _ in range(3):
            async with session.get(base + "/live?at=x") as answer:
                await heard(answer)


async def test_open_readers_do_not_keep_the_server_from_ending(world: World) -> None:
    async with aiohttp.ClientSession() as session:
        async with shown(world) as (base, _):
            answers = [await session.get(base + "/live") for _ in range(20)]
            for answer in answers:
                await heard(answer)
        async with asyncio.timeout(30):
            for answer in answers:
                await answer.read()


async def test_the_lag_of_the_loop_is_measured() -> None:
    lag, stop = Lag(), asyncio.Event()
    assert lag.worst() == 0.0
    watching = asyncio.create_task(lag.watch(stop))
    await asyncio.sleep(0.05)
    time.sleep(0.2)  # noqa: ASYNC251  the loop is held up on purpose
    await asyncio.sleep(0.05)
    stop.set()
    await watching
    assert lag.worst() >= 0.1
    assert lag.worst(0.0) < 0.1


async def test_one_session_has_so_many_seats_and_no_more(world: World) -> None:
    async with (
        shown(world, Passing(person())) as (base, _),
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
        contextlib.AsyncExitStack() as open_,
    ):
        for _seat in range(SEATS):
            answer = await open_.enter_async_context(session.get(f"{base}/live"))
            assert answer.status == 200
        async with session.get(f"{base}/live") as one_more:
            assert one_more.status == 429


async def test_memory_that_lies_free_is_given_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []
    monkeypatch.setattr(desk, "THRIFT_S", 0.1)
    monkeypatch.setattr(desk, "give_back", lambda: given.append(time.monotonic()))
    async with shown(world):
        await asyncio.sleep(2)
    assert len(given) > 1
