"""What light the ends of links received when a period ended, and where it leads."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection, select

from store.engine import RecordError
from store.light import LEAST_MS, crossing_of
from store.lines import EndLight, EndLights
from store.link_ends import SIDES, StoodLink, StoodPort, stood_links
from store.link_rows import some
from store.sample_charts import Block, hours_of
from store.sample_rates import Floats
from store.sample_reader import SampleReader, open_samples
from store.samples import DAY_MS, Measure, Times
from store.tables import sensor

log = logging.getLogger(__name__)
MONTH_MS = 30 * DAY_MS
_SHUT = 2  # admin status, IF-MIB


class _End(NamedTuple):
    link: StoodLink
    side: str
    port: StoodPort


def end_lights(conn: Connection, from_ms: int, to_ms: int) -> EndLights:
    """Ends whose port was not shut and had light in the last hour in [from, to) in which it was
    asked; of several lanes the weakest."""
    ends = {
        link.ports[side].thing_id: _End(link, side, link.ports[side])
        for link in stood_links(conn, from_ms, to_ms)
        for side in SIDES
        if side in link.ports and link.ports[side].shut is not True
    }
    lanes = _lanes(conn, ends, from_ms, to_ms)
    try:
        with closing(open_samples(conn.engine.url)) as reader:
            return _read(reader, ends, lanes, (from_ms, to_ms))
    except RecordError as error:  # the record is worth reading without them
        log.warning("%s", error)
        return EndLights(ends=(), without_limit=0)


def _lanes(
    conn: Connection, ends: Mapping[int, _End], from_ms: int, to_ms: int
) -> dict[int, dict[str, list[Any]]]:
    """Port → place → its sensors in the period, oldest first: each change of a limit made one.

    Those that were gone when the period ended are left out.
    """
    wanted = select(sensor).where(sensor.c.kind == "rx_power", sensor.c.valid_from < to_ms)
    devices = {end.port.device_id for end in ends.values()}  # by them sensors are found fast
    found: dict[int, dict[str, list[Any]]] = {}
    rows = list(some(conn, wanted, sensor.c.device_id, devices))
    for row in sorted(rows, key=lambda row: int(row.valid_from)):
        if row.thing_id in ends and (row.valid_to is None or row.valid_to > from_ms):
            found.setdefault(row.thing_id, {}).setdefault(row.place, []).append(row)
    for places in found.values():
        for place, held in list(places.items()):
            if held[-1].valid_to is not None and held[-1].valid_to < to_ms:
                del places[place]
    return found


def _read(
    reader: SampleReader,
    ends: Mapping[int, _End],
    lanes: Mapping[int, Mapping[str, Sequence[Any]]],
    window: tuple[int, int],
) -> EndLights:
    found: list[EndLight] = []
    bare = 0
    by_device: dict[int, list[int]] = {}
    for port_id, places in lanes.items():
        if places:
            by_device.setdefault(ends[port_id].port.device_id, []).append(port_id)
    with reader.looking() as samples:
        if samples is None:
            return EndLights(ends=(), without_limit=0)
        blocks = {
            device: hours_of(samples, device, Measure.VALUE, *window)
            for device in sorted(by_device)
        }
    for device, ports in by_device.items():
        block = blocks[device]
        for port_id in ports if block is not None else ():
            end = ends[port_id]
            if _was_shut(reader, end.port, window[1]):
                continue
            assert block is not None
            lit = list(_lit(block, end, lanes[port_id].values()))
            bare += bool(lit) and all(one is None for one in lit)
            known = [one for one in lit if one is not None]
            found += [min(known, key=lambda one: one.margin_db)] if known else []
    return EndLights(ends=tuple(found), without_limit=bare)


def _was_shut(reader: SampleReader, port: StoodPort, to_ms: int) -> bool:
    """Where the port's state changed after the period, what its last poll in it said."""
    if port.shut is not None:
        return port.shut
    said = reader.series(port.thing_id, Measure.ADMIN_STATUS, to_ms - DAY_MS, to_ms)
    return bool(said) and said[-1][1] == _SHUT


def _lit(block: Block, end: _End, lanes: Any) -> Iterator[EndLight | None]:
    """Of each lane that had light in the last hour in which it was asked; None: it has no limit."""
    for held in lanes:
        at_ms, dbm = _hours(block, held)
        if not len(at_ms) or np.isnan(dbm[-1]):
            continue
        sensor_row = held[-1]
        low_warn, low_alarm = sensor_row.low_warn or None, sensor_row.low_alarm or None
        if low_warn is None and low_alarm is None:  # 0: none is set
            yield None
            continue
        last, slope = (int(at_ms[-1]), float(dbm[-1])), _slope(at_ms, dbm)
        yield EndLight(
            link_id=end.link.thing_id,
            side=end.side,
            site_id=end.link.a_site_id if end.side == "a" else end.link.b_site_id,
            device=end.port.device,
            interface=end.port.interface,
            dbm=last[1],
            at_ms=last[0],
            low_warn=low_warn,
            low_alarm=low_alarm,
            slope_db_month=None if slope is None else slope * MONTH_MS,
            warn_ms=crossing_of([last], slope, low_warn),
            alarm_ms=crossing_of([last], slope, low_alarm),
        )


def _hours(block: Block, sensors: Sequence[Any]) -> tuple[Times, Floats]:
    """The hours in which it was asked, oldest first, and their dBm; NaN where there was none."""
    times, values = [np.zeros(0, np.int64)], [np.zeros(0)]
    for row in sensors:
        if row.id in block.things:
            place = block.things.index(row.id)
            there = block.asked[place] > 0
            times.append(block.at_ms[there])
            values.append(block.mean[place, there] / row.scale)
    at_ms, dbm = np.concatenate(times), np.concatenate(values)
    order = np.lexsort((~np.isnan(dbm), at_ms))  # in an hour of both, the one with light counts
    return at_ms[order], dbm[order]


def _slope(at_ms: Times, dbm: Floats) -> float | None:
    """dB a millisecond, by least squares; None where two days are not spanned."""
    known = ~np.isnan(dbm)
    since, light = at_ms[known].astype(np.float64), dbm[known]
    if since[-1] - since[0] < LEAST_MS:
        return None
    since -= since.mean()
    return float((since * (light - light.mean())).sum() / (since * since).sum())
