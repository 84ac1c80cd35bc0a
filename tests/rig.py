"""Small real networks for tests: a node is a network namespace, a wire is a veth pair.

Nothing has a name outside: a namespace lives as long as its holder process, and the holder as long
as the pipe from the test, so that even a killed test leaves nothing behind.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Self

from tests.needs import missing, need_program

QUIET = {  # a real router answers and tells of each packet that it cannot deliver
    "net/ipv4/ip_forward": 1,
    "net/ipv4/icmp_ratelimit": 0,
    "net/ipv6/conf/all/disable_ipv6": 1,
}
QUIET_V6 = {
    "net/ipv6/conf/all/forwarding": 1,
    "net/ipv6/icmp/ratelimit": 0,
    "net/ipv6/conf/default/accept_dad": 0,
}
CARRIER_S = 5


class RigError(RuntimeError):
    """A part of the network could not be made; the text has the command and its error."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something done to the network: it happened between these two readings of the wall clock."""

    before_ms: int
    after_ms: int


class Node:
    """A namespace with its addresses on the loopback device; `v6`: it speaks IPv6 too."""

    def __init__(self, *addresses: str, v6: bool = False) -> None:
        self.addresses = addresses
        self.v6 = v6 or any(":" in a for a in addresses)
        self.above: Wire | None = None
        self.wires: list[Wire] = []  # all that end here
        self._holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "echo made; exec cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._holder.stdout is not None
        assert self._holder.stderr is not None
        try:
            if self._holder.stdout.readline() != b"made\n":
                raise RigError(self._holder.stderr.read().decode().strip())
            for name, value in (QUIET | QUIET_V6 if self.v6 else QUIET).items():
                self.sysctl(name, value)
            if self.v6:
                self.sysctl("net/ipv6/conf/all/disable_ipv6", 0)
            self.ip("link set lo up", *(f"addr add {_whole(a)} dev lo" for a in addresses))
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        return self._holder.pid

    def inside(self, *command: str) -> list[str]:
        """The command as it is run in this namespace; the process is the command's own."""
        return ["nsenter", f"--net=/proc/{self.pid}/ns/net", *command]

    def run(self, *command: str, told: str = "") -> str:
        done = subprocess.run(
            self.inside(*command), input=told, capture_output=True, text=True, timeout=30
        )
        if done.returncode:
            raise RigError(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout

    def ip(self, *lines: str) -> None:
        """Several commands of ip(8) at once."""
        self.run("ip", "-batch", "-", told="\n".join(lines) + "\n")

    def sysctl(self, name: str, value: int) -> None:
        self.run("sh", "-c", 'echo "$1" > "/proc/sys/$2"', "sh", str(value), name)

    def power_off(self) -> Act:
        """Nothing here answers any more, and whoever hangs on a wire with it loses his carrier."""
        ports = [f"link set {wire.port(self)} down" for wire in self.wires]
        return _timed(lambda: self.ip("addr flush dev lo", *ports))

    def power_on(self) -> Act:
        def start() -> None:
            self.take_addresses()
            for wire in self.wires:
                wire.join()

        return _timed(start)

    def take_addresses(self) -> None:
        self.ip(*(f"addr replace {_whole(a)} dev lo" for a in self.addresses))

    def close(self) -> None:
        """The end of its pipe ends the holder, and with it goes the namespace."""
        with self._holder:
            assert self._holder.stdin is not None
            self._holder.stdin.close()
            try:
                self._holder.wait(10)
            except subprocess.TimeoutExpired:
                self._holder.kill()


@dataclass(slots=True)
class Wire:
    """`lower` hangs on `upper`; `behind`: the addresses that are reached over it.

    `spare`: it is the second way of `lower`, used where the first is closed. `more`: other routes
    over it, and where they stand.
    """

    number: int
    upper: Node
    lower: Node
    behind: list[str] = field(default_factory=list)
    spare: bool = False
    more: list[tuple[Node, str]] = field(default_factory=list)

    @property
    def ends(self) -> tuple[str, str]:
        return f"10.255.{self.number}.0", f"10.255.{self.number}.1"

    @property
    def ends_v6(self) -> tuple[str, str]:
        return f"fd00:255:{self.number:x}::", f"fd00:255:{self.number:x}::1"

    def port(self, node: Node) -> str:
        """What the device at this end is called."""
        return f"down{self.number}" if node is self.upper else self._up

    @property
    def _up(self) -> str:
        return "up1" if self.spare else "up0"

    def lay(self) -> None:
        near, far = self.ends
        self.upper.ip(
            f"link add down{self.number} type veth peer name {self._up} netns {self.lower.pid}",
            f"addr add {near}/31 dev down{self.number}",
        )
        self.lower.ip(f"addr add {far}/31 dev {self._up}")
        self.connect()

    def connect(self) -> None:
        """Both ends up, and the static routes and IPv6 addresses that a device loses when it goes
        down."""
        self.upper.ip(f"link set down{self.number} up")
        if self.upper.v6 and self.lower.v6:
            self._connect_v6()
        self.lower.ip(f"link set {self._up} up", self._way_out())
        self.upper.ip(*self.ways_in(*self.behind))
        for node, route in self.more:
            node.ip(route)

    def _connect_v6(self) -> None:
        near, far = self.ends_v6
        self.lower.ip(f"link set {self._up} up")
        for node, end in ((self.upper, near), (self.lower, far)):
            node.ip(f"addr replace {end}/127 dev {self.port(node)} nodad")
        own = next((f" src {a}" for a in self.lower.addresses if ":" in a), "")
        self.lower.ip(f"route replace ::/0 via {near}{own}")

    def heed_carrier(self) -> None:
        """Neither end uses routes over it while it has no carrier; own packets may come back."""
        for node in (self.upper, self.lower):
            for name in ("ignore_routes_with_linkdown", "accept_local"):
                node.sysctl(f"net/ipv4/conf/{self.port(node)}/{name}", 1)

    def ways_in(self, *addresses: str) -> list[str]:
        return [
            f"route replace {address} via {self.ends_v6[1]}"
            if ":" in address
            else f"route replace {address} via {self.ends[1]}"
            for address in addresses
        ]

    def _way_out(self) -> str:
        own = next((f" src {a}" for a in self.lower.addresses if ":" not in a), "")
        later = " metric 10" if self.spare else ""
        return f"route replace default via {self.ends[0]}{own}{later}"

    def cut(self) -> Act:
        """The upper end goes down, the lower end loses its carrier."""
        return _timed(lambda: self.upper.ip(f"link set down{self.number} down"))

    def unplug(self) -> Act:
        """The lower end goes down, the upper end loses its carrier and keeps its routes."""
        return _timed(lambda: self.lower.ip(f"link set {self._up} down"))

    def mend(self) -> Act:
        return _timed(self.join)

    def join(self) -> None:
        """Connect, and wait until packets pass: a carrier is told of later than `ip` returns, and
        who asked for a neighbour in vain asks again a second later."""
        self.connect()
        for node, port in self.ports():
            end = time.monotonic() + CARRIER_S
            while " UP " not in node.run("ip", "-br", "link", "show", "dev", port):
                if time.monotonic() > end:
                    raise RigError(f"{port} has no carrier after {CARRIER_S} s")
                time.sleep(0.01)
            node.ip(f"neigh flush dev {port}")

    def ports(self) -> list[tuple[Node, str]]:
        """All that a packet passes on its way over the wire."""
        return [(node, self.port(node)) for node in (self.upper, self.lower)]


@dataclass(slots=True)
class Fibre(Wire):
    """It leads over a pole of its own: cut there, both ends lose their carrier and stay enabled."""

    pole: Node = field(default_factory=Node)

    def lay(self) -> None:
        near, far = self.ends
        self.pole.ip(
            f"link add near type veth peer name down{self.number} netns {self.upper.pid}",
            f"link add far type veth peer name {self._up} netns {self.lower.pid}",
            "link add joint type bridge",
            *(f"link set {port} master joint" for port in ("near", "far")),
            "link set joint up",
        )
        self.upper.ip(f"addr add {near}/31 dev down{self.number}")
        self.lower.ip(f"addr add {far}/31 dev {self._up}")
        self.connect()

    def connect(self) -> None:
        self.pole.ip(*(f"link set {port} up" for port in ("near", "far")))
        Wire.connect(self)

    def ports(self) -> list[tuple[Node, str]]:
        return [(self.pole, "near"), (self.pole, "far"), *Wire.ports(self)]

    def cut(self) -> Act:
        return _timed(lambda: self.pole.ip(*(f"link set {p} down" for p in ("near", "far"))))


class Rig:
    """A tree of nodes, with spare wires. Used in a `with`: at its end nothing is left."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._wires = 0

    def node(self, *addresses: str, v6: bool = False) -> Node:
        node = Node(*addresses, v6=v6)
        self._open.callback(node.close)
        return node

    def wire(self, upper: Node, lower: Node) -> Wire:
        """Hang a node on another; all nodes above learn the way to it."""
        self._wires += 1
        return self._hang(Wire(self._wires, upper, lower, list(lower.addresses)))

    def fibre(self, upper: Node, lower: Node) -> Wire:
        """Likewise, but what is cut is the line and not a port."""
        self._wires += 1
        return self._hang(Fibre(self._wires, upper, lower, list(lower.addresses), pole=self.node()))

    def _hang(self, wire: Wire) -> Wire:
        upper, lower = wire.upper, wire.lower
        wire.lay()
        lower.above = wire
        upper.wires.append(wire)
        lower.wires.append(wire)
        higher = upper.above
        while higher is not None:
            higher.behind += lower.addresses
            higher.upper.ip(*higher.ways_in(*lower.addresses))
            higher = higher.upper.above
        return wire

    def spare(self, upper: Node, lower: Node) -> Wire:
        """A second way to a node and all that hangs on it by now, over a neighbour of the first.

        Each node falls back when it has no carrier; one whose own way is dead sends the packet
        back, and who gets it back sends it the other way.
        """
        first = lower.above
        assert first is not None
        self._wires += 1
        wire = Wire(self._wires, upper, lower, list(first.behind), spare=True)
        wire.lay()
        upper.wires.append(wire)
        lower.wires.append(wire)
        above, beside = first.upper.above, upper.above
        assert above is not None
        assert beside is not None
        _fall_back_down(above, beside, first.behind)
        _fall_back_up(first, wire)
        for one in (above, beside, first, wire):
            one.connect()
        return wire

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()


def _whole(address: str) -> str:
    return f"{address}/128" if ":" in address else f"{address}/32"


def _fall_back_down(first: Wire, second: Wire, behind: list[str]) -> None:
    """At the node above both neighbours, and at these themselves."""
    top = first.upper
    second.more += [(top, f"{way} metric 10") for way in second.ways_in(*behind)]
    for wire, other in ((first, second), (second, first)):
        table = 1000 + wire.number
        other.more += [(top, f"{way} table {table}") for way in other.ways_in(*behind)]
        wire.more += [
            (wire.lower, f"route replace {a} via {wire.ends[0]} metric 10") for a in behind
        ]
        top.ip(*(f"rule add iif {wire.port(top)} to {a} lookup {table} pref 200" for a in behind))
        wire.heed_carrier()


def _fall_back_up(first: Wire, second: Wire) -> None:
    """At the node that has two ways, and at both neighbours above it."""
    node = first.lower
    node.ip(*(f"rule add to {a} lookup main pref 100" for a in first.behind))
    for wire, other in ((first, second), (second, first)):
        table = 1000 + wire.number
        other.more.append((node, f"route replace default via {other.ends[0]} table {table}"))
        wire.more.append((wire.upper, f"route replace default via {wire.ends[1]} metric 10"))
        node.ip(f"rule add iif {wire.port(node)} lookup {table} pref 200")
        wire.heed_carrier()


def need_rig() -> None:
    """The test makes network namespaces."""
    for program in ("ip", "unshare", "nsenter", "setpriv"):
        need_program(program)
    try:
        with Rig() as rig:
            rig.wire(rig.node(), rig.node("10.0.0.1"))
    except RigError as error:
        missing(
            f"no network namespaces here ({error}); "
            "run as root, or under `unshare --user --map-root-user --net`"
        )


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def _timed(act: Callable[[], None]) -> Act:
    before = now_ms()
    act()
    return Act(before, now_ms())
