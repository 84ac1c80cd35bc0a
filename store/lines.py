"""What readers may ask of links: frozen values."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """Received light at one end, with the limits of the device itself; dBm."""

    sensor_id: int
    dbm: float | None  # None: no light, or never read
    at_ms: int | None  # UTC; None: never read
    low_warn: float | None
    low_alarm: float | None

    @property
    def dark(self) -> bool:
        """It was read, and there was no light."""
        return self.at_ms is not None and self.dbm is None

    @property
    def margin_db(self) -> float | None:
        """How far above the low alarm."""
        if self.dbm is None or self.low_alarm is None:
            return None
        return self.dbm - self.low_alarm


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkEnd:
    """None: not declared, or nobody measures it there."""

    site: str  # name
    device: str | None  # key
    interface: str | None
    admin_status: str | None  # up, down, testing
    oper_status: str | None  # up, down, testing, unknown, dormant, notPresent, lowerLayerDown
    rx: Light | None  # of several lanes the weakest
    tx_dbm: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """A link as it is declared, and what its ends measure. In and out: as end A sees it."""

    thing_id: int
    key: str
    a: LinkEnd
    b: LinkEnd
    provider: str | None  # name
    medium: str | None
    role: str
    length_km: float | None
    capacity_mbps: float | None
    circuit_id: str | None
    in_pct: float | None  # of the capacity
    out_pct: float | None

    @property
    def weaker(self) -> Light | None:
        """The light of the end that is nearer to its alarm."""
        return weakest(end.rx for end in (self.a, self.b) if end.rx is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LightHistory:
    """Hourly means of received light; changes in dB, None where that is not known."""

    points: tuple[tuple[int, float], ...]  # begin of the hour (UTC ms), dBm; oldest first
    day_db: float | None  # the last hour against that 24 h before
    week_db: float | None  # … 7 d before
    slope_db_week: float | None  # least squares over all points
    alarm_ms: int | None  # when it is at its low alarm at this slope; None: not within a year


@dataclass(frozen=True, slots=True, kw_only=True)
class EndLight:
    """Light at an end of a link as it stood when a period ended; dBm, limits of the device."""

    link_id: int
    side: str  # a, b
    site_id: int
    device: str  # key
    interface: str
    dbm: float  # the mean of the last hour in which it was measured
    at_ms: int  # when that hour began
    low_warn: float | None
    low_alarm: float | None
    slope_db_month: float | None  # in 30 days, by least squares over the period
    warn_ms: int | None  # when it is at its low warning at this slope; None: not within a year
    alarm_ms: int | None

    @property
    def margin_db(self) -> float:
        """How far above the limit at which the device raises its alarm, else its warning."""
        limit = self.low_warn if self.low_alarm is None else self.low_alarm
        assert limit is not None
        return self.dbm - limit


@dataclass(frozen=True, slots=True, kw_only=True)
class EndLights:
    """Ends with a light and a limit, and how many are left out: without a limit of their own."""

    ends: tuple[EndLight, ...]
    without_limit: int


def weakest(lights: Iterable[Light]) -> Light | None:
    """No light first, then the smallest margin, then the lowest value."""
    return min(lights, key=_strength, default=None)


def _strength(light: Light) -> tuple[bool, float, float]:
    margin, dbm = light.margin_db, light.dbm
    return (
        not light.dark,
        math.inf if margin is None else margin,
        math.inf if dbm is None else dbm,
    )
