"""Asks SNMP v1/v2c agents: one socket per family for all of them, no future per datagram."""

from __future__ import annotations

import asyncio
import random
import socket
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic_ns

from probes import mib
from probes.mailbox import Mailbox, Place
from probes.refusals import read_refusals
from probes.results import SnmpStatus, SnmpTarget
from probes.snmp_exchange import Answered, Exchange, Polled, poll_of, telling
from probes.snmp_known import Known
from probes.snmp_talk import START, End, Group, Talk, nothing_more
from probes.snmp_usual import NotAlong, Repeat, Unusual
from wire import ber

_FIRST_ID, _LAST_ID = 0x0100_0000, 0x7FFF_FFFF  # always four bytes long
_TICK_S = 0.02  # nothing wakes up when an answer arrives: it may wait for the tick
_QUICK_TICK_S = 0.004  # but not as long where one question follows another
_BUSY_TICK_S, _MANY = 0.05, 16  # and longer where it spares many wakings
_LOOK_NS = 100_000_000  # how late a timeout may be noticed
_READS_AT_ONCE = 2_000  # then the loop may do something else
_SEND_TRIES = 3  # a send may report the refusal of an earlier one instead of doing its work
_ANSWER_MEMORY = 4096  # bytes that an answer takes in the receive buffer, with its overhead
_WINDOW_MAX = 1024
_FEW = 8  # letters: one by one they are cheaper


@dataclass(slots=True, frozen=True)
class Task:
    """What waits for room in the window."""

    target: SnmpTarget
    scalars: Sequence[bytes]
    groups: Sequence[Group]
    status: bool  # a poll that may go the usual way
    conclude: Callable[[Exchange, End], None]


