"""Asks SNMP v1/v2c agents: one socket per family for all of them, no future per datagram."""

from __future__ import annotations

import asyncio
import random
import socket
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import monotonic_ns
from typing import Any

from probes import mib
from probes.refusals import ask_for_refusals, read_refusals
from probes.results import Ports, Said, SnmpPoll, SnmpStatus, SnmpTarget
from probes.snmp_talk import START, End, Group, Talk
from probes.snmp_usual import STRIKES, NotAlong, Repeat, Unusual, Usual, usual_of
from probes.sockets import dropped, raise_receive_buffer
from wire import ber

Polled = Callable[[SnmpPoll], None]
Answered = Callable[[Said], None]
_Place = tuple[str, int]
_Agent = tuple[_Place, str, str | None]  # and how it is spoken to

_FIRST_ID, _LAST_ID = 0x0100_0000, 0x7FFF_FFFF  # always four bytes long
_TICK_S = 0.02  # nothing wakes up when an answer arrives: it may wait for the tick
_LOOK_NS = 100_000_000  # how late a timeout may be noticed
_READS_AT_ONCE = 2_000  # then the loop may do something else
_DATAGRAM_MAX = 65_535
_SEND_TRIES = 2  # more; a send may report the refusal of an earlier one instead of doing its work
_ANSWER_MEMORY = 4096  # bytes that an answer takes in the receive buffer, with its overhead
_WINDOW_MAX = 1024
_LEARNED_NS = 3_600_000_000_000  # for an hour; what was lost by chance is not held against it
_UNLIMITED = 1000  # values: a frame holds fewer


@dataclass(slots=True, eq=False)
class _Exchange:
    """One poll or other question in flight: one request is open at any time."""

    target: SnmpTarget
    talk: Talk | Repeat
    conclude: Callable[[_Exchange, End], None]
    sock: socket.socket
    place: _Place
    asked_ns: int
    ends_ns: int  # of the whole
    timeout_ns: int  # of one request
    request_id: int = 0
    id_bytes: bytes = b""
    deadline_ns: int = 0
    unsent: str = ""  # why our own machine did not let the question out
    garbage: str = ""  # what came instead of an answer
    fell: bool = False  # it began in the usual way, and had to begin anew
    not_along: bool = False  # because single objects do not come along with a table


@dataclass(slots=True, frozen=True)
class _Limits:
    """What an agent has shown that it cannot do."""

    cells: int  # more values at once; 0: GETBULK
    quick: bool  # the questions of `Repeat`
    along: bool  # single objects along with a table
    until_ns: int  # believed so long


@dataclass(slots=True, frozen=True)
class _Task:
    """What waits for room in the window."""

    target: SnmpTarget
    scalars: Sequence[bytes]
    groups: Sequence[Group]
    status: bool  # a poll that may go the usual way
    conclude: Callable[[_Exchange, End], None]


_NO_LIMITS = _Limits(_UNLIMITED, True, True, 0x7FFF_FFFF_FFFF_FFFF)


