"""From the counters of ports to 5-minute samples.

Such a sample is the mean of five minutes of which at least half were measured, by polls that were
at most seven and a half minutes apart, in whole bit/s. Where only hourly figures are left of older
times there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, func, select

from store import carried
from store.chunks import LANE, Numbers, Packed, Table, Times
from store.rosters import Columns, of_devices
from store.sample_file import chunk, day, rollup, slab
from store.sample_rates import GAP_MS, Floats, Track, per_second
from store.sample_tracks import of_owner, packed_rows, present
from store.samples import DAY_MS, HOUR_MS, SHARD_BITS, Measure
from store.slabs import PLACES, PORT, Slab, readable, row_of, tables
from store.traffic import SLOT_MS

LONGEST_STEP_S = 1.5 * SLOT_MS / 1000
_LEAST_S = SLOT_MS / 2000
_HOURS = select(chunk.c.t0).where(of_owner(chunk))
_IN, _OUT = (PLACES[measure][1] for measure in (Measure.IN_OCTETS, Measure.OUT_OCTETS))


class _Piece(NamedTuple):
    """Counters of ports, a row each: in of all, then out of all."""

    at_ms: Times
    cells: Numbers
    uptimes: Numbers
    narrow: npt.NDArray[np.bool_]  # of each row


class SlotReader:
    """Reads what ports counted, one device after another, best in the order of their ids.

    `edges`: where slots begin and end, UTC ms.
    """

    def __init__(self, samples: Connection, devices: Iterable[int], edges: Times) -> None:
        self._samples = samples
        self._edges = edges
        self._from_ms, self._to_ms = _window(edges)
        self._worked_out = not edges[0] % SLOT_MS and carried.has_any(samples)
        self._rosters = of_devices(samples, devices, PORT)
        self._shard = -1
        self._open: dict[int, list[tuple[int, Table]]] = {}

    def slots(self, device_id: int, ports: Sequence[int]) -> Floats | None:
        """In of each port, then out of each; bit/s, NaN where it was not measured.

        None: there is no sample of them.
        """
        found = np.full((2 * len(ports), len(self._edges) - 1), np.nan)
        known = np.zeros(found.shape[1], np.bool_)
        if self._worked_out:
            stale = self._stale(device_id)
            known = carried.fill(self._samples, device_id, ports, int(self._edges[0]), found, stale)
        some = bool(known.any())
        for begin, end in _unknown(known):
            edges = self._edges[begin : end + 1]
            if pieces := list(self._pieces(device_id, ports, *_window(edges))):
                found[:, begin:end], some = _slots(_joined(pieces), edges), True
        return found if some else None

    def has_hours(self, device_id: int) -> bool:
        """Are there figures of hours in that time?"""
        window = (self._from_ms, self._to_ms, DAY_MS)
        return any(True for _ in packed_rows(self._samples, rollup, device_id, PORT, *window))

    def _stale(self, device_id: int) -> set[int]:
        """Days to which hours came that are not put together with them yet."""
        window = (self._from_ms, self._to_ms, HOUR_MS)
        hours: set[int] = set()
        for starts in present(self._samples, chunk, *window):
            here = {"owner": device_id, "kind": PORT, "starts": starts}
            hours.update(self._samples.execute(_HOURS, here).scalars())
        loose = self._of_shard(device_id >> SHARD_BITS)
        for roster_id in self._rosters.get(device_id, {}):
            hours |= {hour for hour, _ in loose.get(roster_id, ())}
        days = {hour - hour % DAY_MS for hour in hours}
        return days | {start + DAY_MS for start in days}

    def _pieces(
        self, device_id: int, ports: Sequence[int], from_ms: int, to_ms: int
    ) -> Iterator[_Piece]:
        window = (from_ms, to_ms)
        wanted = {
            roster_id: (roster, rows)
            for roster_id, roster in self._rosters.get(device_id, {}).items()
            if (rows := _rows(roster, ports))
        }
        for table, length in ((day, DAY_MS), (chunk, HOUR_MS)):
            for row in packed_rows(self._samples, table, device_id, PORT, *window, length):
                if row.roster_id in wanted:
                    roster, rows = wanted[row.roster_id]
                    packed = Packed(readable(row, "chunk"))
                    cells = packed.some([0, *rows.values()])
                    yield _piece(row.t0 + packed.times, cells, roster, ports, rows)
        for roster_id, (roster, rows) in wanted.items():
            for hour, held in self._of_shard(device_id >> SHARD_BITS).get(roster_id, ()):
                cells = np.array([held.one(which) for which in (0, *rows.values())], LANE)
                yield _piece(hour + held.times, cells, roster, ports, rows)

    def _of_shard(self, shard: int) -> Mapping[int, Sequence[tuple[int, Table]]]:
        """Roster → its tables of hours that are not packed yet; those of one shard are kept."""
        if shard == self._shard:
            return self._open
        self._shard, self._open = shard, {}
        hours: dict[int, list[Slab]] = {}
        wanted = select(slab.c.t0, slab.c.layout, slab.c.data).where(
            slab.c.shard == shard,
            slab.c.kind == PORT,
            slab.c.t0 >= self._from_ms - self._from_ms % HOUR_MS,
            slab.c.t0 < self._to_ms,
        )
        for row in self._samples.execute(wanted):
            hours.setdefault(row.t0 - row.t0 % HOUR_MS, []).append(Slab(readable(row, "slab")))
        for hour, slabs in hours.items():
            for roster_id, held in tables(slabs):
                self._open.setdefault(roster_id, []).append((hour, held))
        return self._open


def oldest(samples: Connection) -> int | None:
    """When the samples of ports begin that are left as they were measured."""
    for table in (day, chunk, slab):
        first = select(func.min(table.c.t0)).where(table.c.kind == PORT)
        found = samples.execute(first).scalar()
        if found is not None:
            return int(found)
    return None


def _window(edges: Times) -> tuple[int, int]:
    """In which polls tell something of the slots between those edges, UTC ms."""
    return int(edges[0]) - GAP_MS, int(edges[-1]) + round(LONGEST_STEP_S * 1000)


def _unknown(known: npt.NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """The runs of slots that are not known."""
    turns = np.flatnonzero(np.diff(np.concatenate([[True], known, [True]]))).tolist()
    return zip(turns[::2], turns[1::2], strict=True)


def _rows(roster: Columns, ports: Sequence[int]) -> dict[tuple[int, int], int]:
    """(group, which port) → its row in a table of that roster; what it lacks is left out."""
    columns = {thing_id: column for column, thing_id in enumerate(roster.things)}
    return {
        (group, k): row_of(group, columns[port], len(roster.things))
        for group in (_IN, _OUT)
        for k, port in enumerate(ports)
        if port in columns
    }


def _piece(
    at_ms: Times,
    cells: Numbers,
    roster: Columns,
    ports: Sequence[int],
    rows: Mapping[tuple[int, int], int],
) -> _Piece:
    """`cells`: the uptimes, then a row for each of `rows`."""
    found = np.zeros((2 * len(ports), len(at_ms)), LANE)
    narrow = np.zeros(len(found), np.bool_)
    places = [k + (len(ports) if group == _OUT else 0) for group, k in rows]
    found[places] = cells[1:]
    columns = [roster.things.index(ports[k]) for _, k in rows]
    narrow[places] = np.frombuffer(roster.narrow, np.bool_)[columns]
    return _Piece(at_ms, found, cells[0], narrow)


def _joined(pieces: Sequence[_Piece]) -> Track:
    """In the order of time, which most of them have already."""
    at_ms = np.concatenate([piece.at_ms for piece in pieces])
    cells = np.concatenate([piece.cells for piece in pieces], axis=1)
    uptimes = np.concatenate([piece.uptimes for piece in pieces])
    flags = np.array([piece.narrow for piece in pieces]).T
    narrow = np.broadcast_to(flags[:, :1], cells.shape)
    if (flags != flags[:, :1]).any():
        narrow = np.repeat(flags, [len(piece.at_ms) for piece in pieces], axis=1)
    if (at_ms[1:] < at_ms[:-1]).any():
        order = np.argsort(at_ms, kind="stable")
        at_ms, uptimes = at_ms[order], uptimes[order]
        cells, narrow = cells[:, order], narrow[:, order]
    return Track(at_ms, cells, uptimes, narrow)


# -- from counters to slots ------------------------------------------------------------------


def _slots(track: Track, edges: Times) -> Floats:
    """What was counted between two polls is spread evenly over the time between them."""
    found = np.full((len(track.cells), len(edges) - 1), np.nan)
    if len(track.at_ms) < 2:
        return found
    plain = (track.cells[:, 1:] >= track.cells[:, :-1]).all(axis=1) & (track.cells != 0).all(axis=1)
    plain &= (track.narrow == track.narrow[:, :1]).all(axis=1)
    for rows, read in ((plain, _by_counters), (~plain, _by_rates)):
        if rows.any():
            some = replace(track, cells=track.cells[rows], narrow=track.narrow[rows])
            octets, measured_s = read(some, edges)
            enough = measured_s >= _LEAST_S
            bps = 8 * octets / np.where(enough, measured_s, 1.0)
            found[rows] = np.where(enough, np.rint(bps), np.nan)  # such sums are not quite exact
    return found


def _by_rates(track: Track, edges: Times) -> tuple[Floats, Floats]:
    """(octets, measured seconds) of each slot, step after step."""
    rates, took_s = per_second(track)
    good = ~np.isnan(rates) & (took_s <= LONGEST_STEP_S)
    known_s = np.where(good, took_s, 0.0)
    octets = np.where(good, rates, 0.0) * known_s
    at = _Edges(track.at_ms, edges)
    return at.between(octets), at.between(known_s)


def _by_counters(track: Track, edges: Times) -> tuple[Floats, Floats]:
    """The same of counters that only ever rose: each run of close polls is read at the edges."""
    octets = np.zeros((len(track.cells), len(edges) - 1))
    measured_s = np.zeros(len(edges) - 1)
    alone = replace(track, cells=track.cells[:1], narrow=track.narrow[:1])
    rates, took_s = per_second(alone)
    broken = np.flatnonzero(np.isnan(rates[0]) | (took_s[0] > LONGEST_STEP_S))
    for first, end in zip(broken, np.append(broken[1:], len(track.at_ms)), strict=True):
        at_ms, cells = track.at_ms[first:end], track.cells[:, first:end]
        low, high = np.searchsorted(edges, (at_ms[0], at_ms[-1]), side="right")
        here = slice(max(low - 1, 0), high + 1)
        if len(at_ms) < 2 or len(edges[here]) < 2:
            continue
        at = _Edges(at_ms, edges[here])
        slots = slice(here.start, here.start + len(edges[here]) - 1)
        octets[:, slots] += np.diff(at.reached(cells - cells[:, :1]), axis=1)
        inside: Times = np.clip(edges[here], at_ms[0], at_ms[-1])
        measured_s[slots] += (inside[1:] - inside[:-1]) / 1000
    return octets, np.broadcast_to(measured_s, octets.shape)


class _Edges:
    """Where edges lie between the instants of a series."""

    def __init__(self, at_ms: Times, edges: Times) -> None:
        self._after = np.clip(np.searchsorted(at_ms, edges), 1, len(at_ms) - 1)
        since, until = at_ms[self._after - 1], at_ms[self._after]
        self._part = np.clip((edges - since) / np.maximum(until - since, 1), 0.0, 1.0)

    def reached(self, sums: npt.NDArray[Any]) -> Floats:
        """What sums that stand at the instants come to at the edges."""
        before = sums[:, self._after - 1]
        found: Floats = before + (sums[:, self._after] - before) * self._part
        return found

    def between(self, steps: Floats) -> Floats:
        """How much of the steps, each of which ends at its instant, lies between two edges."""
        return np.diff(self.reached(np.cumsum(steps, axis=1)), axis=1)
