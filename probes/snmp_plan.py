"""Which questions ask anew what a device has answered once: the plan of its usual polls."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from probes import mib
from probes.mib import Column
from probes.results import COUNTERS, Ports, SnmpTarget
from wire import ber
from wire.ber import Value

_SHARED = 512  # interfaces of a device whose plan is kept for others like it
FRAME = 1400  # bytes of an answer that no path has to cut into pieces
ANSWER_HEAD = 80  # bytes of an answer before its varbinds, with a long community
GET_AT_ONCE = 40  # cells of a question that names each of them

Places = NDArray[np.intp]
_Asked = tuple[tuple[bytes, ...], bool]  # columns, by GETBULK
_VALUE_BYTES = {mib.STATUS: 2, mib.OCTETS: 8, mib.OCTETS_32: 5, mib.ERRORS: 3}  # as they may grow


class Step(NamedTuple):
    """One question: scalars first, then the cells of rows `first` to `last` of some columns."""

    template: ber.Template
    scalars: tuple[bytes, ...]
    columns: tuple[bytes, ...]
    first: int
    last: int
    beyond: bool  # one row more is asked, which tells that the table ends
    single: int  # where its scalars begin among those of the plan
    is_status: bool
    steady: bool  # its answer is often the same as the one before, byte for byte

    @property
    def cells(self) -> int:
        return (self.last - self.first) * len(self.columns)


class Plan(NamedTuple):
    """The questions of one poll. The same object for all devices of one make and size.

    `into`: of each step's cells their places in `Ports.admin + .oper` or among the counters; of
    those that have none there, the one behind the last.
    """

    indexes: tuple[int, ...]
    steps: tuple[Step, ...]
    scalars: tuple[bytes, ...]
    into: tuple[Places, ...]


def plan_of(
    target: SnmpTarget,
    said: dict[bytes, Value],
    table: dict[bytes, Column],
    ports: Ports,
    most: int,
    *,
    along: bool,
) -> Plan | None:
    """How to ask again what a conversation in small steps has found; None: there is no quick way.

    `most`: cells that the agent has shown to bear in an answer; 0 if it knows no GETBULK.
    `along`: single objects are asked along with the tables.
    """
    if not ports.indexes:
        return None
    version = ber.V1 if target.version == "1" else ber.V2C
    suffixes = [ber.subids((index,)) for index in ports.indexes]
    groups: list[tuple[bytes, ...]] = [mib.STATUS]
    groups += [mib.OCTETS] if not all(ports.narrow) else []
    groups += [mib.OCTETS_32] if any(ports.narrow) else []
    groups.append(mib.ERRORS)
    asked: list[_Asked] = [] if along else [((), False)]
    for group in groups:
        here = tuple(column for column in group if column in table)
        even = all(table[column].suffixes == suffixes for column in here)
        if version == ber.V1 and not even:
            return None  # it would refuse a whole question for one cell
        if here:
            asked.append((here, even and version == ber.V2C and most > 0))
    steady, running = (
        tuple(oid for oid in some if said.get(oid) is not None)
        for some in (mib.STEADY_SCALARS, mib.RUNNING_SCALARS)
    )
    scalars = (steady, running) if len(asked) > 1 and along else ((*steady, *running),)
    limits = (most, target.max_repetitions or most)
    community = (target.community or "").encode()
    make = _plan if len(ports.indexes) <= _SHARED else _plan.__wrapped__
    plan = make(version, community, ports.indexes, ports.narrow, tuple(asked), scalars, limits)
    return plan if any(step.is_status for step in plan.steps) else None


@lru_cache(maxsize=4096)
def _plan(
    version: int,
    community: bytes,
    indexes: tuple[int, ...],
    narrow: bytes,
    asked: tuple[_Asked, ...],
    scalars: tuple[tuple[bytes, ...], ...],
    limits: tuple[int, int],
) -> Plan:
    """Scalars go along with the first questions of the status and of the octets."""
    waiting: dict[int, tuple[bytes, ...]] = dict(enumerate(scalars))
    steps: list[Step] = []
    into: list[Places] = []
    single, places = 0, _places(len(indexes), narrow)
    for number, (columns, bulk) in enumerate(asked):
        alone = waiting.pop(number, ())
        size = _rows_at_once(columns, indexes, limits if bulk else None)
        pieces = max(1, -(-len(indexes) // size)) if columns else 1
        edges = [len(indexes) * k // pieces for k in range(pieces + 1)]
        for first, last in pairwise(edges):
            beyond = bulk and columns[0] in mib.STATUS and last == len(indexes)
            template = _question(
                version, community, columns, indexes, alone, (first, last + beyond), bulk=bulk
            )
            is_status = any(column in mib.STATUS for column in columns)
            steady = bool(columns) and columns[0] not in (*mib.OCTETS, *mib.OCTETS_32)
            behind = len(indexes) * (2 if is_status else COUNTERS)
            cells = [(column, row) for row in range(first, last) for column in columns]
            into.append(np.array([places.get(cell, behind) for cell in cells], np.intp))
            steps.append(
                Step(template, alone, columns, first, last, beyond, single, is_status, steady)
            )
            single += len(alone)
            alone = ()
    single_objects = tuple(oid for step in steps for oid in step.scalars)
    return Plan(indexes, tuple(steps), single_objects, tuple(into))


def _places(count: int, narrow: bytes) -> dict[tuple[bytes, int], int]:
    """(column, row) → its entry in `Ports`."""
    found = {
        (column, i): k * count + i for k, column in enumerate(mib.STATUS) for i in range(count)
    }
    wide, old = (*mib.OCTETS, *mib.ERRORS), (*mib.OCTETS_32, *mib.ERRORS)
    for k, pair in enumerate(zip(wide, old, strict=True)):
        found |= {(pair[narrow[i]], i): k * count + i for i in range(count)}
    return found


def _rows_at_once(
    columns: tuple[bytes, ...], indexes: tuple[int, ...], limits: tuple[int, int] | None
) -> int:
    """So many that the answer fits into a frame; `limits`: cells and rows of a GETBULK."""
    if limits is None:
        return max(1, GET_AT_ONCE // max(1, len(columns)))
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
