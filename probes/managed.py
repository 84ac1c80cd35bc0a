"""A device that is asked by SNMP: how, what it last said, and its answers as facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from inventory.model import SnmpProfile
from probes.results import InterfaceFacts, Ports, SnmpPoll, SnmpTarget
from probes.schedule import Schedule
from store.changes import UPTIME_WRAP_MS, DeviceSaid, Interface, PortSaid
from store.samples import Roster

BOOT_SLACK_S = 60.0  # sysUpTime drifts; a boot moves it by more
UPTIME_WRAP_S = UPTIME_WRAP_MS / 1000  # after 497 days it begins anew, and nothing has happened


class Told(NamedTuple):
    """What the record last heard of a device."""

    status: str
    detail: str
    sys_name: str | None = None
    sys_descr: str | None = None
    sys_object_id: str | None = None
    booted_ms: int | None = None


@dataclass(slots=True)
class Managed:
    """One device: how to ask it (the last good way first) and what it last said."""

    node: int
    targets: list[SnmpTarget]
    links: tuple[tuple[int, str], ...]  # that end there, and at which interface
    facts_due: int = 0
    asking: bool = False
    lost: bool = False  # its name stands for no address
    tried: int = 0
    roster: Roster | None = None  # the interfaces, since their names are known
    places: tuple[tuple[int, int], ...] = ()  # of the links' interfaces in the roster
    statuses: tuple[bytes, bytes] = (b"", b"")
    uptime_s: float | None = None
    uptime_ns: int = 0  # when it was that
    booted_ms: int | None = None  # UTC, as told when that was new
    interfaces_changed: int | None = None
    answers: bool = False  # it did, last time
    told: Told | None = None
    told_facts: int | None = None  # their hash
    since_ns: int = 0  # asked in this way; 0: from the start

    def renumber(self, new: Managed, numbers: Mapping[int, int]) -> None:
        """The graph has other numbers; where a link ends at another interface, names are asked."""
        if not self.links and not new.links:
            self.node = new.node
            return
        ports = dict(self.links)
        self.node, self.links = new.node, new.links
        kept = {numbers[n]: name for n, name in ports.items() if n in numbers}
        wanted = dict(new.links)
        self.places = tuple(
            (numbers[n], place)
            for n, place in self.places
            if n in numbers and wanted.get(numbers[n]) == ports[n]
        )
        if any(kept.get(n) != name for n, name in new.links):
            self.facts_due = 0

    def late_s(self, uptime_s: float, now_ns: int) -> float:
        """By how much its uptime is lower than it must be; the wrap after 497 days is nothing."""
        if self.uptime_s is None:
            return 0.0
        expected = self.uptime_s + (now_ns - self.uptime_ns) / 1e9
        late = expected - uptime_s
        return late - UPTIME_WRAP_S if abs(late - UPTIME_WRAP_S) <= BOOT_SLACK_S else late


class Plan(NamedTuple):
    """Whom to ask by which schedule; `same`: who is asked as before."""

    devices: dict[int, Managed]
    schedule: Schedule
    same: set[int]


def target(
    node: int,
    address: str,
    profile: SnmpProfile,
    port: int | None = None,
    answers_from: tuple[str, ...] = (),
) -> SnmpTarget:
    """Whom to ask, and how, by a profile."""
    return SnmpTarget(
        node=node,
        address=address,
        port=port or profile.port,
        version=profile.version,
        community=profile.community,
        user=profile.user,
        auth=profile.auth,
        auth_key=profile.auth_key,
        priv=profile.priv,
        priv_key=profile.priv_key,
        context=profile.context,
        timeout_s=profile.timeout_s,
        retries=profile.retries,
        max_repetitions=profile.max_repetitions,
        answers_from=answers_from,
    )


def running_s(poll: SnmpPoll) -> float:
    """Since the boot: snmpEngineTime tells how often sysUpTime has wrapped."""
    uptime_s = poll.uptime_s or 0.0
    if poll.engine_s is None:
        return uptime_s
    return uptime_s + UPTIME_WRAP_S * max(0, round((poll.engine_s - uptime_s) / UPTIME_WRAP_S))


def device_said(
    thing_id: int,
    told: Told,
    interfaces: tuple[Interface, ...] | None = None,
    ports: tuple[PortSaid, ...] = (),
) -> DeviceSaid:
    """For the record."""
    return DeviceSaid(
        thing_id=thing_id,
        status=told.status,
        detail=told.detail,
        sys_name=told.sys_name,
        sys_descr=told.sys_descr,
        sys_object_id=told.sys_object_id,
        booted_ms=told.booted_ms,
        interfaces=interfaces,
        ports=() if interfaces is not None else ports,
    )


def names_of(roster: Roster) -> dict[int, str]:
    """By ifIndex."""
    return dict(zip(roster.indexes, roster.names, strict=True))


def link_places(
    links: tuple[tuple[int, str], ...], facts: tuple[InterfaceFacts, ...], roster: Roster
) -> tuple[tuple[int, int], ...]:
    """Where the ports of links stand among the interfaces; a name wins over a description, and
    what two are called is the name of none."""
    if not links:
        return ()
    by_name = _by(facts, attrgetter("if_descr")) | _by(facts, attrgetter("if_name"))
    at: dict[int | None, int] = {index: place for place, index in enumerate(roster.indexes)}
    found = ((link, at.get(by_name.get(name))) for link, name in links)
    return tuple((link, place) for link, place in found if place is not None)


def _by(
    facts: tuple[InterfaceFacts, ...], called: Callable[[InterfaceFacts], str]
) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for fact in facts:
        name = called(fact)
        found[name] = None if name in found else fact.if_index
    return found


def places_in(
    roster: Roster, old: Roster, places: tuple[tuple[int, int], ...]
) -> tuple[tuple[int, int], ...]:
    """Where the ports of links stand now that some came or went; what went has no place."""
    at = {index: place for place, index in enumerate(roster.indexes)}
    found = ((link, at.get(old.indexes[place])) for link, place in places)
    return tuple((link, place) for link, place in found if place is not None)


def interfaces_of(facts: tuple[InterfaceFacts, ...], ports: Ports) -> tuple[Interface, ...]:
    """With their status, for the record."""
    at = {index: place for place, index in enumerate(ports.indexes)}
    found = []
    for fact in facts:
        place = at.get(fact.if_index)
        found.append(
            Interface(
                if_index=fact.if_index,
                if_name=fact.if_name,
                if_descr=fact.if_descr,
                if_alias=fact.if_alias,
                if_type=fact.if_type,
                mac=fact.mac,
                speed_bps=fact.speed_bps,
                admin_status=None if place is None else ports.admin[place] or None,
                oper_status=None if place is None else ports.oper[place] or None,
            )
        )
    return tuple(found)
