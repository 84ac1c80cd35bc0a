"""Pings everything over one socket per family, with the kernel's stamps of arrival."""

from __future__ import annotations

import errno
import os
import socket
from array import array
from collections.abc import Iterable
from time import monotonic_ns, time_ns
from typing import Any

from probes.icmp_socket import NoIcmp, open_echo_socket, open_udp_socket
from probes.refusals import Refused, Told, read_errors
from probes.results import MISSED, UNSENT, Ping
from probes.sockets import RECEIVE_BUFFER, arrival_ns, dropped
from wire import icmp

__all__ = ["NoIcmp", "Pinger"]

_SEQUENCES = 1 << 16
_MAX_READS = 100_000  # in one drain; a flood must not hold the loop for ever
_CONTROL_SIZE = 64  # one timestamp
_PAYLOAD_SIZE = 16
_TRIES = 3  # of a send that fails: an error about an earlier ping is told instead, once
_REPLY_COST = 1024  # of the receive buffer: 832 measured on loopback, network cards take more
_REFUSALS_MAX = 4096  # kept until they are asked for
_NOBODY = -1

# Where a ping goes, as the kernel writes it as a source: (host, port), IPv6 also (…, flow, scope).
_Place = tuple[Any, ...]


class Pinger:
    """`send` asks, `drain` on each tick of the caller tells what became of it.

    Nothing wakes up when an answer arrives: the kernel stamps it, so it may wait for the tick.
    `echo_port` makes it speak the same bytes over UDP to that port: only the simulator answers.
    `receive_buffer`: bytes to ask for; of a small one see `at_once`.
    """

    def __init__(
        self,
        *,
        timeout_s: float = 2.0,
        echo_port: int | None = None,
        receive_buffer: int = RECEIVE_BUFFER,
    ) -> None:
        self._timeout_ns = int(timeout_s * 1e9)
        self._echo_port = echo_port
        self._receive_buffer = receive_buffer
        self._lanes: dict[socket.AddressFamily, _Lane] = {}
        self._refused: dict[socket.AddressFamily, NoIcmp] = {}
        self._ways: dict[str, tuple[_Lane | None, _Place]] = {}
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
                lane, place = ways[address]
            except KeyError:
                lane, place = ways[address] = self._way(address)
            if lane is None or not lane.send(node, place):
                unsent.append((node, monotonic_ns(), UNSENT))
        if self._refused and not self._lanes:
            raise next(iter(self._refused.values()))

    def open(self, family: socket.AddressFamily) -> None:
        """Open the socket of this family now, not at the first ping. Raises NoIcmp."""
        if self._lane(family) is None:
            raise self._refused[family]

    def wait(self, timeout_s: float) -> None:
        """How long an answer may take from now on, to what is in flight too."""
        self._timeout_ns = int(timeout_s * 1e9)
        for lane in self._lanes.values():
            lane.timeout_ns = self._timeout_ns

    def drain(self) -> list[Ping]:
        """What was answered, expired or could not be sent since the last drain.

        Silence over a time in which the kernel threw answers away is told by nothing at all.
        """
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

    def refusals(self) -> list[Refused]:
        """The ICMP errors about our own pings since last asked: evidence, no verdict."""
        found: list[Refused] = []
        for lane in self._lanes.values():
            if lane.refusals:
                found += lane.refusals
                lane.refusals = []
        return found

    @property
    def at_once(self) -> int:
        """Pings between two drains whose answers surely find room in the receive buffer, together
        with those of the ones before."""
        return min((lane.room for lane in self._lanes.values()), default=_SEQUENCES) // 2

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
        self._ways.clear()

    def _way(self, address: str) -> tuple[_Lane | None, _Place]:
        """No lane to what is no literal: a name must never be looked up here, it would block."""
        try:
            host, port = address.encode("ascii"), self._echo_port or 0
            found = socket.getaddrinfo(
                host, port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST
            )
        except (OSError, UnicodeError):
            return None, ()
        family, _, _, _, place = found[0]
        return self._lane(family), place

    def _lane(self, family: socket.AddressFamily) -> _Lane | None:
        lane = self._lanes.get(family)
        if lane is not None or family in self._refused:
            return lane
        opener = open_udp_socket if self._echo_port else open_echo_socket
        try:
            lane = _Lane(family, opener(family, self._receive_buffer), self._timeout_ns)
        except NoIcmp as refusal:
            self._refused[family] = refusal
            return None
        self._lanes[family] = lane
        return lane


