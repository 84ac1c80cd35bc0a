"""The hours of one series: as drawn up at the end of their day, the others drawn up now."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sqlalchemy import Connection, Table, select

from store.sample_file import chunk, day, rollup, slab
from store.sample_rates import GAP_MS, hours
from store.sample_rollups import OCTETS, Hour, as_hours, hours_of, series_of, values_of
from store.sample_tracks import Sought, packed_rows, present, track
from store.samples import DAY_MS, HOUR_MS, SHARD_BITS
from store.slabs import readable


def hourly(conn: Connection, one: Sought, from_ms: int, to_ms: int) -> tuple[Hour, ...]:
    """Those that begin in [from, to), oldest first.

    Days that are not over, or to which something came late, are drawn up from the samples.
    """
    found: dict[int, Hour] = {}
    kept: set[int] = set()
    for row in packed_rows(conn, rollup, one.owner_id, one.kind, from_ms, to_ms, DAY_MS):
        kept.add(row.t0)
        if row.roster_id in one.rosters:
            columns = one.rosters[row.roster_id].things
            series = series_of(one.measure, one.column(row.roster_id), len(columns))
            hours_too = hours_of(readable(row, "roll-up"), row.t0, series)
            found |= {hour.at_ms: hour for hour in hours_too}
    for since, until in runs(unfinished(conn, one, from_ms, to_ms, kept)):
        found |= {hour.at_ms: hour for hour in _drawn_up(conn, one, since, until)}
    return tuple(found[at] for at in sorted(found) if from_ms <= at < to_ms)


def unfinished(conn: Connection, one: Sought, from_ms: int, to_ms: int, kept: set[int]) -> set[int]:
    """Days that are not over, or to which something came late. `kept`: those with a roll-up."""
    whole = _days(conn, day, one, from_ms, to_ms, DAY_MS)
    loose = _days(conn, chunk, one, from_ms, to_ms, HOUR_MS) | _in_slabs(conn, one, from_ms, to_ms)
    return (whole - kept) | loose


def _drawn_up(conn: Connection, one: Sought, since: int, until: int) -> list[Hour]:
    samples = track(conn, one, since - GAP_MS, until)
    values, took = values_of(one.kind, samples, octets=int(one.measure in OCTETS))
    asked = np.ones(values.shape, np.bool_)
    found, figures = hours(samples.at_ms, values, asked, took)
    return [hour for hour in as_hours(found, figures[:, 0]) if hour.at_ms >= since]


def _days(
    conn: Connection, table: Table, one: Sought, from_ms: int, to_ms: int, length: int
) -> set[int]:
    """The days of which the table has rows of the owner."""
    found: set[int] = set()
    for starts in present(conn, table, from_ms - from_ms % DAY_MS, to_ms, length):
        of_owner = (table.c.thing_id == one.owner_id) & (table.c.kind == one.kind)
        wanted = select(table.c.t0).where(table.c.t0.in_(starts), of_owner)
        found.update(t0 - t0 % DAY_MS for t0 in conn.execute(wanted).scalars())
    return found


def _in_slabs(conn: Connection, one: Sought, from_ms: int, to_ms: int) -> set[int]:
    of_shard = (slab.c.shard == one.owner_id >> SHARD_BITS) & (slab.c.kind == one.kind)
    there = slab.c.t0.between(from_ms - from_ms % DAY_MS, to_ms)
    found = conn.execute(select(slab.c.t0).where(of_shard, there)).scalars()
    return {t0 - t0 % DAY_MS for t0 in found}


def runs(days: set[int]) -> Iterator[tuple[int, int]]:
    """Days that follow each other, as [from, to)."""
    for start in sorted(days):
        if start - DAY_MS not in days:
            end = start
            while end in days:
                end += DAY_MS
            yield start, end
