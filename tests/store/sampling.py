"""Feeds samples through the real writer thread, or in this thread, one job after another."""

from __future__ import annotations

import struct
import threading
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace

from sqlalchemy import insert, select

from inventory.model import Network, Retention
from store.changes import Batch, DeviceSaid, Interface
from store.engine import open_writer
from store.last_values import VALUE_MISSING
from store.sample_keeper import SampleKeeper
from store.sample_reader import SampleReader, open_samples
from store.samples import (
    COUNTERS,
    MISSING,
    Flush,
    Measure,
    Pings,
    Roster,
    Samples,
)
from store.slabs import PORT_GROUPS
from store.tables import interface_fact, sensor
from store.writer import Writer
from tests.store.keeping import NOW, bring, network, writing

NAMES = ("Gi0/1", "Gi0/2", "Gi0/3", "Gi0/4")
COUNTED = PORT_GROUPS[:COUNTERS]
Said = Mapping[str, Mapping[Measure, int | None]]  # of ports, by name


@dataclass(frozen=True)
class Kept:
    """A record with one device whose ports it knows: thing ids by name."""

    url: str
    device: int
    other: int
    ports: Mapping[str, int]


def stock(url: str, declared: Network | None = None) -> Kept:
    """The small network in the record, and the ports of d-r as it tells them."""
    ids = bring(url, declared or network()).ids
    device = ids["device", "d-r"]
    with writing(url) as writer:
        said = DeviceSaid(thing_id=device, status="ok", detail="", interfaces=interfaces(NAMES))
        writer.submit(Batch(at_ms=NOW, said=(said,))).result(timeout=30)
    engine = open_writer(url)
    with engine.connect() as conn:
        wanted = select(interface_fact.c.if_name, interface_fact.c.thing_id)
        ports = {row.if_name: row.thing_id for row in conn.execute(wanted)}
    engine.dispose()
    return Kept(url, device, ids["device", "p-r"], ports)


def interfaces(names: Sequence[str]) -> tuple[Interface, ...]:
    return tuple(
        Interface(
            if_index=index,
            if_name=name,
            if_descr=None,
            if_alias=None,
            if_type=6,
            mac=None,
            speed_bps=10**9,
            admin_status=1,
            oper_status=1,
        )
        for index, name in enumerate(names, 1)
    )


def roster(device_id: int, names: Sequence[str], narrow: Sequence[str] = ()) -> Roster:
    indexes = tuple(NAMES.index(name) + 1 for name in names)
    return Roster(device_id, indexes, tuple(names), bytes(name in narrow for name in names))


def poll(samples: Samples, at_ms: int, of: Roster, said: Said, uptime_s: int | None = None) -> None:
    """What is not in `said` was not said."""
    rows = [[said.get(name, {}).get(measure) for name in of.names] for measure in PORT_GROUPS]
    counters = [MISSING if value is None else value for row in rows[:COUNTERS] for value in row]
    admin, oper = (bytes(value or 0 for value in row) for row in rows[COUNTERS:])
    packed = struct.pack(f"<{len(counters)}Q", *counters)
    samples.ports(at_ms, of, uptime_s, admin, oper, packed)


def measure(samples: Samples, at_ms: int, device_id: int, said: Mapping[int, int | None]) -> None:
    """What sensors said, by their ids."""
    values = [VALUE_MISSING if value is None else value for value in said.values()]
    samples.values(device_id, at_ms, tuple(said), struct.pack(f"<{len(values)}q", *values))


def sensors(url: str, device_id: int, *names: str) -> list[int]:
    """Put sensors on record → their ids."""
    rows = [
        {"device_id": device_id, "valid_from": NOW, "place": name, "kind": "temperature",
         "name": name, "unit": "°C", "scale": 10, "how": {}}
        for name in names
    ]  # fmt: skip
    engine = open_writer(url)
    with engine.begin() as conn:
        made = conn.execute(insert(sensor).returning(sensor.c.id), rows).scalars().all()
    engine.dispose()
    return list(made)


def tick(at_ms: int) -> Flush:
    """A minute in which nothing came: what is due by then is done."""
    return Flush(at_ms, Pings(array("Q"), array("q"), array("Q")), (), ())


def keep(url: str, *flushes: Flush | None, retention: Retention | None = None) -> None:
    """Commit them here and now, with whatever follows from them."""
    work: deque[Callable[[], None]] = deque()
    with closing(SampleKeeper(url, "test", work.append)) as keeper:
        if retention is not None:
            keeper.retain(replace(network(), retention=retention))
        for flush in flushes:
            if flush is not None:
                keeper.keep(flush)
            while work:
                work.popleft()()


def settle(writer: Writer, keeper: SampleKeeper) -> None:
    """Until the writer has done all that waits, chunks too."""
    while True:
        done = threading.Event()
        writer.beside(done.set)
        assert done.wait(timeout=30)
        if not keeper.waiting:
            return


@contextmanager
def looking(url: str) -> Iterator[SampleReader]:
    with closing(open_samples(url)) as reader:
        yield reader
