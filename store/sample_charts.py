"""Draws up the points of charts: all that an owner was asked of one kind, in one pass."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, select

from store.charts import Charts, LightChart, Points, RttStep, TrafficChart
from store.chunks import Packed, Table, Times
from store.engine import RecordError
from store.rosters import NOBODY, Columns, columns
from store.sample_file import chunk, day, rollup, slab
from store.sample_rates import GAP_MS, STATS, Floats
from store.sample_reader import open_samples
from store.sample_rollups import Part, figures_of, mixed, summed, values_of
from store.sample_tracks import Sought, packed_rows
from store.sample_years import runs, unfinished
from store.samples import DAY_MS, HOUR_MS, SHARD_BITS, Measure
from store.slabs import PING, Slab, readable, tables
from store.tables import interface_fact, sensor

log = logging.getLogger(__name__)

RAW_MS = DAY_MS  # of longer times the hours are read
BUSIEST = 4


class Block(NamedTuple):
    """Series × instants (samples or hours); NaN where there is no value."""

    things: tuple[int, ...]  # of ports: in octets of all, then out octets of all
    at_ms: Times
    asked: Floats  # how often
    weights: Floats  # how much each counts in a mean
    low: Floats
    mean: Floats
    high: Floats


class _Time(NamedTuple):
    from_ms: int
    to_ms: int
    steps: int

    def step(self, at_ms: Times) -> npt.NDArray[np.int64]:
        return (at_ms - self.from_ms) * self.steps // (self.to_ms - self.from_ms)


def charts(conn: Connection, thing_id: int, from_ms: int, to_ms: int, steps: int) -> Charts:
    """Those of the thing, for a reader of the record `conn`."""
    time, empty = _Time(from_ms, to_ms, steps), Charts(from_ms=from_ms, to_ms=to_ms)
    try:
        with closing(open_samples(conn.engine.url)) as reader, reader.looking() as samples:
            if samples is None:
                return empty
            pinged, ports, sensors = (
                _block(samples, thing_id, measure, time)
                for measure in (Measure.RTT_US, Measure.IN_OCTETS, Measure.VALUE)
            )
    except RecordError as error:  # the record is worth reading without them
        log.warning("%s", error)
        return empty
    return replace(
        empty,
        rtt=() if pinged is None else _rtt(pinged, time),
        traffic=() if ports is None else tuple(_traffic(conn, ports, time)),
        light=() if sensors is None else tuple(_light(conn, sensors, time)),
    )


def _rtt(block: Block, time: _Time) -> tuple[RttStep | None, ...]:
    found: list[RttStep | None] = []
    cuts = np.searchsorted(time.step(block.at_ms), np.arange(time.steps + 1))
    for start, end in pairwise(cuts):
        asked, answered, low, mean, high = (row[0, start:end] for row in block[2:])
        if not asked.sum():
            found.append(None)
            continue
        loss_pct = 100 * (1 - float(answered.sum() / asked.sum()))
        there = ~np.isnan(mean)
        if not there.any():
            found.append(RttStep(None, None, None, loss_pct))
            continue
        in_us = low[there].min(), np.median(mean[there]), high[there].max()
        least, middle, most = (float(us) / 1000 for us in in_us)
        found.append(RttStep(least, middle, most, loss_pct))
    return tuple(found)


def _traffic(conn: Connection, block: Block, time: _Time) -> Iterator[TrafficChart]:
    count = len(block.things)
    carried = np.nansum(block.mean * block.weights, axis=1)
    both = carried[:count] + carried[count:]
    busiest = [row for row in np.argsort(-both, kind="stable")[:BUSIEST].tolist() if both[row] > 0]
    here = interface_fact.c.thing_id.in_([block.things[row] for row in busiest])
    rows = conn.execute(select(interface_fact).where(here).order_by(interface_fact.c.valid_from))
    facts = {row.thing_id: row for row in rows}  # the last of each
    for row in busiest:
        fact = facts[block.things[row]]
        yield TrafficChart(
            if_name=fact.if_name,
            if_alias=fact.if_alias,
            speed_bps=fact.speed_bps,
            in_bps=_means(block, row, time),
            out_bps=_means(block, count + row, time),
        )


def _light(conn: Connection, block: Block, time: _Time) -> Iterator[LightChart]:
    here = sensor.c.id.in_(block.things) & sensor.c.valid_to.is_(None) & (sensor.c.unit == "dBm")
    rows = conn.execute(select(sensor).where(here).order_by(sensor.c.kind, sensor.c.id))
    for row in rows:
        kept = _means(block, block.things.index(row.id), time)
        if any(value is not None for value in kept):
            dbm = tuple(None if value is None else value / row.scale for value in kept)
            yield LightChart(kind=row.kind, name=row.name, dbm=dbm)


def _means(block: Block, row: int, time: _Time) -> Points:
    there = ~np.isnan(block.mean[row])
    which, weights = time.step(block.at_ms[there]), block.weights[row, there]
    total = np.bincount(which, weights, time.steps)
    sums = np.bincount(which, weights * block.mean[row, there], time.steps)
    pairs = zip(sums.tolist(), total.tolist(), strict=True)
    return tuple(whole / weight if weight else None for whole, weight in pairs)


# -- what was sampled ------------------------------------------------------------------------


def _block(conn: Connection, owner_id: int, measure: Measure, time: _Time) -> Block | None:
    """None where nothing was asked."""
    if time.to_ms - time.from_ms > RAW_MS:
        return hours_of(conn, owner_id, measure, time.from_ms, time.to_ms)
    one = _all(conn, owner_id, measure)
    return _within(_samples(conn, one, time.from_ms, time.to_ms), time.from_ms, time.to_ms)


def hours_of(
    conn: Connection, owner_id: int, measure: Measure, from_ms: int, to_ms: int
) -> Block | None:
    """The hours that begin in [from, to), of all that the owner was asked; None: of nothing."""
    one = _all(conn, owner_id, measure)
    return _within(_hours(conn, one, from_ms, to_ms), from_ms, to_ms)


def _all(conn: Connection, owner_id: int, measure: Measure) -> Sought:
    rosters: Mapping[int | None, Columns] = {None: Columns(owner_id, (owner_id,), bytes(1))}
    one = Sought(owner_id, owner_id, measure, rosters)
    if one.kind != PING:
        lists = columns(conn, owner_id, one.kind)
        one = replace(one, rosters={key: row for key, row in lists.items() if any(row.things)})
    return one


def _within(block: Block | None, from_ms: int, to_ms: int) -> Block | None:
    if block is None:
        return None
    here = (block.at_ms >= from_ms) & (block.at_ms < to_ms)
    values = (values[:, here] for values in block[2:])
    return Block(block.things, block.at_ms[here], *values) if here.any() else None


def _samples(conn: Connection, one: Sought, from_ms: int, to_ms: int) -> Block | None:
    parts = _parts(conn, one, from_ms - GAP_MS, to_ms)
    if not parts:
        return None
    things, track, asked = mixed(one.kind, parts)
    groups = _groups(one) * len(things)
    values, took = values_of(one.kind, track, octets=groups)
    values, asked = values[:groups], asked[:groups]
    weights = (~np.isnan(values)).astype(np.float64) if took is None else took[:groups]
    return Block(things, track.at_ms, asked.astype(np.float64), weights, values, values, values)


def _hours(conn: Connection, one: Sought, from_ms: int, to_ms: int) -> Block | None:
    """As drawn up when their day was over, the others from the samples."""
    from_ms -= from_ms % HOUR_MS
    rows = packed_rows(conn, rollup, one.owner_id, one.kind, from_ms, to_ms, DAY_MS)
    kept = {row.t0: row for row in rows if row.roster_id in one.rosters}
    loose = unfinished(conn, one, from_ms, to_ms, set(kept))
    found = [_drawn_up(one, row) for t0, row in kept.items() if t0 not in loose]
    for since, until in runs(loose):
        if parts := _parts(conn, one, since - GAP_MS, until):
            found.append(summed(one.kind, parts, since))
    things = tuple(sorted({thing for each in found for thing in each[0]} - {NOBODY}))
    if not things:
        return None
    at_ms = np.concatenate([hours for _, hours, _ in found])
    whole = np.full((STATS, _groups(one), len(things), len(at_ms)), np.nan)
    start = 0
    for own, hours, figures in found:
        here = slice(start, start := start + len(hours))
        known = np.flatnonzero(own)  # NOBODY is 0
        places = np.searchsorted(things, np.array(own)[known])
        groups = figures.reshape(STATS, -1, len(own), len(hours))[:, : _groups(one)]
        whole[:, :, places, here] = groups[:, :, known]
    order = np.argsort(at_ms, kind="stable")
    flat = whole.reshape(STATS, -1, len(at_ms))[:, :, order]
    asked, answered, low, mean, high, _ = flat
    return Block(things, at_ms[order], np.nan_to_num(asked), np.nan_to_num(answered),
                 low, mean, high)  # fmt: skip


def _groups(one: Sought) -> int:
    return 2 if one.measure is Measure.IN_OCTETS else 1  # those of octets come first


def _drawn_up(one: Sought, row: Any) -> tuple[Sequence[int], Times, npt.NDArray[np.float32]]:
    hours, figures = figures_of(readable(row, "roll-up"))
    return one.rosters[row.roster_id].things, row.t0 + hours * HOUR_MS, figures


def _parts(conn: Connection, one: Sought, from_ms: int, to_ms: int) -> list[Part]:
    parts = list(_in_slabs(conn, one, from_ms, to_ms))
    for table, length in ((chunk, HOUR_MS), (day, DAY_MS)):
        for row in packed_rows(conn, table, one.owner_id, one.kind, from_ms, to_ms, length):
            if row.roster_id in one.rosters:
                held = Packed(readable(row, "chunk")).table()
                at_ms = row.t0 + held.times * one.unit_ms
                parts.append(_part(one.rosters[row.roster_id], replace(held, times=at_ms)))
    return parts


def _in_slabs(conn: Connection, one: Sought, from_ms: int, to_ms: int) -> Iterator[Part]:
    wanted = select(slab.c.t0, slab.c.layout, slab.c.data).where(
        slab.c.shard == one.owner_id >> SHARD_BITS,
        slab.c.kind == one.kind,
        slab.c.t0 >= from_ms - from_ms % HOUR_MS,
        slab.c.t0 < to_ms,
    )
    hours: dict[int, list[Slab]] = {}
    for row in conn.execute(wanted):
        hours.setdefault(row.t0 - row.t0 % HOUR_MS, []).append(Slab(readable(row, "slab")))
    mine = {one.owner_id if key is None else key: held for key, held in one.rosters.items()}
    for hour, slabs in hours.items():
        for owner, table in tables(slabs):
            if owner in mine:
                at_ms = hour + table.times * one.unit_ms
                yield _part(mine[owner], replace(table, times=at_ms))


def _part(columns: Columns, table: Table) -> Part:
    return Part(columns.things, columns.narrow, table)
