"""What the charts of a thing show: frozen values, a point a step, None where nothing was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

Points = tuple[float | None, ...]


class RttStep(NamedTuple):
    """Round trips that were asked for in one step; no times where all were lost."""

    min_ms: float | None
    median_ms: float | None  # of the answers; over more than a day, of the means of hours
    max_ms: float | None
    loss_pct: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficChart:
    """What an interface carried, in bit/s."""

    if_name: str
    if_alias: str | None
    speed_bps: int | None
    in_bps: Points
    out_bps: Points


@dataclass(frozen=True, slots=True, kw_only=True)
class LightChart:
    """What an optical sensor measured: rx_power or tx_power."""

    kind: str
    name: str
    dbm: Points


@dataclass(frozen=True, slots=True, kw_only=True)
class Charts:
    """[from, to) in equal steps; what was not sampled in it at all is left out."""

    from_ms: int
    to_ms: int
    rtt: tuple[RttStep | None, ...] = ()
    traffic: tuple[TrafficChart, ...] = ()  # those that carried most, at most 4
    light: tuple[LightChart, ...] = ()  # what is received first