class SnmpClient:
    """`poll`, `walk` and `get` ask; `done` is called once with what came of it, from the loop.

    Only so many questions are in flight that their answers fit into the receive buffer; the others
    wait their turn. `limit_s` bounds each as a whole, however its agent behaves.
    """

    def __init__(self, *, limit_s: float = 60.0) -> None:
        self._limit_ns = int(limit_s * 1e9)
        self._boxes: dict[socket.AddressFamily, Mailbox] = {}
        self._letters: list[tuple[Exchange, bytes]] = []  # to be posted
        self._posting = False
        self._window = _WINDOW_MAX
        self._open: dict[int, Exchange] = {}  # by request id
        self._at: dict[Place, Exchange] = {}  # the latest at each place
        self._waiting: deque[Task] = deque()
        self._last_id = random.randrange(_FIRST_ID, _LAST_ID)
        self._places: dict[Place, tuple[Mailbox, bytes, Place]] = {}
        self._known = Known()
        self._timer: asyncio.TimerHandle | None = None
        self._talking = 0  # conversations in small steps
        self._look_ns = 0
        self._told_drops = 0
        self.stray = 0  # datagrams that were no answer to an open question

    def poll(self, target: SnmpTarget, done: Polled, *, facts: bool) -> None:
        """Ask the system group and how the interfaces are; with `facts` also what they are."""

        def conclude(exchange: Exchange, end: End) -> None:
            poll = poll_of(exchange, end, facts=facts)
            if poll.status is SnmpStatus.OK and isinstance(exchange.talk, Talk):
                self._known.learn(exchange, exchange.talk, poll.ports)
            done(poll)

        version = ber.V1 if target.version == "1" else ber.V2C
        scalars = mib.SCALARS if facts else mib.BRIEF_SCALARS
        groups = mib.groups(version, facts=facts)
        self._take_on(Task(target, scalars, groups, not facts, conclude))

    def walk(
        self,
        target: SnmpTarget,
        columns: Sequence[bytes],
        done: Answered,
        *,
        together: bool = False,
    ) -> None:
        """Ask whole columns, or all that lies below an OID; `together`: row by row of them all."""
        groups = [tuple(columns)] if together else [(column,) for column in columns[::-1]]
        self._take_on(Task(target, (), groups, False, telling(done)))

    def get(self, target: SnmpTarget, oids: Sequence[bytes], done: Answered) -> None:
        """Ask single objects."""
        self._take_on(Task(target, oids, (), False, telling(done)))

    @property
    def overflowed(self) -> int:
        """Answers that the kernel threw away since last asked: silence is then not theirs."""
        drops = sum(box.dropped for box in self._boxes.values())
        new, self._told_drops = drops - self._told_drops, drops
        return new

    @property
    def waiting(self) -> int:
        """Questions that wait for room."""
        return len(self._waiting)

    def close(self) -> None:
        """Give up: what is in flight is forgotten, its `done` is not called."""
        for box in self._boxes.values():
            box.close()
        if self._timer:
            self._timer.cancel()
        for held in (self._boxes, self._letters, self._open, self._at, self._waiting):
            held.clear()

    # ------------------------------------------------------------ asking

    def _take_on(self, task: Task) -> None:
        if len(self._open) < self._window:
            self._start(task)
        else:
            self._waiting.append(task)

    def _start(self, task: Task) -> None:
        now, target = monotonic_ns(), task.target
        try:
            box, name, place = self._place(target)
        except (OSError, UnicodeError) as error:
            self._refuse(task, End(SnmpStatus.NO_ANSWER, _why_not_asked(target.address, error)))
            return
        usual = self._known.usual(target, place) if task.status else None
        talk = Repeat(target, usual) if usual else self._patient(task, place)
        ends = now + self._limit_ns
        timeout = int(target.timeout_s * 1e9)
        exchange = Exchange(target, talk, task.conclude, box, name, place, now, ends, timeout)
        self._talking += usual is None
        self._at[place] = exchange
        self._ask(exchange, now)

    def _patient(self, task: Task, place: Place, misses: int = 0) -> Talk:
        """In small steps."""
        target = task.target
        status_asked = bool(task.groups) and mib.STATUS in task.groups
        known = self._known.usual(target, place) if status_asked else None
        return Talk(
            target,
            task.scalars,
            task.groups,
            cells=min(START, self._known.limits(place).cells),
            most_rows=target.max_repetitions,
            rows=len(known.plan.indexes) if known else 0,
            misses=misses,
            more=_narrow if status_asked and target.version != "1" else nothing_more,
        )

    def _refuse(self, task: Task, end: End) -> None:
        """It cannot even be asked."""
        now = monotonic_ns()
        talk = Talk(task.target, task.scalars, task.groups)
        exchange = Exchange(task.target, talk, task.conclude, None, b"", ("", 0), now, now, 0)
        asyncio.get_running_loop().call_soon(task.conclude, exchange, end)

    def _place(self, target: SnmpTarget) -> tuple[Mailbox, bytes, Place]:
        """From which box, to which address; OSError for what is no literal."""
        key = (target.address, target.port)
        if key not in self._places:
            host = target.address.encode("ascii")
            found = socket.getaddrinfo(
                host, target.port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST
            )
            family, _, _, _, at = found[0]
            box = self._box(family)
            place = (str(at[0]), int(at[1]))
            place = key if key == place else place  # one object: there are very many
            self._places[key] = box, box.address(at, place), place
        return self._places[key]

    def _box(self, family: socket.AddressFamily) -> Mailbox:
        if family not in self._boxes:
            box = self._boxes[family] = Mailbox(family)
            self._window = min(self._window, max(16, box.size // _ANSWER_MEMORY))
        return self._boxes[family]

    def _ask(self, exchange: Exchange, now: int) -> None:
        """Send the open question under a new request id."""
        self._last_id = self._last_id + 1 if self._last_id < _LAST_ID else _FIRST_ID
        exchange.request_id = self._last_id
        exchange.id_bytes = self._last_id.to_bytes(4, "big")
        self._open[exchange.request_id] = exchange
        self._send(exchange, now)

    def _send(self, exchange: Exchange, now: int) -> None:
        exchange.deadline_ns = min(now + exchange.timeout_ns, exchange.ends_ns)
        self._letters.append((exchange, self._message(exchange, now)))
        if not self._posting:  # with all that is asked in this turn of the loop
            self._posting = True
            asyncio.get_running_loop().call_soon(self._post)
        if self._timer is None:
            self._set_timer()

    def _post(self) -> None:
        """Send what waits."""
        self._posting = False
        letters, self._letters = self._letters, []
        for box in self._boxes.values():
            mine = [letter for letter in letters if letter[0].box is box]
            for exchange, message in mine if len(mine) < _FEW else ():
                exchange.unsent = _insist(exchange, message)
            if len(mine) >= _FEW:
                exchanges, messages = zip(*mine, strict=True)
                failed = box.post([x.name for x in exchanges], list(messages))
                for exchange in exchanges:
                    exchange.unsent = ""
                for i in failed:
                    exchanges[i].unsent = _insist(exchanges[i], messages[i])

    def _message(self, exchange: Exchange, now: int) -> bytes:
        """The datagram that asks the open question."""
        before, after = exchange.talk.request()
        return before + exchange.id_bytes + after

    def _set_timer(self) -> None:
        calm_s = _TICK_S if len(self._open) < _MANY else _BUSY_TICK_S
        wait_s = _QUICK_TICK_S if self._talking else calm_s
        self._timer = asyncio.get_running_loop().call_later(wait_s, self._on_tick)

    # ------------------------------------------------------------ hearing

    def _on_tick(self) -> None:
        """Read what has come, then look for what has not."""
        self._timer = None
        self._posting = True  # what the answers lead to leaves in one go
        try:
            self._hear_all()
        finally:  # a `done` that fails must not leave all others waiting
            self._post()
            if self._open and self._timer is None:
                self._set_timer()

    def _hear_all(self) -> None:
        for box in list(self._boxes.values()):
            for data, source in box.read(_READS_AT_ONCE):
                self._on_datagram(data, source)
            if not box.closed:
                self._on_refusals(read_refusals(box.sock))
        now = monotonic_ns()
        if now >= self._look_ns:
            self._look_ns = now + _LOOK_NS
            for exchange in [x for x in self._open.values() if x.deadline_ns <= now]:
                if exchange.request_id in self._open:  # a `done` may have closed us
                    self._on_silence(exchange, now)

    def _on_datagram(self, data: bytes, source: Place) -> None:
        """The answer to the latest question there is found without looking into it."""
        exchange = self._at.get(source)
        if exchange is None or not isinstance(talk := exchange.talk, Repeat):
            self._read(data, source)
            return
        try:
            usual = talk.hear(data, exchange.id_bytes)
        except Unusual:
            self._take_small_steps(exchange, monotonic_ns())
            return
        if usual:
            self._go_on(exchange, talk)
        else:
            self._read(data, source)

    def _read(self, data: bytes, source: Place) -> None:
        try:
            head = ber.parse_head(data)
        except ber.Malformed as problem:
            self._on_garbage(source, f"what came was no sound SNMP: {problem}")
            return
        exchange = self._open.get(head.request_id)
        if exchange is None:
            self._on_garbage(source, "the answers carry another request id, or come too late")
        elif not exchange.may_be_answered_by(source):
            self.stray += 1
            exchange.garbage = f"the answer came from {source[0]} port {source[1]}"
        else:
            self._on_answer(exchange, head, data)

    def _on_garbage(self, source: Place, what: str) -> None:
        self.stray += 1
        exchange = self._at.get(source)
        if exchange:
            exchange.garbage = what

    def _on_answer(self, exchange: Exchange, head: ber.Head, data: bytes) -> None:
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

    def _go_on(self, exchange: Exchange, talk: Repeat) -> None:
        """An answer of the usual kind."""
        now = talk.answered_ns = monotonic_ns()
        if talk.done:
            self._finish(exchange, End(SnmpStatus.OK))
            return
        del self._open[exchange.request_id]
        self._ask(exchange, now)

    def _take_small_steps(self, exchange: Exchange, now: int, misses: int = 0) -> None:
        """It does not answer as usual: begin anew, patiently."""
        target = exchange.target
        version = ber.V1 if target.version == "1" else ber.V2C
        groups = mib.groups(version, facts=False)
        task = Task(target, mib.BRIEF_SCALARS, groups, False, exchange.conclude)
        exchange.talk = self._patient(task, exchange.place, misses)
        exchange.fell = True
        self._talking += 1
        del self._open[exchange.request_id]
        self._ask(exchange, now)

    def _on_refusals(self, refused: set[Place]) -> None:
        if not refused:
            return
        for exchange in [x for x in self._open.values() if x.place in refused]:
            detail = f"nothing listens on UDP port {exchange.place[1]} (ICMP port unreachable)"
            if exchange.request_id in self._open:
                self._finish(exchange, End(SnmpStatus.PORT_UNREACHABLE, detail))

    def _on_silence(self, exchange: Exchange, now: int) -> None:
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

    def _finish(self, exchange: Exchange, end: End) -> None:
        del self._open[exchange.request_id]
        if self._at.get(exchange.place) is exchange:
            del self._at[exchange.place]
        self._talking -= isinstance(exchange.talk, Talk)
        while self._waiting and len(self._open) < self._window:
            self._start(self._waiting.popleft())
        exchange.conclude(exchange, end)


def _narrow(table: dict[bytes, mib.Column]) -> Group:
    return mib.OCTETS_32 if mib.lacks_64_bit_octets(table) else ()


def _why_not_asked(address: str, error: Exception) -> str:
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return f"could not ask: {address!r} is not an IP address"
    return f"could not ask {address}: {error}"


def _insist(exchange: Exchange, message: bytes) -> str:
    """Give the question to the kernel → why it refuses each time, or nothing."""
    problem = ""
    assert exchange.box is not None
    for _ in range(_SEND_TRIES):
        try:
            exchange.box.sock.sendto(message, exchange.place)
        except OSError as error:
            problem = f"could not send: {error.strerror}"
        else:
            return ""
    return problem
