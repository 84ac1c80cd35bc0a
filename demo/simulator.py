"""The simulator's loop: takes questions, lets faults happen in time, answers after a round trip."""

from __future__ import annotations

import heapq
import ipaddress
import os
import select
import socket
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from random import Random

from demo import sockets
from demo.agents import Agents
from demo.distance import crossing, round_trips
from demo.ports import FEW
from demo.script import Fault, Round
from demo.sockets import Asked
from demo.truth import Witness
from demo.world import Change, Conditions, World, after
from wire import icmp

NS_PER_MS = 1_000_000
PARENT_CHECK_S = 1.0
GATHER_S = 0.001  # one waking for all that comes in it: under load that halves the work
JITTER = 8.0  # the extra time of a round trip is on average an eighth of it
LONGEST_TRIP_S = 0.030
AGENT_S = 0.002  # what an agent takes to make up its answer


@dataclass(frozen=True, slots=True)
class Host:
    """Who stands behind an address: a device, or a link that has an address of its own."""

    device: str | None
    link: str | None
    round_trip_s: float


class Simulator:
    """The province while it runs. `control` gives `start` and, by its end, the end."""

    def __init__(
        self, world: World, script: Iterator[Round], witness: Witness, interfaces: int = FEW
    ) -> None:
        self.echo, self.snmp = sockets.open_socket(), sockets.open_socket()
        self._doors = self.echo.fileno(), self.snmp.fileno()
        self._world, self._script, self._witness = world, script, witness
        self._agents = Agents(world.network, interfaces)
        self._hosts = _hosts(world)
        self._dice = Random(f"weather {witness.seed}")
        # Door and address → the part of a loss not yet suffered.
        self._owed: dict[tuple[socket.socket, bytes], float] = {}
        self._born = time.monotonic()
        self._began: float | None = None
        self._pending: deque[tuple[Change, Fault]] = deque()
        self._replies: list[tuple[float, int, socket.socket, bytes, Asked]] = []
        self._order = count()
        self._now = Conditions()
        self._enter(self._now)

    def ports(self) -> dict[str, int]:
        return {"echo": self.echo.getsockname()[1], "snmp": self.snmp.getsockname()[1]}

    def close(self) -> None:
        self.echo.close()
        self.snmp.close()

    def run(self, control: int, parent: int) -> None:
        """Until `control` ends or the parent is gone."""
        while os.getppid() == parent:
            wait = max(0.0, min(self._next_due() - time.monotonic(), PARENT_CHECK_S))
            ready, _, _ = select.select([control, *self._doors], [], [], wait)
            if control in ready:
                if not os.read(control, 64):
                    return
                self._start()
            time.sleep(GATHER_S)
            self._change_what_is_due()
            self._take_questions()
            self._send_what_is_due()

    def _next_due(self) -> float:
        change = self._due(self._pending[0][0]) if self._pending else float("inf")
        return min(change, self._replies[0][0] if self._replies else float("inf"))

    def _due(self, change: Change) -> float:
        return (self._began or 0.0) + change.at_s

    def _start(self) -> None:
        if self._began is None:
            self._began = time.monotonic()
            self._witness.started_ms = time.time_ns() // NS_PER_MS
            self._next_round()

    def _next_round(self) -> None:
        while not self._pending and (coming := next(self._script, None)):
            self._witness.rounds.append(coming)
            self._pending.extend(coming.changes())
            self._now = replace(self._now, breaks=self._breaks(coming))

    def _breaks(self, coming: Round) -> dict[str, float]:
        """When each fibre of this round will break; its light fades before it does."""
        ahead_s = (self._began or 0.0) - self._born
        return {
            change.thing: change.at_s + ahead_s
            for change, fault in coming.changes()
            if fault.kind == "fibre_cut" and change.value
        }

    def _change_what_is_due(self) -> None:
        while self._pending and self._due(self._pending[0][0]) <= time.monotonic():
            self._happen(*self._pending.popleft())
            if not self._pending:
                self._next_round()

    def _happen(self, change: Change, fault: Fault) -> None:
        """What arrived earlier is answered as before, so the noted time is true to the ms."""
        at_ns = time.time_ns()
        at_s = time.monotonic() - self._born
        later = self._take_questions(until_ns=at_ns)
        self._witness.seen.append((fault, change, at_ns // NS_PER_MS))
        self._enter(after(self._now, replace(change, at_s=at_s)))
        for sock, asked in later:
            self._hear(sock, asked)

    def _enter(self, now: Conditions) -> None:
        """Work out once who answers, so that each question costs one look."""
        self._now = now
        devices, losses = self._world.answering(now), self._world.losses(now)
        links = self._world.probes_answering(now)
        self._loss = {
            address: losses.get(host.device or "", 0.0) or now.loss.get(host.link or "", 0.0)
            for address, host in self._hosts.items()
            if host.device in devices or host.link in links
        }

    def _take_questions(self, until_ns: int | None = None) -> list[tuple[socket.socket, Asked]]:
        """Hear all that has arrived; what came after `until_ns` is handed back unheard."""
        later = []
        for sock in (self.echo, self.snmp):
            for asked in sockets.drain(sock):
                if until_ns is not None and asked.arrived_ns > until_ns:
                    later.append((sock, asked))
                else:
                    self._hear(sock, asked)
        return later

    def _hear(self, sock: socket.socket, asked: Asked) -> None:
        if not self._gets_through(sock, asked):
            return
        if sock is self.echo:
            reply, extra_s = icmp.reply_to(asked.data), 0.0
        else:
            reply, extra_s = self._agent_reply(asked), AGENT_S
        if reply is not None:
            self._answer_later(sock, reply, asked, extra_s)

    def _agent_reply(self, asked: Asked) -> bytes | None:
        device = self._hosts[asked.address].device
        if device is None:
            return None
        at_s = time.monotonic() - self._born
        return self._agents.answer(device, asked.data, at_s, self._now)

    def _gets_through(self, sock: socket.socket, asked: Asked) -> bool:
        """Losses come evenly, not by dice: what a demo loses is what its truth file says.

        Pings and SNMP are counted apart: asked in turn, one would suffer all losses of both.
        """
        loss = self._loss.get(asked.address)
        if loss is None:
            return False
        owed = self._owed.get((sock, asked.address), 0.5) + loss
        self._owed[sock, asked.address] = owed % 1
        return owed < 1

    def _answer_later(
        self, sock: socket.socket, reply: bytes, asked: Asked, extra_s: float
    ) -> None:
        usual = self._hosts[asked.address].round_trip_s
        trip = min(usual * (1 + self._dice.expovariate(JITTER)), LONGEST_TRIP_S) + extra_s
        due = time.monotonic() + trip
        heapq.heappush(self._replies, (due, next(self._order), sock, reply, asked))

    def _send_what_is_due(self) -> None:
        replies, now = self._replies, time.monotonic()
        while replies and replies[0][0] <= now:
            _, _, sock, reply, asked = heapq.heappop(replies)
            sockets.answer(sock, reply, asked)


def _hosts(world: World) -> dict[bytes, Host]:
    """The loopback addresses of the network, as four bytes; others are none of our business."""
    trips = round_trips(world)
    found: dict[bytes, Host] = {}
    for link in world.network.links.values():
        if packed := _packed(link.probe):
            found[packed] = Host(None, link.id, crossing(link))
    for device in world.network.devices.values():
        if packed := _packed(device.address):
            found[packed] = Host(device.id, None, trips.get(device.id, 0.0))
    return found


def _packed(address: str | None) -> bytes | None:
    try:
        parsed = ipaddress.IPv4Address(address or "")
    except ipaddress.AddressValueError:  # a name, or IPv6
        return None
    return parsed.packed if parsed.is_loopback else None