class SnmpClient:
    """`poll`, `walk` and `get` ask; `done` is called once with what came of it, from the loop.

    Only so many questions are in flight that their answers fit into the receive buffer; the others
    wait their turn. `limit_s` bounds each as a whole, however its agent behaves.
    """

    def __init__(self, *, limit_s: float = 60.0) -> None:
        self._limit_ns = int(limit_s * 1e9)
        self._socks: dict[socket.AddressFamily, socket.socket] = {}
        self._window = _WINDOW_MAX
        self._open: dict[int, _Exchange] = {}  # by request id
        self._at: dict[_Place, _Exchange] = {}  # the latest at each place
        self._waiting: deque[_Task] = deque()
        self._last_id = random.randrange(_FIRST_ID, _LAST_ID)
        self._places: dict[_Place, tuple[socket.AddressFamily, _Place]] = {}
        self._limits: dict[_Place, _Limits] = {}
        self._usual: dict[_Agent, Usual] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._look_ns = 0
        self._told_drops = 0
        self.stray = 0  # datagrams that were no answer to an open question

    def poll(self, target: SnmpTarget, done: Polled, *, facts: bool) -> None:
        """Ask the system group and how the interfaces are; with `facts` also what they are."""

        def conclude(exchange: _Exchange, end: End) -> None:
            done(self._polled(exchange, end, facts=facts))

        version = ber.V1 if target.version == "1" else ber.V2C
        scalars = mib.SCALARS if facts else mib.BRIEF_SCALARS
        groups = mib.groups(version, facts=facts)
        self._take_on(_Task(target, scalars, groups, not facts, conclude))

    def walk(self, target: SnmpTarget, columns: Sequence[bytes], done: Answered) -> None:
        """Ask whole columns, or all that lies below an OID."""
        self._take_on(_Task(target, (), [(c,) for c in columns[::-1]], False, _telling(done)))

    def get(self, target: SnmpTarget, oids: Sequence[bytes], done: Answered) -> None:
        """Ask single objects."""
        self._take_on(_Task(target, oids, (), False, _telling(done)))

    @property
    def overflowed(self) -> int:
        """Answers that the kernel threw away since last asked: silence is then not theirs."""
        drops = sum(dropped(sock) for sock in self._socks.values())
        new, self._told_drops = drops - self._told_drops, drops
        return new

    @property
    def waiting(self) -> int:
        """Questions that wait for room."""
        return len(self._waiting)

    def close(self) -> None:
        """Give up: what is in flight is forgotten, its `done` is not called."""
        for sock in self._socks.values():
            sock.close()
        if self._timer:
            self._timer.cancel()
        for held in (self._socks, self._open, self._at, self._waiting):
            held.clear()

    # ------------------------------------------------------------ asking

    def _take_on(self, task: _Task) -> None:
        if len(self._open) < self._window:
            self._start(task)
        else:
            self._waiting.append(task)

    def _start(self, task: _Task) -> None:
        now, target = monotonic_ns(), task.target
        try:
            family, place = self._place(target)
            sock = self._socket(family)
        except (OSError, UnicodeError) as error:
            self._refuse(task, End(SnmpStatus.NO_ANSWER, _why_not_asked(target.address, error)))
            return
        usual = self._usual.get((place, target.version, target.community)) if task.status else None
        talk = Repeat(target, usual) if usual else self._patient(task, place)
        ends = now + self._limit_ns
        timeout = int(target.timeout_s * 1e9)
        exchange = _Exchange(target, talk, task.conclude, sock, place, now, ends, timeout)
        self._at[place] = exchange
        self._ask(exchange, now)

    def _patient(self, task: _Task, place: _Place, misses: int = 0) -> Talk:
        """In small steps."""
        target = task.target
        status_asked = bool(task.groups) and mib.STATUS in task.groups
        agent = (place, target.version, target.community)
        known = self._usual.get(agent) if status_asked else None
        return Talk(
            target,
            task.scalars,
            task.groups,
            cells=min(START, self._limits_of(place).cells),
            most_rows=target.max_repetitions,
            rows=len(known.plan.indexes) if known else 0,
            misses=misses,
            more=_narrow if status_asked and target.version != "1" else _nothing,
        )

    def _refuse(self, task: _Task, end: End) -> None:
        """It cannot even be asked."""
        now = monotonic_ns()
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.close()
        talk = Talk(task.target, task.scalars, task.groups)
        exchange = _Exchange(task.target, talk, task.conclude, sock, ("", 0), now, now, 0)
        asyncio.get_running_loop().call_soon(task.conclude, exchange, end)

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
            self._socks[family] = sock
        return self._socks[family]

    def _limits_of(self, place: _Place) -> _Limits:
        limits = self._limits.get(place, _NO_LIMITS)
        if limits.until_ns < monotonic_ns():
            del self._limits[place]
            return _NO_LIMITS
        return limits

    def _ask(self, exchange: _Exchange, now: int) -> None:
        """Send the open question under a new request id."""
        self._last_id = self._last_id + 1 if self._last_id < _LAST_ID else _FIRST_ID
        exchange.request_id = self._last_id
        exchange.id_bytes = self._last_id.to_bytes(4, "big")
        self._open[exchange.request_id] = exchange
        self._send(exchange, now)

    def _send(self, exchange: _Exchange, now: int) -> None:
        exchange.deadline_ns = min(now + exchange.timeout_ns, exchange.ends_ns)
        before, after = exchange.talk.request()
        message = before + exchange.id_bytes + after
        try:
            exchange.sock.sendto(message, exchange.place)
        except OSError:
            exchange.unsent = _insist(exchange, message)
        else:
            exchange.unsent = ""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_TICK_S, self._on_tick)

    # ------------------------------------------------------------ hearing

    def _on_tick(self) -> None:
        """Read what has come, then look for what has not."""
        self._timer = None
        for sock in list(self._socks.values()):
            self._drain(sock)
            self._on_refusals(read_refusals(sock))
        now = monotonic_ns()
        if now >= self._look_ns:
            self._look_ns = now + _LOOK_NS
            for exchange in [x for x in self._open.values() if x.deadline_ns <= now]:
                if exchange.request_id in self._open:  # a `done` may have closed us
                    self._on_silence(exchange, now)
        if self._open and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_TICK_S, self._on_tick)

    def _drain(self, sock: socket.socket) -> None:
        for _ in range(_READS_AT_ONCE):
            try:
                data, source = sock.recvfrom(_DATAGRAM_MAX)
            except BlockingIOError:
                return
            except OSError:  # an error that lies in the queue, or we were closed
                if sock.fileno() < 0:
                    return
                continue
            self._on_datagram(data, source)

    def _on_datagram(self, data: bytes, source: tuple[Any, ...]) -> None:
        """The answer to the latest question there is found without looking into it."""
        exchange = self._at.get(source if len(source) == 2 else source[:2])
        if exchange is not None:
            talk = exchange.talk
            if isinstance(talk, Repeat) and talk.hear(data, exchange.id_bytes):
                self._go_on(exchange, talk)
                return
        self._read(data, source)

    def _read(self, data: bytes, source: tuple[Any, ...]) -> None:
        try:
            head = ber.parse_head(data)
        except ber.Malformed as problem:
            self._on_garbage(source, f"what came was no sound SNMP: {problem}")
            return
        exchange = self._open.get(head.request_id)
        if exchange is None:
            self._on_garbage(source, "the answers carry another request id, or come too late")
        elif not _may_answer(exchange, source):
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
        talk, now = exchange.talk, monotonic_ns()
        if isinstance(talk, Talk):
            end = talk.take(head, data, now)
            if end is not None:
                self._finish(exchange, end)
                return
            del self._open[exchange.request_id]
            self._ask(exchange, now)
            return
        try:
            talk.read(head, data)
        except (Unusual, ber.Malformed) as problem:
            exchange.not_along = isinstance(problem, NotAlong)
            self._take_small_steps(exchange, now)
        else:
            self._go_on(exchange, talk)

    def _go_on(self, exchange: _Exchange, talk: Repeat) -> None:
        """An answer of the usual kind."""
        now = talk.answered_ns = monotonic_ns()
        if talk.done:
            self._finish(exchange, End(SnmpStatus.OK))
            return
        del self._open[exchange.request_id]
        self._ask(exchange, now)

    def _take_small_steps(self, exchange: _Exchange, now: int, misses: int = 0) -> None:
        """It does not answer as usual: begin anew, patiently."""
        target = exchange.target
        version = ber.V1 if target.version == "1" else ber.V2C
        groups = mib.groups(version, facts=False)
        task = _Task(target, mib.BRIEF_SCALARS, groups, False, exchange.conclude)
        exchange.talk = self._patient(task, exchange.place, misses)
        exchange.fell = True
        del self._open[exchange.request_id]
        self._ask(exchange, now)

    def _on_refusals(self, refused: set[_Place]) -> None:
        if not refused:
            return
        for exchange in [x for x in self._open.values() if x.place in refused]:
            detail = f"nothing listens on UDP port {exchange.place[1]} (ICMP port unreachable)"
            if exchange.request_id in self._open:
                self._finish(exchange, End(SnmpStatus.PORT_UNREACHABLE, detail))

    def _on_silence(self, exchange: _Exchange, now: int) -> None:
        talk = exchange.talk
        if isinstance(talk, Repeat):
            # A long question may get lost where a short one does not; one miss is counted.
            self._take_small_steps(exchange, now, misses=min(1, exchange.target.retries))
            return
        over = now >= exchange.ends_ns
        end = talk.out_of_time(self._limit_ns // 1_000_000_000) if over else talk.silent()
        if end is None:
            self._send(exchange, now)  # the same id: a late answer is still an answer
            return
        if end.status is SnmpStatus.NO_ANSWER and exchange.unsent:
            end = End(SnmpStatus.NO_ANSWER, exchange.unsent)
        elif end.status is SnmpStatus.NO_ANSWER and exchange.garbage:
            end = End(SnmpStatus.BAD_ANSWER, exchange.garbage)
        self._finish(exchange, end)

    def _finish(self, exchange: _Exchange, end: End) -> None:
        del self._open[exchange.request_id]
        if self._at.get(exchange.place) is exchange:
            del self._at[exchange.place]
        while self._waiting and len(self._open) < self._window:
            self._start(self._waiting.popleft())
        exchange.conclude(exchange, end)

    # ------------------------------------------------------------ what came of it

    def _polled(self, exchange: _Exchange, end: End, *, facts: bool) -> SnmpPoll:
        talk, target, ok = exchange.talk, exchange.target, end.status is SnmpStatus.OK
        ports, said = Ports(), {}
        found = None
        if isinstance(talk, Repeat):
            if ok:
                talk.usual.strikes = 0
                ports, said = talk.usual.taken(), talk.usual.scalars
        else:
            said = talk.said
            try:
                ports = mib.ports(talk.table) if ok else ports
                found = mib.interface_facts(talk.table) if ok and facts else None
            except (mib.NotAnIndexError, ber.Malformed) as problem:
                end = End(SnmpStatus.BAD_ANSWER, f"unusable SNMP answer: {problem}")
            if end.status is SnmpStatus.OK:
                self._learn(exchange, talk, ports)
        return SnmpPoll(
            target.node,
            exchange.asked_ns,
            talk.answered_ns,
            end.status,
            end.detail,
            mib.text(said.get(mib.SYS_NAME)),
            mib.uptime_s(said.get(mib.SYS_UPTIME)),
            mib.number(said.get(mib.ENGINE_TIME)),
            mib.number(said.get(mib.ENGINE_BOOTS)),
            mib.number(said.get(mib.IF_TABLE_CHANGED)),
            mib.number(said.get(mib.ENTITIES_CHANGED)),
            ports,
            mib.text(said.get(mib.SYS_DESCR)),
            mib.object_id(said.get(mib.SYS_OBJECT_ID)),
            found,
        )

    def _learn(self, exchange: _Exchange, talk: Talk, ports: Ports) -> None:
        """Ask next time at once in the way that worked in the end."""
        target, place = exchange.target, exchange.place
        limits, until = self._limits_of(place), monotonic_ns() + _LEARNED_NS
        if talk.cells < min(START, limits.cells):
            limits = replace(limits, cells=talk.cells, until_ns=until)
        if exchange.not_along:
            limits = replace(limits, along=False, until_ns=until)
        agent = (place, target.version, target.community)
        old = self._usual.pop(agent, None)
        if old is not None and exchange.fell and not exchange.not_along:
            old.strikes += 1
            if old.strikes >= STRIKES and old.plan.indexes == ports.indexes:
                limits = _less(limits, old)
        if limits is not _NO_LIMITS:
            self._limits[place] = limits
        new = None
        if limits.quick:
            said, table, along = talk.said, talk.table, limits.along
            new = usual_of(target, said, table, ports, limits.cells, along=along)
        if new is not None and old is not None and (new.plan, new.narrow) == (old.plan, old.narrow):
            new = old
        if new is not None:
            self._usual[agent] = new


def _less(limits: _Limits, usual: Usual) -> _Limits:
    """Half of what was asked at once; then cell by cell; then in small steps alone."""
    until = monotonic_ns() + _LEARNED_NS
    if limits.cells == 0:
        return replace(limits, quick=False, until_ns=until)
    at_once = max(step.cells for step in usual.plan.steps)
    return replace(limits, cells=at_once // 2, until_ns=until)


def _narrow(table: dict[bytes, mib.Column]) -> Group:
    return mib.OCTETS_32 if mib.lacks_64_bit_octets(table) else ()


def _nothing(_: dict[bytes, mib.Column]) -> Group:
    return ()


def _telling(done: Answered) -> Callable[[_Exchange, End], None]:
    def conclude(exchange: _Exchange, end: End) -> None:
        talk = exchange.talk
        assert isinstance(talk, Talk)
        values: dict[bytes, ber.Value] = {o: v for o, v in talk.said.items() if v is not None}
        for column, found in talk.table.items():
            values |= {column + s: v for s, v in zip(found.suffixes, found.values, strict=True)}
        said = Said(
            node=exchange.target.node,
            asked_ns=exchange.asked_ns,
            answered_ns=talk.answered_ns,
            status=end.status,
            detail=end.detail,
            values=values,
        )
        done(said)

    return conclude


def _may_answer(exchange: _Exchange, source: tuple[Any, ...]) -> bool:
    if exchange.place[0] == source[0] and exchange.place[1] == source[1]:
        return True
    others = exchange.target.answers_from
    return source[0] in others or "any" in others


def _why_not_asked(address: str, error: Exception) -> str:
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return f"could not ask: {address!r} is not an IP address"
    return f"could not ask {address}: {error}"


def _insist(exchange: _Exchange, message: bytes) -> str:
    """Give the question to the kernel again → why it refuses, or nothing."""
    problem = ""
    for _ in range(_SEND_TRIES):
        try:
            exchange.sock.sendto(message, exchange.place)
        except OSError as error:
            problem = f"could not send: {error.strerror}"
        else:
            return ""
    return problem
