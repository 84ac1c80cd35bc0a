"""5-minute samples that were worked out ahead are those that the counters tell, to the bit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Connection, delete, select, update

from store.sample_file import open_keeping, slots
from store.samples import DAY_MS, HOUR_MS, MINUTE_MS, Measure, Samples
from store.traffic import Traffic
from tests.store.carried import NAMES, STEP_MS, A, Days, ask, carry, joined, stock
from tests.store.keeping import bring
from tests.store.sampling import keep, poll, roster, tick

MBIT = 1_000_000
FOUR = Days(date(2026, 11, 1), 4)
MISSED = range(100, 112)  # steps of the second day; local 08:20 to 09:15


@pytest.fixture
def lite(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'record.db'}"


@contextmanager
def samples_of(url: str) -> Iterator[Connection]:
    engine = open_keeping(url)
    with engine.begin() as conn:
        yield conn
    engine.dispose()


def put_together(url: str) -> None:
    """Hours to days, as time goes on."""
    keep(url, *(tick(FOUR.to_ms + DAY_MS + k * MINUTE_MS) for k in range(5)))


def worked_out(url: str) -> dict[int, bytes]:
    with samples_of(url) as conn:
        return {row.t0: bytes(row.data) for row in conn.execute(select(slots))}


def counted(url: str) -> Traffic:
    """As the counters tell it, without what was worked out."""
    with samples_of(url) as conn:
        conn.execute(delete(slots))
    return ask(url, FOUR, before=2)


@pytest.mark.parametrize("narrow", [(), NAMES])
@pytest.mark.parametrize("step_ms", [MINUTE_MS, STEP_MS, 7 * MINUTE_MS])
def test_they_are_those_that_the_counters_tell(
    url: str, step_ms: int, narrow: tuple[str, ...]
) -> None:
    near, _ = stock(url, joined(), FOUR)
    dice = Random(step_ms)

    def says(day: int, step: int) -> tuple[int, int] | None:
        if dice.random() < 0.1:
            return None
        return dice.randrange(40 * MBIT), dice.randrange(40 * MBIT)

    carry(url, near, says, FOUR, step_ms=step_ms, narrow=narrow, start=2**31, since_ms=DAY_MS)
    put_together(url)
    assert len(worked_out(url)) == 6, "each UTC day that is over"
    told = ask(url, FOUR, before=2)
    assert sum(day.measured for day in told.links[0].days) > 4 * 200
    assert told == counted(url)


def test_what_comes_late_counts_at_once_and_after_its_day_was_put_together(lite: str) -> None:
    near, _ = stock(lite, joined(), FOUR)
    hole = FOUR.from_ms + DAY_MS + MISSED[0] * STEP_MS

    def says(day: int, step: int) -> tuple[int, int] | None:
        return None if (day, step) in {(1, missed) for missed in MISSED} else (8 * MBIT, 8 * MBIT)

    carry(lite, near, says, FOUR)
    put_together(lite)
    before = worked_out(lite)
    assert [day.measured for day in ask(lite, FOUR).links[0].days] == [288, 275, 288, 288]
    late, counters = Samples(), (288 + MISSED[0]) * 8 * MBIT * STEP_MS // 8000
    late.flush(hole - STEP_MS)
    both = (Measure.IN_OCTETS, Measure.OUT_OCTETS)
    for step in range(len(MISSED)):
        at_ms = hole + step * STEP_MS
        said = dict.fromkeys(NAMES, dict.fromkeys(both, counters))
        poll(late, at_ms, roster(near, NAMES), said, 9000 + (at_ms - FOUR.from_ms) // 1000)
    keep(lite, late.flush(hole + HOUR_MS + 3 * MINUTE_MS))
    assert worked_out(lite) == before, "the day is not over yet, by that clock"
    told = ask(lite, FOUR)
    assert [day.measured for day in told.links[0].days] == [288, 288, 288, 288]
    put_together(lite)
    after = worked_out(lite)
    assert after.keys() == before.keys()
    assert [t0 for t0 in after if after[t0] != before[t0]] == [hole - hole % DAY_MS]
    assert ask(lite, FOUR) == told
    assert ask(lite, FOUR, before=2) == counted(lite)


def test_the_minutes_before_midnight_are_those_of_the_next_day(lite: str) -> None:
    """What comes late for them changes what was worked out with the day after."""
    near, _ = stock(lite, joined(), FOUR)
    night = FOUR.from_ms - FOUR.from_ms % DAY_MS + 2 * DAY_MS
    last = night - STEP_MS

    def says(day: int, step: int) -> tuple[int, int] | None:
        at_ms = FOUR.from_ms + day * DAY_MS + step * STEP_MS
        return None if at_ms in (last - STEP_MS, last) else (8 * MBIT, 8 * MBIT)

    carry(lite, near, says, FOUR)
    put_together(lite)
    before = worked_out(lite)
    late = Samples()
    late.flush(last - HOUR_MS)
    steps = (last - FOUR.from_ms) // STEP_MS - 1
    both = (Measure.IN_OCTETS, Measure.OUT_OCTETS)
    said = dict.fromkeys(NAMES, dict.fromkeys(both, steps * 8 * MBIT * STEP_MS // 8000))
    poll(late, last, roster(near, NAMES), said, 9000 + (last - FOUR.from_ms) // 1000)
    keep(lite, late.flush(night + 3 * MINUTE_MS))
    put_together(lite)
    after = worked_out(lite)
    assert [t0 for t0 in after if after[t0] != before[t0]] == [night]
    assert ask(lite, FOUR, before=2) == counted(lite)


def test_a_port_that_was_at_no_end_then_is_counted_now(lite: str) -> None:
    near, _ = stock(lite, joined(), FOUR)
    carry(lite, near, lambda *_: (8 * MBIT, 3 * MBIT), FOUR)
    put_together(lite)
    had = worked_out(lite)
    bring(lite, joined(a=replace(A, interface="Gi0/2")), FOUR.to_ms - HOUR_MS)
    told = ask(lite, FOUR)
    assert told.links[0].interface == "Gi0/2"
    assert [(day.measured, day.in_bps) for day in told.links[0].days] == [(288, 8 * MBIT)] * 4
    assert worked_out(lite) == had


def test_samples_of_before_have_no_such_table(lite: str) -> None:
    near, _ = stock(lite, joined(), FOUR)
    carry(lite, near, lambda *_: (8 * MBIT, 3 * MBIT), FOUR)
    put_together(lite)
    told = ask(lite, FOUR)
    with samples_of(lite) as conn:
        slots.drop(conn)
    assert ask(lite, FOUR) == told


def test_a_damaged_row_is_told_and_not_believed(
    lite: str, caplog: pytest.LogCaptureFixture
) -> None:
    near, _ = stock(lite, joined(), FOUR)
    carry(lite, near, lambda *_: (8 * MBIT, 3 * MBIT), FOUR)
    put_together(lite)
    with samples_of(lite) as conn:
        conn.execute(update(slots).values(data=b"x" * 900))
    assert ask(lite, FOUR).links[0].days == ()
    assert "damaged" in caplog.text
