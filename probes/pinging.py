"""Asks the things of a layout for life, and gives what came back in its numbers and in UTC."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from probes.clock import Clock
from probes.evidence import Ring
from probes.health import Pulse
from probes.layout import Layout
from probes.pingers import Pingers
from probes.pings import Pings
from probes.tcp_ping import UNTOLD
from probes.untold import Untold

log = logging.getLogger(__name__)
TICK_S, SLOW_TICK_S = 0.1, 0.2
CALM_TICK_S = 0.4  # where nothing is in question
BUSY = 500  # pings a second above which the quicker tick pays
AT_MOST = 400  # questions a tick
_NOBODY, _UNKNOWN = -1, -2


class Pinging:
    """Pings of a watch. `clock` makes UTC of monotonic instants; `tell`: a line for people.

    `ids`: the thing of each node.
    """

    def __init__(
        self,
        pulse: Pulse,
        clock: Clock,
        tell: Callable[[str], None],
        *,
        echo_port: int | None = None,
    ) -> None:
        self._pulse = pulse
        self._clock = clock
        self._tell = tell
        self._pingers = Pingers(echo_port=echo_port)
        self._elsewhere: dict[int, int] = {}  # thing id → when its address became another

    def take_up(self, laid: Layout) -> None:
        self._laid = laid
        self._by_tcp = {laid.node[thing_id] for thing_id in laid.ports}
        self.ids = ids = np.array(laid.graph.thing_ids, np.int64)
        self._nodes = np.full(ids.max(initial=0) + 2, _NOBODY)  # by thing id
        self._nodes[ids] = np.arange(len(ids))
        self._ways = np.full(len(ids), _UNKNOWN)  # by node, see `Pinger.way`
        self._untold = Untold()
        self._pingers.ports = laid.ports
        self._pingers.wait(laid.pace.timeout_ms / 1000)
        per_s = 1000 * len(laid.pinged) / laid.pace.interval_ms
        self.tick_s = TICK_S if per_s > BUSY else SLOW_TICK_S
        calm_s = min(CALM_TICK_S, laid.pace.interval_ms / 20_000, AT_MOST / 2 / max(per_s, 1))
        self._calm_s = max(self.tick_s, calm_s)

    def open(self) -> None:
        """Find the best way, once addresses are known. Raises NoIcmp where there is none at all."""
        laid = self._laid
        self._pingers.open(laid.addresses[n] for n in laid.pinged - self._by_tcp)
        self._tell(self._pingers.said)

    @property
    def kinds(self) -> dict[str, str]:
        """The way in use, by family, as {"ipv4": "datagram"}."""
        return self._pingers.kinds

    def pause_s(self, *, calm: bool) -> float:
        """Until the next tick: most of what a tick costs is the waking."""
        return self._calm_s if calm else self.tick_s

    @property
    def at_most(self) -> int:
        """Things to ask in one tick: what the receive buffer holds twice over."""
        return min(AT_MOST, self._pingers.at_once)

    def ask(self, nodes: Sequence[int]) -> None:
        ids, addresses = self._laid.graph.thing_ids, self._laid.addresses
        pinger = self._pingers.alone
        if pinger is None:
            self._pingers.send((ids[n], addresses[n]) for n in nodes)
            return
        asked = np.array(nodes, np.int64)
        ways = self._ways[asked]
        if (ways == _UNKNOWN).any():
            for n in asked[ways == _UNKNOWN].tolist():
                self._ways[n] = pinger.way(addresses[n])
            ways = self._ways[asked]
        pinger.ask(self.ids[asked], ways)

    def turned(self, thing_ids: Iterable[int], at_ns: int) -> None:
        """These have another address since then: what the old one answers is not theirs."""
        moved = dict.fromkeys(thing_ids, at_ns)
        self._elsewhere |= moved
        for thing_id in moved:
            self._ways[self._laid.node[thing_id]] = _UNKNOWN

    def take(self, ring: Ring, now_ns: int) -> tuple[Pings, list[int]]:
        """Answers and misses since the last time, and of whom nobody can say if they are there."""
        pings = self._pingers.drain()
        overflowed = self._pingers.overflowed
        if overflowed:
            log.warning("the receive buffer overflowed: the silence of this round is not counted")
        if self._elsewhere:
            pings = self._of_here(pings, now_ns)
        stamped = self._stamped(pings) if len(pings) else pings
        lost: list[int] = []
        if self._pingers.tells_icmp:
            ring.pings(stamped, self._by_tcp)
        else:
            ring.pings(stamped, self._laid.pinged)
            lost = self._untold.silent(stamped)
            stamped = stamped.where(stamped.rtt != UNTOLD)
        node = self._laid.node
        for one in self._pingers.refusals():
            if one.node in node:
                ring.refused(node[one.node], self._clock.stamp(one.sent_ns), one.how, one.said)
        self._pulse.count(stamped, overflowed=overflowed)
        return stamped, lost

    def _stamped(self, pings: Pings) -> Pings:
        """With node numbers in place of thing ids, without the things that are no more; in UTC."""
        nodes = self._nodes[np.minimum(pings.nodes, len(self._nodes) - 1)]
        stamped = Pings(nodes, self._clock.stamps(pings.sent), pings.rtt)
        known = nodes != _NOBODY
        return stamped if known.all() else stamped.where(known)

    def _of_here(self, pings: Pings, now_ns: int) -> Pings:
        """Without what was asked of an address that a thing had before."""
        moved, longest_ns = self._elsewhere, 2 * self._laid.pace.timeout_ms * 1_000_000
        pings = Pings.of(ping for ping in pings if ping[1] >= moved.get(ping[0], 0))
        for thing_id in [t for t, at in moved.items() if now_ns - at > longest_ns]:
            del moved[thing_id]
        return pings

    def close(self) -> None:
        self._pingers.close()
