"""Which outages the record tells as one incident: spells, storms, mass outages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import create_engine, select

from inventory.model import Device, Network
from store.changes import Batch, Marked, Verdict
from store.declare import Agreement
from store.reader import RecordReader
from store.states import Mark, State
from store.tables import incident, outage
from store.writer import Writer
from tests.store.keeping import NOW, bring, commit, down, network, reading, up, writing

MINUTE = 60_000


def field(routers: int = 30) -> Network:
    """The small network with so many routers more, each hanging on nothing but the centre."""
    base = network()
    more = {
        f"x{i}": Device(id=f"x{i}", site="d", role="router", address=f"127.51.2.{i + 1}")
        for i in range(routers)
    }
    return replace(base, devices={**base.devices, **more})


def things(agreed: Agreement, count: int) -> list[int]:
    return [agreed.ids["device", f"x{i}"] for i in range(count)]


def fall(writer: Writer, ids: Sequence[int], at: int, apart_ms: int) -> list[int]:
    """One after the other, each told two seconds after it fell; gives the outage ids."""
    found: list[int] = []
    for i, thing_id in enumerate(ids):
        began = at + i * apart_ms
        found += commit(writer, began + 2000, down(thing_id, began)).opened
    return found


def rows(url: str) -> list[Any]:
    engine = create_engine(url)
    with engine.connect() as conn:
        found = list(conn.execute(select(incident).order_by(incident.c.id)))
    engine.dispose()
    return found


def members(url: str, of: int) -> set[int]:
    engine = create_engine(url)
    with engine.connect() as conn:
        inside = select(outage.c.id).where(outage.c.incident_id == of)
        found = set(conn.execute(inside).scalars())
    engine.dispose()
    return found


def told(reader: RecordReader, kind: str) -> list[dict[str, Any]]:
    return [event["body"] for event in reader.events() if event["kind"] == kind]


def mark(writer: Writer, at: int, thing_id: int, *marks: Mark, verdict: Verdict) -> None:
    said = (Marked(thing_id=thing_id, marks=frozenset(marks)),)
    writer.submit(Batch(at_ms=at, verdicts=(verdict,), marks=said)).result(timeout=30)


def test_ten_roots_in_five_minutes_are_one_storm_with_later_ones_and_one_message(url: str) -> None:
    agreed = bring(url, field())
    with writing(url) as writer, reading(url) as reader:
        an_hour_before = fall(writer, things(agreed, 30)[29:], NOW - 60 * MINUTE, 0)
        storm = fall(writer, things(agreed, 9), NOW, 10_000)
        assert rows(url) == []
        storm += fall(writer, things(agreed, 20)[9:], NOW + 90_000, 30_000)
        late = fall(writer, things(agreed, 21)[20:], NOW + 60 * MINUTE, 0)
        (found,) = rows(url)
        assert (found.kind, found.started, found.ended) == ("storm", NOW, None)
        assert members(url, found.id) == set(storm)
        assert not {*an_hour_before, *late} & members(url, found.id)
        (message,) = told(reader, "incident.opened")
        assert (message["kind"], message["members"]) == ("storm", 10)
        assert message["roots"] == things(agreed, 10)
        gathered = {row.id: row.incident for row in reader.outages()}[storm[0]]
        assert gathered is not None
        assert (gathered.kind, gathered.started_ms, gathered.ended_ms) == ("storm", NOW, None)
        assert gathered.outages == len(storm)
        of = {row.id: row.incident_id for row in reader.outages()}
        assert {of[one] for one in storm} == {found.id}
        assert of[late[0]] is None


def test_a_storm_ends_when_the_last_of_its_roots_is_back(url: str) -> None:
    agreed = bring(url, field())
    ids = things(agreed, 12)
    with writing(url) as writer, reading(url) as reader:
        fall(writer, ids, NOW, 1000)
        for i, thing_id in enumerate(ids[1:]):
            commit(writer, NOW + (60 + i) * MINUTE, up(thing_id, NOW + (60 + i) * MINUTE))
        assert rows(url)[0].ended is None
        back = NOW + 240 * MINUTE
        commit(writer, back + 1000, up(ids[0], back))
        assert rows(url)[0].ended == back
        (message,) = told(reader, "incident.closed")
        assert (message["members"], message["roots"]) == (12, ids)


def test_ten_roots_over_an_hour_are_no_storm(url: str) -> None:
    agreed = bring(url, field())
    with writing(url) as writer:
        fall(writer, things(agreed, 30), NOW, 34_000)
    assert rows(url) == []


def test_children_and_degraded_things_make_no_storm_but_belong_to_that_of_their_root(
    url: str,
) -> None:
    agreed = bring(url, field())
    ids = things(agreed, 30)
    with writing(url) as writer, reading(url) as reader:
        root = fall(writer, ids[:1], NOW, 0)
        commit(writer, NOW + 5000, *(down(thing_id, NOW + 1000, ids[0]) for thing_id in ids[1:12]))
        slow = [replace(down(one, NOW + 1000), state=State.DEGRADED) for one in ids[12:16]]
        commit(writer, NOW + 6000, *slow)
        assert rows(url) == []
        fall(writer, ids[16:25], NOW + 10_000, 1000)
        (found,) = rows(url)
        assert len(members(url, found.id)) == 10
        assert root[0] in members(url, found.id)
        behind = [row for row in reader.outages() if row.root_id == root[0]]
        assert {row.incident_id for row in behind} == {found.id}
        assert told(reader, "incident.opened")[0]["members"] == 21


def test_a_root_that_turns_out_to_lie_behind_another_leaves_the_storm(url: str) -> None:
    agreed = bring(url, field())
    ids = things(agreed, 12)
    with writing(url) as writer:
        opened = fall(writer, ids, NOW, 1000)
        moved = replace(down(ids[3], NOW + 30_000, ids[0]), first_bad_ms=None, last_good_ms=None)
        commit(writer, NOW + 30_000, moved)
    (found,) = rows(url)
    assert members(url, found.id) == set(opened) - {opened[3]}


def test_a_storm_goes_on_over_a_restart_of_the_monitor(url: str) -> None:
    agreed = bring(url, field())
    ids = things(agreed, 15)
    with writing(url) as writer:
        first = fall(writer, ids[:6], NOW, 1000)
    with writing(url, NOW + 20_000) as writer:
        first += fall(writer, ids[6:12], NOW + 20_000, 1000)
    with writing(url, NOW + 60_000) as writer:
        first += fall(writer, ids[12:], NOW + 60_000, 1000)
        (found,) = rows(url)
        assert members(url, found.id) == set(first)
        for thing_id in ids:
            commit(writer, NOW + MINUTE * 9, up(thing_id, NOW + MINUTE * 8))
    assert rows(url)[0].ended == NOW + MINUTE * 8


def test_a_flapping_spell_is_one_incident_with_its_outages_until_the_mark_goes(url: str) -> None:
    agreed = bring(url, field())
    thing_id = things(agreed, 1)[0]
    opened: list[int] = []

    def bounce(writer: Writer, at: int) -> None:
        opened.extend(commit(writer, at + 2000, down(thing_id, at)).opened)
        commit(writer, at + 30_000, up(thing_id, at + 28_000))

    with writing(url) as writer:
        bounce(writer, NOW - 300 * MINUTE)
        bounce(writer, NOW)
        bounce(writer, NOW + MINUTE)
        third = down(thing_id, NOW + 2 * MINUTE)
        mark(writer, NOW + 2 * MINUTE + 2000, thing_id, Mark.FLAPPING, verdict=third)
    with writing(url, NOW + 3 * MINUTE) as writer, reading(url) as reader:
        commit(writer, NOW + 3 * MINUTE, up(thing_id, NOW + 3 * MINUTE))
        bounce(writer, NOW + 4 * MINUTE)
        (spell,) = rows(url)
        assert (spell.kind, spell.root_thing_id, spell.started) == ("flapping", thing_id, NOW)
        of = [row.incident_id for row in reversed(reader.outages())]
        assert of == [None, *[spell.id] * 4]
        calm = replace(down(thing_id, NOW + 40 * MINUTE), state=State.UP)
        mark(writer, NOW + 40 * MINUTE, thing_id, verdict=calm)
        assert rows(url)[0].ended == NOW + 40 * MINUTE
        bounce(writer, NOW + 50 * MINUTE)
        assert reader.outages()[0].incident_id is None
        assert [b["kind"] for b in told(reader, "incident.opened")] == ["flapping"]
        assert [b["members"] for b in told(reader, "incident.closed")] == [4]


def test_a_mass_outage_holds_its_root_and_all_behind_it(url: str) -> None:
    agreed = bring(url, field())
    ids, beyond = things(agreed, 20), agreed.ids["beyond", "p-r"]
    with writing(url) as writer, reading(url) as reader:
        root = replace(down(beyond, NOW), reason="mass")
        behind = [down(thing_id, NOW + 1000, beyond) for thing_id in ids]
        opened = commit(writer, NOW + 9000, root, *behind).opened
        (found,) = rows(url)
        assert (found.kind, found.root_thing_id, found.started) == ("mass", beyond, NOW)
        assert members(url, found.id) == set(opened)
        (message,) = told(reader, "incident.opened")
        assert (message["roots"], message["members"]) == ([beyond], 21)
        states = [body for e in reader.events() if (body := e["body"]) and "since" in body]
        assert {body["incident_id"] for body in states} == {found.id}
        later = NOW + 60 * MINUTE
        commit(writer, later, up(beyond, later), *(up(one, later) for one in ids[:15]))
        commit(writer, later + 9000, *(down(one, later) for one in ids[15:]))
        assert [row.kind for row in rows(url)] == ["mass"]
        assert rows(url)[0].ended is None
        commit(writer, later + MINUTE, *(up(one, later + MINUTE) for one in ids[15:]))
        assert rows(url)[0].ended == later + MINUTE
