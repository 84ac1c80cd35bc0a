"""Pages are made once, given while the next one is made, and hold each reader's own words."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable

import pytest

from reports.web import press
from reports.web.press import CSRF, NAME, Press, Printed
from tests.web.gates import CSRF as TOKEN
from tests.web.gates import person


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


async def test_the_page_before_is_given_while_the_next_one_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(press, "REST_S", 0.0)
    made, work = Press(), Work()
    work.free.set()
    await made.kept(1, "/", text("one"), work)
    work.free.clear()
    assert plain(await made.kept(2, "/", text("two"), work)) == "one"
    assert plain(await made.kept(3, "/", text("three"), work)) == "one"
    work.free.set()
    await asyncio.sleep(0.01)
    assert plain(await made.kept(2, "/", text("never"), work)) == "two"
    assert work.done == 2


async def test_what_is_older_than_a_moment_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(press, "REST_S", 0.0)
    monkeypatch.setattr(press, "STALE_S", -1.0)
    made, work = Press(), Work()
    work.free.set()
    await made.kept(1, "/", text("one"), work)
    assert plain(await made.kept(2, "/", text("two"), work)) == "two"


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
