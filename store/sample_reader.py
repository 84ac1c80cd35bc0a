"""Reads samples back: what was measured of one thing, what that is a second, and hour by hour."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager

from sqlalchemy import Connection, Engine, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from store import sample_file
from store.engine import RecordError, open_reader
from store.rosters import WITH_RTT
from store.sample_rates import GAP_MS
from store.sample_rollups import OCTETS, Hour, known, values_of
from store.sample_tracks import Octets, latest, sought, track
from store.sample_years import hourly
from store.samples import Measure
from store.slabs import COUNTED, PLACES, PORT, SENSOR, STATED, said
from store.tables import interface_fact, sensor, thing

log = logging.getLogger(__name__)

Point = tuple[int, int | None]  # UTC ms, and the value
Rate = tuple[int, float | None]


def open_samples(record_url: str | URL) -> SampleReader:
    """RecordError where there is no record, or where the samples beside it are another's."""
    books = open_reader(make_url(record_url).render_as_string(hide_password=False))
    try:
        return SampleReader(books, checked(books))
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
    """Each call sees one committed state of the samples. Not for two threads at once.

    KeyError if the record has no thing of which that is measured; a sensor is named by its own id.
    """

    def __init__(self, books: Engine, samples: Engine | None) -> None:
        self._books = books
        self._samples = samples  # None: nothing was ever sampled

    def series(
        self, thing_id: int, measure: Measure, from_ms: int, to_ms: int
    ) -> tuple[Point, ...]:
        """(UTC ms, value) in [from, to), oldest first; None where it was asked in vain.

        Times of pings are those of asking, to a tenth of a second.
        """
        owner_id = self._owner(thing_id, measure)
        if self._samples is None:
            return ()
        with self._samples.begin() as conn:
            one = sought(conn, owner_id, thing_id, measure)
            found = track(conn, one, from_ms, to_ms, uptimes=False)
        return tuple(zip(found.at_ms.tolist(), said(measure, found.cells[0]), strict=True))

    def rates(self, thing_id: int, measure: Measure, from_ms: int, to_ms: int) -> tuple[Rate, ...]:
        """(UTC ms, what was counted a second since the poll before; octets as bit/s).

        None where that is not known: see `store.sample_rates`. ValueError for what is no counter.
        """
        if measure not in COUNTED:
            raise ValueError(f"{measure} is no counter: it has no rate")
        owner_id = self._owner(thing_id, measure)
        if self._samples is None:
            return ()
        with self._samples.begin() as conn:
            one = sought(conn, owner_id, thing_id, measure)
            found = track(conn, one, from_ms - GAP_MS, to_ms)
        values, _ = values_of(PORT, found, octets=int(measure in OCTETS))
        pairs = zip(found.at_ms.tolist(), values[0].tolist(), strict=True)
        return tuple((at, known(rate)) for at, rate in pairs if at >= from_ms)

    def hourly(self, thing_id: int, measure: Measure, from_ms: int, to_ms: int) -> tuple[Hour, ...]:
        """The figures of the hours (UTC) that begin in [from, to), oldest first.

        As they were drawn up when their day was over; those of days that are not, or to which
        something came late, are drawn up now from the samples. ValueError for states.
        """
        if measure in STATED:
            raise ValueError(f"{measure} is no quantity: it has no mean")
        owner_id = self._owner(thing_id, measure)
        if self._samples is None:
            return ()
        with self._samples.begin() as conn:
            one = sought(conn, owner_id, thing_id, measure)
            return hourly(conn, one, from_ms, to_ms)

    def latest_octets(self, device_id: int) -> Mapping[int, Octets]:
        """interface → (in, out) of the device's last poll that was kept; {} if it is long ago."""
        if self._samples is None:
            return {}
        with self._samples.begin() as conn:
            return latest(conn, device_id)

    @contextmanager
    def looking(self) -> Iterator[Connection | None]:
        """One committed state for many questions; None where nothing was ever sampled."""
        if self._samples is None:
            yield None
            return
        with self._samples.begin() as conn:
            yield conn

    def close(self) -> None:
        self._books.dispose()
        if self._samples is not None:
            self._samples.dispose()

    def _owner(self, thing_id: int, measure: Measure) -> int:
        kind, _ = PLACES[measure]
        wanted = select(thing.c.id).where(thing.c.id == thing_id, thing.c.kind.in_(WITH_RTT))
        if kind == PORT:
            wanted = select(interface_fact.c.device_id).where(interface_fact.c.thing_id == thing_id)
        elif kind == SENSOR:
            wanted = select(sensor.c.device_id).where(sensor.c.id == thing_id)
        with self._books.begin() as conn:
            found = conn.execute(wanted.limit(1)).scalar()
        if found is None:
            raise KeyError(f"no {measure} of thing {thing_id}: the record does not know it")
        return int(found)


def checked(books: Engine) -> Engine | None:
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
