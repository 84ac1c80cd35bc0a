"""Pings everything over one socket per family, with the kernel's stamps of arrival."""

from __future__ import annotations

import os
import socket
import struct
from array import array
from collections.abc import Iterable
from time import monotonic_ns, time_ns

from probes.icmp_socket import NoIcmp, open_echo_socket, open_udp_socket
from probes.results import MISSED, UNSENT, Ping
from probes.sockets import dropped
from wire import icmp

__all__ = ["NoIcmp", "Pinger"]

_SEQUENCES = 1 << 16
_MAX_READS = 100_000  # in one drain; a flood must not hold the loop for ever
_CONTROL_SIZE = 64  # one timestamp
_TIMESPEC = struct.Struct("@qq")
_PAYLOAD_SIZE = 16

# Where a ping goes: the family, and the address as the kernel writes it as a source.
_Way = tuple[socket.AddressFamily, tuple[str, int]]


class Pinger:
    """`send` asks, `drain` on each tick of the caller tells what became of it.

    Nothing wakes up when an answer arrives: the kernel stamps it, so it may wait for the tick.
    `echo_port` makes it speak the same bytes over UDP to that port: only the simulator answers.
    """

    def __init__(self, *, timeout_s: float = 2.0, echo_port: int | None = None) -> None:
        self._timeout_ns = int(timeout_s * 1e9)
        self._echo_port = echo_port
        self._lanes: dict[socket.AddressFamily, _Lane] = {}
        self._refusals: dict[socket.AddressFamily, NoIcmp] = {}
        self._ways: dict[str, _Way | None] = {}
        self._unsent: list[Ping] = []
        self._told_drops = 0

    def send(self, asks: Iterable[tuple[int, str]]) -> None:
        """Ping (node, address) each; an address is an IPv4 or IPv6 literal.

        Raises NoIcmp when this machine allows no ICMP socket of any family that was needed. Where
        one family works, the asks of the other one come back as UNSENT.
        """
        ways, unsent = self._ways, self._unsent
        for node, address in asks:
            try:
                way = ways[address]
            except KeyError:
                way = ways[address] = self._way(address)
            lane = way and self._lane(way[0])
            if way is None or lane is None or not lane.send(node, way[1]):
                unsent.append((node, monotonic_ns(), UNSENT))
        if self._refusals and not self._lanes:
            raise next(iter(self._refusals.values()))

    def drain(self) -> list[Ping]:
        """What was answered, expired or could not be sent since the last drain."""
        pings, self._unsent = self._unsent, []
        for lane in self._lanes.values():
            lane.drain(pings)
        return pings

    @property
    def overflowed(self) -> int:
        """Answers that the kernel threw away since last asked: silence is then no loss."""
        drops = sum(lane.drops for lane in self._lanes.values())
        new, self._told_drops = drops - self._told_drops, drops
        return new

    @property
    def sent(self) -> int:
        return sum(lane.sent for lane in self._lanes.values())

    @property
    def received(self) -> int:
        return sum(lane.received for lane in self._lanes.values())

    @property
    def stray(self) -> int:
        """Packets that were no answer to a ping of ours, as from an address that was not asked."""
        return sum(lane.stray for lane in self._lanes.values())

    @property
    def kinds(self) -> dict[str, str]:
        """The kind of socket in use, by family: {"ipv4": "datagram"}; refused ones are missing."""
        names = {socket.AF_INET: "ipv4", socket.AF_INET6: "ipv6"}
        return {names[family]: lane.kind for family, lane in self._lanes.items()}

    def close(self) -> None:
        for lane in self._lanes.values():
            lane.close()
        self._lanes.clear()

    def _way(self, address: str) -> _Way | None:
        """None for what is no literal: a name must never be looked up here, it would block."""
        try:
            host, port = address.encode("ascii"), self._echo_port or 0
            found = socket.getaddrinfo(
                host, port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST
            )
        except (OSError, UnicodeError):
            return None
        family, _, _, _, place = found[0]
        return family, (str(place[0]), int(place[1]))

    def _lane(self, family: socket.AddressFamily) -> _Lane | None:
        lane = self._lanes.get(family)
        if lane is not None or family in self._refusals:
            return lane
        opener = open_udp_socket if self._echo_port else open_echo_socket
        try:
            lane = _Lane(family, opener(family), self._timeout_ns)
        except NoIcmp as refusal:
            self._refusals[family] = refusal
            return None
        self._lanes[family] = lane
        return lane


