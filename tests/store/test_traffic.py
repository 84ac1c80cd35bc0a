"""What a link carried each day is what its ports counted, to the bit, and nothing is invented."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from inventory.model import Retention
from store.samples import DAY_MS, MINUTE_MS
from store.traffic_days import traffic
from store.unsampled import unsampled
from tests.store.carried import NAMES, NOVEMBER, STEP_MS, A, Days, ask, carry, joined, stock
from tests.store.keeping import bring, network, reading
from tests.store.sampling import keep, tick

MBIT = 1_000_000
THREE = Days(date(2026, 11, 1), 3)


@pytest.fixture
def lite(tmp_path: Path) -> str:
    """Samples are the same on both engines; not each claim needs both."""
    return f"sqlite:///{tmp_path / 'record.db'}"


def test_days_are_local_and_in_and_out_are_those_of_end_a(url: str) -> None:
    near, _ = stock(url, joined(), THREE)
    carry(url, near, lambda day, _: ((day + 2) * MBIT, 9 * MBIT), THREE, since_ms=DAY_MS)
    found = ask(url, THREE)
    [link] = found.links
    assert (found.days, link.key, link.device, link.interface) == (3, "L1", "p-r", "Gi0/1")
    assert [day.from_ms for day in link.days] == [THREE.from_ms + k * DAY_MS for k in range(3)]
    assert [(day.in_bps, day.out_bps) for day in link.days] == [
        (2 * MBIT, 9 * MBIT), (3 * MBIT, 9 * MBIT), (4 * MBIT, 9 * MBIT),
    ]  # fmt: skip
    assert {(day.asked, day.measured) for day in link.days} == {(288, 288)}
    assert (link.in_pct, link.out_pct) == (4.0, 9.0)


def test_the_days_before_are_told_apart(lite: str) -> None:
    near, _ = stock(lite, joined(), THREE)
    carry(lite, near, lambda day, _: ((day + 5) * MBIT, 0), THREE, since_ms=2 * DAY_MS)
    [link] = ask(lite, THREE, before=6).links
    assert [day.in_bps for day in link.before] == [None] * 4 + [3 * MBIT, 4 * MBIT]
    assert [day.in_bps for day in link.days] == [5 * MBIT, 6 * MBIT, 7 * MBIT]
    assert link.in_pct == 7.0, "of the period alone"


@pytest.mark.parametrize(("busy", "told"), [(14, 10), (15, 95)])
def test_of_288_samples_fourteen_may_be_higher(lite: str, busy: int, told: int) -> None:
    near, _ = stock(lite, joined(), THREE)
    carry(lite, near, lambda _, step: ((95 if step < busy else 10) * MBIT, 0), THREE)
    [link] = ask(lite, THREE).links
    assert {day.in_bps for day in link.days} == {told * MBIT}


def test_polls_of_each_minute_make_the_same_samples(lite: str) -> None:
    near, _ = stock(lite, joined(), THREE)
    carry(lite, near, lambda _, step: ((95 if step < 20 else 10) * MBIT, 90 * MBIT), THREE,
          step_ms=MINUTE_MS)  # fmt: skip
    [link] = ask(lite, THREE).links
    assert {(day.in_bps, day.out_bps, day.measured) for day in link.days} == {
        (95 * MBIT, 90 * MBIT, 288)
    }
    assert link.out_pct == 90.0, "exactly"


def test_a_32_bit_counter_passes_zero_and_costs_no_sample(url: str) -> None:
    near, _ = stock(url, joined(), THREE)
    carry(url, near, lambda *_: (40 * MBIT, 2 * MBIT), THREE, narrow=NAMES, start=2**32 - 10**9)
    [link] = ask(url, THREE).links
    assert [(d.measured, d.in_bps, d.out_bps) for d in link.days] == [
        (288, 40 * MBIT, 2 * MBIT)
    ] * 3


def test_what_was_not_polled_is_no_sample_and_no_zero(lite: str) -> None:
    """Twenty polls are missing on the second day, each tenth on the third."""
    near, _ = stock(lite, joined(), THREE)
    gaps = {1: range(100, 120), 2: range(0, 288, 10)}
    carry(lite, near, lambda day, step: None if step in gaps.get(day, ()) else (8 * MBIT, 0), THREE)
    [link] = ask(lite, THREE).links
    assert [day.measured for day in link.days] == [288, 266, 231], "two for each lone poll"
    assert {day.in_bps for day in link.days} == {8 * MBIT}


def test_each_day_has_its_percentile_of_as_many_as_were_measured(lite: str) -> None:
    """They rise all day, and early ones are missing, not as many on each."""
    near, _ = stock(lite, joined(), THREE)
    lost = {1: 30, 2: 200}
    carry(
        lite,
        near,
        lambda day, step: None if 0 < step < lost.get(day, 0) else ((step + 1) * MBIT, 0),
        THREE,
    )
    [link] = ask(lite, THREE).links
    known = [day.measured for day in link.days]
    assert known[0] == 288 > known[1] > known[2] > 0
    assert [day.in_bps for day in link.days] == [
        (288 - count - (-count * 95 // 100)) * MBIT for count in known
    ]


def test_polls_a_quarter_of_an_hour_apart_tell_no_five_minutes(lite: str) -> None:
    near, _ = stock(lite, joined(), THREE)
    carry(lite, near, lambda *_: (8 * MBIT, 0), THREE, step_ms=3 * STEP_MS)
    [link] = ask(lite, THREE).links
    assert (link.days, link.in_pct) == ((), None)


def test_a_counter_that_went_back_makes_no_rate(lite: str) -> None:
    """A device that was started anew: two five minutes are touched, no more."""
    near, _ = stock(lite, joined(), THREE)
    carry(lite, near, lambda *_: (8 * MBIT, 0), Days(date(2026, 11, 1), 1), start=10**12)
    carry(lite, near, lambda *_: (8 * MBIT, 0), Days(date(2026, 11, 2), 2), since_ms=-STEP_MS)
    [link] = ask(lite, THREE).links
    assert [day.measured for day in link.days] == [288, 287, 288]
    assert {day.in_bps for day in link.days} == {8 * MBIT}


def test_end_b_counts_turned_round_where_end_a_counts_nothing(lite: str) -> None:
    _, far = stock(lite, joined(), THREE)
    carry(lite, far, lambda *_: (8 * MBIT, 3 * MBIT), THREE)
    [link] = ask(lite, THREE).links
    assert (link.device, link.in_pct, link.out_pct) == ("d-r", 3.0, 8.0)


def test_a_link_without_a_capacity_or_a_known_port_is_read_by_nobody(lite: str) -> None:
    near, _ = stock(lite, joined(capacity_mbps=None), THREE)
    carry(lite, near, lambda *_: (8 * MBIT, 0), THREE)
    [link] = ask(lite, THREE).links
    assert (link.capacity_mbps, link.days, link.device) == (None, (), "p-r")
    bring(lite, joined(a=replace(A, interface="Gi9/9"), b=network().links["L1"].b), THREE.from_ms)
    [link] = ask(lite, THREE).links
    assert (link.capacity_mbps, link.days, link.device) == (100.0, (), None)


def test_each_day_counts_against_the_capacity_that_it_had(lite: str) -> None:
    near, _ = stock(lite, joined(capacity_mbps=50.0), THREE)
    carry(lite, near, lambda *_: (48 * MBIT, 0), THREE)
    bring(lite, joined(), THREE.from_ms + 2 * DAY_MS)
    [link] = ask(lite, THREE).links
    assert [day.capacity_mbps for day in link.days] == [50.0, 50.0, 100.0]
    assert (link.capacity_mbps, link.in_pct) == (100.0, 96.0)


@pytest.mark.parametrize(
    ("first", "asked"),
    [(date(2026, 10, 25), 300), (date(2026, 3, 29), 276), (date(2026, 11, 1), 288)],
)
def test_a_day_on_which_the_clocks_change_has_other_samples(
    lite: str, first: date, asked: int
) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    one = Days(first, 1, berlin)
    near, _ = stock(lite, replace(joined(), timezone="Europe/Berlin"), one)
    carry(lite, near, lambda *_: (8 * MBIT, 0), one)
    [link] = ask(lite, one).links
    assert [(day.asked, day.measured, day.in_bps) for day in link.days] == [
        (asked, asked, 8 * MBIT)
    ]


def test_parts_of_days_at_the_ends_of_a_period_are_left_out(lite: str) -> None:
    near, _ = stock(lite, joined(), THREE)
    carry(lite, near, lambda *_: (8 * MBIT, 0), THREE)
    with reading(lite) as reader:
        found = reader.traffic(THREE.from_ms + 1, THREE.to_ms - 1, 0)
        assert found.days == 1
        assert [day.from_ms for day in found.links[0].days] == [THREE.from_ms + DAY_MS]
        assert reader.traffic(THREE.from_ms + 1, THREE.from_ms + DAY_MS, 0).days == 0


def test_of_what_is_left_as_hours_alone_nothing_is_computed(url: str) -> None:
    near, _ = stock(url, joined(), NOVEMBER)
    carry(url, near, lambda *_: (95 * MBIT, 0))
    later = NOVEMBER.to_ms + 3 * DAY_MS
    few = Retention(samples_days=4, rollups_days=400)
    keep(url, *(tick(later + k * MINUTE_MS) for k in range(8)), retention=few)
    old = Days(NOVEMBER.first, 3)
    [link] = ask(url, old).links
    assert (link.only_hours, link.days, link.in_pct) == (True, (), None)
    found = ask(url)
    assert 0 < sum(day.measured > 0 for day in found.links[0].days) < 12
    assert found.kept_from_ms is not None
    assert found.kept_from_ms > NOVEMBER.from_ms


def test_a_record_without_samples_has_no_traffic(lite: str) -> None:
    stock(lite, joined(), THREE)
    found = ask(lite, THREE)
    assert (found.days, found.kept_from_ms, found.links[0].days) == (3, None, ())


def test_a_record_without_samples_is_told_the_same_without_numpy(lite: str) -> None:
    stock(lite, joined(), THREE)
    window = (THREE.from_ms - MINUTE_MS, THREE.to_ms + MINUTE_MS)
    with reading(lite) as reader, reader._read() as conn:
        zone = reader._zone(conn)
        assert unsampled(conn, *window, zone) == traffic(conn, *window, zone, 7)
    asking = "from store.reader import open_questions\nimport sys\nreader = open_questions({!r})\n"
    asking += "reader.traffic(*{!r}, 7), reader.end_lights(*{!r})\nprint('numpy' in sys.modules)"
    words = [sys.executable, "-c", asking.format(lite, window, window)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
