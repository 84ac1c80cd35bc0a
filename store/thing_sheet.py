"""Everything about one thing, as `store.questions.Reader.sheet` answers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from store.changes import AddressFact, ModuleFact, NeighbourFact, StationFact
    from store.questions import LiveRow, OutageRow


@dataclass(frozen=True, slots=True, kw_only=True)
class InterfaceRow:
    """Facts of an IF-MIB row and its status when last asked; counters of the last poll."""

    if_index: int
    if_name: str
    if_descr: str | None
    if_alias: str | None
    if_type: int | None
    admin_status: str | None  # up, down, testing
    oper_status: str | None  # up, down, testing, unknown, dormant, notPresent, lowerLayerDown
    speed_bps: int | None
    mac: str | None
    in_octets: int | None
    out_octets: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorRow:
    """What a device measures, with its own limits and the value when last asked."""

    id: int  # of its samples
    kind: str  # rx_power, tx_power, temperature …
    name: str
    unit: str  # dBm, °C, V …
    value: float | None
    at_ms: int | None  # when it was asked; None: not yet
    if_index: int | None
    low_alarm: float | None
    low_warn: float | None
    high_warn: float | None
    high_alarm: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ups:
    """An uninterruptible supply; None: it does not say."""

    status: str | None  # of its battery: unknown, normal, low, depleted
    on_battery: bool | None
    battery_charge_pct: float | None
    runtime_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was last read in a device, and when each station was last seen there."""

    modules: tuple[ModuleFact, ...] = ()
    neighbours: tuple[NeighbourFact, ...] = ()
    macs: tuple[tuple[StationFact, int], ...] = ()  # with UTC ms
    arp: tuple[tuple[AddressFact, int], ...] = ()


NOTHING_FOUND = Found()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Everything about one thing, for `show` and the detail screen."""

    row: LiveRow
    declared: Mapping[str, Any]  # the keys of sites.toml that are set
    measured: Mapping[str, Any]  # sys_name, sys_descr, sys_object_id, uptime_s, snmp_status …
    interfaces: tuple[InterfaceRow, ...]
    above: tuple[LiveRow, ...]  # what it hangs on
    below: tuple[LiveRow, ...]  # devices of a site, sites of a unit, ends of a link
    outages: tuple[OutageRow, ...]  # newest first, at most 20
    whom_to_call: tuple[tuple[str, str], ...]  # (who, number), provider hotlines and contacts
    sensors: tuple[SensorRow, ...] = ()
    ups: Ups | None = None
    found: Found = NOTHING_FOUND
