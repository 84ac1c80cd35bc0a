"""Reads samples, the same from slabs and from chunks."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from store import sample_file
from store.engine import RecordError, open_reader
from store.rosters import NOBODY, columns
from store.sample_file import chunk, slab
from store.sample_keeper import PING, PORT
from store.samples import HOUR_MS, SHARD_BITS, Measure
from store.slabs import LAYOUT, Point, PortSlab, chunk_pings, chunk_ports, ping_points, slab_pings
from store.states import Kind
from store.tables import interface_fact, thing

log = logging.getLogger(__name__)
_AT_ONCE = 500  # hours asked for in one question
_LOOK_BACK = 24  # hours in which the last counters are looked for

Octets = tuple[int | None, int | None]


def open_samples(record_url: str | URL) -> SampleReader:
    """RecordError where there is no record, or where the samples beside it are another's."""
    books = open_reader(make_url(record_url).render_as_string(hide_password=False))
    try:
        return SampleReader(books, _checked(books))
    except (SQLAlchemyError, RecordError) as error:
        books.dispose()
        if isinstance(error, RecordError):
            raise
        where = sample_file.place(record_url).render_as_string()
        reason = sample_file.in_short(error)
        raise RecordError(
            f"cannot read the samples in {where}: {reason}; remedy: move them away,"
            " a new file is made"
        ) from error


def latest_octets(conn: Connection, device_id: int) -> Mapping[int, Octets]:
    """interface → its counters (in, out) when last sampled; for a reader of the record `conn`."""
    try:
        with closing(open_samples(conn.engine.url)) as reader:
            return reader.latest_octets(device_id)
    except RecordError as error:  # the record is worth reading without them
        log.warning("%s", error)
        return {}


class SampleReader:
    """Each call sees one committed state of the samples. Not for two threads at once."""

    def __init__(self, books: Engine, samples: Engine | None) -> None:
        self._books = books
        self._samples = samples  # None: nothing was ever sampled

    def series(
        self, thing_id: int, measure: Measure, from_ms: int, to_ms: int
    ) -> tuple[Point, ...]:
        """(UTC ms, value) in [from, to), oldest first; None where it was asked in vain.

        KeyError if the record has no thing of which that is measured. Times of pings are those
        of asking, to a tenth of a second.
        """
        device_id = self._device(thing_id, measure)
        if self._samples is None:
            return ()
        with self._samples.begin() as conn:
            if measure is Measure.RTT_US:
                found = _pings(conn, device_id, from_ms, to_ms)
            else:
                found = _ports(conn, device_id, thing_id, measure, from_ms, to_ms)
            points = [point for point in found if from_ms <= point[0] < to_ms]
        return tuple(sorted(points, key=lambda point: point[0]))

    def latest_octets(self, device_id: int) -> Mapping[int, Octets]:
        """interface → (in, out) of the device's last poll that was kept; {} if it is long ago."""
        if self._samples is None:
            return {}
        with self._samples.begin() as conn:
            rosters = columns(conn, device_id)
            return _last_in_slabs(conn, device_id, rosters) or _last_in_chunks(
                conn, device_id, rosters
            )

    def close(self) -> None:
        self._books.dispose()
        if self._samples is not None:
            self._samples.dispose()

    def _device(self, thing_id: int, measure: Measure) -> int:
        of_device = (thing.c.id == thing_id) & (thing.c.kind == Kind.DEVICE)
        wanted = select(thing.c.id).where(of_device)
        if measure is not Measure.RTT_US:
            wanted = select(interface_fact.c.device_id).where(interface_fact.c.thing_id == thing_id)
        with self._books.begin() as conn:
            found = conn.execute(wanted.limit(1)).scalar()
        if found is None:
            raise KeyError(f"no {measure} of thing {thing_id}: the record does not know it")
        return int(found)


def _checked(books: Engine) -> Engine | None:
    """The samples of this record; None where there are none yet."""
    if not sample_file.exists(sample_file.place(books.url)):
        return None
    samples = sample_file.open_looking(books.url)
    try:
        with samples.begin() as conn:
            ours = sample_file.check(conn, books)
    except BaseException:
        samples.dispose()
        raise
    if ours:
        return samples
    samples.dispose()
    return None


def _pings(conn: Connection, device_id: int, from_ms: int, to_ms: int) -> Iterator[Point]:
    for t0, data in _slabs(conn, device_id, PING, from_ms, to_ms):
        hour = t0 - t0 % HOUR_MS
        for whose, lanes in slab_pings(data):
            if whose == device_id:
                yield from ((hour + since, value) for since, value in ping_points(lanes))
    for hour, _, mask, data in _chunks(conn, device_id, PING, from_ms, to_ms):
        yield from ((hour + since, value) for since, value in chunk_pings(mask, data))


