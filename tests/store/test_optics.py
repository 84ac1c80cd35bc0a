"""Light at the ends of links as it stood when a period ended, and nothing of ports in rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from store.changes import Batch, DeviceSaid, PortSaid, SensorFact, SensorsSaid
from store.lines import EndLights
from store.samples import DAY_MS, HOUR_MS, MINUTE_MS, Measure, Samples
from tests.store.carried import NAMES, NOVEMBER, joined, stock
from tests.store.keeping import reading, writing
from tests.store.sampling import keep, measure, poll, roster, tick

FROM, TO = NOVEMBER.from_ms, NOVEMBER.to_ms
EARLY = FROM - 60 * DAY_MS
RX = SensorFact(
    place="1.1",
    kind="rx_power",
    name="rx",
    unit="dBm",
    scale=1000,
    how={},
    if_index=1,
    low_alarm=-28.0,
    low_warn=-25.0,
)


@pytest.fixture
def lite(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'record.db'}"


def sensors(url: str, device: int, *facts: SensorFact, at_ms: int = EARLY) -> tuple[int, ...]:
    with writing(url, at_ms) as writer:
        said = SensorsSaid(device_id=device, sensors=facts)
        done = writer.submit(Batch(at_ms=at_ms, sensors=(said,))).result(timeout=30)
    return done.sensors[device]


def lit(url: str, device: int, *said: tuple[int, Sequence[tuple[int, int | None]]]) -> None:
    """Sensor, and its values as (hours before the end, kept value)."""
    samples = Samples()
    samples.flush(FROM - 40 * DAY_MS)
    for sensor, values in said:
        for before, value in values:
            measure(samples, TO - before * HOUR_MS, device, {sensor: value})
    keep(url, samples.flush(TO + MINUTE_MS), tick(TO + 2 * DAY_MS))


def sinking(first: int, last: int, hours: int = 240) -> list[tuple[int, int]]:
    return [
        (before, first + (last - first) * (hours - before) // (hours - 1))
        for before in range(hours, 0, -1)
    ]


def ask(url: str, from_ms: int = FROM, to_ms: int = TO) -> EndLights:
    with reading(url) as reader:
        return reader.end_lights(from_ms, to_ms)


def test_light_is_told_as_it_was_at_the_end_of_the_period(url: str) -> None:
    near, _ = stock(url, joined())
    [sensor] = sensors(url, near, RX)
    values = [*sinking(-22_000, -23_000)[3::4], (-30, -10_000), (-31, -10_000)]
    lit(url, near, (sensor, values))
    found = ask(url)
    [end] = found.ends
    assert (end.side, end.device, end.interface) == ("a", "p-r", "Gi0/1")
    assert (end.dbm, end.at_ms, found.without_limit) == (-23.0, TO - HOUR_MS, 0)
    assert (end.low_warn, end.low_alarm, end.margin_db) == (-25.0, -28.0, 5.0)
    assert end.slope_db_month == pytest.approx(-1.0 * 720 / 239, abs=0.02)
    assert end.warn_ms == pytest.approx(TO + 2 * 239 * HOUR_MS, abs=10 * HOUR_MS)
    assert end.alarm_ms == pytest.approx(TO + 5 * 239 * HOUR_MS, abs=20 * HOUR_MS)
    [earlier] = ask(url, FROM, TO - 120 * HOUR_MS).ends
    assert earlier.dbm == pytest.approx(-22.5, abs=0.01)


@pytest.mark.parametrize(
    ("low_warn", "low_alarm", "margin"), [(0.0, -28.0, 8.0), (-25.0, 0.0, 5.0), (None, -21.5, 1.5)]
)
def test_a_limit_of_nought_is_none(
    lite: str, low_warn: float | None, low_alarm: float | None, margin: float
) -> None:
    near, _ = stock(lite, joined())
    [sensor] = sensors(lite, near, replace(RX, low_warn=low_warn, low_alarm=low_alarm))
    lit(lite, near, (sensor, sinking(-20_000, -20_000, 6)))
    [end] = ask(lite).ends
    assert end.margin_db == margin
    assert end.low_warn == (low_warn or None)


@pytest.mark.parametrize("limit", [None, 0.0])
def test_without_any_limit_the_end_is_counted_and_not_judged(
    lite: str, limit: float | None
) -> None:
    near, _ = stock(lite, joined())
    [sensor] = sensors(lite, near, replace(RX, low_warn=limit, low_alarm=limit))
    lit(lite, near, (sensor, sinking(-20_000, -20_000, 6)))
    assert ask(lite) == EndLights(ends=(), without_limit=1)


def test_a_port_without_light_at_last_is_silent(lite: str) -> None:
    near, _ = stock(lite, joined())
    [sensor] = sensors(lite, near, RX)
    lit(lite, near, (sensor, [*sinking(-20_000, -20_000, 6)[:-3], (2, None), (1, None)]))
    assert ask(lite) == EndLights(ends=(), without_limit=0)


def shut(url: str, device: int, at_ms: int, admin: int) -> None:
    ports = (PortSaid(1, admin, admin), PortSaid(2, 1, 1))
    with writing(url, at_ms) as writer:
        said = DeviceSaid(thing_id=device, status="ok", detail="", ports=ports)
        writer.submit(Batch(at_ms=at_ms, said=(said,))).result(timeout=30)


@pytest.mark.parametrize(
    ("days_after", "admin_before", "told"),
    [(-1, None, 0), (1, None, 1), (1, 1, 1), (1, 2, 0)],
)
def test_a_port_is_silent_that_was_shut_when_the_period_ended(
    lite: str, days_after: int, admin_before: int | None, told: int
) -> None:
    """Where its state changed later, its last poll in the period tells."""
    near, _ = stock(lite, joined())
    [sensor] = sensors(lite, near, RX)
    samples = Samples()
    samples.flush(FROM)
    for before, value in sinking(-20_000, -20_000, 6):
        measure(samples, TO - before * HOUR_MS, near, {sensor: value})
        if admin_before is not None:
            states = {Measure.ADMIN_STATUS: admin_before, Measure.OPER_STATUS: 2}
            poll(samples, TO - before * HOUR_MS, roster(near, NAMES), {NAMES[0]: states})
    keep(lite, samples.flush(TO + MINUTE_MS))
    shut(lite, near, TO + days_after * DAY_MS, 2)
    assert len(ask(lite).ends) == told


def test_of_several_lanes_the_weakest_is_told(lite: str) -> None:
    near, _ = stock(lite, joined())
    one, two = sensors(lite, near, RX, replace(RX, place="1.2", low_alarm=-21.0))
    lit(lite, near, (one, sinking(-24_000, -24_000, 6)), (two, sinking(-20_000, -20_000, 6)))
    [end] = ask(lite).ends
    assert (end.dbm, end.margin_db) == (-20.0, 1.0)


def test_a_new_limit_keeps_the_past_and_holds_from_then_on(lite: str) -> None:
    near, _ = stock(lite, joined())
    [old] = sensors(lite, near, RX)
    [new] = sensors(lite, near, replace(RX, low_alarm=-30.0), at_ms=TO - 2 * DAY_MS)
    values = sinking(-22_000, -23_000)[::4]
    lit(lite, near, (old, values[:-12]), (new, values[-12:]))
    [end] = ask(lite).ends
    assert end.low_alarm == -30.0
    assert end.margin_db == pytest.approx(7.0, abs=0.02)
    assert end.slope_db_month == pytest.approx(-3.0, abs=0.1)
    [before] = ask(lite, FROM, TO - 3 * DAY_MS).ends
    assert before.low_alarm == -28.0


def test_a_sensor_that_left_before_the_end_is_silent(lite: str) -> None:
    near, _ = stock(lite, joined())
    [sensor] = sensors(lite, near, RX)
    lit(lite, near, (sensor, sinking(-20_000, -20_000, 60)[::-6]))
    sensors(lite, near, at_ms=TO - DAY_MS)
    assert ask(lite).ends == ()
    assert len(ask(lite, FROM, TO - 2 * DAY_MS).ends) == 1


def test_a_day_makes_no_slope(lite: str) -> None:
    near, _ = stock(lite, joined())
    [sensor] = sensors(lite, near, RX)
    lit(lite, near, (sensor, sinking(-20_000, -21_000, 30)[::-9]))
    [end] = ask(lite).ends
    assert (end.dbm, end.slope_db_month, end.warn_ms) == (-21.0, None, None)


def test_what_was_never_sampled_is_not_told(lite: str) -> None:
    near, _ = stock(lite, joined())
    sensors(lite, near, RX)
    assert ask(lite) == EndLights(ends=(), without_limit=0)
