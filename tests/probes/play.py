"""A world in which time is a number: drives the judge with the real schedule and no socket."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

from inventory.model import Device, End, Link, Network, Site, SnmpProfile, Unit
from probes.carry import carry, move
from probes.graph import Graph, number
from probes.intervals import intervals
from probes.judge import Judge
from probes.judgement import Judgement, LinkSaid, Pace
from probes.openings import openings
from probes.pings import Pings
from probes.results import MISSED, UNSENT, Ping
from probes.schedule import Schedule
from store.changes import Happened, Seeing, Verdict
from store.entries import entries
from store.states import Mark, State

TICK = 100
T0 = 1_000_000_000_000
TODAY = date(2026, 10, 1)


def province(districts: int = 2, communes: int = 3, *, backup: bool = False) -> Network:
    """A centre with an anchor, districts below it, communes below them; links with hub ports."""
    sites = {"p": Site(id="p", name="Trung tâm", unit="51")}
    devices = {"p-r": Device(id="p-r", site="p", role="router", address="127.51.0.1", snmp=("o",))}
    links: dict[str, Link] = {}

    def join(lower: str, upper: str, port: str) -> None:
        name = f"L-{lower}" if f"L-{lower}" not in links else f"B-{lower}"
        a = End(site=upper, device=f"{upper}-r", interface=port)
        links[name] = Link(id=name, a=a, b=End(site=lower))

    def add(key: str, upper: tuple[str, ...], address: str, ports: int) -> None:
        sites[key] = Site(id=key, name=key, unit="51", uplink=upper)
        devices[f"{key}-r"] = Device(
            id=f"{key}-r", site=key, role="router", address=address, snmp=("o",)
        )
        devices[f"{key}-s"] = Device(id=f"{key}-s", site=key, role="switch", address=f"{address}0")
        for up in upper:
            join(key, up, f"Gi0/{ports}")

    for d in range(1, districts + 1):
        add(f"d{d}", ("p",), f"127.51.{d}.1", d)
        for c in range(1, communes + 1):
            other = d % districts + 1
            upper = (f"d{d}", f"d{other}") if backup and other != d else (f"d{d}",)
            add(f"c{d}{c}", upper, f"127.51.{d}{c}.1", 10 * d + c)
    return Network(
        name="T",
        timezone="Asia/Ho_Chi_Minh",
        anchor=("p-r",),
        snmp={"o": SnmpProfile(id="o", community="public")},
        units={"51": Unit(id="51", code="51", name="Tỉnh", level="province")},
        sites=sites,
        devices=devices,
        links=links,
    )


@dataclass
class Play:
    """Runs the judge against `alive(key, ms)` and `cut(link, ms)`; times count from T0."""

    network: Network
    interval_ms: int = 10_000
    timeout_ms: int = 2_000
    loss: float = 0.0
    seed: int = 1
    alive: Callable[[str, int], bool] = lambda key, at: True
    cut: Callable[[str, int], bool] = lambda link, at: False
    sees: Callable[[int], bool] = lambda at: True
    can_send: Callable[[int], bool] = lambda at: True
    no_way: Callable[[str, int], bool] = lambda key, at: False  # our system has no route there
    probe_cut: Callable[[str, int], bool] = lambda link, at: False
    rtt_ns: Callable[[str, int], int] = lambda key, at: 0  # above the usual one
    snmp: bool = True
    managed: Callable[[str, int], bool] = lambda key, at: True  # its agent answers
    shut: Callable[[str, str, int], bool] = lambda key, link, at: False  # its port, by a person
    mute: Callable[[str, str, int], bool] = lambda key, link, at: False  # it tells of no such port
    now: int = 0
    verdicts: list[tuple[int, Verdict]] = field(default_factory=list)
    seeing: list[tuple[int, Seeing]] = field(default_factory=list)
    events: list[tuple[int, Happened]] = field(default_factory=list)
    asked: int = 0

    def __post_init__(self) -> None:
        defaults = replace(self.network.defaults, ping_interval_s=self.interval_ms / 1000)
        self.network = replace(self.network, defaults=defaults)
        self.ids: dict[tuple[str, str], int] = {}
        self._number()
        self.judge = self._judge(T0)
        self.schedule, self.polls = self._schedules(T0)
        self.dice = random.Random(self.seed)
        self.flying: list[tuple[int, Ping]] = []

    def _number(self) -> None:
        pairs = [(str(entry.kind), entry.key) for entry in entries(self.network, TODAY)]
        for pair in pairs:
            self.ids.setdefault(pair, len(self.ids) + 1)
        self.names = {i: key for (_, key), i in self.ids.items()}
        self.graph: Graph = number(self.network, {pair: self.ids[pair] for pair in pairs})
        self.every = intervals(self.network, self.graph)
        self.pace = Pace(self.interval_ms, self.timeout_ms, self.every.heard_ms)
        self.devices = [n for n, kind in enumerate(self.graph.kinds) if kind == "device"]

    def _judge(self, now: int) -> Judge:
        found = openings(self.network, self.graph)
        return Judge(self.graph, self.pace, now, found)

    def _schedules(self, now: int) -> tuple[Schedule, Schedule]:
        keys = [(n, self.graph.keys[n]) for n in (*self.devices, *self.graph.probes)]
        pings = Schedule(keys, self.interval_ms, now, self.graph.rank, own=self.every.ping_ms)
        polled = [
            (n, key) for n in self.devices if self.network.devices[key := self.graph.keys[n]].snmp
        ]
        return pings, Schedule(polled, 60_000, now, own=self.every.snmp_ms)

    def reload(self, network: Network) -> None:
        """As the watch takes up changed files between two ticks; what is new is alive."""
        self.network = replace(network, defaults=self.network.defaults)
        old, schedule, polls = self.judge, self.schedule, self.polls
        self._number()
        self.judge = self._judge(T0 + self.now)
        change = move(old.graph, self.graph)
        carry(old, self.judge, change, T0 + self.now)
        moved = change.numbers
        self.schedule, self.polls = self._schedules(T0 + self.now)
        self.schedule.take_over(schedule, moved)
        self.polls.take_over(polls, moved)
        self.flying = [
            (at, (moved[n], sent, rtt)) for at, (n, sent, rtt) in self.flying if n in moved
        ]

    def reaches(self, n: int, at: int, depth: int = 0) -> bool:
        """Does an answer come back? It is alive, and some way to it is whole."""
        key = self.graph.keys[n]
        if n in self.graph.probes:
            return not self.probe_cut(key, at)
        if not self.alive(key, at) or depth > 20:
            return False
        ways = self.graph.ways[n]
        return not ways or any(
            not (link is not None and self.cut(self.graph.keys[link], at))
            and self.reaches(upper, at, depth + 1)
            for link, upper in ways
        )

    def run(self, until_ms: int) -> Judgement:
        judged = Judgement()
        while self.now < until_ms:
            self.now += TICK
            judged = self._tick(T0 + self.now)
        return judged

    def _tick(self, now: int) -> Judgement:
        done = [ping for at, ping in self.flying if at <= now]
        self.flying = [item for item in self.flying if item[0] > now]
        said: list[LinkSaid] = []
        for n in self.polls.due(now, 1000):
            said += self._poll(n, now)
        judged = self.judge.step(now, Pings.of(done), said)
        self.verdicts += [(self.now, v) for v in judged.verdicts]
        self.seeing += [(self.now, s) for s in judged.seeing]
        self.events += [(self.now, e) for e in judged.events]
        self.schedule.ask(judged.asks)
        self.schedule.ask(judged.proofs, first=True)
        if judged.anew:
            self.schedule.anew(now, self.interval_ms)
        if self.snmp:
            self.polls.ask((n, now) for n in judged.snmp)
        for n in self.schedule.due(now, 1000, self.judge.hangs):
            self._send(n, now)
        return judged

    def _send(self, n: int, now: int) -> None:
        if n in self.devices and self.network.devices[self.graph.keys[n]].monitor != "icmp":
            return
        self.asked += 1
        at = now - T0
        if not self.can_send(at) or self.no_way(self.graph.keys[n], at):
            self.flying.append((now, (n, now, UNSENT)))
        elif self.sees(at) and self.reaches(n, at) and self.dice.random() >= self.loss:
            rtt = 5_000_000 + self.rtt_ns(self.graph.keys[n], at)
            self.flying.append((now + 20, (n, now, rtt)))
        else:
            self.flying.append((now + self.timeout_ms, (n, now, MISSED)))

    def _poll(self, n: int, now: int) -> list[LinkSaid]:
        at = now - T0
        if not (self.snmp and self.sees(at) and self.can_send(at) and self.reaches(n, at)):
            return []
        if self.no_way(self.graph.keys[n], at):
            return []
        if not self.network.devices[self.graph.keys[n]].snmp:
            return []
        if not self.managed(self.graph.keys[n], at):
            self.judge.silent(n)
            return []
        self.judge.alive(n, now)
        return [self._said(link, n, now) for link, _ in self.graph.links_at(n)]

    def _said(self, link: int, n: int, now: int) -> LinkSaid:
        """A port is down where a person shut the one at the other end."""
        name, keys, at = self.graph.keys[link], self.graph.keys, now - T0
        if self.mute(keys[n], name, at):
            return LinkSaid(link, n, now, now, up=False, mute=True)
        shut = any(self.shut(keys[end], name, at) for end, _ in self.graph.ends[link])
        up = not self.cut(name, at) and not shut
        return LinkSaid(link, n, now, now, up=up, admin_down=self.shut(keys[n], name, at))

    # -- what the record would show ------------------------------------------------------------

    def state(self, key: str, kind: str = "device") -> State:
        n = next(
            i for i, k in enumerate(self.graph.keys) if k == key and self.graph.kinds[i] == kind
        )
        return self.judge.nodes[n].state

    def marks(self, key: str) -> frozenset[Mark]:
        return self.judge.nodes[self.graph.keys.index(key)].marks

    def told(self, key: str, kind: str = "device") -> list[tuple[int, Verdict]]:
        """The verdicts about one thing, with when they were made."""
        thing_id = next(i for (k, name), i in self.ids.items() if (k, name) == (kind, key))
        return [(at, v) for at, v in self.verdicts if v.thing_id == thing_id]

    def root(self, verdict: Verdict) -> str | None:
        return None if verdict.root_thing_id is None else self.names[verdict.root_thing_id]
