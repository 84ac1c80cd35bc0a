"""The look-up of pages and programs: made once, anew with the names, and let go of gently."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from inventory.lookup import Index
from reports.web import finder
from reports.web.desk import Desk
from reports.web.finder import Finder
from reports.web.scope import Scope
from store.engine import RecordError
from store.reader import RecordReader
from tests.store.keeping import bring
from tests.web.gates import person
from tests.web.world import now_ms, province, troubled


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with troubled(tmp_path) as world:
        made = Desk(world.url)
        yield made
        made.close()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Index]:
    """Every index, in the order of their making."""
    found: list[Index] = []
    lookup = RecordReader.lookup

    def counted(reader: RecordReader) -> Index:
        found.append(lookup(reader))
        return found[-1]

    monkeypatch.setattr(RecordReader, "lookup", counted)
    return found


def names(desk: Desk, searching: Finder, index: Index, question: str) -> set[str]:
    scope = Scope.of(person(), desk.known)
    return {hit.entry.name for hit in searching.find(index, question, 20, scope)}


async def test_however_many_ask_it_is_made_once(desk: Desk, made: list[Index]) -> None:
    await desk.refresh()
    searching = Finder(desk)
    found = await asyncio.gather(*(searching.index() for _ in range(20)))
    assert made == [found[0]]
    assert set(map(id, found)) == {id(made[0])}


async def test_who_asks_after_a_name_changed_waits_for_the_new_one(
    desk: Desk, made: list[Index], tmp_path: Path
) -> None:
    await desk.refresh()
    searching = Finder(desk)
    await searching.index()
    changed = replace(province("Xã Tịnh Thọ"), sha256="of other files")
    bring(f"sqlite:///{tmp_path / 'record.db'}", changed, now_ms())
    await desk.refresh()
    index = await searching.index()
    assert len(made) == 2
    assert "Xã Tịnh Thọ" in names(desk, searching, index, "tinh tho")


async def test_an_old_one_answers_while_it_is_made_anew(
    desk: Desk, made: list[Index], monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.refresh()
    searching = Finder(desk)
    first = await searching.index()
    monkeypatch.setattr(finder, "OLD_S", -1.0)
    assert await searching.index() is first
    monkeypatch.setattr(finder, "OLD_S", 60.0)
    for _ in range(2000):
        if await searching.index() is not first:
            break
        await asyncio.sleep(0.01)
    assert len(made) == 2


async def test_where_it_cannot_be_made_anew_the_old_one_goes_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.refresh()
    searching = Finder(desk)
    first = await searching.index()
    asked = threading.Event()

    def broken(_: RecordReader) -> Index:
        asked.set()
        raise RecordError("away")

    monkeypatch.setattr(RecordReader, "lookup", broken)
    monkeypatch.setattr(finder, "OLD_S", -1.0)
    assert await searching.index() is first
    await asyncio.to_thread(asked.wait, 20)
    await asyncio.sleep(0.05)
    assert await searching.index() is first
    with pytest.raises(RecordError, match="away"):
        await Finder(desk).index()
