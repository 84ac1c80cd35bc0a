"""Pages are made once, given while the next one is made, and hold each reader's own words."""

from __future__ import annotations

import asyncio
import gc
import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pytest

from reports.web.desk import Known
from reports.web.press import CSRF, NAME, Press, Printed
from tests.web.gates import CSRF as TOKEN
from tests.web.gates import person
from tests.web.world import shown, troubled


class Work:
    """What is made waits until it is let go."""

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self.done = 0

    async def __call__(self, make: Callable[[], Printed]) -> Printed:
        await self.free.wait()
        self.done += 1
        return make()


def text(words: str) -> Callable[[], Printed]:
    return lambda: Printed.of(words.encode())


def plain(page: Printed) -> str:
    return page.plain(person()).decode()


async def test_however_many_ask_it_is_made_once() -> None:
    made, work = Press(), Work()
    asking = [asyncio.create_task(made.kept(1, "/", text("one"), work)) for _ in range(50)]
    await asyncio.sleep(0)
    work.free.set()
    assert {plain(page) for page in await asyncio.gather(*asking)} == {"one"}
    assert work.done == 1


async def test_what_changed_is_never_told_by_the_page_before() -> None:
    made, work = Press(), Work()
    work.free.set()
    await made.kept(1, "/", text("one"), work)
    work.free.clear()
    asking = [asyncio.create_task(made.kept(2, "/", text("two"), work)) for _ in range(9)]
    asking += [asyncio.create_task(made.kept(3, "/", text("three"), work)) for _ in range(9)]
    await asyncio.sleep(0)
    work.free.set()
    assert [plain(page) for page in await asyncio.gather(*asking)] == ["two"] * 9 + ["three"] * 9
    assert work.done == 3


async def test_what_a_page_was_made_of_is_free_once_it_is_printed(tmp_path: Path) -> None:
    """Else the collector has a whole network to take away for each page, and everybody waits."""
    with troubled(tmp_path) as world, no_collector() as before:
        async with shown(world) as (base, site), aiohttp.ClientSession() as session:
            for thing in ("p-r", "d-r"):
                await said(session, base)
                was = site.desk.known.revision
                world.fail(thing)
                assert await site.desk.newer(was, 20) is not None
            await said(session, base)
            await asyncio.sleep(0.1)  # the last one is being put down
            assert len([one for one in networks() if id(one) not in before]) == 1


async def said(session: aiohttp.ClientSession, base: str) -> str:
    async with session.get(base + "/") as answer:
        assert answer.status == 200
        return await answer.text()


def networks() -> list[Known]:
    return [one for one in gc.get_objects() if type(one) is Known]


@contextmanager
def no_collector() -> Iterator[set[int]]:
    """Gives which networks are still known from other tests."""
    gc.collect()
    gc.disable()
    held = networks()
    try:
        yield set(map(id, held))
    finally:
        gc.enable()


async def test_what_failed_is_not_kept() -> None:
    made, work = Press(), Work()
    work.free.set()

    def fails() -> Printed:
        raise KeyError("no")

    with pytest.raises(KeyError):
        await made.kept(1, "/", fails, work)
    assert plain(await made.kept(1, "/", text("one"), work)) == "one"


def test_a_packed_page_holds_the_words_of_its_reader() -> None:
    page = Printed.of(b"a" * 5000 + CSRF + "ă".encode() * 5000 + NAME + b"z" + CSRF)
    for name in ("Lan", "<b>", "\u202eMinh", "", "Nguyễn Thị " * 9):
        who = person(name)
        said = gzip.decompress(page.gzipped(who))
        assert said == page.plain(who)
        assert said.count(TOKEN.encode()) == 2
        assert b"<b>" not in said
    assert page.gzipped(person("Lan")) != page.gzipped(person("Hoa"))