def _ports(
    conn: Connection, device_id: int, thing_id: int, measure: Measure, from_ms: int, to_ms: int
) -> Iterator[Point]:
    lists = columns(conn, device_id)
    which = {row: things.index(thing_id) for row, things in lists.items() if thing_id in things}
    for t0, data in _slabs(conn, device_id, PORT, from_ms, to_ms):
        hour, held = t0 - t0 % HOUR_MS, PortSlab(data)
        for i, roster_id in enumerate(held.rosters):
            if roster_id in which:
                since, value = held.point(i, which[roster_id], measure)
                yield hour + since, value
    for hour, roster_id, mask, data in _chunks(conn, device_id, PORT, from_ms, to_ms):
        if roster_id in which:
            points = chunk_ports(mask, data, which[roster_id], measure)
            yield from ((hour + since, value) for since, value in points)


def _slabs(
    conn: Connection, device_id: int, kind: str, from_ms: int, to_ms: int
) -> Iterator[tuple[int, bytes]]:
    """(minute, data) of the device's shard; a slab may reach to the end of its hour."""
    wanted = select(slab.c.t0, slab.c.layout, slab.c.data).where(
        slab.c.shard == device_id >> SHARD_BITS,
        slab.c.kind == kind,
        slab.c.t0 >= from_ms - from_ms % HOUR_MS,
        slab.c.t0 < to_ms,
    )
    for row in conn.execute(wanted):
        _known(row.layout, "slab", row.t0)
        yield row.t0, row.data


def _chunks(
    conn: Connection, device_id: int, kind: str, from_ms: int, to_ms: int
) -> Iterator[tuple[int, int, bytes | None, bytes]]:
    """(hour, roster, mask, data) of one device."""
    first, last = conn.execute(select(func.min(chunk.c.t0), func.max(chunk.c.t0))).one()
    if first is None:
        return
    start = max(first, from_ms - from_ms % HOUR_MS)
    hours = range(start, min(last + 1, to_ms), HOUR_MS)
    for k in range(0, len(hours), _AT_ONCE):
        wanted = select(chunk).where(
            chunk.c.t0.in_(hours[k : k + _AT_ONCE]),
            chunk.c.device_id == device_id,
            chunk.c.kind == kind,
        )
        for row in conn.execute(wanted.order_by(chunk.c.t0, chunk.c.part)):
            _known(row.layout, "chunk", row.t0)
            yield row.t0, row.roster_id, row.mask, row.data


def _last_in_slabs(
    conn: Connection, device_id: int, rosters: Mapping[int, list[int]]
) -> dict[int, Octets]:
    newest = (
        select(slab.c.data)
        .where(slab.c.shard == device_id >> SHARD_BITS, slab.c.kind == PORT)
        .where(slab.c.layout == LAYOUT)
        .order_by(slab.c.t0.desc(), slab.c.flushed.desc())
    )
    for data in conn.execute(newest).scalars():
        held = PortSlab(data)
        mine = [i for i, roster_id in enumerate(held.rosters) if roster_id in rosters]
        if mine:
            i = max(mine, key=held.at)
            things = rosters[held.rosters[i]]
            return _octets(
                things,
                (held.point(i, c, Measure.IN_OCTETS)[1] for c in range(len(things))),
                (held.point(i, c, Measure.OUT_OCTETS)[1] for c in range(len(things))),
            )
    return {}


def _last_in_chunks(
    conn: Connection, device_id: int, rosters: Mapping[int, list[int]]
) -> dict[int, Octets]:
    last = conn.execute(select(func.max(chunk.c.t0))).scalar()
    if last is None:
        return {}
    since, until = last - _LOOK_BACK * HOUR_MS, last + 1
    held = list(_chunks(conn, device_id, PORT, since, until))
    if not held:
        return {}
    _, roster_id, mask, data = max(held, key=_last_instant)
    things = rosters[roster_id]

    def ends(measure: Measure) -> Iterator[int | None]:
        return (chunk_ports(mask, data, c, measure)[-1][1] for c in range(len(things)))

    return _octets(things, ends(Measure.IN_OCTETS), ends(Measure.OUT_OCTETS))


def _last_instant(row: tuple[int, int, bytes | None, bytes]) -> int:
    hour, _, mask, data = row
    return hour + chunk_ports(mask, data, 0, Measure.OPER_STATUS)[-1][0]


def _octets(
    things: list[int], inward: Iterable[int | None], outward: Iterable[int | None]
) -> dict[int, Octets]:
    rows = zip(things, zip(inward, outward, strict=True), strict=True)
    return {thing_id: pair for thing_id, pair in rows if thing_id != NOBODY}


def _known(layout: int, what: str, t0: int) -> None:
    if layout != LAYOUT:
        raise RecordError(
            f"the {what} of {t0} has layout {layout}, this version knows {LAYOUT};"
            " remedy: use the newer canh that wrote it"
        )
