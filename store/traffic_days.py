"""What each link carried on each day of a period, in and out, from its 5-minute samples."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from inventory.moments import whole_days
from store.engine import RecordError
from store.link_ends import SIDES, StoodLink, bare, stood_links
from store.portions import portions
from store.sample_rates import Floats
from store.sample_reader import open_samples
from store.traffic import PERCENTILE, SLOT_MS, DayTraffic, LinkTraffic, Traffic
from store.traffic_slots import SlotReader, oldest

log = logging.getLogger(__name__)

_MOST_SLOTS = 300  # of a day on which the clocks go back
_PORTS_AT_ONCE = 32


def traffic(conn: Connection, from_ms: int, to_ms: int, zone: ZoneInfo, before: int) -> Traffic:
    """Every link over the whole local days in [from, to), and so many days `before` them.

    Counted at end A; at end B where A counted nothing in the period.
    """
    days = Days(from_ms, to_ms, zone, before)
    links = stood_links(conn, from_ms, to_ms)
    found = {link.thing_id: bare(link, to_ms) for link in links}
    kept_from_ms = None
    try:
        with closing(open_samples(conn.engine.url)) as reader, reader.looking() as samples:
            if samples is not None and days.count:
                kept_from_ms = oldest(samples)
                aged = kept_from_ms is None or kept_from_ms > days.starts[days.before]
                found |= _counted(samples, links, days, found, old=aged)
    except RecordError as error:  # the record is worth reading without them
        log.warning("%s", error)
    return Traffic(days=days.count, kept_from_ms=kept_from_ms, links=tuple(found.values()))


def _counted(
    samples: Connection,
    links: Sequence[StoodLink],
    days: Days,
    bare: Mapping[int, LinkTraffic],
    *,
    old: bool,
) -> dict[int, LinkTraffic]:
    """Those of which something is on record. `old`: of some days only hours may be left."""
    found: dict[int, LinkTraffic] = {}
    aged: dict[int, LinkTraffic] = {}
    for side in SIDES:
        by_device: dict[int, list[StoodLink]] = {}
        for link in links:
            known = side in link.ports and bare[link.thing_id].capacity_mbps
            if known and link.thing_id not in found:
                by_device.setdefault(link.ports[side].device_id, []).append(link)
        reader = SlotReader(samples, by_device, days.edges)
        for device_id, mine in sorted(by_device.items()):
            for some in portions(mine, _PORTS_AT_ONCE):
                slots = reader.slots(device_id, [link.ports[side].thing_id for link in some])
                if slots is not None:
                    found |= {one.thing_id: one for one in _summed(slots, some, days, side)}
                if old and reader.has_hours(device_id):
                    told = (replace(bare[link.thing_id], only_hours=True) for link in some)
                    aged |= {one.thing_id: one for one in told}
    return aged | found


class Days:
    """The whole local days of a period and `before` days before them, cut into slots."""

    def __init__(self, from_ms: int, to_ms: int, zone: ZoneInfo, before: int) -> None:
        self.starts = whole_days(from_ms, to_ms, zone, before)
        self.before = before
        self.count = len(self.starts) - 1 - before
        self.edges = np.arange(self.starts[0], self.starts[-1] + 1, SLOT_MS, dtype=np.int64)
        self.asked = [(end - begin) // SLOT_MS for begin, end in pairwise(self.starts)]
        places = [np.arange(asked) + k * _MOST_SLOTS for k, asked in enumerate(self.asked)]
        self._places = np.concatenate(places or [np.zeros(0, np.intp)])

    def by_day(self, slots: Floats) -> Floats:
        """Series × days × slots, NaN where a day has no such slot."""
        found = np.full((len(slots), len(self.asked) * _MOST_SLOTS), np.nan)
        found[:, self._places] = slots
        return found.reshape(len(slots), len(self.asked), _MOST_SLOTS)


def _summed(
    slots: Floats, links: Sequence[StoodLink], days: Days, side: str
) -> Iterator[LinkTraffic]:
    """Of those that were measured at all within the period."""
    by_day, count = days.by_day(slots), len(links)
    measured = (~np.isnan(by_day)).sum(axis=2)
    percentiles = _percentile(by_day, measured)
    capacities = [[link.capacity_mbps(end) or 0.0 for end in days.starts[1:]] for link in links]
    bps = np.array(capacities * 2)[:, days.before :, None] * 1e6
    parts = by_day[:, days.before :] * 100 / np.where(bps > 0, bps, np.nan)
    whole = parts.reshape(2 * count, -1)
    overall = _percentile(whole, (~np.isnan(whole)).sum(axis=1))
    inward, outward = (0, count) if side == "a" else (count, 0)
    for k, link in enumerate(links):
        pair = [inward + k, outward + k]
        counts = measured[pair].min(axis=0)  # a day is as well known as its lesser direction
        if not counts[days.before :].any():
            continue
        told = tuple(
            DayTraffic(begin, asked, most, _known(into), _known(out), mbps)
            for begin, asked, most, into, out, mbps in zip(
                days.starts[:-1],
                days.asked,
                counts.tolist(),
                *percentiles[pair].tolist(),
                capacities[k],
                strict=True,
            )
        )
        in_pct, out_pct = overall[pair].tolist()
        yield LinkTraffic(
            thing_id=link.thing_id,
            key=link.key,
            a_site_id=link.a_site_id,
            b_site_id=link.b_site_id,
            capacity_mbps=capacities[k][-1] or None,
            device=link.ports[side].device,
            interface=link.ports[side].interface,
            in_pct=_known(in_pct),
            out_pct=_known(out_pct),
            before=told[: days.before],
            days=told[days.before :],
        )


def _percentile(values: Floats, known: npt.NDArray[np.intp]) -> Floats:
    """Along the last axis the smallest value that at least 95 % of those `known` do not exceed.

    NaN where none is known.
    """
    place = np.maximum((known * PERCENTILE + 99) // 100 - 1, 0)
    parted = np.partition(values, np.unique(place), axis=-1)  # NaN last
    found: Floats = np.take_along_axis(parted, place[..., None], axis=-1)[..., 0]
    return found


def _known(figure: float) -> float | None:
    return None if figure != figure else figure
