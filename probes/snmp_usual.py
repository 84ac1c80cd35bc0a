"""Polls a device that answers as it did last time: few questions, and only what moved is read.

What a device answered once was read byte by byte. The next answer to the same question has the
same bytes but for the numbers in it, which stand at the same places as long as none of them grew
by a byte. So each answer is compared: the same as last time says nothing new; the same but for the
numbers has its numbers taken from their places, all at once; any other is read byte by byte again,
and one that has other OIDs than expected ends this quick way (`Unusual`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from probes import mib
from probes.results import COUNTERS, NO_VALUE, Ports, SnmpTarget
from probes.snmp_plan import Plan, Step
from wire import ber
from wire.ber import Value

STRIKES = 2  # polls in a row that did not end as usual, after which less is asked at once

Numbers = NDArray[np.uint64]
_FREE_BYTES = {  # by tag: the bytes of a number that may differ from answer to answer
    ber.INTEGER: 4,
    ber.COUNTER32: 4,
    ber.GAUGE32: 4,
    ber.TIME_TICKS: 4,
    ber.COUNTER64: 8,
}
_SIGN = 0x80  # of an INTEGER: must stay what it is


class Unusual(Exception):  # noqa: N818, it is no fault
    """The device did not answer as it did last time: ask it in small steps."""


class NotAlong(Unusual):
    """It does not tell single objects along with a table: not every agent does as RFC 3416 says."""


class Shape:
    """What an answer is but for its numbers, and where these stand: some 400 bytes.

    `whole`: a digest of the last one as it was, but for the request id that stands at `id_at`.
    """

    __slots__ = ("_blank", "_digest", "_places", "_size", "id_at", "whole")

    def __init__(self, head: ber.Head, data: bytes, tags: Sequence[int]) -> None:
        """Of an answer that was read and found sound."""
        ends, sizes = ber.places(data, head.start, head.end)
        kinds = bytearray()
        for tag, end, size in zip(tags, ends, sizes, strict=True):
            free = min(size, _FREE_BYTES.get(tag, 0))  # leading zeros beyond that must stay zeros
            if tag != ber.INTEGER:
                kinds.append(free)
            else:
                negative = size and data[end - size] >= _SIGN
                kinds.append(0 if negative or not free else _SIGNED + free)
        self._size = len(data)
        self.id_at = head.id_at
        self._places = np.array(ends, np.uint16).tobytes() + kinds
        self._blank = tuple(number for number, kind in enumerate(kinds) if not kind)
        self._digest = self._apart(data)[1]
        self.whole: int | None = self.digest(data)

    def digest(self, data: bytes) -> int:
        return hash(data[: self.id_at] + data[self.id_at + 4 :])

    def numbers(self, data: bytes) -> Numbers | None:
        """As if unsigned, NO_VALUE for what is none; None where more than numbers differs."""
        if len(data) != self._size:
            return None
        found, digest = self._apart(data)
        if digest != self._digest:
            return None
        if self._blank:
            found[[*self._blank]] = NO_VALUE
        return found

    def _apart(self, data: bytes) -> tuple[Numbers, int]:
        """The numbers, and a digest of all else but the request id.

        A number is what counts of the eight bytes up to its end, and between the ends of two there
        are more than eight.
        """
        rest = bytearray(data)
        rest[self.id_at : self.id_at + 4] = bytes(4)
        count = len(self._places) // 3
        windows = np.ndarray((self._size - 7,), np.uint64, rest, strides=(1,))
        first = np.frombuffer(self._places, np.uint16, count) - 8
        held = windows[first]
        found = held & _COUNTS.take(np.frombuffer(self._places, np.uint8, count, 2 * count))
        windows[first] = held ^ found
        return found.view(_BIG).astype(np.uint64), hash(bytes(rest))


_BIG = np.dtype(">u8")
_SIGNED = 8  # beyond this stand the kinds of INTEGER, whose sign must stay what it is
_COUNTS = np.array(  # by kind: the bits of the eight bytes that are the number
    [(1 << 8 * size) - 1 for size in range(_SIGNED + 1)]
    + [(1 << 8 * size - 1) - 1 for size in range(1, 5)],
    _BIG,
).view(np.uint64)  # as the bytes lie in memory, whatever this machine makes of them


class Usual:
    """What one device says as usual; `poll` by `poll` brought up to date by `Repeat`."""

    __slots__ = ("_counters", "_ports", "_shapes", "_singles", "_statuses", "narrow", "plan",
                 "strikes")  # fmt: skip

    def __init__(self, plan: Plan, narrow: bytes) -> None:
        self.plan = plan
        self.narrow = narrow
        self.strikes = 0  # polls in a row that did not end in the usual way
        self._singles: list[Value] = [None] * len(plan.scalars)
        self._shapes: list[Shape | None] = [None] * len(plan.steps)  # of the last answers
        self._ports = Ports()
        # While a poll brings new ones; behind the last is room for what none wants.
        self._statuses: Numbers | None = None
        self._counters: Numbers | None = None

    @property
    def scalars(self) -> dict[bytes, Value]:
        """Single objects, by OID."""
        return dict(zip(self.plan.scalars, self._singles, strict=True))

    def hear(self, number: int, data: bytes, request_id: bytes) -> bool:
        """The answer to that step, if it is as usual; False: it must be read byte by byte."""
        shape = self._shapes[number]
        if shape is None or data[shape.id_at : shape.id_at + 4] != request_id:
            return False
        step, whole = self.plan.steps[number], None
        if step.steady:
            whole = shape.digest(data)
            if whole == shape.whole:
                return True
        numbers = shape.numbers(data)
        if numbers is None:
            return False
        self._store(number, numbers, self._singles_in(step, numbers))
        shape.whole = whole
        return True

    def read(self, number: int, head: ber.Head, data: bytes) -> None:
        """The same byte by byte; Unusual if it has other OIDs than were expected."""
        step = self.plan.steps[number]
        oids, tags, values = ber.walk(data, head.start, head.end)
        _check(step, _names(self.plan, step), oids, tags)
        lanes = [_lane(value) for value in values]
        singles = zip(values[: len(step.scalars)], lanes, strict=False)
        known = [v if isinstance(v, bytes) or lane != NO_VALUE else None for v, lane in singles]
        self._store(number, np.array(lanes, np.uint64), known)
        self._shapes[number] = Shape(head, data, tags)

    def _singles_in(self, step: Step, numbers: Numbers) -> list[Value]:
        """Its single objects: what is no number is as it was."""
        found: list[Value] = self._singles[step.single : step.single + len(step.scalars)]
        for place, (old, new) in enumerate(zip(found, numbers[: len(found)].tolist(), strict=True)):
            if not isinstance(old, bytes):
                found[place] = None if new == NO_VALUE else new
        return found

    def _store(self, number: int, numbers: Numbers, singles: list[Value]) -> None:
        """Where cells are asked by name, a new interface shows in their number alone."""
        step, into = self.plan.steps[number], self.plan.into[number]
        for place, new in enumerate(singles, step.single):
            old = self._singles[place]
            if old is not None and old != new and self.plan.scalars[place] == mib.IF_NUMBER:
                raise Unusual
        self._singles[step.single : step.single + len(singles)] = singles
        ports, count = self._ports, len(self.plan.indexes)
        if not ports.indexes and self._statuses is None:
            self._statuses = np.full(2 * count + 1, NO_VALUE, np.uint64)
            self._counters = np.full(COUNTERS * count + 1, NO_VALUE, np.uint64)
        cells = numbers[len(singles) : len(singles) + step.cells]
        if step.is_status:
            if self._statuses is None:
                held = np.frombuffer(ports.admin + ports.oper + b"\0", np.uint8)
                self._statuses = held.astype(np.uint64)
            self._statuses[into] = cells
        elif step.columns:
            if self._counters is None:
                held = np.frombuffer(ports.counters, np.uint64)
                self._counters = np.append(held, np.uint64(0))
            self._counters[into] = cells

    def taken(self) -> Ports:
        """The interfaces, after all steps were answered."""
        said, counters = self._statuses, self._counters
        if said is None and counters is None:
            return self._ports
        self._statuses = self._counters = None
        ports = self._ports
        admin, oper, counts = ports.admin, ports.oper, ports.counters
        if said is not None:
            sound = np.where((said > 0) & (said <= mib.HIGHEST_STATUS), said, 0)
            count, states = len(self.plan.indexes), sound.astype(np.uint8).tobytes()
            admin, oper = states[:count], states[count : 2 * count]
        if counters is not None:
            counts = counters[:-1].tobytes()
        self._ports = Ports(self.plan.indexes, admin, oper, self.narrow, counts)
        return self._ports


def _lane(value: Value) -> int:
    found = mib.counter(value)
    return NO_VALUE if found is None else found


class Repeat:
    """One poll in the usual way; `hear` each answer, then `request` the next until `done`."""

    __slots__ = ("answered_ns", "number", "target", "usual")

    def __init__(self, target: SnmpTarget, usual: Usual) -> None:
        self.target = target
        self.usual = usual
        self.number = 0
        self.answered_ns: int | None = None

    def request(self) -> ber.Template:
        return self.usual.plan.steps[self.number].template

    def hear(self, data: bytes, request_id: bytes) -> bool:
        """Is it the answer, as usual?"""
        if not self.usual.hear(self.number, data, request_id):
            return False
        self.number += 1
        return True

    def read(self, head: ber.Head, data: bytes) -> None:
        """Take an answer that has moved; Unusual, ber.Malformed."""
        if head.error_status or head.pdu != ber.RESPONSE:
            raise Unusual
        self.usual.read(self.number, head, data)
        self.number += 1

    @property
    def done(self) -> bool:
        return self.number == len(self.usual.plan.steps)


def _names(plan: Plan, step: Step) -> Iterator[bytes]:
    """The OIDs that the answer must have, in their order."""
    yield from step.scalars
    for index in plan.indexes[step.first : step.last]:
        suffix = ber.subids((index,))
        for column in step.columns:
            yield column + suffix


def _check(step: Step, names: Iterator[bytes], oids: list[bytes], tags: bytearray) -> None:
    """Unusual unless all that was expected is there, and the table ends where it did."""
    expected = list(names)
    count, alone = len(expected), len(step.scalars)
    if oids[:alone] != expected[:alone]:
        raise NotAlong
    if oids[:count] != expected or ber.END_OF_MIB_VIEW in tags[:count]:
        raise Unusual
    rest = oids[count:]
    if not step.beyond:
        if rest:
            raise Unusual
        return
    over = tags.find(ber.END_OF_MIB_VIEW) >= 0
    if len(rest) != len(step.columns) and not (over and len(rest) < len(step.columns)):
        raise Unusual
    for name, tag, column in zip(rest, tags[count:], step.columns, strict=False):
        if tag != ber.END_OF_MIB_VIEW and name.startswith(column):
            raise Unusual  # a new interface
