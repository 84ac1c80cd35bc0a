"""How the light that a sensor receives went over a month, and where that leads."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import closing
from statistics import linear_regression

from sqlalchemy import Connection, select

from store.engine import RecordError
from store.lines import LightHistory
from store.tables import sensor

log = logging.getLogger(__name__)
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
WEEK_MS = 7 * DAY_MS
SPAN_MS = 30 * DAY_MS
YEAR_MS = 365 * DAY_MS  # further on nobody can say
LEAST_MS = 2 * DAY_MS  # light changes with the heat of the day: less makes no slope

Points = Sequence[tuple[int, float]]


def light_history(conn: Connection, sensor_id: int, until_ms: int) -> LightHistory:
    """The hours of the 30 days before `until_ms`; none where nothing was sampled.

    KeyError if the record does not know the sensor.
    """
    row = conn.execute(select(sensor).where(sensor.c.id == sensor_id)).first()
    if row is None:
        raise KeyError(sensor_id)
    points = tuple((at_ms, mean / row.scale) for at_ms, mean in _hours(conn, sensor_id, until_ms))
    slope = _slope(points)
    return LightHistory(
        points=points,
        day_db=_change(points, DAY_MS),
        week_db=_change(points, WEEK_MS),
        slope_db_week=None if slope is None else slope * WEEK_MS,
        alarm_ms=crossing_of(points, slope, row.low_alarm),
    )


def _hours(conn: Connection, sensor_id: int, until_ms: int) -> list[tuple[int, float]]:
    """Kept values; what reads samples needs numpy, which takes longer to load than most answers."""
    from store.sample_reader import open_samples
    from store.samples import Measure

    try:
        with closing(open_samples(conn.engine.url)) as samples:
            hours = samples.hourly(sensor_id, Measure.VALUE, until_ms - SPAN_MS, until_ms)
    except RecordError as error:  # the record is worth reading without them
        log.warning("%s", error)
        return []
    return [(hour.at_ms, hour.mean) for hour in hours if hour.mean is not None]


def _change(points: Points, back_ms: int) -> float | None:
    """None where that hour is not known."""
    if not points:
        return None
    last_ms, last = points[-1]
    before = dict(points).get(last_ms - back_ms)
    return None if before is None else last - before


def _slope(points: Points) -> float | None:
    """dB a millisecond."""
    if not points or points[-1][0] - points[0][0] < LEAST_MS:
        return None
    return linear_regression(*zip(*points, strict=True)).slope


def crossing_of(points: Points, slope: float | None, limit: float | None) -> int | None:
    """From the last value on; None where it does not sink, or is below the limit already."""
    if slope is None or slope >= 0 or limit is None:
        return None
    last_ms, last = points[-1]
    after_ms = (limit - last) / slope
    return round(last_ms + after_ms) if 0 < after_ms <= YEAR_MS else None
