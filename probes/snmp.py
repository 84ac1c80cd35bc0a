"""Polls SNMP v1/v2c agents: one socket per family for all of them, no future per datagram."""

from __future__ import annotations

import asyncio
import random
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic_ns
from typing import Any

from probes.refusals import ask_for_refusals, read_refusals
from probes.results import SnmpPoll, SnmpStatus, SnmpTarget
from probes.snmp_talk import Talk
from probes.sockets import dropped, raise_receive_buffer
from wire import ber

Done = Callable[[SnmpPoll], None]
_Place = tuple[str, int]

_FIRST_ID, _LAST_ID = 0x0100_0000, 0x7FFF_FFFF  # always four bytes long
_TICK_S = 0.05  # how late a timeout may be noticed
_READS_AT_ONCE = 64  # then the loop may do something else
_DATAGRAM_MAX = 65_535
_SEND_TRIES = 3  # a send may report the refusal of an earlier one instead of doing its work
_ANSWER_MEMORY = 4096  # bytes that an answer takes in the receive buffer, with its overhead
_WINDOW_MAX = 1024
_LEARNED_NS = 3_600_000_000_000  # for an hour; what was lost by chance is not held against it


@dataclass(slots=True, eq=False)
class _Exchange:
    """A poll in flight: one request is open at any time."""

    talk: Talk
    done: Done
    sock: socket.socket
    place: _Place
    ends_ns: int  # of the whole poll
    request_id: int = 0
    deadline_ns: int = 0
    unsent: str = ""  # why our own machine did not let the question out
    garbage: str = ""  # what came instead of an answer


@dataclass(slots=True, frozen=True)
class _Limits:
    """What an agent has shown that it cannot do."""

    repetitions: int  # more rows at once
    opening: bool  # system group and rows in one question
    until_ns: int  # believed so long


_NO_LIMITS = _Limits(0x7FFF_FFFF, True, 0x7FFF_FFFF_FFFF_FFFF)


