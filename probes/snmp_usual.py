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
from probes.results import NO_VALUE, Ports, SnmpTarget
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
    """What an answer is but for its numbers, and where these stand: some 400 bytes."""

    __slots__ = ("_blank", "_digest", "_ends", "_id_at", "_kinds", "_size")

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
        self._id_at = head.id_at
        self._ends = np.array(ends, np.uint16).tobytes()
        self._kinds = bytes(kinds)
        self._blank = tuple(number for number, kind in enumerate(kinds) if not kind)
        self._digest = self._apart(data)[1]

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
        rest[self._id_at : self._id_at + 4] = bytes(4)
        windows = np.ndarray((self._size - 7,), _BIG, rest, strides=(1,))
        first = np.frombuffer(self._ends, np.uint16) - 8
        held = windows[first].astype(np.uint64)
        found: Numbers = held & _COUNTS[np.frombuffer(self._kinds, np.uint8)]
        windows[first] = held ^ found
        return found, hash(bytes(rest))


_BIG = np.dtype(">u8")
_SIGNED = 8  # beyond this stand the kinds of INTEGER, whose sign must stay what it is
_COUNTS = np.array(  # by kind: the bits of the eight bytes that are the number
    [(1 << 8 * size) - 1 for size in range(_SIGNED + 1)]
    + [(1 << 8 * size - 1) - 1 for size in range(1, 5)],
    np.uint64,
)


class _Seen:
    """The last answer to one question."""

    __slots__ = ("digest", "id_at", "shape", "steady")

    def __init__(self, step: Step) -> None:
        self.steady = step.columns[:1] not in ((), mib.OCTETS[:1], mib.OCTETS_32[:1])
        self.id_at = 0
        self.digest: int | None = None  # of all but the request id
        self.shape: Shape | None = None


class Usual:
    """What one device says as usual; `poll` by `poll` brought up to date by `Repeat`."""

    __slots__ = ("_moved", "_numbers", "_said", "_seen", "narrow", "plan", "scalars", "strikes")

    def __init__(self, plan: Plan, narrow: bytes) -> None:
        self.plan = plan
        self.narrow = narrow
        self.strikes = 0  # polls in a row that did not end in the usual way
        self.scalars: dict[bytes, Value] = {}  # single objects, by OID
        self._seen = [_Seen(step) for step in plan.steps]
        self._numbers = np.full(plan.steps[-1].stop + 1, NO_VALUE, np.uint64)
        self._moved = True
        self._said = b"", b""

    def hear(self, number: int, data: bytes, request_id: bytes) -> bool:
        """The answer to that step, if it is as usual; False: it must be read byte by byte."""
        seen = self._seen[number]
        at = seen.id_at
        if data[at : at + 4] != request_id or seen.shape is None:
            return False
        if seen.steady:
            digest = hash(data[:at] + data[at + 4 :])
            if digest == seen.digest:
                return True
            seen.digest = digest
        numbers = seen.shape.numbers(data)
        if numbers is None:
            seen.digest = None
            return False
        self._store(self.plan.steps[number], numbers)
        return True

    def read(self, number: int, head: ber.Head, data: bytes) -> None:
        """The same byte by byte; Unusual if it has other OIDs than were expected."""
        step, seen = self.plan.steps[number], self._seen[number]
        oids, tags, values = ber.walk(data, head.start, head.end)
        _check(step, _names(self.plan, step), oids, tags)
        seen.id_at = head.id_at
        seen.digest = hash(data[: head.id_at] + data[head.id_at + 4 :])
        seen.shape = Shape(head, data, tags)
        for oid, value in zip(step.scalars, values, strict=False):
            self._keep(oid, value)
        self._store(step, np.array([_lane(value) for value in values], np.uint64))

    def _store(self, step: Step, numbers: Numbers) -> None:
        self._numbers[step.start : step.stop] = numbers[: step.stop - step.start]
        for place, oid in enumerate(step.scalars):
            if not isinstance(self.scalars[oid], bytes):
                new = int(numbers[place])
                self._keep(oid, None if new == NO_VALUE else new)
        self._moved = self._moved or step.is_status

    def _keep(self, oid: bytes, value: Value) -> None:
        """Where cells are asked by name, a new interface shows in their number alone."""
        if oid == mib.IF_NUMBER and self.scalars.setdefault(oid, value) != value:
            raise Unusual
        self.scalars[oid] = value

    def taken(self) -> Ports:
        """The interfaces, after all steps were answered."""
        plan = self.plan
        if self._moved:
            self._moved = False
            found = self._numbers[plan.statuses]
            sound = np.where((found > 0) & (found <= mib.HIGHEST_STATUS), found, 0)
            said, count = sound.astype(np.uint8).tobytes(), len(plan.indexes)
            self._said = said[:count], said[count:]
        counters = self._numbers[plan.counters].tobytes()
        return Ports(plan.indexes, *self._said, self.narrow, counters)


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
