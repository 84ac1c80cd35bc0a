"""Pings everything over one socket per family, with the kernel's stamps of arrival."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterable, Iterator
from time import monotonic_ns, time_ns
from typing import Any

import numpy as np

from probes import sockaddr
from probes.icmp_socket import NoIcmp, open_echo_socket, open_udp_socket
from probes.mmsg import Incoming, Outgoing
from probes.pings import Column, Pings
from probes.refusals import Refused, Told, read_errors
from probes.results import MISSED, UNSENT, Ping
from probes.sockets import RECEIVE_BUFFER, dropped
from wire import icmp

__all__ = ["NoIcmp", "Pinger"]

_SEQUENCES = 1 << 16
_READ_AT_ONCE, _READ_SIZE = 256, 256  # datagrams, and bytes of each
_MAX_READS = 400  # in one drain; a flood must not hold the loop for ever
_PREPARED = 512  # packets
_SENT_AT_ONCE = 16  # more spoil round trips: when each of them left is known less well
_PAYLOAD_SIZE = 16
_TRIES = 3  # of a send that fails: an error about an earlier ping is told instead, once
_REPLY_COST = 1024  # of the receive buffer: 832 measured on loopback, network cards take more
_REFUSALS_MAX = 4096  # kept until they are asked for
_NOBODY = -1
_NO_WAY = -1
_NUMBER = {socket.AF_INET: 0, socket.AF_INET6: 1}  # of the lane in a way
_FAMILIES = len(_NUMBER)


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
        self._ways: dict[str, int] = {}
        self._unsent: list[Ping] = []
        self._told_drops = 0

    def send(self, asks: Iterable[tuple[int, str]]) -> None:
        """Ping (node, address) each; an address is an IPv4 or IPv6 literal.

        Raises NoIcmp when this machine allows no ICMP socket of any family that was needed. Where
        one family works, the asks of the other one come back as UNSENT.
        """
        pairs = [(node, self.way(address)) for node, address in asks]
        self.ask(*np.array(pairs, np.int64).reshape(-1, 2).T)

    def ask(self, nodes: Column, ways: Column) -> None:
        """Like `send`, with the numbers of addresses."""
        if not len(nodes):
            return
        unsent = nodes[ways == _NO_WAY].tolist()
        for family, lane in self._lanes.items():
            here = (ways != _NO_WAY) & (ways % _FAMILIES == _NUMBER[family])
            unsent += lane.send(nodes[here], ways[here] // _FAMILIES)
        self._unsent += [(node, monotonic_ns(), UNSENT) for node in unsent]
        if self._refused and not self._lanes:
            raise next(iter(self._refused.values()))

    def way(self, address: str) -> int:
        """The number by which `ask` knows an address: its place in a lane, and which lane.

        What is no literal has none, for a name must never be looked up here, it would block.
        """
        if (known := self._ways.get(address)) is not None:
            return known
        try:
            host, port = address.encode("ascii"), self._echo_port or 0
            found = socket.getaddrinfo(
                host, port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST
            )
        except (OSError, UnicodeError):
            lane = None
        else:
            family, _, _, _, place = found[0]
            lane = self._lane(family)
        way = _NO_WAY if lane is None else lane.place(place) * _FAMILIES + _NUMBER[family]
        self._ways[address] = way
        return way

    def open(self, family: socket.AddressFamily) -> None:
        """Open the socket of this family now, not at the first ping. Raises NoIcmp."""
        if self._lane(family) is None:
            raise self._refused[family]

    def wait(self, timeout_s: float) -> None:
        """How long an answer may take from now on, to what is in flight too."""
        self._timeout_ns = int(timeout_s * 1e9)
        for lane in self._lanes.values():
            lane.timeout_ns = self._timeout_ns

    def drain(self) -> Pings:
        """What was answered, expired or could not be sent since the last drain.

        Silence over a time in which the kernel threw answers away is told by nothing at all.
        """
        unsent, self._unsent = self._unsent, []
        parts = [part for lane in self._lanes.values() for part in lane.drain() if len(part)]
        return Pings.joined([Pings.of(unsent), *parts] if unsent else parts)

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
        self._family = family
        self._sock, self.kind, self._ident = opened
        self._v6 = v6 = family == socket.AF_INET6
        requests = icmp.EchoRequests(self._ident, os.urandom(_PAYLOAD_SIZE), v6=v6)
        self._requests = requests
        self._out = Outgoing(self._sock, _PREPARED, requests.size)
        self._in = Incoming(self._sock, _READ_AT_ONCE, _READ_SIZE)
        self._reply_type = icmp.ECHO_REPLY_V6 if v6 else icmp.ECHO_REPLY_V4
        self._has_ip_header = self.kind == "raw" and not v6
        self.timeout_ns = timeout_ns
        self._places = np.zeros(
            (64, sockaddr.SIZE), np.uint8
        )  # where pings go, as many as are known
        self._known = 0
        # Of each sequence number who was asked with it; ~node once that is settled.
        self._owners = np.full(_SEQUENCES, _NOBODY)
        self._asked = np.zeros(_SEQUENCES, np.int64)  # the place
        self._sent_at = np.zeros(_SEQUENCES, np.int64)
        self._first = np.zeros(_SEQUENCES, np.int64)  # the first answer with it in one reading
        self._next = self._oldest = 0
        self._drained_at = monotonic_ns()
        self._doubtful = 0  # answers to what was sent until then may have been thrown away
        self.room = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // _REPLY_COST
        self.drops = dropped(self._sock)
        self.refusals: list[Refused] = []
        self.sent = self.received = self.stray = 0

    def close(self) -> None:
        self._sock.close()

    def place(self, place: tuple[Any, ...]) -> int:
        """The number by which `send` knows this address."""
        if self._known == len(self._places):
            self._places = np.concatenate([self._places, np.zeros_like(self._places)])
        packed = np.frombuffer(sockaddr.packed(self._family, place), np.uint8)
        self._places[self._known] = packed
        self._known += 1
        return self._known - 1

    def send(self, nodes: Column, places: Column) -> list[int]:
        """Ask these → whom our own machine did not let us: no route, no buffer."""
        unsent: list[int] = []
        for i in range(0, len(nodes), _PREPARED):
            # With 65,535 in flight the oldest is not yet known to be lost.
            free = i + min(_PREPARED, (self._oldest - self._next - 1) % _SEQUENCES)
            unsent += nodes[free : i + _PREPARED].tolist()
            if free > i:
                unsent += self._send(nodes[i:free], places[i:free])
        return unsent

    def _send(self, nodes: Column, places: Column) -> list[int]:
        """A few in one system call; the sequence number of what cannot be sent is nobody's."""
        out, count, done = self._out, len(nodes), 0
        sequences = (self._next + np.arange(count)) % _SEQUENCES
        self._requests.write(out.data[:count], sequences)
        out.names[:count] = self._places[places]
        failed: list[int] = []
        calls: list[tuple[int, int, int]] = []
        while done < count:
            call = self._some(done, min(done + _SENT_AT_ONCE, count))
            calls.append(call)
            failed += () if call[0] > 0 else (done,)
            done += max(call[0], 1)
        sizes, before, after = np.maximum(np.array(calls).T, ((1,), (0,), (0,)))
        # The kernel takes them one after the other: each has its share of the time.
        turn = np.arange(count) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        share = (after - before) // sizes
        self._sent_at[sequences] = np.repeat(before, sizes) + turn * np.repeat(share, sizes)
        self._owners[sequences], self._asked[sequences] = nodes, places
        self._owners[sequences[failed]] = _NOBODY
        self._next = (self._next + count) % _SEQUENCES
        self.sent += count - len(failed)
        return [int(nodes[i]) for i in failed]

    def _some(self, first: int, last: int) -> tuple[int, int, int]:
        """As `Outgoing.send`; none where the first cannot be sent.

        A pending ICMP error takes the place of a send; what is our own trouble fails again.
        """
        for _ in range(_TRIES):
            try:
                return self._out.send(first, last)
            except OSError as error:
                if error.errno == errno.ENOBUFS:
                    break
        return 0, 0, 0

    def drain(self) -> Iterator[Pings]:
        """Read what has arrived; then whatever is older than the timeout has missed."""
        now, to_monotonic = _clocks()
        if self.kind == "datagram":
            for told in read_errors(self._sock, icmp.HEADER.size):
                self._told(told)
        earliest, self._drained_at = self._drained_at, now
        for _ in range(_MAX_READS):
            try:
                count = self._in.read()
            except OSError:
                continue
            if not count:
                break
            yield self._receive(count, to_monotonic, earliest)
            if count < self._in.count:
                break
        drops = dropped(self._sock)
        if drops != self.drops:
            self.drops, self._doubtful = drops, monotonic_ns()
        yield self._expire(now - self.timeout_ns)

    def _receive(self, count: int, to_monotonic: int, earliest: int) -> Pings:
        """A duplicate or a late answer finds no node; one from elsewhere is a stray."""
        data, sizes = self._in.data[:count], self._in.sizes[:count]
        at = (data[:, 0] & 15) * np.int64(4) if self._has_ip_header else np.zeros(count, np.int64)
        whole = sizes >= at + icmp.HEADER.size
        kinds, idents, sequences = icmp.heads(data, at)
        ours = whole & (kinds == self._reply_type) & (idents == self._ident)
        if not ours.all():
            self.stray += int(np.count_nonzero(~whole))
            for i in np.flatnonzero(whole & ~ours).tolist():
                self._other(
                    data[i, at[i] : sizes[i]].tobytes(),
                    sockaddr.host_of(self._in.names[i].tobytes()),
                )
        nodes = self._owners[sequences]
        places = self._places.take(self._asked[sequences], axis=0).view(np.uint64)
        here = (self._in.names[:count].view(np.uint64) == places).all(axis=1)
        asked = ours & (nodes >= 0)
        self.stray += int(np.count_nonzero(asked & ~here))
        stamps, fresh = self._in.stamps(count), monotonic_ns()
        arrived = np.where(stamps != 0, stamps + to_monotonic, fresh)
        # The wall clock may have been set since: never later than now, nor before the last drain.
        sent = self._sent_at[sequences]
        rtt = np.minimum(np.maximum(arrived, earliest), fresh) - sent
        # Late, though read in time for its slot: let it expire.
        taken = np.flatnonzero(asked & here & (rtt <= self.timeout_ns))
        self._first[sequences[taken[::-1]]] = taken[::-1]
        taken = taken[self._first[sequences[taken]] == taken]
        sequences, nodes = sequences[taken], nodes[taken]
        self._owners[sequences] = ~nodes
        self.received += len(nodes)
        return Pings(nodes, sent[taken], np.maximum(rtt[taken], 0))

    def _told(self, told: Told) -> None:
        """From the error queue: the address that was asked comes with it."""
        if len(told.quoted) >= icmp.HEADER.size:
            sequence = icmp.HEADER.unpack_from(told.quoted)[4]
            if self._host(sequence) == _unscoped(told.place[0]):
                self._refuse(sequence, told.type, told.code, told.offender)

    def _other(self, message: bytes, source: str) -> None:
        """What is no answer to us: on a raw socket perhaps an error about a ping of ours."""
        error = icmp.error(message, v6=self._v6) if self.kind == "raw" else None
        if error is None or error.ident != self._ident:
            self.stray += 1
        elif self._host(error.sequence) == error.destination:
            self._refuse(error.sequence, error.type, error.code, source)

    def _host(self, sequence: int) -> str:
        """Who was asked with it, without scope; of one that was never used nobody."""
        known = self._owners[sequence] != _NOBODY
        return sockaddr.host_of(self._places[self._asked[sequence]].tobytes()) if known else ""

    def _refuse(self, sequence: int, kind: int, code: int, offender: str) -> None:
        """Routers take some seconds to notice: the ping is often settled by then."""
        if len(self.refusals) < _REFUSALS_MAX:
            node, sent = int(self._owners[sequence]), int(self._sent_at[sequence])
            self.refusals.append(Refused(max(node, ~node), sent, kind, code, offender))

    def _expire(self, before: int) -> Pings:
        """Sequence numbers are in the order of sending, so the oldest come first."""
        if self._oldest == self._next:
            return Pings.of(())
        flying = (self._oldest + np.arange((self._next - self._oldest) % _SEQUENCES)) % _SEQUENCES
        open_ = self._owners[flying] >= 0
        young = np.flatnonzero(open_ & (self._sent_at[flying] > before))
        old = int(young[0]) if len(young) else len(flying)
        self._oldest = (self._oldest + old) % _SEQUENCES
        lost = flying[:old][open_[:old]]
        nodes, sent = self._owners[lost], self._sent_at[lost]
        self._owners[lost] = ~nodes
        certain = sent > self._doubtful
        missed = np.full(np.count_nonzero(certain), MISSED)
        return Pings(nodes[certain], sent[certain], missed)


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