class SnmpClient:
    """`poll` asks; `done` is called once with what came of it, from the event loop.

    Only so many polls are in flight that their answers fit into the receive buffer; the others
    wait their turn. `limit_s` bounds each poll as a whole, however its agent behaves.
    """

    def __init__(self, *, limit_s: float = 60.0) -> None:
        self._limit_ns = int(limit_s * 1e9)
        self._socks: dict[socket.AddressFamily, socket.socket] = {}
        self._window = _WINDOW_MAX
        self._open: dict[int, _Exchange] = {}  # by request id
        self._at: dict[_Place, _Exchange] = {}  # the latest at each place
        self._waiting: deque[tuple[SnmpTarget, Done, bool]] = deque()
        self._last_id = random.randrange(_FIRST_ID, _LAST_ID)
        self._places: dict[_Place, tuple[socket.AddressFamily, _Place]] = {}
        self._limits: dict[_Place, _Limits] = {}
        self._rows: dict[_Place, int] = {}  # how many interfaces were there last time
        self._timer: asyncio.TimerHandle | None = None
        self._told_drops = 0
        self.stray = 0  # datagrams that were no answer to an open question

    def poll(self, target: SnmpTarget, done: Done, *, facts: bool) -> None:
        """Ask the system group and the interfaces' status; with `facts` also what they are."""
        if len(self._open) < self._window:
            self._start(target, done, facts)
        else:
            self._waiting.append((target, done, facts))

    @property
    def overflowed(self) -> int:
        """Answers that the kernel threw away since last asked: silence is then not theirs."""
        drops = sum(dropped(sock) for sock in self._socks.values())
        new, self._told_drops = drops - self._told_drops, drops
        return new

    def close(self) -> None:
        """Give up: polls in flight are forgotten, their `done` is not called."""
        for sock in self._socks.values():
            asyncio.get_running_loop().remove_reader(sock)
            sock.close()
        if self._timer:
            self._timer.cancel()
        for held in (self._socks, self._open, self._at, self._waiting):
            held.clear()

    # ------------------------------------------------------------ asking

    def _start(self, target: SnmpTarget, done: Done, facts: bool) -> None:
        now = monotonic_ns()
        try:
            family, place = self._place(target)
            sock = self._socket(family)
        except (OSError, UnicodeError) as error:
            talk = Talk(target, facts=facts, now_ns=now, repetitions=1)
            poll = talk.end(SnmpStatus.NO_ANSWER, _why_not_asked(target.address, error))
            asyncio.get_running_loop().call_soon(done, poll)
            return
        limits = self._limits_of(place, now)
        talk = Talk(
            target,
            facts=facts,
            now_ns=now,
            repetitions=min(target.max_repetitions, limits.repetitions),
            rows=self._rows.get(place, 0),
            opening=limits.opening,
        )
        exchange = _Exchange(talk, done, sock, place, now + self._limit_ns)
        self._at[place] = exchange
        self._ask(exchange, now)

    def _place(self, target: SnmpTarget) -> tuple[socket.AddressFamily, _Place]:
        """Family and address as the kernel writes them; OSError for what is no literal."""
        key = (target.address, target.port)
        if key not in self._places:
            host = target.address.encode("ascii")
            found = socket.getaddrinfo(
                host, target.port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST
            )
            family, _, _, _, place = found[0]
            self._places[key] = family, (str(place[0]), int(place[1]))
        return self._places[key]

    def _socket(self, family: socket.AddressFamily) -> socket.socket:
        if family not in self._socks:
            sock = socket.socket(family, socket.SOCK_DGRAM)
            sock.setblocking(False)
            size = raise_receive_buffer(sock)
            self._window = min(self._window, max(16, size // _ANSWER_MEMORY))
            ask_for_refusals(sock)
            asyncio.get_running_loop().add_reader(sock, self._on_readable, sock)
            self._socks[family] = sock
        return self._socks[family]

    def _limits_of(self, place: _Place, now: int) -> _Limits:
        limits = self._limits.get(place, _NO_LIMITS)
        if limits.until_ns < now:
            del self._limits[place]
            return _NO_LIMITS
        return limits

    def _ask(self, exchange: _Exchange, now: int) -> None:
        """Send the open question under a new request id."""
        self._last_id = self._last_id + 1 if self._last_id < _LAST_ID else _FIRST_ID
        exchange.request_id = self._last_id
        self._open[exchange.request_id] = exchange
        self._send(exchange, now)

    def _send(self, exchange: _Exchange, now: int) -> None:
        timeout_ns = int(exchange.talk.target.timeout_s * 1e9)
        exchange.deadline_ns = min(now + timeout_ns, exchange.ends_ns)
        exchange.unsent = _hand_over(exchange)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_TICK_S, self._on_tick)

    # ------------------------------------------------------------ hearing

    def _on_readable(self, sock: socket.socket) -> None:
        for _ in range(_READS_AT_ONCE):
            try:
                data, source = sock.recvfrom(_DATAGRAM_MAX)
            except OSError:  # nothing more, or an error that lies in the queue
                self._on_refusals(read_refusals(sock))
                return
            self._on_datagram(data, source)

    def _on_datagram(self, data: bytes, source: tuple[Any, ...]) -> None:
        try:
            head = ber.parse_head(data)
        except ber.Malformed as problem:
            self._on_garbage(source, f"what came was no sound SNMP: {problem}")
            return
        exchange = self._open.get(head.request_id)
        if exchange is None:
            self._on_garbage(source, "the answers carry another request id, or come too late")
        elif exchange.place[0] != source[0] or exchange.place[1] != source[1]:
            self.stray += 1
            exchange.garbage = f"the answer came from {source[0]} port {source[1]}"
        else:
            self._on_answer(exchange, head, data)

    def _on_garbage(self, source: tuple[Any, ...], what: str) -> None:
        self.stray += 1
        exchange = self._at.get((source[0], source[1]))
        if exchange:
            exchange.garbage = what

    def _on_answer(self, exchange: _Exchange, head: ber.Head, data: bytes) -> None:
        now = monotonic_ns()
        poll = exchange.talk.take(head, data, now)
        if poll is not None:
            self._finish(exchange, poll)
            return
        del self._open[exchange.request_id]
        self._ask(exchange, now)

    def _on_refusals(self, refused: set[_Place]) -> None:
        if not refused:
            return
        for exchange in [x for x in self._open.values() if x.place in refused]:
            detail = f"nothing listens on UDP port {exchange.place[1]} (ICMP port unreachable)"
            if exchange.request_id in self._open:
                self._finish(exchange, exchange.talk.end(SnmpStatus.PORT_UNREACHABLE, detail))

    def _on_tick(self) -> None:
        """One timer for all: cheaper than one each, as nearly all answers come in time."""
        self._timer = None
        now = monotonic_ns()
        for exchange in [x for x in self._open.values() if x.deadline_ns <= now]:
            if exchange.request_id in self._open:  # a `done` may have closed us
                self._on_silence(exchange, now)
        if self._open and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_TICK_S, self._on_tick)

    def _on_silence(self, exchange: _Exchange, now: int) -> None:
        talk = exchange.talk
        over, separated = now >= exchange.ends_ns, talk.separated
        poll = talk.out_of_time(self._limit_ns // 1_000_000_000) if over else talk.silent()
        if poll is None and talk.separated != separated:
            del self._open[exchange.request_id]  # another question: a late answer is none to it
            self._ask(exchange, now)
            return
        if poll is None:
            self._send(exchange, now)  # the same id: a late answer is still an answer
            return
        if poll.status is SnmpStatus.NO_ANSWER and exchange.unsent:
            poll = talk.end(SnmpStatus.NO_ANSWER, exchange.unsent)
        elif poll.status is SnmpStatus.NO_ANSWER and exchange.garbage:
            poll = talk.end(SnmpStatus.BAD_ANSWER, exchange.garbage)
        self._finish(exchange, poll)

    def _finish(self, exchange: _Exchange, poll: SnmpPoll) -> None:
        del self._open[exchange.request_id]
        if self._at.get(exchange.place) is exchange:
            del self._at[exchange.place]
        if poll.status is SnmpStatus.OK:
            self._learn(exchange, poll)
        while self._waiting and len(self._open) < self._window:
            self._start(*self._waiting.popleft())
        exchange.done(poll)

    def _learn(self, exchange: _Exchange, poll: SnmpPoll) -> None:
        """Ask next time at once in the way that worked in the end."""
        talk, place = exchange.talk, exchange.place
        self._rows[place] = len(poll.interfaces)
        known = self._limits.get(place, _NO_LIMITS)
        allowed = min(talk.target.max_repetitions, known.repetitions)
        if talk.separated or talk.repetitions < allowed:
            opening = known.opening and not talk.separated
            until = monotonic_ns() + _LEARNED_NS
            self._limits[place] = _Limits(talk.repetitions, opening, until)


def _why_not_asked(address: str, error: Exception) -> str:
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return f"could not ask: {address!r} is not an IP address"
    return f"could not ask {address}: {error}"


def _hand_over(exchange: _Exchange) -> str:
    """Give the question to the kernel → why it refused, or nothing."""
    message = exchange.talk.request().message(exchange.request_id)
    problem = ""
    for _ in range(_SEND_TRIES):
        try:
            exchange.sock.sendto(message, exchange.place)
        except OSError as error:
            problem = f"could not send: {error.strerror}"
        else:
            return ""
    return problem
