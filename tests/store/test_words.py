"""People's words: acknowledged, planned, corrected, declared; late or wrong ones are refused."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import func, insert, select, update

from inventory.phrases import say
from store.actions import Actions, Done, Outcome, Refused, open_actions
from store.changes import Sight
from store.corrections import Changes
from store.engine import RecordError, open_writer
from store.questions import OutageRow
from store.reader import RecordReader
from store.spoken import ack, audit, correction, maintenance
from store.states import State
from store.tables import event, incident, outage
from store.writer import Writer
from tests.store.keeping import bring, commit, down, network, reading, up, writing

NOW = time.time_ns() // 1_000_000
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
BEGAN = NOW - 2 * DAY
REASON = {"actor": "an", "reason": "theo biên bản"}


@contextmanager
def speaking(url: str) -> Iterator[Actions]:
    actions = open_actions(url)
    try:
        yield actions
    finally:
        actions.close()


def why(outcome: Outcome) -> str:
    assert isinstance(outcome, Refused), outcome
    assert outcome.reason == say("en", outcome.key, **outcome.values), "it has its phrase"
    return outcome.reason


def done(outcome: Outcome) -> Done:
    assert isinstance(outcome, Done), outcome
    return outcome


def one(reader: RecordReader) -> OutageRow:
    [row] = reader.outages()
    return row


def shown(reader: RecordReader, key: str) -> bool:
    row = reader.find(key)
    assert row is not None
    return row.acknowledged


def in_incident(url: str, kind: str, *outage_ids: int) -> int:
    """Gather outages in a new incident, as the writer does in a spell."""
    engine = open_writer(url)
    with engine.begin() as conn:
        values = {"kind": kind, "started": NOW, "revision": 1}
        found = conn.execute(insert(incident).values(**values).returning(incident.c.id))
        number = int(found.scalar_one())
        mine = update(outage).where(outage.c.id.in_(outage_ids))
        conn.execute(mine.values(incident_id=number))
    engine.dispose()
    return number


def count(url: str, table: object) -> int:
    engine = open_writer(url)
    with engine.begin() as conn:
        number = int(conn.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]
    engine.dispose()
    return number


def test_an_acknowledgement_says_who_for_whom_and_until_when_and_a_new_one_replaces_it(
    url: str,
) -> None:
    device = bring(url, network()).ids["device", "d-r"]
    with writing(url) as writer, reading(url) as reader, speaking(url) as people:
        [number] = commit(writer, NOW, down(device, NOW)).opened
        seen = reader.revision()[1]
        said = {"note_text": "đội đang đi", "owner": "đội 2", "until_ms": NOW + HOUR}
        done(people.acknowledge(number, actor="an", expected=seen, **said))  # type: ignore[arg-type]
        row = one(reader)
        assert (row.acknowledged, row.acknowledged_by, row.owner) == (True, "an", "đội 2")
        assert (row.note, row.acknowledged_until_ms) == ("đội đang đi", NOW + HOUR)
        done(people.acknowledge(number, actor="bình", expected=reader.revision()[1]))
        row = one(reader)
        assert (row.acknowledged_by, row.owner, row.note) == ("bình", None, None)
        done(people.withdraw(number, actor="bình", expected=reader.revision()[1]))
        assert not one(reader).acknowledged
        assert not shown(reader, "d-r")
        again = people.withdraw(number, actor="bình", expected=reader.revision()[1])
        assert why(again) == f"outage {number} is not acknowledged"
    assert count(url, ack) == 2
    assert count(url, audit) == 3


def test_what_has_run_out_needs_somebody_again_and_is_told_once(url: str) -> None:
    device = bring(url, network()).ids["device", "d-r"]
    with writing(url) as writer, reading(url) as reader, speaking(url) as people:
        [number] = commit(writer, NOW, down(device, NOW)).opened
        until = time.time_ns() // 1_000_000 + 300
        said = {"owner": "đội 2", "note_text": "chờ điện", "until_ms": until}
        done(people.acknowledge(number, actor="an", expected=10**9, **said))  # type: ignore[arg-type]
        commit(writer, until - 1, sight=Sight.BEAT)
        assert shown(reader, "d-r")
        seen = reader.revision()[1]
        while time.time_ns() // 1_000_000 <= until:
            time.sleep(0.02)
        commit(writer, until, sight=Sight.BEAT)
        commit(writer, until + 10, sight=Sight.BEAT)
        assert not shown(reader, "d-r")
        assert [row.key for row in reader.snapshot(seen).rows if row.kind == "device"] == ["d-r"]
        row = one(reader)
        assert (row.acknowledged, row.owner, row.note) == (False, "đội 2", "chờ điện")
        kinds = [e["kind"] for e in reader.events() if e["outage_id"] == number]
        assert kinds == ["state.down", "acknowledged", "ack_expired"]


def test_an_acknowledgement_that_is_over_already_is_refused(url: str) -> None:
    device = bring(url, network()).ids["device", "d-r"]
    with writing(url) as writer, speaking(url) as people:
        [number] = commit(writer, NOW, down(device, NOW)).opened
        before = count(url, audit)
        late = people.acknowledge(number, actor="an", expected=10**9, until_ms=NOW - 1)
        assert "over already" in why(late)
        assert "name" in why(people.acknowledge(number, actor=" ", expected=10**9))
        assert "name" in why(people.acknowledge(number, actor="a", owner="x" * 101, expected=9))
        assert (count(url, audit), count(url, ack)) == (before, 0)


def test_the_next_outage_of_a_flapping_spell_is_acknowledged_too(url: str) -> None:
    device = bring(url, network()).ids["device", "d-r"]
    with writing(url) as writer, reading(url) as reader, speaking(url) as people:
        [first] = commit(writer, NOW, down(device, NOW)).opened
        spell = in_incident(url, "flapping", first)
        done(people.acknowledge(first, actor="an", owner="đội 2", expected=10**9))
        commit(writer, NOW + MINUTE, up(device, NOW + MINUTE))
        [second] = commit(writer, NOW + 2 * MINUTE, down(device, NOW + 2 * MINUTE)).opened
        assert not shown(reader, "d-r"), "not known to belong to the spell yet"
        engine = open_writer(url)
        with engine.begin() as conn:
            conn.execute(update(outage).where(outage.c.id == second).values(incident_id=spell))
        engine.dispose()
        commit(writer, NOW + 3 * MINUTE, sight=Sight.BEAT)
        assert shown(reader, "d-r")
        [row] = [row for row in reader.outages() if row.id == second]
        assert (row.acknowledged, row.owner) == (True, "đội 2")


def test_an_acknowledged_root_of_a_storm_leaves_the_other_roots_to_somebody(url: str) -> None:
    ids = bring(url, network()).ids
    with writing(url) as writer, reading(url) as reader, speaking(url) as people:
        roots = [down(ids["device", key], NOW) for key in ("d-r", "p-r")]
        first, second = commit(writer, NOW, *roots).opened
        in_incident(url, "storm", first, second)
        done(people.acknowledge(first, actor="an", expected=10**9))
        commit(writer, NOW + MINUTE, sight=Sight.BEAT)
        assert {row.id: row.acknowledged for row in reader.outages()} == {
            first: True,
            second: False,
        }
        assert not shown(reader, "p-r")


def test_maintenance_is_planned_cancelled_and_approved_by_a_second_person(url: str) -> None:
    site = bring(url, network(), BEGAN).ids["site", "d"]
    with reading(url) as reader, speaking(url) as people:
        late = {"from_ms": NOW - HOUR, "to_ms": NOW + HOUR, "reason": "thay UPS"}
        planned = done(people.plan_maintenance(site, actor="an", **late))  # type: ignore[arg-type]
        assert f"approve {planned.row_id}" in planned.warnings[0]
        [work] = reader.works()
        assert (work.key, work.late, work.counts_from_ms) == ("d", True, work.entered_ms)
        own = people.approve_maintenance(planned.row_id, actor="AN")
        assert "second person" in why(own)
        done(people.approve_maintenance(planned.row_id, actor="bình"))
        assert "already" in why(people.approve_maintenance(planned.row_id, actor="chi"))
        [work] = reader.works()
        assert (work.approved_by, work.counts_from_ms) == ("bình", NOW - HOUR)
        done(people.cancel_maintenance(planned.row_id, actor="an"))
        assert "already" in why(people.cancel_maintenance(planned.row_id, actor="an"))
        [history] = [h for h in reader.period(BEGAN, NOW + DAY, NOW + DAY).histories
                     if h.key == "d"]  # fmt: skip
        [(begin, end)] = history.maintenance
        assert begin == NOW - HOUR
        assert NOW - 1 <= end < NOW + HOUR, "the part that has passed stays"
        ahead = {"from_ms": NOW + DAY, "to_ms": NOW + DAY + HOUR, "reason": "bảo trì"}
        announced = done(people.plan_maintenance(site, actor="an", **ahead))  # type: ignore[arg-type]
        assert announced.warnings == ()
        assert "announced" in why(people.approve_maintenance(announced.row_id, actor="bình"))
        assert why(people.cancel_maintenance(99, actor="an")) == "there is no maintenance 99"
    assert count(url, audit) == 4


@pytest.mark.parametrize(
    ("window", "words"),
    [
        ((NOW, NOW - 1, "x", None), "ends before"),
        ((NOW, NOW + HOUR, " ", None), "reason"),
        ((NOW - DAY, NOW - HOUR, "x", None), "wholly in the past"),
        ((NOW, NOW + 25 * HOUR, "x", "FREQ=DAILY"), "longer than its period"),
        ((NOW, NOW + HOUR, "x", "FREQ=HOURLY"), "no recurrence rule"),
        ((NOW, NOW + HOUR, "x", "every sunday"), "no recurrence rule"),
        ((NOW - 9 * DAY, NOW - 9 * DAY + HOUR, "x", "FREQ=DAILY;COUNT=3"), "wholly in the past"),
    ],
)
def test_a_window_that_cannot_be_is_refused(
    url: str, window: tuple[int, int, str, str | None], words: str
) -> None:
    site = bring(url, network()).ids["site", "d"]
    begin, end, reason, rule = window
    with speaking(url) as people:
        said = {"from_ms": begin, "to_ms": end, "reason": reason, "rrule": rule}
        assert words in why(people.plan_maintenance(site, actor="an", **said))  # type: ignore[arg-type]
    assert count(url, maintenance) == 0
    assert count(url, event) == 0


def test_a_recurring_window_counts_on_each_of_its_days(url: str) -> None:
    unit = bring(url, network(), BEGAN).ids["unit", "51"]
    with reading(url) as reader, speaking(url) as people:
        begin = NOW + HOUR
        said = {"from_ms": begin, "to_ms": begin + HOUR, "reason": "x", "rrule": "FREQ=WEEKLY"}
        done(people.plan_maintenance(unit, actor="an", **said))  # type: ignore[arg-type]
        [device] = [h for h in reader.period(NOW, NOW + 20 * DAY, NOW + 20 * DAY).histories
                    if h.key == "d-r"]  # fmt: skip
    second = begin // 1000 * 1000 + begin % 1000
    assert device.maintenance == tuple(
        (second + week * 7 * DAY, second + week * 7 * DAY + HOUR) for week in range(3)
    )


@pytest.fixture
def two(url: str) -> Iterator[tuple[str, Writer, int, int]]:
    """A device with two outages that are over: an hour each, six hours apart."""
    device = bring(url, network(), BEGAN).ids["device", "d-r"]
    with writing(url, BEGAN) as writer:
        commit(writer, BEGAN, up(device, BEGAN), sight=Sight.OPENED)
        found: list[int] = []
        for start in (BEGAN + HOUR, BEGAN + 7 * HOUR):
            found += commit(writer, start, down(device, start)).opened
            commit(writer, start + HOUR, up(device, start + HOUR))
        commit(writer, BEGAN + DAY, sight=Sight.SEEN)
        first, second = found
        yield url, writer, first, second


Two = tuple[str, Writer, int, int]


def test_corrections_stand_beside_the_first_record_with_who_and_why(two: Two) -> None:
    url, _, first, _ = two
    changes: Changes = {"cause": "fibre", "provider": "vnpt", "side": "provider",
               "ended": BEGAN + 90 * MINUTE}  # fmt: skip
    with reading(url) as reader, speaking(url) as people:
        done(people.correct(first, changes, expected=reader.revision()[1], **REASON))
        row = next(row for row in reader.outages() if row.id == first)
        assert (row.cause, row.provider, row.side) == ("fibre", "VNPT", "provider")
        assert row.first_good_ms == BEGAN + 90 * MINUTE
        assert row.recorded["first_good_ms"] == BEGAN + 2 * HOUR
        assert row.corrected == ("cause", "ended", "provider", "side")
        again = people.correct(first, changes, expected=reader.revision()[1], **REASON)
        assert why(again) == f"outage {first} says so already"
        period = reader.period(BEGAN, BEGAN + DAY, NOW)
        [history] = [h for h in period.histories if h.key == "d-r"]
        bad = [(a, b) for state, a, b, _ in history.spans if state == State.DOWN]
        assert (BEGAN + HOUR, BEGAN + 90 * MINUTE) in bad
    engine = open_writer(url)
    with engine.begin() as conn:
        rows = conn.execute(select(correction.c.field, correction.c.old, correction.c.author)).all()
        kept = conn.execute(select(outage.c.first_good).where(outage.c.id == first)).scalar()
    engine.dispose()
    assert ("ended", str(BEGAN + 2 * HOUR), "an") in [tuple(row) for row in rows]
    assert kept == BEGAN + 2 * HOUR, "the first record stays"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cause": "gremlins"}, "'gremlins' is not known"),
        ({"colour": "red"}, "cannot be corrected"),
        ({"provider": "viettel"}, "no provider 'viettel'"),
        ({"state": "broken"}, "'broken' is not known"),
        ({"started": BEGAN + 3 * HOUR}, "end before it starts"),
        ({"ended": NOW + DAY}, "future"),
        ({"ended": BEGAN + 9 * HOUR}, "stands there already"),
        ({}, "already"),
    ],
)
def test_a_correction_that_cannot_be_is_refused(two: Two, changes: Changes, words: str) -> None:
    url, _, first, _ = two
    with speaking(url) as people:
        assert words in why(people.correct(first, changes, expected=10**9, **REASON))
    assert count(url, correction) == 0


def test_whoever_corrects_a_root_hears_of_what_stands_behind_it(url: str) -> None:
    ids = bring(url, network(), BEGAN).ids
    link, site = ids["link", "L1"], ids["site", "d"]
    with writing(url, BEGAN) as writer:
        commit(writer, BEGAN, up(link, BEGAN), up(site, BEGAN), sight=Sight.OPENED)
        cut = down(site, BEGAN + HOUR, root=link)
        commit(writer, BEGAN + HOUR, down(link, BEGAN + HOUR), cut)
        commit(writer, BEGAN + 2 * HOUR, up(link, BEGAN + 2 * HOUR), up(site, BEGAN + 2 * HOUR))
        commit(writer, BEGAN + DAY, sight=Sight.SEEN)
    with reading(url) as reader, speaking(url) as people:
        root, other = sorted(reader.outages(), key=lambda row: row.kind)
        assert (other.root_id, other.root_cleared) == (root.id, False)
        why_so: Changes = {"cause": "fibre"}
        said = done(people.correct(root.id, why_so, expected=reader.revision()[1], **REASON))
        assert said.warnings == ()
        none: Changes = {"state": "up"}
        said = done(people.correct(root.id, none, expected=reader.revision()[1], **REASON))
        [warning] = said.warnings
        assert f"behind outage {root.id}: 1;" in warning
        assert f"`canh correct {other.id} …`" in warning
        left = next(row for row in reader.outages() if row.id == other.id)
        assert (left.state, left.root_cleared) == (State.UNREACHABLE, True)


def test_a_correction_needs_a_reason_and_eyes_that_saw_the_outage_as_it_is(two: Two) -> None:
    url, _, first, _ = two
    with reading(url) as reader, speaking(url) as people:
        seen = reader.revision()[1]
        changes: Changes = {"cause": "power"}
        no = people.correct(first, changes, actor="an", reason=" ", expected=seen)
        assert "reason" in why(no)
        done(people.correct(first, {"cause": "fibre"}, expected=seen, **REASON))
        late = people.correct(first, changes, expected=seen, **REASON)
        assert why(late) == f"outage {first} changed since you read it; look again"
        assert why(people.correct(99, changes, expected=seen, **REASON)) == "there is no outage 99"


def test_an_outage_that_goes_on_keeps_its_end_open(url: str) -> None:
    device = bring(url, network(), BEGAN).ids["device", "d-r"]
    with writing(url, BEGAN) as writer, speaking(url) as people:
        [number] = commit(writer, BEGAN, down(device, BEGAN)).opened
        no = people.correct(number, {"ended": BEGAN + HOUR}, expected=10**9, **REASON)
        assert "still going on" in why(no)
        no = people.correct(number, {"state": "up"}, expected=10**9, **REASON)
        assert "still going on" in why(no)
        done(people.correct(number, {"started": BEGAN - HOUR}, expected=10**9, **REASON))


def test_an_outage_is_declared_where_nobody_saw_and_refused_where_somebody_did(two: Two) -> None:
    url, _, _, _ = two
    with reading(url) as reader, speaking(url) as people:
        [device] = reader.named("d-r")
        unseen = BEGAN + DAY
        hour = {"from_ms": unseen + HOUR, "to_ms": unseen + 2 * HOUR, "cause": "power"}
        made = done(people.declare(device.thing_id, **hour, **REASON))  # type: ignore[arg-type]
        row = reader.outage(made.row_id)
        assert row is not None
        assert (row.declared, row.state, row.cause, row.note) == (
            True, State.DOWN, "power", "theo biên bản",
        )  # fmt: skip
        again = people.declare(device.thing_id, **hour, **REASON)  # type: ignore[arg-type]
        assert f"outage {made.row_id} of d-r stands there already" in why(again)
        astride = hour | {"from_ms": unseen - HOUR, "to_ms": unseen + 1000}
        seen = people.declare(device.thing_id, **astride, **REASON)  # type: ignore[arg-type]
        assert "was watched then" in why(seen)
        assert why(seen).count(" – ") == 1, "only the part that was watched is named"
        future = hour | {"to_ms": NOW + DAY}
        assert "future" in why(people.declare(device.thing_id, **future, **REASON))  # type: ignore[arg-type]
        second = hour | {"from_ms": unseen + 3 * HOUR, "to_ms": unseen + 4 * HOUR}
        done(people.declare(device.thing_id, **second, **REASON))  # type: ignore[arg-type]


def test_a_record_that_cannot_be_written_is_one_clear_refusal(url: str) -> None:
    bring(url, network())
    engine = open_writer(url)
    with engine.begin() as conn:
        conn.exec_driver_sql("ALTER TABLE audit RENAME TO elsewhere")
    engine.dispose()
    said = {"actor": "an", "text": "x"}
    with speaking(url) as people, pytest.raises(RecordError, match="nothing was changed"):
        people.annotate(1, outage_id=None, **said)
