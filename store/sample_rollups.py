"""The figures of each hour of a day, of all that one device was asked: made, packed, read back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from store.chunks import LANE, Numbers, Packed, Table, Times, pack
from store.rosters import NOBODY
from store.sample_rates import STATS, Floats, Track, hours, per_second
from store.samples import COUNTERS, DAY_MS, HOUR_MS, Measure
from store.slabs import PLACES, PORT, SENSOR, signed

OCTETS = frozenset((Measure.IN_OCTETS, Measure.OUT_OCTETS))
_ONE = np.uint64(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """One hour of one series: bit/s of octets, events/s of other counters, else as measured."""

    at_ms: int
    asked: int  # how often
    answered: int  # with a value; of counters, how many rates there are
    minimum: float | None
    mean: float | None  # of rates: weighted by the time for which each stands
    maximum: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one roster: a table as `slabs.tables` makes it, but times in UTC ms."""

    things: tuple[int, ...]
    narrow: bytes  # a byte a thing
    table: Table


def summed(
    kind: str, parts: Sequence[Part], since_ms: int
) -> tuple[tuple[int, ...], Times, npt.NDArray[np.float32]]:
    """(things, hours, figures: STATS × series × hours) of what came from `since_ms` on.

    The series are the things of the first group, then those of the next.
    """
    if len(parts) == 1 and kind == PORT:
        return _of_moved(parts[0], since_ms)
    things, track, asked = mixed(kind, parts)
    values, took = values_of(kind, track, octets=2 * len(things))
    found, figures = hours(track.at_ms, values, asked, took)
    wanted = found >= since_ms
    return things, found[wanted], figures[:, :, wanted]


def _of_moved(part: Part, since_ms: int) -> tuple[tuple[int, ...], Times, npt.NDArray[np.float32]]:
    """The same for one roster of ports: counters that stood still are alike and done once."""
    count = COUNTERS * len(part.things)
    table, newest = part.table, part.table.newest[1 : 1 + count]
    counted = (table.moved > 0) & (table.moved <= count)
    moved = table.moved[counted] - 1
    still = np.array(((1,), (0,)), LANE).repeat(len(table.times), axis=1)  # said, not said
    cells = np.concatenate((table.cells[counted], still))
    narrow = np.append(_narrow(part, PORT).ravel()[moved], (False, False))[:, None]
    narrow = np.broadcast_to(narrow, cells.shape)
    track = Track(table.times, cells, table.one(0), narrow)
    octets = int(np.searchsorted(moved, 2 * len(part.things)))
    values, took = values_of(PORT, track, octets=octets)
    found, figures = hours(table.times, values, np.broadcast_to(np.True_, cells.shape), took)
    which = np.where(newest != 0, len(moved), len(moved) + 1)
    which[moved] = np.arange(len(moved))
    wanted = found >= since_ms
    return part.things, found[wanted], figures[:, which][:, :, wanted]


def values_of(kind: str, track: Track, *, octets: int) -> tuple[Floats, Floats | None]:
    """(values as they are shown, NaN where there is none; for how many seconds each stands).

    `octets`: so many of the first series of ports count octets.
    """
    if kind == PORT:
        rates, took = per_second(track)
        rates[:octets] *= 8
        return rates, took
    values = signed(track.cells) if kind == SENSOR else track.cells - _ONE
    return np.where(track.cells != 0, values.astype(np.float64), np.nan), None


def pack_hours(found: Times, figures: npt.NDArray[np.float32]) -> bytes:
    bits = np.where(np.isnan(figures), 0, figures.view(np.uint32).astype(LANE) + _ONE)
    table = Table.of(found % DAY_MS // HOUR_MS, bits.reshape(-1, bits.shape[2]))
    return pack(table, pressed=True)


def hours_of(data: bytes, day_ms: int, series: int) -> list[Hour]:
    """The hours of one of the series that `pack_hours` was given."""
    packed = Packed(data)
    rows = range(series, packed.series, packed.series // STATS)
    bits = np.array([packed.one(row) for row in rows])
    return as_hours(day_ms + packed.times * HOUR_MS, _figures(bits))


def figures_of(data: bytes) -> tuple[Times, npt.NDArray[np.float32]]:
    """(hours of the day, figures: STATS × series × hours) that `pack_hours` was given."""
    packed = Packed(data)
    figures = _figures(packed.table().all())
    return packed.times, figures.reshape(STATS, -1, packed.columns)


def _figures(bits: Numbers) -> npt.NDArray[np.float32]:
    figures: npt.NDArray[np.float32] = (bits - _ONE).astype(np.uint32).view(np.float32)
    figures[bits == 0] = np.nan
    return figures


def as_hours(found: Times, figures: npt.NDArray[np.float32]) -> list[Hour]:
    """`figures`: STATS × hours of one series; hours without a question are left out."""
    return [
        Hour(
            at_ms=at_ms,
            asked=int(asked),
            answered=int(answered),
            minimum=known(minimum),
            mean=known(mean),
            maximum=known(maximum),
            p95=known(p95),
        )
        for at_ms, (asked, answered, minimum, mean, maximum, p95) in zip(
            found.tolist(), figures.T.tolist(), strict=True
        )
        if asked
    ]


def series_of(measure: Measure, column: int, columns: int) -> int:
    """Which of the series of `summed` it is."""
    return PLACES[measure][1] * columns + column


def mixed(kind: str, parts: Sequence[Part]) -> tuple[tuple[int, ...], Track, npt.NDArray[np.bool_]]:
    """Of each thing all that any roster had of it, in the order of time."""
    things = sorted({thing_id for part in parts for thing_id in part.things} - {NOBODY})
    at_ms = np.concatenate([part.table.times for part in parts])
    shape = (_groups(kind), len(things), len(at_ms))
    cells, narrow = np.zeros(shape, LANE), np.zeros(shape, np.bool_)
    asked, uptimes = np.zeros(shape, np.bool_), np.zeros(len(at_ms), LANE)
    start = 0
    for part in parts:
        here = slice(start, start := start + len(part.table.times))
        known = np.flatnonzero(part.things)  # NOBODY is 0
        rows = np.searchsorted(things, np.array(part.things)[known])
        own = part.table.all()[1 : 1 + shape[0] * len(part.things)]
        cells[:, rows, here] = own.reshape(shape[0], len(part.things), -1)[:, known]
        narrow[:, rows, here] = _narrow(part, kind)[:, known, None]
        asked[:, rows, here] = True
        uptimes[here] = part.table.one(0)
    order = np.argsort(at_ms, kind="stable")
    cells = cells.reshape(-1, len(order))[:, order]
    narrow, asked = (cube.reshape(cells.shape)[:, order] for cube in (narrow, asked))
    return tuple(things), Track(at_ms[order], cells, uptimes[order], narrow), asked


def _groups(kind: str) -> int:
    return COUNTERS if kind == PORT else 1


def _narrow(part: Part, kind: str) -> npt.NDArray[np.bool_]:
    """Groups × things: octets as the device has them, errors and discards of 32 bits always."""
    octets = np.frombuffer(part.narrow, np.bool_)
    found = np.ones((_groups(kind), len(octets)), np.bool_)
    found[:2] = octets
    return found


def known(figure: float) -> float | None:
    """None in the place of NaN."""
    return None if figure != figure else figure
