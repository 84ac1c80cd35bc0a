"""Rates and the figures of hours invent nothing, and are the same before and after their day."""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from inventory.model import Retention
from store.chunks import LANE
from store.engine import open_writer
from store.sample_file import chunk, day, open_keeping, rollup, slab
from store.sample_keeper import SampleKeeper
from store.sample_rates import Track, per_second
from store.sample_rollups import Hour
from store.samples import DAY_MS, HOUR_MS, MINUTE_MS, Measure, Samples
from store.states import Kind
from store.tables import thing
from tests.store.keeping import NOW
from tests.store.sampling import (
    COUNTED,
    NAMES,
    Kept,
    Said,
    keep,
    looking,
    measure,
    poll,
    roster,
    sensors,
    stock,
    tick,
)

DAY = NOW - NOW % DAY_MS + DAY_MS
GI = NAMES[0]
OCTETS = Measure.IN_OCTETS
WRAP_S = 2**32 // 100
_days = itertools.count(1)


# -- what a counter says ---------------------------------------------------------------------

Read = tuple[float, int | None, int | None]  # seconds, uptime, counter


@pytest.mark.parametrize(
    ("reads", "narrow", "rates"),
    [
        ([(0, 9, 100), (60, 69, 700)], False, [None, 10.0]),
        ([(0, None, 100), (60, None, 700)], False, [None, 10.0]),
        ([(0, 9, 100), (60, 69, None), (120, 129, 1300)], False, [None, None, 10.0]),
        ([(0, 9, 100), (60, 69, 100)], False, [None, 0.0]),
        ([(0, 900, 100), (60, 30, 700)], False, [None, None]),  # a restart
        ([(0, 900, 100), (60, 30, None), (120, 90, 700)], False, [None, None, None]),
        ([(0, 900, 2**32 - 1), (60, 30, 59)], True, [None, None]),
        ([(0, 900, 700), (60, 960, 100)], False, [None, None]),  # went back
        ([(0, 900, 2**64 - 9), (60, 960, 100)], False, [None, None]),
        ([(0, 900, 2**32 - 60), (60, 960, 60)], True, [None, 2.0]),  # passed zero
        ([(0, 900, 2**32 - 60), (60, 960, 60)], False, [None, None]),  # of 64 bits: was cleared
        ([(0, None, 2**32 - 60), (60, None, 60)], True, [None, None]),  # nobody knows
        ([(0, 900, 5000), (60, 960, 60)], True, [None, None]),  # was cleared
        ([(0, WRAP_S - 10, 0), (60, 50, 600)], False, [None, 10.0]),  # 497 days are no restart
        ([(0, WRAP_S - 10, 2**32 - 60), (60, 50, 60)], True, [None, 2.0]),
        ([(0, WRAP_S - 90_000, 0), (60, 50, 600)], False, [None, None]),  # 496 days: a restart
        ([(0, 9, 100), (3600, 3609, 3700)], False, [None, 1.0]),
        ([(0, 9, 100), (3601, 3610, 3700)], False, [None, None]),  # too long ago
        ([(0, 9, 100), (0, 9, 200), (60, 69, 800)], False, [None, None, 10.0]),  # at once
        ([(0, 9, None), (60, 69, None)], False, [None, None]),
    ],
)
def test_a_rate_is_what_was_counted_or_nothing(
    reads: Sequence[Read], narrow: bool, rates: list[float | None]
) -> None:
    cells = np.array([[0 if value is None else value + 1 for _, _, value in reads]], LANE)
    uptimes = np.array([0 if up is None else up + 1 for _, up, _ in reads], LANE)
    at_ms = np.array([NOW + int(1000 * at) for at, _, _ in reads])
    found, _ = per_second(Track(at_ms, cells, uptimes, np.full(cells.shape, narrow)))
    assert [None if math.isnan(rate) else rate for rate in found[0]] == rates


# -- what is kept of it ----------------------------------------------------------------------

