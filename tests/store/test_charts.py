"""Charts say what was sampled, step by step, from the samples as from the hours."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from statistics import median

import pytest
from sqlalchemy import update

from store.charts import Charts
from store.engine import open_writer
from store.sample_file import meta, open_keeping
from store.samples import DAY_MS, HOUR_MS, MINUTE_MS, Measure, Samples
from store.tables import sensor
from tests.store.keeping import NOW, reading
from tests.store.sampling import (
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
STEPS = 37
BOTH = (Measure.IN_OCTETS, Measure.OUT_OCTETS)


def ask(kept: Kept, from_ms: int, to_ms: int, steps: int = STEPS) -> Charts:
    with reading(kept.url) as reader:
        return reader.charts(kept.device, from_ms, to_ms, steps)


def lit(kept: Kept) -> list[int]:
    """Two optical sensors and one of heat."""
    ids = sensors(kept.url, kept.device, "tx", "rx", "warm")
    engine = open_writer(kept.url)
    with engine.begin() as conn:
        for one, kind in zip(ids, ("tx_power", "rx_power"), strict=False):
            conn.execute(update(sensor).where(sensor.c.id == one).values(kind=kind, unit="dBm"))
    engine.dispose()
    return ids


def fill(kept: Kept, hours: int, *, ticked: bool = True) -> list[int]:
    """A device as it is asked: with losses, gaps, a restart, a port that comes and one that goes.

    Gi0/1 carries most, Gi0/3 nothing. The last hours stay in slabs unless `ticked`.
    """
    ids, samples, flushes = lit(kept), Samples(), []
    for k in range(0, hours * 60, 5):
        at = DAY + k * MINUTE_MS
        if 300 <= k < 420:  # nothing was asked
            continue
        for n in range(3):
            lost = k % 35 == 0 or 900 <= k < 960
            samples.pings([(kept.device, at + n * 1000, None if lost else 900 + k % 97 + n)])
        uptime = k * 60 if k < 600 else (k - 600) * 60
        names = (NAMES[0], NAMES[2]) if k < 200 else NAMES[:3]
        said: Said = {
            name: dict.fromkeys(BOTH, 0 if name == NAMES[2] else uptime * (7 - 3 * n) * (k % 3 + 9))
            for n, name in enumerate(NAMES[:3])
        }
        poll(samples, at, roster(kept.device, names), said, uptime_s=uptime)
        measure(samples, at, kept.device, {ids[0]: -30, ids[1]: -200 - k % 50, ids[2]: 400})
        flushes.append(samples.flush(at + MINUTE_MS, last=True))
    end = DAY + hours * HOUR_MS
    keep(kept.url, *flushes)
    if ticked:
        keep(kept.url, *[tick(end + 3 * MINUTE_MS + n) for n in range(3)])
    return ids


def split(points: Iterable[tuple[int, object]], from_ms: int, to_ms: int) -> list[list[object]]:
    parts: list[list[object]] = [[] for _ in range(STEPS)]
    for at_ms, value in points:
        parts[(at_ms - from_ms) * STEPS // (to_ms - from_ms)].append(value)
    return parts


def near(found: Sequence[float | None], wanted: Sequence[float | None]) -> None:
    assert [one is None for one in found] == [one is None for one in wanted]
    known = [one for one in wanted if one is not None]
    assert [one for one in found if one is not None] == pytest.approx(known, rel=1e-5)


@pytest.mark.parametrize("ticked", [False, True])
@pytest.mark.parametrize(("since", "until"), [(0, 24), (11, 12), (3, 9), (20, 30)])
def test_of_a_day_at_most_the_samples_are_told(
    url: str, since: int, until: int, ticked: bool
) -> None:
    kept = stock(url)
    ids = fill(kept, 27, ticked=ticked)
    span = (DAY + since * HOUR_MS + 7, DAY + until * HOUR_MS)
    found = ask(kept, *span)
    with looking(url) as samples:
        pings = split(samples.series(kept.device, Measure.RTT_US, *span), *span)
        rates = [samples.rates(kept.ports[NAMES[0]], octets, *span) for octets in BOTH]
        raw = list(samples.rates(kept.ports[NAMES[0]], BOTH[0], span[0] - 2 * HOUR_MS, span[1]))
        light = split(samples.series(ids[1], Measure.VALUE, *span), *span)
        others = [samples.rates(kept.ports[name], BOTH[0], *span) for name in NAMES[1:]]
    assert rates[0] == rates[1]
    assert len(found.rtt) == STEPS
    for step, asked in zip(found.rtt, pings, strict=True):
        assert (step is None) == (not asked)
        if step is not None:
            told = [float(rtt) / 1000 for rtt in asked if rtt is not None]  # type: ignore[arg-type]
            lost = 100 * (1 - len(told) / len(asked))
            wanted = (min(told), median(told), max(told)) if told else (None,) * 3
            near(step[:3], wanted)
            assert step.loss_pct == pytest.approx(lost)
    before = dict(zip([at for at, _ in raw][1:], [at for at, _ in raw], strict=False))
    weighed = split(
        [(at, (rate, at - before[at])) for at, rate in rates[0] if rate is not None], *span
    )
    means = [_weighed(part) for part in weighed]
    near(found.traffic[0].in_bps, means)
    near(found.traffic[0].out_bps, means)
    carrying = [
        name for name, rate in zip(NAMES[1:], others, strict=True) if any(r for _, r in rate)
    ]
    assert [one.if_name for one in found.traffic] == [NAMES[0], *carrying]
    assert found.traffic[0].speed_bps == 10**9
    assert [one.kind for one in found.light] == ["rx_power", "tx_power"]
    near(found.light[0].dbm, [_mean(part) for part in light])


def _weighed(part: list[object]) -> float | None:
    pairs: list[tuple[float, int]] = part  # type: ignore[assignment]
    whole = sum(weight for _, weight in pairs)
    return sum(rate * weight for rate, weight in pairs) / whole if whole else None


def _mean(part: list[object]) -> float | None:
    values: list[int] = part  # type: ignore[assignment]
    return sum(values) / len(values) / 10 if values else None


@pytest.mark.parametrize("days", [2, 7, 365])
def test_of_longer_times_the_hours_are_told(url: str, days: int) -> None:
    kept = stock(url)
    ids = fill(kept, 60)
    span = (DAY + 61 * HOUR_MS - days * DAY_MS, DAY + 61 * HOUR_MS)
    found = ask(kept, *span)
    with looking(url) as samples:
        pings = [(h.at_ms, h) for h in samples.hourly(kept.device, Measure.RTT_US, *span)]
        port = [(h.at_ms, h) for h in samples.hourly(kept.ports[NAMES[0]], BOTH[0], *span)]
        light = [(h.at_ms, h) for h in samples.hourly(ids[1], Measure.VALUE, *span)]
    for step, hours in zip(found.rtt, split(pings, *span), strict=True):
        assert (step is None) == (not hours)
        if step is not None:
            asked = sum(hour.asked for hour in hours)  # type: ignore[attr-defined]
            answered = sum(hour.answered for hour in hours)  # type: ignore[attr-defined]
            assert step.loss_pct == pytest.approx(100 * (1 - answered / asked))
            known = [hour for hour in hours if hour.answered]  # type: ignore[attr-defined]
            if known:
                low = min(hour.minimum for hour in known)  # type: ignore[attr-defined]
                high = max(hour.maximum for hour in known)  # type: ignore[attr-defined]
                middle = median(hour.mean for hour in known)  # type: ignore[attr-defined]
                near(step[:3], [low / 1000, middle / 1000, high / 1000])
    for points, told, scale in (
        (found.traffic[0].in_bps, port, 1),
        (found.light[0].dbm, light, 10),
    ):
        weighed = [
            [(hour.mean / scale, hour.answered) for hour in part if hour.answered]  # type: ignore[attr-defined]
            for part in split(told, *span)
        ]
        near(points, [_weighed(list(part)) for part in weighed])


def test_at_most_four_interfaces_are_told_those_that_carried_most_first(url: str) -> None:
    kept = stock(url)
    samples = Samples()
    for k in range(3):
        said: Said = {
            name: {BOTH[0]: k * n * 1000, BOTH[1]: k * (9000 if n == 0 else 0)}
            for n, name in enumerate(NAMES)
        }
        poll(samples, DAY + k * MINUTE_MS, roster(kept.device, NAMES), said, uptime_s=k * 60)
    keep(url, samples.flush(DAY + HOUR_MS, last=True))
    found = ask(kept, DAY, DAY + HOUR_MS)
    assert [one.if_name for one in found.traffic] == ["Gi0/1", "Gi0/4", "Gi0/3", "Gi0/2"]
    assert max(one or 0 for one in found.traffic[0].out_bps) == pytest.approx(9000 * 8 / 60)


def test_what_was_never_sampled_has_no_charts_and_a_stranger_is_an_error(url: str) -> None:
    kept = stock(url)
    nothing = Charts(from_ms=DAY, to_ms=DAY + HOUR_MS)
    assert ask(kept, DAY, DAY + HOUR_MS) == nothing
    samples = Samples()
    samples.pings([(kept.other, DAY, 5)])
    keep(url, samples.flush(DAY + HOUR_MS, last=True))
    assert ask(kept, DAY, DAY + HOUR_MS) == nothing
    for before in (HOUR_MS, 365 * DAY_MS):
        told = ask(Kept(url, kept.other, 0, {}), DAY - before, DAY)
        assert told == Charts(from_ms=DAY - before, to_ms=DAY)
    with reading(url) as reader, pytest.raises(KeyError):
        reader.charts(999_999, DAY, DAY + HOUR_MS, STEPS)


def test_samples_of_another_record_give_no_chart(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    kept = stock(url)
    fill(kept, 2)
    engine = open_keeping(url)
    with engine.begin() as conn:
        conn.execute(meta.update().values(record_id="another"))
    engine.dispose()
    with caplog.at_level(logging.WARNING):
        assert ask(kept, DAY, DAY + HOUR_MS).rtt == ()
    assert "belong to record" in caplog.text