class _Lane:
    """One family's socket and its pings in flight, by 16-bit sequence number."""

    def __init__(
        self, family: socket.AddressFamily, opened: tuple[socket.socket, str, int], timeout_ns: int
    ) -> None:
        self._sock, self.kind, self._ident = opened
        v6 = family == socket.AF_INET6
        self._requests = icmp.EchoRequests(
            ident=self._ident, payload=os.urandom(_PAYLOAD_SIZE), v6=v6
        )
        self._reply_type = icmp.ECHO_REPLY_V6 if v6 else icmp.ECHO_REPLY_V4
        self._has_ip_header = self.kind == "raw" and not v6
        self._timeout_ns = timeout_ns
        self._nodes: list[int | None] = [None] * _SEQUENCES  # None: answered, expired or never sent
        self._places: list[tuple[str, int]] = [("", 0)] * _SEQUENCES
        self._sent_at = array("q", bytes(8 * _SEQUENCES))
        self._next = self._oldest = 0
        self._drained_at = monotonic_ns()
        self.sent = self.received = self.stray = 0

    @property
    def drops(self) -> int:
        return dropped(self._sock)

    def close(self) -> None:
        self._sock.close()

    def send(self, node: int, place: tuple[str, int]) -> bool:
        """False when our own machine does not let it out: no route, no carrier, no buffer."""
        sequence = self._next
        following = (sequence + 1) % _SEQUENCES
        if following == self._oldest:  # 65,535 in flight: the oldest is not yet known to be lost
            return False
        packet = self._requests.packet(sequence)
        self._sent_at[sequence] = monotonic_ns()
        try:
            self._sock.sendto(packet, place)
        except OSError:
            return False
        self._nodes[sequence] = node
        self._places[sequence] = place
        self._next = following
        self.sent += 1
        return True

    def drain(self, pings: list[Ping]) -> None:
        """Read what has arrived; then whatever is older than the timeout has missed."""
        now, to_monotonic = _clocks()
        earliest, self._drained_at = self._drained_at, now
        receive, take = self._sock.recvmsg, self._take
        for _ in range(_MAX_READS):
            try:
                data, control, _, source = receive(256, _CONTROL_SIZE)
            except BlockingIOError:
                break
            except OSError:
                continue
            arrived = monotonic_ns() if not control else _arrival(control[0][2], to_monotonic, now)
            take(data, source, max(arrived, earliest), pings)
        self._expire(now - self._timeout_ns, pings)

    def _take(self, data: bytes, source: tuple[str, int], arrived: int, pings: list[Ping]) -> None:
        """A duplicate or a late answer finds no node; one from elsewhere is a stray."""
        at = (data[0] & 15) * 4 if self._has_ip_header and data else 0
        if len(data) < at + icmp.HEADER.size:
            self.stray += 1
            return
        kind, _, _, ident, sequence = icmp.HEADER.unpack_from(data, at)
        if kind != self._reply_type or ident != self._ident:
            self.stray += 1
            return
        node = self._nodes[sequence]
        if node is None:
            return
        place = self._places[sequence]
        if source[0] != place[0] or source[1] != place[1]:
            self.stray += 1
            return
        sent = self._sent_at[sequence]
        rtt = max(arrived - sent, 0)
        if rtt > self._timeout_ns:  # late, though read in time for its slot: let it expire
            return
        self._nodes[sequence] = None
        self.received += 1
        pings.append((node, sent, rtt))

    def _expire(self, before: int, pings: list[Ping]) -> None:
        """Sequence numbers are in the order of sending, so the oldest come first."""
        oldest, nodes, sent_at = self._oldest, self._nodes, self._sent_at
        while oldest != self._next:
            node = nodes[oldest]
            if node is not None:
                if sent_at[oldest] > before:
                    break
                nodes[oldest] = None
                pings.append((node, sent_at[oldest], MISSED))
            oldest = (oldest + 1) % _SEQUENCES
        self._oldest = oldest


def _clocks() -> tuple[int, int]:
    """Monotonic now, and what makes a wall time monotonic: the tightest of three readings."""
    readings = []
    for _ in range(3):
        before, wall, after = monotonic_ns(), time_ns(), monotonic_ns()
        readings.append((after - before, after, (before + after) // 2 - wall))
    _, now, to_monotonic = min(readings)
    return now, to_monotonic


def _arrival(timespec: bytes, to_monotonic: int, now: int) -> int:
    """The kernel's stamp in monotonic time. The wall clock may have been set since, so the caller
    never takes it for earlier than the last drain, nor we for later than this moment."""
    seconds, nanoseconds = _TIMESPEC.unpack_from(timespec)
    arrived: int = seconds * 1_000_000_000 + nanoseconds + to_monotonic
    return arrived if arrived <= now else min(arrived, monotonic_ns())
