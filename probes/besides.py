"""What is watched besides pings and interfaces: facts, sensors, units behind terminals, calls."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Protocol

from inventory.model import Network
from probes.facts.desk import Desk, Door
from probes.graph import Graph
from probes.heartbeats import Hearts, Listener
from probes.intervals import Intervals
from probes.judge import Judge
from probes.results import SnmpPoll
from probes.sensing import Managed, News, Sensing
from probes.shell.values import Ask, aim_of
from probes.units import Units
from store.changes import Committed, DeviceSaid, Happened, SensorFact
from store.questions import OutageRow
from store.samples import Samples
from store.states import Kind

log = logging.getLogger(__name__)
NO_HEARTBEAT = "no_heartbeat"
AILS = ("light", "temperature")
DEAF_MS = 5_000  # between two ticks: who did not run did not hear either
DEAF = "deaf"  # the event: we cannot hear the calls of devices


class Asked(Managed, Door, Protocol):
    """Who asks devices by SNMP, also for what they are."""


class Besides:
    """Everything by thing ids. `take_up` before all else, and again when the files changed."""

    def __init__(
        self,
        managed: Asked,
        stamp: Callable[[int], int],
        samples: Samples,
        now_ms: int,
        ask: Ask | None = None,
    ) -> None:
        self._managed, self._stamp = managed, stamp
        self._sensing = Sensing(managed, stamp, samples, now_ms)
        self._facts = Desk(managed, now_ms, ask)
        self._units: Units | None = None
        self._hearts = Hearts({}, now_ms)
        self._listener = Listener({}, self._on_call)
        self._listen: str | None = None
        self._hears = False
        self._ticked_ms = now_ms
        self._silence: set[int] = set()  # whose silence is a fault
        self._calls: list[tuple[int, int]] = []
        self._events: list[Happened] = []

    def take_up(self, network: Network, graph: Graph, every: Intervals, now_ms: int) -> None:
        """What is declared now."""
        ids = {
            key: thing_id
            for kind, key, thing_id in zip(graph.kinds, graph.keys, graph.thing_ids, strict=True)
            if kind == Kind.DEVICE
        }
        usual_ms = int(network.defaults.snmp_interval_s * 1000)
        own_ms = {graph.thing_ids[n]: ms for n, ms in every.snmp_ms.items()}
        self._sensing.keep(ids.values(), usual_ms, own_ms)
        aims = ((ids[d.id], aim_of(network, d)) for d in network.devices.values() if d.id in ids)
        self._facts.keep(ids.values(), {i: aim for i, aim in aims if aim is not None}, now_ms)
        self._units = Units(network, ids, self._managed, self._sensing, self._stamp, now_ms)
        calling = {
            ids[device.id]: device
            for device in network.devices.values()
            if device.heartbeat and device.id in ids
        }
        hearts = Hearts(
            {i: int(device.heartbeat_interval_s * 1000) for i, device in calling.items()}, now_ms
        )
        hearts.take_over(self._hearts)
        self._hearts = hearts
        self._silence = {i for i, device in calling.items() if device.monitor == "heartbeat"}
        self._listener.know({device.heartbeat or "": i for i, device in calling.items()})
        self._listen = network.heartbeat_listen

    def restore(
        self,
        facts: Mapping[int, Sequence[tuple[int, SensorFact]]],
        outages: Iterable[OutageRow],
        judge: Judge,
        nodes: Mapping[int, int],
        now_ms: int,
    ) -> None:
        """What the record says that devices measure, and what ailed when the last monitor stopped;
        no longer where nothing is measured."""
        self._sensing.restore(facts, now_ms)
        ids, ends = judge.graph.thing_ids, judge.graph.ends
        for one in outages:
            n = nodes.get(one.thing_id)
            if n is None or one.first_good_ms is not None or one.reason not in AILS:
                continue
            if not {one.thing_id, *(ids[end] for end, _ in ends.get(n, ()))}.isdisjoint(facts):
                judge.nodes[n].ails = frozenset({one.reason})

    async def start(self) -> None:
        """Wait for calls, where somebody calls; who cannot hear judges nobody by silence."""
        if self._listen is None:
            return
        try:
            await self._listener.start(self._listen)
            self._hears = True
        except OSError as error:
            log.error("cannot listen for heartbeats on %s: %s", self._listen, error)
            body = {"listen": self._listen, "why": str(error)}
            self._events.append(Happened(kind=DEAF, body=body))

    def heard(self, poll: SnmpPoll, now_ms: int, *, restarted: bool) -> None:
        """A device answered a poll; after its interfaces were taken up."""
        self._sensing.heard(poll, now_ms, restarted=restarted)
        self._facts.heard(poll, now_ms, restarted=restarted)

    def tick(
        self, now_ms: int, judge: Judge, nodes: Mapping[int, int]
    ) -> tuple[News, list[DeviceSaid]]:
        """Before the judge's step; `nodes`: thing id → number in its graph."""
        if judge.eyes.blind or now_ms - self._ticked_ms > DEAF_MS:
            self._hearts.excuse(now_ms)
        self._ticked_ms = now_ms
        calls, self._calls = self._calls, []
        for thing_id, at_ns in calls:
            if thing_id in nodes:
                at_ms = self._stamp(at_ns)
                self._hearts.beat(thing_id, at_ms)
                judge.alive(nodes[thing_id], at_ms, at_ms)
        for thing_id, expected_ms in self._hearts.missed(now_ms):
            if self._hears and thing_id in nodes and thing_id in self._silence:
                judge.gone(nodes[thing_id], expected_ms, now_ms, NO_HEARTBEAT)
        said = [] if self._units is None else self._units.tick(now_ms, judge, nodes)
        news = self._sensing.tick(now_ms, judge, nodes)
        news.events += self._events
        self._events = []
        self._facts.tick(now_ms)
        news.facts, told = self._facts.take()
        news.events += told
        return news, said

    def handed_over(self, future: Future[Committed]) -> None:
        """The batch with the news of the last tick."""
        self._sensing.handed_over(future)

    def shift(self, by_ms: int) -> None:
        """The wall clock was set."""
        self._sensing.shift(by_ms)
        self._facts.shift(by_ms)
        self._hearts.shift(by_ms)
        self._ticked_ms += by_ms
        if self._units is not None:
            self._units.shift(by_ms)

    def close(self) -> None:
        self._listener.close()
        self._facts.close()

    def _on_call(self, thing_id: int, at_ns: int) -> None:
        self._calls.append((thing_id, at_ns))
