"""What the watch hands to the writer: one batch, one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from store.states import Mark, State

UPTIME_WRAP_MS = (1 << 32) * 10  # sysUpTime counts hundredths of a second in 32 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Our belief of one thing changed. Times are UTC milliseconds.

    `reason` "mass" opens a mass outage, "off_hours" is silence outside opening hours, "on_backup" a
    site that hangs on its backup. `since_ms` is where the new span begins: the first bad answer, or
    the first good one.
    The brackets are those of the outage: a verdict that opens one gives `first_bad_ms` and
    `last_bad_ms`; one that ends it gives `last_bad_ms` and `first_good_ms`.
    """

    thing_id: int
    state: State
    since_ms: int
    reason: str
    root_thing_id: int | None = None
    last_good_ms: int | None = None
    first_bad_ms: int | None = None
    last_bad_ms: int | None = None
    first_good_ms: int | None = None
    also: tuple[int, ...] = ()  # things that failed earlier on other ways, beside the root

    @property
    def begins(self) -> bool:
        """It answers from now on, and nothing was ever wrong with it: nobody had looked."""
        return self.state == State.UP and self.first_good_ms is None and self.last_bad_ms is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    thing_id: int
    marks: frozenset[Mark]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a list shows beside the state; None: not known. Jitter is that of RFC 3550, section
    6.4.1, of round trips."""

    thing_id: int
    rtt_us: int | None
    loss_pct: float | None
    jitter_us: int | None = None


class Sight(StrEnum):
    OPENED = "opened"  # from now on we see
    SEEN = "seen"  # we have seen until now
    BLIND = "blind"  # we saw until then, and not since
    STOPPED = "stopped"
    BEAT = "beat"  # we run, and see nothing yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeing:
    """How far the monitor's own sight reaches: the ledger's coverage."""

    sight: Sight
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """A row of IF-MIB as it was read; status numbers are those of the MIB."""

    if_index: int
    if_name: str
    if_descr: str | None
    if_alias: str | None
    if_type: int | None
    mac: str | None
    speed_bps: int | None
    admin_status: int | None
    oper_status: int | None


class PortSaid(NamedTuple):
    """The status of an interface that is on record already has changed."""

    if_index: int
    admin_status: int | None
    oper_status: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSaid:
    """What a device said of itself, or how the check of a service ended. `interfaces` None: nothing
    new of what they are."""

    thing_id: int
    status: str  # how the question ended, probes' word: ok, no_answer …
    detail: str
    sys_name: str | None = None
    sys_descr: str | None = None
    sys_object_id: str | None = None
    booted_ms: int | None = None
    interfaces: tuple[Interface, ...] | None = None
    ports: tuple[PortSaid, ...] = ()


class ModuleFact(NamedTuple):
    """A part of a device with a model or serial of its own; `member`: of a stack."""

    kind: str
    name: str
    descr: str | None = None
    model: str | None = None
    serial: str | None = None
    maker: str | None = None
    hardware: str | None = None
    firmware: str | None = None
    software: str | None = None
    inside: str | None = None
    member: int | None = None


class NeighbourFact(NamedTuple):
    """What a port's protocol says of the other end; `port` as the protocol calls ours."""

    protocol: str
    port: str
    if_index: int | None
    remote_name: str | None
    remote_port: str | None
    remote_port_descr: str | None = None
    remote_id: str | None = None
    remote_descr: str | None = None
    remote_address: str | None = None


class StationFact(NamedTuple):
    """`port`: as the command line calls it, where no table told its number."""

    mac: str
    vlan: int | None
    if_index: int | None
    port: str | None = None


class AddressFact(NamedTuple):
    """Like `StationFact`."""

    ip: str
    mac: str
    if_index: int | None
    port: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsSaid:
    """What was read in a device; None: not read this time, and what is on record stays."""

    device_id: int
    vendor: str | None = None
    os: str | None = None
    model: str | None = None
    version: str | None = None
    serial: str | None = None
    modules: tuple[ModuleFact, ...] | None = None
    neighbours: tuple[NeighbourFact, ...] | None = None
    macs: tuple[StationFact, ...] | None = None
    arp: tuple[AddressFact, ...] | None = None
    config: str | None = None  # the running configuration, without its secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorFact:
    """One quantity that a device measures. `place`: its OID, with `#n` where that holds several.

    `how`: plain JSON for the one who asks. A kept value is the value × `scale`.
    """

    place: str
    kind: str
    name: str
    unit: str
    scale: int
    how: Mapping[str, Any]
    if_index: int | None = None
    low_alarm: float | None = None
    low_warn: float | None = None
    high_warn: float | None = None
    high_alarm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorsSaid:
    """All that a device measures, as it was found."""

    device_id: int
    sensors: tuple[SensorFact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensed:
    """The last values of all sensors of a device, as they are kept; None: it has none now."""

    device_id: int
    at_ms: int
    sensor_ids: tuple[int, ...]
    values: tuple[int | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """An event that is no change of state: a clock jump, a changed serial, a blind spell."""

    kind: str
    thing_id: int | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    if_index: int | None = None  # of the device `thing_id`: then it happened to this interface


class Raw(NamedTuple):
    """One question and what came back: a piece of evidence."""

    sent_ms: int
    how: str  # icmp, snmp, tcp, probe
    rtt_us: int | None  # None: no answer
    said: str  # ok, missed, unsent, or the prober's word: no_answer, port_unreachable …


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The raw results of one thing over a stretch of time around a change, in order of sending."""

    thing_id: int
    from_ms: int
    to_ms: int
    results: tuple[Raw, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The monitor's own state: over the last minute, or at a trouble.

    `body`: lag_ms (the worst of a tick, and of a question that was due), lag_p99_ms (of pings),
    snmp_lag_ms (worst of polls), interval_ms (the usual one of pings), sent, answered, missed,
    unsent, overflowed, ping (how, by family), waiting (batches not yet committed), blind,
    jumped_ms, slept_ms, clock_synced (None: the kernel does not tell), clock_error_ms.
    """

    at_ms: int
    mono_ns: int
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    at_ms: int
    verdicts: tuple[Verdict, ...] = ()
    marks: tuple[Marked, ...] = ()
    readings: tuple[Reading, ...] = ()
    said: tuple[DeviceSaid, ...] = ()
    facts: tuple[FactsSaid, ...] = ()
    sensors: tuple[SensorsSaid, ...] = ()
    sensed: tuple[Sensed, ...] = ()
    seeing: tuple[Seeing, ...] = ()
    events: tuple[Happened, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    health: Health | None = None

    def __bool__(self) -> bool:
        changes = (self.verdicts, self.marks, self.readings, self.said, self.seeing, self.events)
        return any((*changes, self.facts, self.sensors, self.sensed, self.evidence, self.health))


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """What one transaction did: ids of outages that it opened and closed, and of the sensors of
    devices, in the order in which they were given."""

    revision: int
    opened: tuple[int, ...] = ()
    closed: tuple[int, ...] = ()
    sensors: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
