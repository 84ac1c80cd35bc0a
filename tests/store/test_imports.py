"""History of another system: previewed, imported once, counted to the second by the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Table, func, select

from inventory.history_csv import read_history
from store.actions import open_actions
from store.changes import Sight
from store.engine import open_writer
from store.imports import Imported
from store.period import History
from store.reader import RecordReader
from store.spoken import audit, maintenance, note
from store.states import State
from store.tables import coverage, live, outage, span
from store.tally import measure
from tests.store.keeping import bring, commit, down, network, reading, up, without, writing

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
HEAD = "thing,state,started,ended,cause,provider,note\n"
ALIASES = {("device", "old-r"): "d-r"}


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() * 1000)


NOW = at("2026-11-20T00:00")
MONTH = (at("2026-10-01"), at("2026-11-01"))
ONE = HEAD + (
    "device:d-r,watched,2026-10-01,2026-11-01,,,\n"
    "d-r,down,2026-10-05T08:00,2026-10-05T09:00,power,,mất điện\n"
    "d-r,degraded,2026-10-06T08:00,2026-10-06T08:30,,,\n"
    "old-r,unreachable,2026-10-07T08:00,2026-10-07T08:10,,,\n"
    "d-r,unknown,2026-10-08T00:00,2026-10-08T01:00,,,\n"
    "d-r,maintenance,2026-10-09T22:00,2026-10-09T23:00,,,nâng cấp\n"
    "L1,down,2026-10-10T08:00,2026-10-10T10:00,fibre,vnpt,\n"
)


def bring_in(url: str, text: str, *, apply: bool = True, skip_bad: bool = False) -> Imported:
    file = read_history("old.csv", text.encode(), ZONE, NOW)
    actions = open_actions(url)
    try:
        how = {"apply": apply, "skip_bad": skip_bad}
        return actions.import_history(file, actor="an", aliases=ALIASES, **how)
    finally:
        actions.close()


def counts(url: str) -> dict[str, int]:
    engine = open_writer(url)
    tables: tuple[Table, ...] = (span, outage, coverage, maintenance, note, audit)
    with engine.begin() as conn:
        found = {
            table.name: int(conn.execute(select(func.count()).select_from(table)).scalar_one())
            for table in tables
        }
    engine.dispose()
    return found


def history(reader: RecordReader, key: str, period: tuple[int, int] = MONTH) -> History:
    [found] = [h for h in reader.period(*period, NOW).histories if h.key == key]
    return found


def seconds(reader: RecordReader, key: str, period: tuple[int, int] = MONTH) -> dict[str, float]:
    parts = measure(history(reader, key, period), period).split
    return {name[:-3]: value / 1000 for name, value in parts._asdict().items() if value}


@contextmanager
def watching(url: str, begin: int) -> Iterator[None]:
    """Our own monitor saw the router from `begin` on, and lost it for an hour on the way."""
    ids = bring(url, network(), begin).ids
    with writing(url, begin) as writer:
        commit(writer, begin, up(ids["device", "d-r"], begin), sight=Sight.OPENED)
        bad = begin + 3_600_000
        commit(writer, bad, down(ids["device", "d-r"], bad))
        commit(writer, bad + 3_600_000, up(ids["device", "d-r"], bad + 3_600_000))
        commit(writer, NOW, sight=Sight.SEEN)
        yield


def test_every_second_of_an_imported_month_has_the_share_that_the_file_says(url: str) -> None:
    bring(url, network(), NOW)
    done = bring_in(url, ONE)
    assert (done.applied, done.new, done.known, done.errors) == (True, 7, 0, 0)
    with reading(url) as reader:
        month = 31 * 86_400
        assert seconds(reader, "d-r") == {
            "down": 3600,
            "degraded": 1800,
            "unreachable": 600,
            "unknown": 3600,
            "maintenance": 3600,
            "up": month - 3600 - 1800 - 600 - 3600 - 3600,
        }
        assert seconds(reader, "L1") == {"down": 7200, "up": month - 7200}
        rows = {(row.key, row.state): row for row in reader.outages()}
        cut = rows["L1", State.DOWN]
        assert (cut.cause, cut.provider, cut.last_good_ms) == ("fibre", "VNPT", None)
        assert cut.last_bad_ms == at("2026-10-10T10:00") - 1
        assert rows["d-r", State.DOWN].note == "mất điện"
        [work] = reader.works()
        assert (work.source, work.reason, work.late) == ("import", "nâng cấp", False)


def test_the_preview_gives_the_figures_of_afterwards_and_changes_nothing(url: str) -> None:
    bring(url, network(), NOW)
    before = counts(url)
    preview = bring_in(url, ONE, apply=False)
    assert counts(url) == before
    assert not preview.applied
    with reading(url) as reader:
        assert reader.revision()[1] == 1
    done = bring_in(url, ONE)
    assert preview.things == done.things
    router, link = sorted(done.things, key=lambda one: one.kind)
    assert router.rows == {
        "watched": 1, "down": 1, "degraded": 1, "unreachable": 1, "unknown": 1, "maintenance": 1,
    }  # fmt: skip
    assert not router.assumed
    assert (link.assumed, link.watched) == (True, (MONTH,)), "the whole time of the file"
    assert link.split is not None
    assert link.split.down_ms == 7_200_000


def test_the_same_file_again_adds_nothing(url: str) -> None:
    bring(url, network(), NOW)
    bring_in(url, ONE)
    before = counts(url)
    again = bring_in(url, ONE)
    assert (again.new, again.known, again.errors) == (0, 7, 0)
    assert counts(url) == before


def test_a_longer_file_adds_what_is_new_and_counts_no_second_twice(url: str) -> None:
    bring(url, network(), NOW)
    bring_in(url, ONE)
    more = "L1,down,2026-11-03T08:00,2026-11-03T09:00,fibre,,\n"
    done = bring_in(url, ONE + more)
    assert (done.new, done.known, done.errors) == (1, 7, 0)
    period = (MONTH[0], at("2026-11-03T09:00"))
    with reading(url) as reader:
        assert seconds(reader, "L1") == {"down": 7200, "up": 31 * 86_400 - 7200}
        both = seconds(reader, "L1", period)
        assert both == {"down": 10_800, "up": (period[1] - period[0]) / 1000 - 10_800}


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("d-r,down,2026-10-05T08:00,2026-10-05T09:30,power,,mất điện\n", "ended"),
        ("d-r,down,2026-10-05T08:00,2026-10-05T09:00,fibre,,mất điện\n", "cause"),
        ("d-r,down,2026-10-05T08:00,2026-10-05T09:00,power,vnpt,mất điện\n", "provider"),
        ("d-r,down,2026-10-05T08:00,2026-10-05T09:00,power,,khác\n", "note"),
    ],
)
def test_a_row_that_differs_from_an_imported_one_names_the_remedy(
    url: str, line: str, column: str
) -> None:
    bring(url, network(), NOW)
    bring_in(url, ONE)
    before = counts(url)
    done = bring_in(url, HEAD + line)
    [problem] = done.problems
    assert (problem.line, problem.thing, done.applied) == (2, column, False)
    with reading(url) as reader:
        [old] = [row for row in reader.outages() if row.note == "mất điện"]
    assert f"canh correct {old.id} --{column}" in problem.hint
    assert counts(url) == before


def test_lines_with_problems_are_told_and_left_out_only_when_asked(url: str) -> None:
    bring(url, network(), NOW)
    text = ONE + (
        "nobody,down,2026-10-11,2026-10-12,,,\n"
        "p-rr,down,2026-10-11,2026-10-12,,,\n"
        "L1,down,2026-10-13,2026-10-14,fibre,viettel,\n"
        "51,down,2026-10-11,2026-10-12,,,\n"
        "d-r,down,2026-10-05T08:00,2026-10-05T09:00,power,,mất điện\n"
        "d-r,down,2026-10-05T08:00,2026-10-05T08:01,power,,\n"
    )
    refused = bring_in(url, text)
    assert [(p.line, p.thing, p.level) for p in refused.problems] == [
        (9, "thing", "error"),
        (10, "thing", "error"),
        (11, "provider", "error"),
        (12, "thing", "error"),
        (13, "line", "warning"),
        (14, "line", "error"),
    ]
    assert 'did you mean "p-r"?' in refused.problems[1].hint
    assert "same as line 3" in refused.problems[4].what
    assert (refused.applied, counts(url)["outage"]) == (False, 0)
    taken = bring_in(url, text, skip_bad=True)
    assert (taken.applied, taken.new, counts(url)["outage"]) == (True, 7, 4)


def test_an_id_that_several_kinds_share_must_be_written_with_its_kind(url: str) -> None:
    declared = network()
    twin = {**declared.devices, "d": replace(declared.devices["d-u"], id="d")}
    bring(url, replace(declared, devices=twin), NOW)
    line = "{},down,2026-10-11,2026-10-12,,,\n"
    [problem] = bring_in(url, HEAD + line.format("d"), apply=False).problems
    assert problem.hint == "write device:d or site:d"
    assert bring_in(url, HEAD + line.format("site:d"), apply=False).errors == 0


def test_what_was_retired_long_ago_still_takes_its_history(url: str) -> None:
    bring(url, network(), at("2026-10-20"))
    bring(url, without(network(), "d-r"), NOW)
    text = HEAD + "d-r,down,2026-10-11,2026-10-12,,,\nd-r,watched,2026-10-01,2026-10-15,,,\n"
    assert bring_in(url, text).applied
    with reading(url) as reader:
        period = (at("2026-10-01"), at("2026-10-15"))
        assert seconds(reader, "d-r", period) == {"down": 86_400, "up": 13 * 86_400}


def test_where_our_own_monitor_watched_too_the_worse_state_counts(url: str) -> None:
    begin = at("2026-10-30")
    with watching(url, begin), reading(url) as reader:
        done = bring_in(url, HEAD + (
            "d-r,watched,2026-10-29,2026-10-30T06:00,,,\n"
            "d-r,down,2026-10-30T01:30,2026-10-30T02:30,,,\n"
        ))  # fmt: skip
        [router] = done.things
        assert router.overlap_ms == 6 * 3_600_000
        assert [(p.line, p.level) for p in done.problems] == [(3, "warning")]
        period = (at("2026-10-29"), at("2026-10-31"))
        assert seconds(reader, "d-r", period) == {"down": 5400, "up": 2 * 86_400 - 5400}


def test_an_outage_outside_the_watched_time_is_told_to_count_as_unknown(url: str) -> None:
    bring(url, network(), NOW)
    done = bring_in(url, HEAD + (
        "d-r,watched,2026-10-01,2026-10-02,,,\nd-r,down,2026-10-01T23:00,2026-10-02T01:00,,,\n"
    ))  # fmt: skip
    [warning] = done.problems
    assert (warning.line, warning.level) == (3, "warning")
    assert warning.what.startswith("3600 s lie outside")
    with reading(url) as reader:
        period = (at("2026-10-01"), at("2026-10-02T01:00"))
        assert seconds(reader, "d-r", period) == {"up": 82_800, "down": 3600, "unknown": 3600}


def test_an_import_leaves_the_belief_of_a_running_monitor_alone(url: str) -> None:
    ids = bring(url, network(), MONTH[0]).ids
    device = ids["device", "d-r"]
    with writing(url, MONTH[0]) as writer, reading(url) as reader:
        commit(writer, NOW - 60_000, down(device, NOW - 60_000))
        before = reader.find("d-r")
        bring_in(url, ONE)
        assert reader.find("d-r") == before
        commit(writer, NOW, up(device, NOW))
        assert [row.first_good_ms for row in reader.outages() if row.last_good_ms] == [NOW]
    with writing(url, NOW) as writer:  # a monitor that starts now finds nothing of it open
        assert commit(writer, NOW + 1, down(device, NOW + 1)).opened
    engine = open_writer(url)
    with engine.begin() as conn:
        assert conn.execute(select(live.c.outage_id).where(live.c.thing_id == device)).scalar()
    engine.dispose()


def test_maintenance_of_an_import_counts_as_announced_unless_the_file_says_when(url: str) -> None:
    bring(url, network(), NOW)
    text = HEAD.strip() + ",entered\n" + (
        "d-r,watched,2026-10-01,2026-10-02,,,,\n"
        "d-r,down,2026-10-01T08:00,2026-10-01T10:00,,,,\n"
        "d-r,maintenance,2026-10-01T08:00,2026-10-01T10:00,,,x,2026-10-01T09:00\n"
        "51,maintenance,2026-10-01T12:00,2026-10-01T13:00,,,y,\n"
    )  # fmt: skip
    assert bring_in(url, text).errors == 0
    with reading(url) as reader:
        period = (at("2026-10-01"), at("2026-10-02"))
        found = seconds(reader, "d-r", period)
    assert found == {"down": 3600, "maintenance": 7200, "up": 86_400 - 10_800}
