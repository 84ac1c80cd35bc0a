"""Asks devices by SNMP in their turn and turns the answers into facts and words about links."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from inventory.model import Device, Network
from probes.doors import Interfaces
from probes.graph import Graph
from probes.judgement import LinkSaid
from probes.layout import Layout
from probes.managed import (
    BOOT_SLACK_S,
    Managed,
    Plan,
    Told,
    device_said,
    interfaces_of,
    link_places,
    names_of,
    places_in,
    running_s,
    target,
)
from probes.names import literal
from probes.results import Ports, SnmpPoll, SnmpStatus, SnmpTarget
from probes.schedule import Schedule
from probes.snmp import SnmpClient
from probes.snmp_v3 import SnmpV3Client
from store.changes import DeviceSaid, Interface, PortSaid
from store.samples import Roster, Samples

FACTS_MS = 3_600_000  # names and speeds change seldom
IN_FLIGHT = 200
SAYS = (1, 2, 6, 7)  # up, down, notPresent, lowerLayerDown; the others say neither


class Heard(NamedTuple):
    """What one poll brings: news for the record, and words about links for the judge."""

    said: DeviceSaid | None
    links: list[LinkSaid]
    restarted: bool = False


class Management:
    """Polls in the background; `take()` gives what came back since it was last asked.

    Devices are known by their thing ids, so that answers in flight outlive a new configuration.
    """

    def __init__(
        self, laid: Layout, stamp: Callable[[int], int], start_ms: int, *, port: int | None = None
    ) -> None:
        self._stamp = stamp
        self._port = port
        self._plain = SnmpClient()
        self._v3 = SnmpV3Client()
        self._devices: dict[int, Managed] = {}
        self._devices, self.schedule, _ = self.lay_out(laid, start_ms)
        self._polls: deque[SnmpPoll] = deque()
        self._flying = 0
        self._shared: dict[Any, Any] = {}

    def _managed(
        self, network: Network, graph: Graph, addresses: Mapping[int, str]
    ) -> dict[int, Managed]:
        links: dict[int, list[tuple[int, str]]] = {}
        for link, ends in graph.ends.items():
            for end, name in ends:
                links.setdefault(end, []).append((link, name))
        found = {}
        for n in range(graph.devices):
            device = network.devices[graph.keys[n]]
            if n in addresses and device.snmp:
                targets = self._targets(network, device, graph.thing_ids[n], addresses[n])
                managed = Managed(n, targets, tuple(links.get(n, ())))
                managed.lost = not literal(addresses[n])
                found[graph.thing_ids[n]] = managed
        return found

    def _targets(
        self, network: Network, device: Device, thing_id: int, address: str
    ) -> list[SnmpTarget]:
        port = device.port or self._port
        return [
            target(thing_id, address, network.snmp[name], port, device.answers_from)
            for name in device.snmp
        ]

    def lay_out(self, laid: Layout, start_ms: int, origin_ms: int = 0) -> Plan:
        """Whom to ask, and when; changes nothing here, and takes some time for many devices."""
        devices = self._managed(laid.network, laid.graph, laid.addresses)
        every, numbered = laid.every.snmp_ms, devices.items()
        schedule = Schedule(
            [(thing_id, laid.graph.keys[d.node]) for thing_id, d in numbered],
            int(laid.network.defaults.snmp_interval_s * 1000),
            start_ms,
            own={thing_id: every[d.node] for thing_id, d in numbered if d.node in every},
            places={thing_id: laid.addresses[d.node] for thing_id, d in numbered},
            origin_ms=origin_ms,
        )
        same = {
            thing_id
            for thing_id, old in self._devices.items()
            if thing_id in devices and set(old.targets) == set(devices[thing_id].targets)
        }
        return Plan(devices, schedule, same)

    def take_up(self, plan: Plan, numbers: Mapping[int, int], now_ns: int) -> None:
        """Go on with it. Who is asked as before is remembered; of others an answer to what was
        asked before now is none. `numbers`: of the graph before → of this one."""
        devices, schedule, same = plan
        for thing_id, device in devices.items():
            if thing_id in same:
                old = self._devices[thing_id]
                old.renumber(device, numbers)
                devices[thing_id] = old
            else:
                device.since_ns = now_ns
        schedule.shift(self.schedule.origin_ms - schedule.origin_ms)  # the clock was set meanwhile
        schedule.take_over(self.schedule, {thing_id: thing_id for thing_id in devices})
        self._devices, self.schedule = devices, schedule

    def move(self, thing_id: int, address: str | None, now_ns: int) -> None:
        """Its name stands for another address; None: for none, and it is not asked."""
        device = self._devices.get(thing_id)
        if device is None:
            return
        device.lost, device.since_ns = address is None, now_ns
        if address is not None:
            device.targets = [replace(aim, address=address) for aim in device.targets]
            device.facts_due = 0

    def asks(self, thing_id: int) -> bool:
        return thing_id in self._devices

    def way(self, thing_id: int) -> tuple[SnmpClient, SnmpTarget] | None:
        """How it answered last; None where it does not, or is not asked."""
        device = self._devices.get(thing_id)
        if device is None or device.lost or not device.answers:
            return None
        aim = device.targets[0]
        return self._v3 if aim.version == "3" else self._plain, aim

    def interfaces(self, thing_id: int) -> Interfaces | None:
        """As last polled; None: not known yet."""
        device = self._devices.get(thing_id)
        if device is None or device.roster is None:
            return None
        return Interfaces(device.roster, *device.statuses, device.places)

    def shift(self, by_ms: int) -> None:
        """The wall clock was set."""
        self.schedule.shift(by_ms)
        for device in self._devices.values():
            device.facts_due = max(0, device.facts_due + by_ms) if device.facts_due else 0

    def ask(self, things: Iterable[int], now_ms: int) -> None:
        """At once, beside their turn."""
        self.schedule.ask((thing_id, now_ms) for thing_id in things if thing_id in self._devices)

    def retell(self, thing_id: int) -> None:
        """It came back: the record shall hear its next answer, news or not."""
        device = self._devices.get(thing_id)
        if device is not None:
            device.told = None

    def tick(self, now_ms: int) -> None:
        """Ask those whose turn it is, as far as the window allows."""
        for thing_id in self.schedule.due(now_ms, IN_FLIGHT - self._flying):
            device = self._devices[thing_id]
            if not (device.asking or device.lost):
                self._poll(device, now_ms)

    def take(self) -> list[SnmpPoll]:
        """Finished polls, each once; another profile is tried before silence counts."""
        done: list[SnmpPoll] = []
        while self._polls:
            poll = self._polls.popleft()
            device = self._devices.get(poll.node)
            if device is None or poll.asked_ns < device.since_ns:  # nobody asks this any more
                continue
            if poll.status != SnmpStatus.OK and self._try_next(device):
                continue
            if device.tried and poll.status == SnmpStatus.OK:  # the one that answered comes first
                device.targets.insert(0, device.targets.pop(device.tried))
            device.tried = 0
            done.append(poll)
        return done

    def node(self, poll: SnmpPoll) -> int:
        """The number of the device in the graph."""
        return self._devices[poll.node].node

    def hear(self, poll: SnmpPoll, now_ms: int, samples: Samples) -> Heard:
        """Keep the counters of a poll, and find what is new in it."""
        device = self._devices[poll.node]
        device.answers = poll.status == SnmpStatus.OK
        if poll.status != SnmpStatus.OK or poll.answered_ns is None:
            told = Told(poll.status, poll.detail)
            if device.told is not None and device.told[:2] == told[:2]:
                return Heard(None, [])
            device.told = told
            return Heard(device_said(poll.node, told), [])
        restarted = self._restarted(device, poll)
        if restarted and poll.facts is None:  # the numbers of its interfaces may have moved
            device.roster, device.facts_due = None, 0
            self.ask([poll.node], now_ms)
        changed = self._learn(device, poll, now_ms)
        ports = self._moved(device, poll.ports)
        said = None
        if changed or ports or device.told is None or self._new(device, device.told, poll):
            device.told = self._told(device, poll)
            said = device_said(poll.node, device.told, changed, ports)
        links: list[LinkSaid] = []
        if device.roster is not None:
            self._sample(device.roster, poll, samples)
            links = self._links(device, poll)
        return Heard(said, links, restarted)

    def close(self) -> None:
        self._plain.close()
        self._v3.close()

    # -- asking ----------------------------------------------------------------------------------

    def _poll(self, device: Managed, now_ms: int) -> None:
        aim = device.targets[device.tried]
        facts = now_ms >= device.facts_due
        client = self._v3 if aim.version == "3" else self._plain
        device.asking = True
        self._flying += 1
        client.poll(aim, self._done, facts=facts)

    def _done(self, poll: SnmpPoll) -> None:
        self._flying -= 1
        device = self._devices.get(poll.node)
        if device is not None:
            device.asking = False
            self._polls.append(poll)

    def _try_next(self, device: Managed) -> bool:
        device.tried += 1
        if device.tried >= len(device.targets):
            return False
        self._poll(device, device.facts_due)
        return True

    # -- hearing ---------------------------------------------------------------------------------

    def _restarted(self, device: Managed, poll: SnmpPoll) -> bool:
        if poll.uptime_s is None or poll.answered_ns is None:
            return False
        late_s = device.late_s(poll.uptime_s, poll.answered_ns)
        if device.uptime_s is None or abs(late_s) > BOOT_SLACK_S:  # more than its clock is wrong by
            device.booted_ms = self._stamp(poll.answered_ns) - int(running_s(poll) * 1000)
        device.uptime_s, device.uptime_ns = poll.uptime_s, poll.answered_ns
        return late_s > BOOT_SLACK_S

    def _learn(self, device: Managed, poll: SnmpPoll, now_ms: int) -> tuple[Interface, ...] | None:
        """Take up what the interfaces are called; gives them all where something is new."""
        ports = poll.ports
        if poll.facts is None:
            if device.roster is not None and device.roster.indexes != ports.indexes:
                old, device.facts_due = device.roster, 0  # a port came or went: ask names again
                device.told_facts = None
                device.roster = self._roster(poll.node, ports, names_of(old))
                device.places = places_in(device.roster, old, device.places)
            if poll.interfaces_changed != device.interfaces_changed:
                device.facts_due = 0
            return None
        device.interfaces_changed = poll.interfaces_changed
        device.facts_due = now_ms + FACTS_MS
        names = {fact.if_index: fact.if_name for fact in poll.facts}
        roster = self._roster(poll.node, ports, names)
        if roster != device.roster:
            device.roster = roster
        device.places = link_places(device.links, poll.facts, device.roster)
        fresh = hash(poll.facts)
        if fresh == device.told_facts:
            return None
        device.told_facts = fresh
        device.statuses = ports.admin, ports.oper
        return interfaces_of(poll.facts, ports)

    def _moved(self, device: Managed, ports: Ports) -> tuple[PortSaid, ...]:
        """Those whose status is another than last time."""
        old, new = device.statuses, (ports.admin, ports.oper)
        if old == new or device.roster is None:
            return ()
        device.statuses = new
        if len(old[0]) != len(new[0]):  # a port came or went: the next facts tell all
            return ()
        return tuple(
            PortSaid(ports.indexes[i], new[0][i] or None, new[1][i] or None)
            for i in range(len(new[0]))
            if (old[0][i], old[1][i]) != (new[0][i], new[1][i])
        )

    def _roster(self, device_id: int, ports: Ports, names: Mapping[int, str]) -> Roster:
        """Devices of one make share their lists."""
        share = self._shared.setdefault
        found = tuple(names.get(index, "") for index in ports.indexes)
        indexes = share(ports.indexes, ports.indexes)
        return Roster(device_id, indexes, share(found, found), share(ports.narrow, ports.narrow))

    @staticmethod
    def _new(device: Managed, old: Told, poll: SnmpPoll) -> bool:
        """Does it say of itself what it did not say before? Nothing said is nothing new."""
        said = (
            (poll.sys_name, old.sys_name),
            (poll.sys_descr, old.sys_descr),
            (poll.sys_object_id, old.sys_object_id),
            (poll.status, old.status),
        )
        if any(new is not None and new != before for new, before in said):
            return True
        return device.booted_ms != old.booted_ms

    @staticmethod
    def _told(device: Managed, poll: SnmpPoll) -> Told:
        """A short poll says less than one with facts: what it leaves out has not changed."""
        old = device.told
        return Told(
            poll.status,
            poll.detail,
            poll.sys_name or (old and old.sys_name),
            poll.sys_descr or (old and old.sys_descr),
            poll.sys_object_id or (old and old.sys_object_id),
            device.booted_ms,
        )

    def _links(self, device: Managed, poll: SnmpPoll) -> list[LinkSaid]:
        """What this device's ports say of the links that end there, also where they say nothing."""
        if not device.links or device.roster is None:
            return []
        asked_ms = self._stamp(poll.asked_ns)
        answered_ms = self._stamp(poll.answered_ns or poll.asked_ns)
        admin, oper = poll.ports.admin, poll.ports.oper
        told = {
            link: LinkSaid(
                link,
                device.node,
                asked_ms,
                answered_ms,
                up=oper[place] == 1,
                admin_down=admin[place] == 2,
            )
            for link, place in device.places
            if place < len(oper) and oper[place] in SAYS
        }
        silent = (link for link, _ in device.links if link not in told)
        mute = (LinkSaid(n, device.node, asked_ms, answered_ms, False, mute=True) for n in silent)
        return [*told.values(), *mute]

    def _sample(self, roster: Roster, poll: SnmpPoll, samples: Samples) -> None:
        ports = poll.ports
        if not ports.indexes or roster.indexes != ports.indexes:
            return
        uptime = None if poll.uptime_s is None else int(poll.uptime_s)
        at_ms = self._stamp(poll.answered_ns or poll.asked_ns)
        samples.ports(at_ms, roster, uptime, ports.admin, ports.oper, ports.counters)