NUMBER = st.one_of(st.none(), st.integers(0, 2**64 - 2), st.integers(0, 10**6))
POLL = st.tuples(
    st.integers(-3 * MINUTE_MS, 5 * HOUR_MS),  # since the one before; the clock may be set back
    st.dictionaries(st.sampled_from(NAMES), st.tuples(NUMBER, NUMBER), min_size=1),
    st.one_of(st.none(), st.integers(0, 10**6), st.integers(WRAP_S - 9, WRAP_S)),
    st.sets(st.sampled_from(NAMES)),  # narrow ones
    st.booleans(),  # a minute is over
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return stock(f"sqlite:///{tmp_path_factory.mktemp('rollups') / 'record.db'}")


@settings(max_examples=8, deadline=None, phases=[Phase.generate])  # to shrink takes minutes
@given(polls=st.lists(POLL, min_size=1, max_size=20))
def test_no_stage_changes_a_value_a_rate_or_a_figure(
    kept: Kept,
    polls: list[
        tuple[int, Mapping[str, tuple[int | None, int | None]], int | None, set[str], bool]
    ],
) -> None:
    """Whatever rosters, gaps, restarts and jumps of the clock there were."""
    samples, flushes = Samples(), []
    began = at = DAY + 20 * DAY_MS * next(_days) + 3 * HOUR_MS
    fed: dict[str, list[tuple[int, int | None]]] = {}
    for gap, ports, uptime_s, narrow, over in polls:
        at += gap
        said: Said = {n: {OCTETS: a, Measure.OUT_ERRORS: b} for n, (a, b) in ports.items()}
        poll(samples, at, roster(kept.device, tuple(ports), tuple(narrow)), said, uptime_s)
        for name, (value, _) in ports.items():
            fed.setdefault(name, []).append((at, value))
        if over:
            flushes.append(samples.flush(at, last=True))
    end = max(at, began) + DAY_MS
    flushes.append(samples.flush(end, last=True))
    keep(kept.url, *flushes)
    stages = [_all(kept, began - HOUR_MS, end)]
    keep(kept.url, tick(end + HOUR_MS + 3 * MINUTE_MS))  # hours
    stages.append(_all(kept, began - HOUR_MS, end))
    keep(kept.url, *[tick(end + DAY_MS + k) for k in range(2)])  # days
    stages.append(_all(kept, began - HOUR_MS, end))
    assert stages[0] == stages[1] == stages[2]
    assert _count(kept.url, slab) == _count(kept.url, chunk) == 0
    for name in NAMES:
        series, rates, hours = stages[0][name, OCTETS]
        assert sorted(series, key=str) == sorted(fed.get(name, []), key=str)
        assert [at for at, _ in series] == [at for at, _ in rates]
        _agree(series, rates, hours)


def _all(kept: Kept, since: int, until: int) -> dict[tuple[str, Measure], tuple[list, list, list]]:  # type: ignore[type-arg]
    found = {}
    with looking(kept.url) as reader:
        for name, measured in [*((n, OCTETS) for n in NAMES), (GI, Measure.OUT_ERRORS)]:
            asked = (kept.ports[name], measured, since, until)
            found[name, measured] = (
                list(reader.series(*asked)),
                list(reader.rates(*asked)),
                list(reader.hourly(*asked)),
            )
    return found


def _agree(
    series: list[tuple[int, int | None]], rates: list[tuple[int, float | None]], hours: list[Hour]
) -> None:
    """Figures of hours as one would draw them up with pencil and paper."""
    since: dict[int, int] = {}  # for how long a rate stands
    last = None
    for at, value in series:
        if value is not None:
            since[at] = at - last if last is not None else 0
            last = at
    drawn = {}
    for hour_ms, points in itertools.groupby(rates, key=lambda point: point[0] // HOUR_MS):
        own = list(points)
        known = [(at, rate) for at, rate in own if rate is not None]
        drawn[hour_ms * HOUR_MS] = (len(own), known)
    assert [hour.at_ms for hour in hours] == sorted(drawn)
    for hour in hours:
        asked, known = drawn[hour.at_ms]
        assert (hour.asked, hour.answered) == (asked, len(known))
        if not known:
            assert (hour.minimum, hour.mean, hour.maximum, hour.p95) == (None,) * 4
            continue
        rising = sorted(rate for _, rate in known)
        mean = sum(rate * since[at] for at, rate in known) / sum(since[at] for at, _ in known)
        p95 = rising[math.ceil(95 * len(rising) / 100) - 1]
        wanted = [rising[0], mean, rising[-1], p95]
        figures = [hour.minimum, hour.mean, hour.maximum, hour.p95]
        assert figures == pytest.approx(wanted, rel=1e-5, abs=1e-9)


def test_days_of_everything_are_kept_alike_by_both_engines(url: str) -> None:
    """Pings of devices and links, ports with all six counters, sensors; over two midnights."""
    kept = stock(url)
    warm, cold = sensors(url, kept.device, "warm", "cold")
    link = _link(url)
    samples, of = Samples(), roster(kept.device, NAMES[:2], NAMES[1:2])
    minutes, flushes = range(0, 50 * 60, 10), []
    for k in minutes:
        at = DAY + k * MINUTE_MS
        samples.pings([(kept.device, at, None if k % 70 == 0 else 1000 + k), (link, at, k)])
        said: Said = {
            name: {measured: k * (n + 1) * (m + 1) for m, measured in enumerate(COUNTED)}
            for n, name in enumerate(NAMES[:2])
        }
        poll(samples, at, of, said, uptime_s=k * 60)
        measure(samples, at, kept.device, {warm: 200 + k % 7, cold: -k if k % 50 else None})
        flushes.append(samples.flush(at + 9 * MINUTE_MS, last=True))
    keep(url, *flushes)
    assert _count(url, day) == 8, "two whole days of two pings, ports and sensors"
    assert _count(url, rollup) == 8
    with looking(url) as reader:
        span = (DAY, DAY + 50 * HOUR_MS)
        found = reader.series(kept.device, Measure.RTT_US, *span)
        assert found == tuple(
            (DAY + k * MINUTE_MS, None if k % 70 == 0 else 1000 + k) for k in minutes
        )
        assert [value for _, value in reader.series(link, Measure.RTT_US, *span)] == list(minutes)
        port = kept.ports[NAMES[1]]
        for m, measured in enumerate(COUNTED):
            values = [value for _, value in reader.series(port, measured, *span)]
            assert values == [k * 2 * (m + 1) for k in minutes]
            rates = [rate for _, rate in reader.rates(port, measured, *span)]
            each = 2 * (m + 1) / 60 * (8 if m < 2 else 1)
            assert rates == [None] + [pytest.approx(each)] * (len(minutes) - 1)
            hours = reader.hourly(port, measured, *span)
            assert [hour.mean for hour in hours] == [pytest.approx(each)] * 50
            assert [hour.answered for hour in hours] == [5] + [6] * 49
        assert reader.hourly(kept.device, Measure.RTT_US, DAY, DAY + HOUR_MS) == (
            Hour(at_ms=DAY, asked=6, answered=5, minimum=1010, mean=1030, maximum=1050, p95=1050),
        )
        lows = [hour.minimum for hour in reader.hourly(cold, Measure.VALUE, *span)]
        assert lows[0] == -40
        assert lows[1] == -110
        assert reader.series(cold, Measure.VALUE, DAY, DAY + 1) == ((DAY, None),)
        for measured in (Measure.OPER_STATUS, Measure.RTT_US):
            with pytest.raises(ValueError, match="no counter"):
                reader.rates(port, measured, *span)
        with pytest.raises(ValueError, match="no quantity"):
            reader.hourly(port, Measure.OPER_STATUS, *span)


def test_what_comes_after_its_day_was_closed_joins_it(url: str) -> None:
    kept = stock(url)
    samples, of = Samples(), roster(kept.device, (GI,))
    for minutes, value, now in ((10, 600, 0), (30, 1800, 25), (20, 1200, 26)):
        poll(samples, DAY + minutes * MINUTE_MS, of, {GI: {OCTETS: value}})
        closed = DAY + now * HOUR_MS + 5 * MINUTE_MS
        keep(url, samples.flush(closed, last=True), tick(closed + HOUR_MS), tick(closed + HOUR_MS))
    assert (_count(url, day), _count(url, chunk), _count(url, rollup)) == (1, 0, 1)
    with looking(url) as reader:
        asked = (kept.ports[GI], OCTETS, DAY, DAY + DAY_MS)
        assert [value for _, value in reader.series(*asked)] == [600, 1200, 1800]
        assert [rate for _, rate in reader.rates(*asked)] == [None, 8.0, 8.0]
        [hour] = reader.hourly(*asked)
        assert (hour.asked, hour.answered, hour.mean) == (3, 2, 8.0)


def test_an_interface_that_comes_or_goes_within_an_hour_tears_no_series(url: str) -> None:
    kept = stock(url)
    samples = Samples()
    for k in range(6):
        names = NAMES[: 1 + k % 3]
        said: Said = {name: {OCTETS: 600 * k} for name in names}
        poll(samples, DAY + k * MINUTE_MS, roster(kept.device, names), said)
    keep(url, samples.flush(DAY + DAY_MS, last=True), *[tick(DAY + 2 * DAY_MS)] * 3)
    assert (_count(url, day), _count(url, rollup)) == (3, 1)
    with looking(url) as reader:
        for name, polls in zip(NAMES, (6, 4, 2, 0), strict=True):
            hours = reader.hourly(kept.ports[name], OCTETS, DAY, DAY + DAY_MS)
            assert [(h.asked, h.answered) for h in hours] == ([(polls, polls - 1)] if polls else [])
            assert [hour.mean for hour in hours] == ([80.0] if polls else [])


# -- how long it is kept ---------------------------------------------------------------------


def test_samples_and_figures_go_when_their_days_have_passed(url: str) -> None:
    kept = stock(url)
    retention = Retention(samples_days=3, rollups_days=6)
    samples, flushes = Samples(), []
    for k in range(10):
        at = DAY + k * DAY_MS
        samples.pings([(kept.device, at, k), (kept.other, at, k)])
        flushes += [samples.flush(at + HOUR_MS, last=True), *[tick(at + HOUR_MS)] * 4]
    keep(url, *flushes, retention=retention)
    last = DAY + 9 * DAY_MS
    with looking(url) as reader:
        days = [at // DAY_MS for at, _ in reader.series(kept.other, Measure.RTT_US, 0, 2 * NOW)]
        assert days == [(last - k * DAY_MS) // DAY_MS for k in (2, 1, 0)]
        hours = reader.hourly(kept.device, Measure.RTT_US, 0, 2 * NOW)
        assert [hour.at_ms for hour in hours] == [last - k * DAY_MS for k in range(5, -1, -1)]


def test_a_clock_in_a_wrong_year_deletes_nothing(url: str) -> None:
    kept = stock(url)
    samples = Samples()
    for at in (DAY, DAY + 10_000 * DAY_MS):
        samples.pings([(kept.device, at, 7)])
        keep(url, samples.flush(at + HOUR_MS, last=True), *[tick(at + 3 * HOUR_MS)] * 5)
    with looking(url) as reader:
        assert len(reader.series(kept.device, Measure.RTT_US, DAY, DAY + DAY_MS)) == 1


def _link(url: str) -> int:
    engine = open_writer(url)
    with engine.connect() as conn:
        found = conn.execute(select(thing.c.id).where(thing.c.kind == Kind.LINK)).scalar_one()
    engine.dispose()
    return int(found)


def _count(url: str, table: object) -> int:
    engine = open_keeping(url)
    with engine.connect() as conn:
        found = conn.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[arg-type]
    engine.dispose()
    return int(found)


# -- what may go wrong -----------------------------------------------------------------------


def test_a_slab_that_cannot_be_read_holds_up_nothing_else(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    kept = stock(url)
    samples = Samples()
    samples.pings([(kept.device, DAY, 7)])
    keep(url, samples.flush(DAY + MINUTE_MS, last=True))
    engine = open_keeping(url)
    with engine.begin() as conn:
        conn.execute(update(slab).values(layout=99))
    engine.dispose()
    poll(samples, DAY + HOUR_MS, roster(kept.device, (GI,)), {GI: {OCTETS: 1}})
    closed = DAY + 25 * HOUR_MS
    keep(url, samples.flush(closed, last=True), *[tick(closed)] * 2, tick(closed + HOUR_MS))
    assert (_count(url, slab), _count(url, chunk), _count(url, day)) == (1, 0, 1)
    told = [r.getMessage() for r in caplog.records if "has layout 99" in r.getMessage()]
    assert told
    assert "remedy: use the newer canh" in told[0]


def test_minutes_that_wait_for_a_slow_disk_lose_no_step(url: str) -> None:
    kept = stock(url)
    samples, work = Samples(), deque[Callable[[], None]]()
    with closing(SampleKeeper(url, "test", work.append)) as keeper:
        for k in range(8):
            samples.pings([(kept.device, DAY + k * HOUR_MS, k)])
            flush = samples.flush(DAY + (k + 2) * HOUR_MS, last=True)
            assert flush is not None
            keeper.keep(flush)  # all of them wait, and then follow each other at once
        while work:
            work.popleft()()
    assert _count(url, slab) + _count(url, chunk) == 8
    keep(url, *[tick(DAY + 30 * HOUR_MS + k) for k in range(3)])
    assert (_count(url, slab), _count(url, chunk), _count(url, day)) == (0, 0, 1)
