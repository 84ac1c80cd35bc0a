"""Asks the things of a layout for life, and gives what came back in its numbers and in UTC."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from probes.evidence import Ring
from probes.health import Pulse
from probes.layout import Layout
from probes.pingers import Pingers
from probes.results import Ping
from probes.tcp_ping import UNTOLD
from probes.untold import Untold

log = logging.getLogger(__name__)
TICK_S, SLOW_TICK_S = 0.1, 0.2
CALM_TICK_S = 0.4  # where nothing is in question
BUSY = 500  # pings a second above which the quicker tick pays
AT_MOST = 400  # questions a tick


class Pinging:
    """Pings of a watch. `stamp`: a monotonic instant as UTC ms; `tell`: a line for people."""

    def __init__(
        self,
        pulse: Pulse,
        stamp: Callable[[int], int],
        tell: Callable[[str], None],
        *,
        echo_port: int | None = None,
    ) -> None:
        self._pulse = pulse
        self._stamp = stamp
        self._tell = tell
        self._pingers = Pingers(echo_port=echo_port)
        self._elsewhere: dict[int, int] = {}  # thing id → when its address became another

    def take_up(self, laid: Layout) -> None:
        self._laid = laid
        self._by_tcp = {laid.node[thing_id] for thing_id in laid.ports}
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

    def ask(self, nodes: Iterable[int]) -> None:
        ids, addresses = self._laid.graph.thing_ids, self._laid.addresses
        self._pingers.send((ids[n], addresses[n]) for n in nodes)

    def turned(self, thing_ids: Iterable[int], at_ns: int) -> None:
        """These have another address since then: what the old one answers is not theirs."""
        self._elsewhere |= dict.fromkeys(thing_ids, at_ns)

    def take(self, ring: Ring, now_ns: int) -> tuple[list[Ping], list[int]]:
        """Answers and misses since the last time, and of whom nobody can say if they are there."""
        pings = self._pingers.drain()
        overflowed = self._pingers.overflowed
        if overflowed:
            log.warning("the receive buffer overflowed: the silence of this round is not counted")
        if self._elsewhere:
            pings = self._of_here(pings, now_ns)
        stamp, node = self._stamp, self._laid.node
        stamped = [(node[t], stamp(sent), rtt) for t, sent, rtt in pings if t in node]
        lost: list[int] = []
        if self._pingers.tells_icmp:
            ring.pings(stamped, self._by_tcp)
        else:
            ring.pings(stamped, self._laid.pinged)
            lost = self._untold.silent(stamped)
            stamped = [ping for ping in stamped if ping[2] != UNTOLD]
        for one in self._pingers.refusals():
            if one.node in node:
                ring.refused(node[one.node], stamp(one.sent_ns), one.how, one.said)
        self._pulse.count(stamped, overflowed=overflowed)
        return stamped, lost

    def _of_here(self, pings: list[Ping], now_ns: int) -> list[Ping]:
        """Without what was asked of an address that a thing had before."""
        moved, longest_ns = self._elsewhere, 2 * self._laid.pace.timeout_ms * 1_000_000
        pings = [ping for ping in pings if ping[1] >= moved.get(ping[0], 0)]
        for thing_id in [t for t, at in moved.items() if now_ns - at > longest_ns]:
            del moved[thing_id]
        return pings

    def close(self) -> None:
        self._pingers.close()