class _Lane:
    """One family's socket and its pings in flight, by 16-bit sequence number."""

    def __init__(
        self, family: socket.AddressFamily, opened: tuple[socket.socket, str, int], timeout_ns: int
    ) -> None:
        self._sock, self.kind, self._ident = opened
        self._v6 = v6 = family == socket.AF_INET6
        payload = os.urandom(_PAYLOAD_SIZE)
        self._packet = icmp.EchoRequests(ident=self._ident, payload=payload, v6=v6).packet
        self._sendto = self._sock.sendto
        self._reply_type = icmp.ECHO_REPLY_V6 if v6 else icmp.ECHO_REPLY_V4
        self._has_ip_header = self.kind == "raw" and not v6
        self.timeout_ns = timeout_ns
        # Of each sequence number who was asked with it; ~node once that is settled.
        self._nodes: list[int] = [_NOBODY] * _SEQUENCES
        self._places: list[_Place] = [("", 0)] * _SEQUENCES
        self._sent_at = array("q", bytes(8 * _SEQUENCES))
        self._next = self._oldest = 0
        self._drained_at = monotonic_ns()
        self._doubtful = 0  # answers to what was sent until then may have been thrown away
        self.room = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // _REPLY_COST
        self.drops = dropped(self._sock)
        self.refusals: list[Refused] = []
        self.sent = self.received = self.stray = 0

    def close(self) -> None:
        self._sock.close()

    def send(self, node: int, place: _Place) -> bool:
        """False when our own machine does not let it out: no route, no carrier, no buffer."""
        sequence = self._next
        following = (sequence + 1) % _SEQUENCES
        if following == self._oldest:  # 65,535 in flight: the oldest is not yet known to be lost
            return False
        packet = self._packet(sequence)
        self._sent_at[sequence] = monotonic_ns()
        try:
            self._sendto(packet, place)
        except OSError:
            if not self._sent_again(packet, place):
                return False
        self._nodes[sequence] = node
        self._places[sequence] = place
        self._next = following
        self.sent += 1
        return True

    def _sent_again(self, packet: bytes, place: _Place) -> bool:
        """A pending ICMP error takes the place of a send; what is our own trouble fails again."""
        for _ in range(_TRIES):
            try:
                self._sock.sendto(packet, place)
            except OSError as error:
                if error.errno == errno.ENOBUFS:
                    return False
            else:
                return True
        return False

    def drain(self, pings: list[Ping]) -> None:
        """Read what has arrived; then whatever is older than the timeout has missed."""
        now, to_monotonic = _clocks()
        if self.kind == "datagram":
            for told in read_errors(self._sock, icmp.HEADER.size):
                self._told(told)
        self._receive(now, to_monotonic, pings)
        drops = dropped(self._sock)
        if drops != self.drops:
            self.drops, self._doubtful = drops, monotonic_ns()
        self._expire(now - self.timeout_ns, pings)

    def _receive(self, now: int, to_monotonic: int, pings: list[Ping]) -> None:
        """A duplicate or a late answer finds no node; one from elsewhere is a stray."""
        receive, unpack = self._sock.recvmsg, icmp.HEADER.unpack_from
        nodes, places, sent_at = self._nodes, self._places, self._sent_at
        wanted = (self._reply_type, self._ident)
        earliest, self._drained_at = self._drained_at, now
        at = 0
        for _ in range(_MAX_READS):
            try:
                data, control, _, source = receive(256, _CONTROL_SIZE)
            except BlockingIOError:
                break
            except OSError:
                continue
            if self._has_ip_header and data:
                at = (data[0] & 15) * 4
            if len(data) < at + 8:
                self.stray += 1
                continue
            kind, _, _, ident, sequence = unpack(data, at)
            if (kind, ident) != wanted:
                self._other(data[at:], str(source[0]))
                continue
            node = nodes[sequence]
            if node < 0:
                continue
            if source != places[sequence]:
                self.stray += 1
                continue
            arrived = arrival_ns(control[0][2]) + to_monotonic if control else monotonic_ns()
            if arrived > now:  # the wall clock may have been set since: never later than now,
                arrived = min(arrived, monotonic_ns())
            sent = sent_at[sequence]
            rtt = (arrived if arrived > earliest else earliest) - sent  # nor before the last drain
            if rtt > self.timeout_ns:  # late, though read in time for its slot: let it expire
                continue
            nodes[sequence] = ~node
            self.received += 1
            pings.append((node, sent, rtt if rtt > 0 else 0))

    def _told(self, told: Told) -> None:
        """From the error queue: the address that was asked comes with it."""
        if len(told.quoted) >= icmp.HEADER.size:
            sequence = icmp.HEADER.unpack_from(told.quoted)[4]
            if self._places[sequence][0] == told.place[0]:
                self._refuse(sequence, told.type, told.code, told.offender)

    def _other(self, message: bytes, source: str) -> None:
        """What is no answer to us: on a raw socket perhaps an error about a ping of ours."""
        error = icmp.error(message, v6=self._v6) if self.kind == "raw" else None
        if error is None or error.ident != self._ident:
            self.stray += 1
        elif _unscoped(self._places[error.sequence][0]) == error.destination:
            self._refuse(error.sequence, error.type, error.code, _unscoped(source))

    def _refuse(self, sequence: int, kind: int, code: int, offender: str) -> None:
        """Routers take some seconds to notice: the ping is often settled by then."""
        if len(self.refusals) < _REFUSALS_MAX:
            node = self._nodes[sequence]
            node = node if node >= 0 else ~node
            self.refusals.append(Refused(node, self._sent_at[sequence], kind, code, offender))

    def _expire(self, before: int, pings: list[Ping]) -> None:
        """Sequence numbers are in the order of sending, so the oldest come first."""
        oldest, nodes, sent_at = self._oldest, self._nodes, self._sent_at
        while oldest != self._next:
            node = nodes[oldest]
            if node >= 0:
                sent = sent_at[oldest]
                if sent > before:
                    break
                nodes[oldest] = ~node
                if sent > self._doubtful:
                    pings.append((node, sent, MISSED))
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


def _unscoped(host: str) -> str:
    return host.partition("%")[0]
