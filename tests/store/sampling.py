"""Feeds samples through the real writer thread, or in this thread, one job after another."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

from sqlalchemy import select

from inventory.model import Network
from store.changes import Batch, DeviceSaid, Interface
from store.engine import open_writer
from store.sample_keeper import SampleKeeper
from store.sample_reader import SampleReader, open_samples
from store.samples import Flush, PortRow
from store.tables import interface_fact
from store.writer import Writer
from tests.store.keeping import NOW, bring, network, writing

NAMES = ("Gi0/1", "Gi0/2", "Gi0/3", "Gi0/4")


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


def row(name: str, in_octets: int | None, out_octets: int | None, oper: int = 1) -> PortRow:
    return (NAMES.index(name) + 1, 1, oper, in_octets, out_octets)


def keep(url: str, *flushes: Flush | None) -> None:
    """Commit them here and now, with whatever follows from them."""
    work: deque[Callable[[], None]] = deque()
    with closing(SampleKeeper(url, "test", work.append)) as keeper:
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
