"""Services are asked evenly and a few at once; those that say nothing hold up nobody else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
from aiohttp import web

from inventory.model import Service
from probes.names import Names
from probes.services.asker import Asker
from probes.services.desk import AT_ONCE, Desk
from probes.services.results import Checked, Fault
from tests.probes.services.servers import Town, listen_and_wait, town


@pytest.fixture
async def here() -> AsyncIterator[Town]:
    async with town() as opened:
        yield opened


def service(number: int, port: int, *, timeout_s: float, interval_s: float) -> Service:
    url = f"http://127.0.0.1:{port}/{number}"
    return Service(
        id=f"s{number}", name="S", site="p", url=url, timeout_s=timeout_s, interval_s=interval_s
    )


def now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


@contextmanager
def desk_of(services: list[Service]) -> Iterator[Desk]:
    desk = Desk(Names(), now_ms())
    desk.take_up(dict(enumerate(services)), now_ms())
    yield desk
    desk.close()


async def run(desk: Desk, seconds: float) -> list[Checked]:
    done: list[Checked] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        desk.tick(now_ms())
        done += desk.take()
        await asyncio.sleep(0.02)
    return done


async def test_never_more_than_eight_at_once_and_all_get_their_turn(here: Town) -> None:
    at_once, most = 0, 0

    async def slow(_: web.Request) -> web.StreamResponse:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.5)
        at_once -= 1
        return web.Response(text="x")

    port = await here.web(slow)
    with desk_of([service(n, port, timeout_s=5, interval_s=1) for n in range(20)]) as desk:
        done = await run(desk, 4.0)
    assert most == AT_ONCE
    assert {checked.thing_id for checked in done} == set(range(20))
    assert {checked.fault for checked in done} == {Fault.NONE}


async def test_forty_dead_services_do_not_delay_a_live_one(here: Town) -> None:
    """The dead take more than twice what the eight places can give."""

    async def page(_: web.Request) -> web.StreamResponse:
        return web.Response(text="x")

    deaf, live = await here.raw(listen_and_wait), await here.web(page)
    dead = [service(n, deaf, timeout_s=0.5, interval_s=1) for n in range(40)]
    with desk_of([*dead, service(40, live, timeout_s=0.5, interval_s=1)]) as desk:
        await run(desk, 4.0)  # now it is known who answers
        done = await run(desk, 4.5)
        assert len(desk._running) <= AT_ONCE
        assert len(desk._answered) == 1
    order = sorted(done, key=lambda checked: checked.asked_ns)
    turns = [place for place, checked in enumerate(order) if checked.thing_id == 40]
    assert len(turns) >= 3
    dead_between = [later - earlier - 1 for earlier, later in pairwise(turns)]
    assert max(dead_between) < 25, "six places, each for half of its interval: 12; in turn: 40"


async def test_a_check_that_breaks_is_no_fault_of_the_service(
    here: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def burst(*_: object) -> Checked:
        raise RuntimeError("ours")

    monkeypatch.setattr(Asker, "ask", burst)
    with desk_of([service(0, 9, timeout_s=1, interval_s=1)]) as desk:
        [checked, *_] = await run(desk, 1.2)
    assert checked.fault is Fault.UNSENT
    assert "ours" in caplog.text


async def test_a_reload_drops_what_is_gone_and_keeps_the_turns_of_the_rest(here: Town) -> None:
    asked: list[str] = []

    async def page(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return web.Response(text="x")

    port = await here.web(page)
    first = [service(n, port, timeout_s=1, interval_s=1) for n in range(4)]
    with desk_of(first) as desk:
        await run(desk, 0.3)
        desk.take_up({1: first[1], 2: first[2], 9: service(9, port, timeout_s=1, interval_s=1)},
                     now_ms())  # fmt: skip
        asked.clear()
        began = time.monotonic()
        done = await run(desk, 1.2)
        while {1, 2, 9} - {checked.thing_id for checked in done}:
            done += await run(desk, 0.2)
            assert time.monotonic() - began < 30
        turns = int(time.monotonic() - began) + 1
    assert {checked.thing_id for checked in done} == {1, 2, 9}
    assert asked.count("/1") <= 1 + turns, "one in flight, and one a second"
    assert asked.count("/3") <= 1, "the one in flight"


async def test_quick_questions_come_beside_the_turns(here: Town) -> None:
    async def page(_: web.Request) -> web.StreamResponse:
        return web.Response(text="x")

    port = await here.web(page)
    with desk_of([service(0, port, timeout_s=5, interval_s=3600)]) as desk:
        await run(desk, 0.2)
        desk.ask([(0, now_ms() + 100), (0, now_ms() + 300), (77, 0)])
        done = await run(desk, 0.6)
    assert [checked.thing_id for checked in done][-2:] == [0, 0]
