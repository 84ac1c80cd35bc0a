"""Asks devices by SNMP in their turn and turns the answers into facts and words about links."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from inventory.model import Device, Network, SnmpProfile
from probes.graph import Graph
from probes.judgement import LinkSaid
from probes.results import InterfaceFacts, InterfaceStatus, SnmpPoll, SnmpStatus, SnmpTarget
from probes.schedule import Schedule
from probes.snmp import SnmpClient
from probes.snmp_v3 import SnmpV3Client
from store.changes import DeviceSaid, Interface
from store.samples import Samples

FACTS_MS = 3_600_000  # names and speeds change seldom
IN_FLIGHT = 200
SAYS = (1, 2, 6, 7)  # up, down, notPresent, lowerLayerDown; the others say neither
BOOT_SLACK_MS = 60_000  # sysUpTime drifts; a boot moves it by more


@dataclass(slots=True)
class _Managed:
    """One device: the profiles to try (the last good one first) and what it last said."""

    address: str
    profiles: list[SnmpProfile]
    links: tuple[tuple[int, str], ...]
    facts: dict[int, InterfaceFacts] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    status: dict[int, InterfaceStatus] = field(default_factory=dict)
    facts_due: int = 0
    told: DeviceSaid | None = None  # what the record last heard of it
    asking: bool = False
    uptime_s: float | None = None
    tried: int = 0


class Management:
    """Polls in the background; `take()` gives what came back since it was last asked."""

    def __init__(
        self,
        network: Network,
        graph: Graph,
        addresses: Mapping[int, str],
        stamp: Callable[[int], int],
        start_ms: int,
        *,
        port: int | None = None,
    ) -> None:
        self._graph = graph
        self._stamp = stamp
        self._port = port
        self._plain = SnmpClient()
        self._v3 = SnmpV3Client()
        self._devices = {
            n: _Managed(addresses[n], _profiles(network, device), graph.links_at(n))
            for n, key in enumerate(graph.keys)
            if n in addresses and (device := network.devices[key]).snmp
        }
        keys = [(n, graph.keys[n]) for n in self._devices]
        self.schedule = Schedule(keys, int(network.defaults.snmp_interval_s * 1000), start_ms)
        self._polls: deque[SnmpPoll] = deque()
        self._flying = 0

    def shift(self, by_ms: int) -> None:
        """The wall clock was set."""
        self.schedule.shift(by_ms)
        for device in self._devices.values():
            device.facts_due = max(0, device.facts_due + by_ms) if device.facts_due else 0

    def ask(self, devices: Iterable[int], now_ms: int) -> None:
        """At once, beside their turn."""
        self.schedule.ask((n, now_ms) for n in devices if n in self._devices)

    def retell(self, n: int) -> None:
        """It came back: the record shall hear its next answer, news or not."""
        if n in self._devices:
            self._devices[n].told = None

    def tick(self, now_ms: int) -> None:
        """Ask those whose turn it is, as far as the window allows."""
        for n in self.schedule.due(now_ms, IN_FLIGHT - self._flying):
            device = self._devices[n]
            if not device.asking:
                self._poll(n, device, now_ms)

    def take(self) -> list[SnmpPoll]:
        """Finished polls, each once; another profile is tried before silence counts."""
        done: list[SnmpPoll] = []
        while self._polls:
            poll = self._polls.popleft()
            device = self._devices[poll.node]
            if poll.status != SnmpStatus.OK and self._try_next(poll.node, device):
                continue
            if device.tried and poll.status == SnmpStatus.OK:  # the one that answered comes first
                device.profiles.insert(0, device.profiles.pop(device.tried))
            device.tried = 0
            done.append(poll)
        return done

    def said(self, poll: SnmpPoll, now_ms: int) -> DeviceSaid | None:
        """For the record: where something differs from what it was last told, and hourly."""
        device = self._devices[poll.node]
        said = self._said(device, poll, now_ms)
        if poll.facts is None and device.told is not None and _no_news(said, device.told):
            return None
        device.told = said
        return said

    def _said(self, device: _Managed, poll: SnmpPoll, now_ms: int) -> DeviceSaid:
        thing_id = self._graph.thing_ids[poll.node]
        if poll.status != SnmpStatus.OK:
            return DeviceSaid(thing_id=thing_id, status=poll.status, detail=poll.detail)
        changed = self._learn(device, poll, now_ms)
        booted = None
        if poll.uptime_s is not None and poll.answered_ns is not None:
            booted = self._stamp(poll.answered_ns) - int(poll.uptime_s * 1000)
        return DeviceSaid(
            thing_id=thing_id,
            status=poll.status,
            detail=poll.detail,
            sys_name=poll.sys_name,
            sys_descr=poll.sys_descr,
            sys_object_id=poll.sys_object_id,
            booted_ms=booted,
            interfaces=_interfaces(device) if changed else None,
        )

    def links(self, poll: SnmpPoll) -> list[LinkSaid]:
        """What this device's ports say of the links that end there."""
        device = self._devices[poll.node]
        if poll.status != SnmpStatus.OK or not device.links:
            return []
        by_name = {f.if_descr: i for i, f in device.facts.items()}
        by_name |= {f.if_name: i for i, f in device.facts.items()}  # a name wins over a description
        asked_ms = self._stamp(poll.asked_ns)
        answered_ms = self._stamp(poll.answered_ns or poll.asked_ns)
        said = []
        for link, name in device.links:
            port = device.status.get(by_name.get(name, -1))
            if port is None or port.oper_status not in SAYS:
                continue
            off = port.admin_status == 2
            up = port.oper_status == 1
            said.append(LinkSaid(link, poll.node, asked_ms, answered_ms, up=up, admin_down=off))
        return said

    def sample(self, poll: SnmpPoll, samples: Samples) -> None:
        """Keep the counters of a poll, after `said`: each under the name of its interface."""
        if poll.status != SnmpStatus.OK or poll.answered_ns is None:
            return
        names = self._devices[poll.node].names
        samples.counters(
            self._graph.thing_ids[poll.node],
            self._stamp(poll.answered_ns),
            tuple([names.get(row[0], "") for row in poll.interfaces]),
            poll.interfaces,
        )

    def close(self) -> None:
        self._plain.close()
        self._v3.close()

    def _poll(self, n: int, device: _Managed, now_ms: int) -> None:
        profile = device.profiles[device.tried]
        facts = now_ms >= device.facts_due
        client = self._v3 if profile.version == "3" else self._plain
        device.asking = True
        self._flying += 1
        client.poll(target(n, device.address, profile, self._port), self._done, facts=facts)

    def _done(self, poll: SnmpPoll) -> None:
        self._flying -= 1
        self._devices[poll.node].asking = False
        self._polls.append(poll)

    def _try_next(self, n: int, device: _Managed) -> bool:
        device.tried += 1
        if device.tried >= len(device.profiles):
            return False
        self._poll(n, device, 0)
        return True

    def _learn(self, device: _Managed, poll: SnmpPoll, now_ms: int) -> bool:
        """Remember what it said and which profile it answered; True if its interfaces changed."""
        before = (device.facts, {i: _state(s) for i, s in device.status.items()})
        if poll.facts is not None:
            device.facts = {fact.if_index: fact for fact in poll.facts}
            device.names = {fact.if_index: fact.if_name for fact in poll.facts}
            device.facts_due = now_ms + FACTS_MS
        last_s, device.uptime_s = device.uptime_s, poll.uptime_s
        if poll.facts is None and (poll.uptime_s or 0) < (last_s or 0):  # indexes may have moved
            device.facts, device.status, device.facts_due = {}, {}, 0
            return False
        device.status = {row.if_index: row for row in poll.interfaces}
        if device.status.keys() != device.facts.keys():
            device.facts_due = 0  # a port came or went: ask the names again
        return before != (device.facts, {i: _state(s) for i, s in device.status.items()})


