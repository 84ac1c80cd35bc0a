"""Polls a device that answers as it did last time: few questions, and only what moved is read.

What a device answered once was read byte by byte. The next answer to the same question has the
same bytes but for the numbers in it, which stand at the same places as long as none of them grew
by a byte. So each answer is compared: the same as last time says nothing new; the same but for the
numbers has its numbers taken from their places, all at once; any other is read byte by byte again,
and one that has other OIDs than expected ends this quick way (`Unusual`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from probes import mib
from probes.mib import Column
from probes.results import COUNTERS, NO_VALUE, Ports, SnmpTarget
from wire import ber
from wire.ber import Value

FRAME = 1400  # bytes of an answer that no path has to cut into pieces
ANSWER_HEAD = 80  # bytes of an answer before its varbinds, with a long community
GET_AT_ONCE = 40  # cells of a question that names each of them
STRIKES = 2  # polls in a row that did not end as usual, after which less is asked at once

Lanes = NDArray[np.uint64]
_Asked = tuple[tuple[bytes, ...], tuple[int, ...], bool]  # columns, their lanes, by GETBULK
_VALUE_BYTES = {mib.STATUS: 2, mib.OCTETS: 8, mib.OCTETS_32: 5, mib.ERRORS: 3}  # as they may grow
_FIRST_ROW = {mib.STATUS: 0, mib.OCTETS: 0, mib.ERRORS: 2, mib.OCTETS_32: COUNTERS}  # of the lanes
_FREE_BYTES = {  # by tag: the bytes of a number that may differ from answer to answer
    ber.INTEGER: 4,
    ber.COUNTER32: 4,
    ber.GAUGE32: 4,
    ber.TIME_TICKS: 4,
    ber.COUNTER64: 8,
}
_SIGN = 0x80  # of an INTEGER: must stay what it is
_KEEP = np.array([(1 << 8 * min(size, 8)) - 1 for size in range(10)], np.uint64)  # by size
_FILL = np.array([NO_VALUE] + [0] * 9, np.uint64)


class Unusual(Exception):  # noqa: N818, it is no fault
    """The device did not answer as it did last time: ask it in small steps."""


class Step(NamedTuple):
    """One question: scalars first, then the cells of rows `first` to `last` of some columns."""

    template: ber.Template
    scalars: tuple[bytes, ...]
    columns: tuple[bytes, ...]
    lanes: tuple[int, ...]  # where each column is kept
    first: int
    last: int
    is_status: bool
    beyond: bool  # one row more is asked, which tells that the table ends

    @property
    def cells(self) -> int:
        return (self.last - self.first) * len(self.columns)


class Plan(NamedTuple):
    """The questions of one poll. The same object for all devices of one make and size."""

    indexes: tuple[int, ...]
    steps: tuple[Step, ...]
    mixed: bool  # some interfaces have 32-bit octets only


class Shape:
    """The bytes of an answer but for its numbers, and where these stand."""

    __slots__ = ("_at", "_mask", "_rest", "_size", "_sizes")

    def __init__(self, head: ber.Head, data: bytes, tags: Sequence[int]) -> None:
        """Of an answer that was read and found sound."""
        ends, sizes = ber.places(data, head.start, head.end)
        mask = bytearray(b"\xff" * len(data))
        mask[head.id_at : head.id_at + 4] = bytes(4)
        for number, (tag, end, size) in enumerate(zip(tags, ends, sizes, strict=True)):
            free = min(size, _FREE_BYTES.get(tag, 0))  # leading zeros beyond that must stay zeros
            negative = tag == ber.INTEGER and data[end - size] > _SIGN - 1
            if not free or negative:
                sizes[number] = 0
                continue
            mask[end - free : end] = bytes(free)
            mask[end - free] = _SIGN if tag == ber.INTEGER else 0
        self._size = len(data)
        self._mask = int.from_bytes(mask, "little")
        self._rest = int.from_bytes(data, "little") & self._mask
        self._at = np.array(ends, np.int32) - 8  # the eight bytes up to the end of each number
        self._sizes = np.array(sizes, np.uint8)

    def fits(self, data: bytes) -> bool:
        """Do these bytes differ from the first ones in numbers alone?"""
        if len(data) != self._size:
            return False
        return int.from_bytes(data, "little") & self._mask == self._rest

    def numbers(self, data: bytes) -> Lanes:
        """All of them, as if unsigned; NO_VALUE for what is no number."""
        windows = np.ndarray((len(data) - 7,), ">u8", data, strides=(1,))
        found: Lanes = windows[self._at].astype(np.uint64)
        found &= _KEEP[self._sizes]
        found |= _FILL[self._sizes]
        return found


class _Seen:
    """The last answer to one question."""

    __slots__ = ("digest", "id_at", "scalars", "shape", "steady")

    def __init__(self, step: Step) -> None:
        self.steady = step.columns[0] not in (*mib.OCTETS, *mib.OCTETS_32)
        self.id_at = 0
        self.digest: int | None = None  # of all but the request id
        self.shape: Shape | None = None
        self.scalars: tuple[Value, ...] = ()


class Usual:
    """What one device says as usual; `poll` by `poll` brought up to date by `Repeat`."""

    __slots__ = ("_lanes", "_moved", "_said", "_seen", "_statuses", "narrow", "plan", "strikes")

    def __init__(self, plan: Plan, narrow: bytes) -> None:
        count = len(plan.indexes)
        self.plan = plan
        self.narrow = narrow
        self.strikes = 0  # polls in a row that did not end in the usual way
        self._seen = [_Seen(step) for step in plan.steps]
        self._lanes = np.full((COUNTERS + 2 * plan.mixed, count), NO_VALUE, np.uint64)
        self._statuses = bytearray(2 * count)
        self._moved = True
        self._said = b"", b""

    def hear(self, number: int, data: bytes, request_id: bytes) -> bool:
        """The answer to that step, if it is as usual; False: it must be read byte by byte."""
        seen = self._seen[number]
        at = seen.id_at
        if data[at : at + 4] != request_id:
            return False
        digest = hash(data[:at] + data[at + 4 :]) if seen.steady else None
        if digest is not None and digest == seen.digest:
            return True
        if seen.shape is None or not seen.shape.fits(data):
            return False
        seen.digest = digest
        self._store(self.plan.steps[number], seen, seen.shape.numbers(data))
        return True

    def read(self, number: int, head: ber.Head, data: bytes) -> None:
        """The same byte by byte; Unusual if it has other OIDs than were expected."""
        step, seen = self.plan.steps[number], self._seen[number]
        oids, tags, values = ber.walk(data, head.start, head.end)
        _check(step, _names(self.plan, step), oids, tags)
        seen.scalars = tuple(values[: len(step.scalars)])
        seen.id_at = head.id_at
        seen.digest = hash(data[: head.id_at] + data[head.id_at + 4 :])
        seen.shape = Shape(head, data, tags)
        self._store(step, seen, np.array([_lane(value) for value in values], np.uint64))

    def _store(self, step: Step, seen: _Seen, numbers: Lanes) -> None:
        alone, width = len(step.scalars), len(step.columns)
        if alone:
            seen.scalars = tuple(
                value if isinstance(value, bytes) else None if new == NO_VALUE else int(new)
                for value, new in zip(seen.scalars, numbers[:alone], strict=True)
            )
        cells = numbers[alone : alone + step.cells].reshape(-1, width)
        if step.is_status:
            self._keep_statuses(step, cells)
            return
        for place, row in enumerate(step.lanes):
            self._lanes[row, step.first : step.last] = cells[:, place]

    def _keep_statuses(self, step: Step, cells: Lanes) -> None:
        count = len(self.plan.indexes)
        sound = np.where((cells > 0) & (cells < 128), cells, 0).astype(np.uint8)
        for place, row in enumerate(step.lanes):
            start = row * count
            self._statuses[start + step.first : start + step.last] = sound[:, place].tobytes()
        self._moved = True

    def taken(self) -> Ports:
        """The interfaces, after all steps were answered."""
        if self._moved:
            self._moved = False
            count = len(self.plan.indexes)
            self._said = bytes(self._statuses[:count]), bytes(self._statuses[count:])
        lanes = self._widest() if self.plan.mixed else self._lanes
        return Ports(self.plan.indexes, *self._said, self.narrow, lanes.tobytes())

    def _widest(self) -> Lanes:
        """64-bit octets, and the old ones where there are no others."""
        lanes = self._lanes[:COUNTERS].copy()
        narrow = np.frombuffer(self.narrow, np.bool_)
        lanes[:2, narrow] = self._lanes[COUNTERS:, narrow]
        return lanes

    def scalars(self) -> dict[bytes, Value]:
        """The single objects, by OID."""
        return {
            oid: value
            for step, seen in zip(self.plan.steps, self._seen, strict=True)
            for oid, value in zip(step.scalars, seen.scalars, strict=True)
        }


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


# ---------------------------------------------------------------- what to ask


def usual_of(
    target: SnmpTarget,
    said: dict[bytes, Value],
    table: dict[bytes, Column],
    ports: Ports,
    most: int,
) -> Usual | None:
    """The quick way to ask again what a conversation in small steps has found; None: there is none.

    `most`: cells that the agent has shown to bear in an answer; 0 if it knows no GETBULK.
    """
    if not ports.indexes:
        return None
    version = ber.V1 if target.version == "1" else ber.V2C
    suffixes = tuple(ber.subids((index,)) for index in ports.indexes)
    groups = [mib.STATUS]
    groups += [mib.OCTETS] if not all(ports.narrow) else []
    groups += [mib.OCTETS_32] if any(ports.narrow) else []
    groups.append(mib.ERRORS)
    asked: list[_Asked] = []
    for group in groups:
        here = [place for place, column in enumerate(group) if column in table]
        even = all(tuple(table[group[place]].suffixes) == suffixes for place in here)
        if version == ber.V1 and not even:
            return None  # it would refuse a whole question for one cell
        first = 0 if all(ports.narrow) and group == mib.OCTETS_32 else _FIRST_ROW[group]
        lanes = tuple(first + place for place in here)
        bulk = even and version == ber.V2C and most > 0
        if here:
            asked.append((tuple(group[place] for place in here), lanes, bulk))
    scalars = tuple(
        tuple(oid for oid in some if said.get(oid) is not None)
        for some in (mib.STEADY_SCALARS, mib.RUNNING_SCALARS)
    )
    mixed = any(ports.narrow) and not all(ports.narrow)
    community = (target.community or "").encode()
    limits = (most, target.max_repetitions or most)
    plan = _plan(version, community, ports.indexes, tuple(asked), scalars, limits, mixed)
    return Usual(plan, ports.narrow) if plan.steps and plan.steps[0].is_status else None


@lru_cache(maxsize=4096)
def _plan(
    version: int,
    community: bytes,
    indexes: tuple[int, ...],
    asked: tuple[_Asked, ...],
    scalars: tuple[tuple[bytes, ...], ...],
    limits: tuple[int, int],
    mixed: bool,
) -> Plan:
    """Scalars go along with the first questions of the status and of the octets."""
    waiting: dict[int, tuple[bytes, ...]] = dict(enumerate(scalars))
    steps: list[Step] = []
    for number, (columns, lanes, bulk) in enumerate(asked):
        alone = waiting.pop(number, ())
        is_status = columns[0] in mib.STATUS
        size = _rows_at_once(columns, indexes, limits if bulk else None)
        pieces = max(1, -(-len(indexes) // size))
        edges = [len(indexes) * k // pieces for k in range(pieces + 1)]
        for first, last in pairwise(edges):
            beyond = bulk and is_status and last == len(indexes)
            template = _question(
                version, community, columns, indexes, alone, (first, last + beyond), bulk=bulk
            )
            steps.append(Step(template, alone, columns, lanes, first, last, is_status, beyond))
            alone = ()
    return Plan(indexes, tuple(steps), mixed)


def _rows_at_once(
    columns: tuple[bytes, ...], indexes: tuple[int, ...], limits: tuple[int, int] | None
) -> int:
    """So many that the answer fits into a frame; `limits`: cells and rows that a GETBULK may ask."""
    if limits is None:
        return max(1, GET_AT_ONCE // len(columns))
    group = next(group for group in _VALUE_BYTES if columns[0] in group)
    suffix = len(ber.subids((indexes[-1],)))
    row = sum(6 + len(column) + suffix + _VALUE_BYTES[group] for column in columns)
    return max(1, min((FRAME - ANSWER_HEAD) // row, limits[0] // len(columns), limits[1]))


def _question(
    version: int,
    community: bytes,
    columns: tuple[bytes, ...],
    indexes: tuple[int, ...],
    alone: tuple[bytes, ...],
    rows: tuple[int, int],
    *,
    bulk: bool,
) -> ber.Template:
    first, last = rows
    if not bulk:
        cells = (column + ber.subids((i,)) for i in indexes[first:last] for column in columns)
        return ber.request(ber.GET, community, (*alone, *cells), version=version)
    cursor = ber.subids((indexes[first - 1],)) if first else b""
    asked = (*(oid[:-1] for oid in alone), *(column + cursor for column in columns))
    count = last - first
    return ber.request(
        ber.GETBULK, community, asked, non_repeaters=len(alone), max_repetitions=count
    )


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
    count = len(expected)
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
