"""Outages as readers see them: many that are asked together are what each is by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from store import outages
from store.portions import MOST, portions
from store.reader import open_questions
from store.spoken import ack, note
from store.states import Kind
from tests.reports.world import DAY, MINUTE, at
from tests.store.historic import Past, past
from tests.store.keeping import network

BEGIN = at("2027-02-01T00:00")
COUNT = 60


@pytest.fixture
def world(url: str) -> Iterator[Past]:
    """Outages of two devices and a link, every third behind the one before, some with words."""
    with past(url, network(), BEGIN - 10 * DAY) as found:
        things = [found.ids[key] for key in (("device", "d-r"), ("device", "d-u"), ("link", "L1"))]
        last = None
        for number in range(COUNT):
            begin, thing_id = BEGIN + number * 10 * MINUTE, things[number % 3]
            behind = {"root_id": last, "root_thing_id": things[2]} if number % 3 == 0 else {}
            reasons = [{"what": "loss"}] if number % 7 == 0 else None
            more = behind | {"cause_reasons": reasons}
            last = found.outage(thing_id, begin, begin + MINUTE, **more)
            told = {"outage_id": last, "entered": begin}
            if number % 5 == 0:
                found.add(note, thing_id=thing_id, author="Lan", text=f"ghi chú {number}", **told)
            if number % 11 == 0:
                found.add(ack, actor="An", note=f"đang xử lý {number}", **told)
        yield found


@pytest.mark.parametrize("close", [outages.CLOSE, 0])
def test_many_that_are_asked_together_are_what_each_is_by_itself(
    world: Past, close: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outages, "MOST", COUNT // 2)  # more than are asked for by name
    monkeypatch.setattr(outages, "CLOSE", close)
    reader = open_questions(world.url)
    together = sorted(reader.outages(), key=lambda row: row.id)
    alone = [reader.outage(row.id) for row in together]
    reader.close()
    assert together == alone
    assert len(together) == COUNT
    assert {row.kind for row in together} == {Kind.DEVICE, Kind.LINK}
    assert sum(row.members for row in together) == (COUNT - 1) // 3
    assert [row.note for row in together[:12:5]] == ["ghi chú 0", "ghi chú 5", "ghi chú 10"]
    assert together[11].note == "đang xử lý 11"
    assert together[7].cause_reasons == ({"what": "loss"},)


def test_portions_are_all_values_in_their_order_and_none_is_empty() -> None:
    assert list(portions([])) == []
    assert list(portions(range(5), 2)) == [range(2), range(2, 4), range(4, 5)]
    assert [len(part) for part in portions(list(range(MOST + 1)))] == [MOST, 1]