def _no_news(said: DeviceSaid, told: DeviceSaid) -> bool:
    """A short poll says less than one with facts: what it leaves out has not changed."""
    if said.interfaces is not None or (said.status, said.detail) != (told.status, told.detail):
        return False
    if said.sys_name is not None and said.sys_name != told.sys_name:
        return False
    if said.booted_ms is None or told.booted_ms is None:
        return said.booted_ms == told.booted_ms
    return abs(said.booted_ms - told.booted_ms) <= BOOT_SLACK_MS


def target(node: int, address: str, profile: SnmpProfile, port: int | None = None) -> SnmpTarget:
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
    )


def _profiles(network: Network, device: Device) -> list[SnmpProfile]:
    return [network.snmp[name] for name in device.snmp]


def _state(row: InterfaceStatus) -> tuple[int | None, int | None]:
    return row.admin_status, row.oper_status


def _interfaces(device: _Managed) -> tuple[Interface, ...]:
    found = []
    for i, fact in device.facts.items():
        row = device.status.get(i)
        found.append(
            Interface(
                if_index=i,
                if_name=fact.if_name,
                if_descr=fact.if_descr,
                if_alias=fact.if_alias,
                if_type=fact.if_type,
                mac=fact.mac,
                speed_bps=fact.speed_bps,
                admin_status=row.admin_status if row else None,
                oper_status=row.oper_status if row else None,
            )
        )
    return tuple(found)
