"""A small record on any engine: two sites, three devices, one link, and ways to fill it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from inventory.model import Device, End, Link, Network, Provider, Site, SnmpProfile, Unit
from store.changes import Batch, Committed, Seeing, Sight, Verdict
from store.declare import Agreement, agree
from store.engine import open_writer
from store.reader import RecordReader, open_questions
from store.states import State
from store.writer import Writer
from tests.store.first import made

NOW = 1_800_000_000_000


def network() -> Network:
    sites = {
        "p": Site(id="p", name="Trung tâm Dữ liệu tỉnh", unit="51"),
        "d": Site(id="d", name="UBND thành phố Quảng Ngãi", unit="522", uplink=("p",)),
    }
    devices = {
        "p-r": Device(id="p-r", site="p", role="router", address="127.51.0.1", snmp=("o",)),
        "d-r": Device(id="d-r", site="d", role="router", address="127.51.1.1"),
        "d-u": Device(id="d-u", site="d", role="ups"),
    }
    link = Link(
        id="L1",
        a=End(site="p", device="p-r", interface="Gi0/1"),
        b=End(site="d"),
        provider="vnpt",
        target_pct=99.9,
    )
    return Network(
        name="Mạng thử",
        timezone="Asia/Ho_Chi_Minh",
        anchor=("p-r",),
        snmp={"o": SnmpProfile(id="o", community="public")},
        providers={"vnpt": Provider(id="vnpt", name="VNPT", hotline="1800-0000")},
        units={
            "51": Unit(id="51", code="51", name="Tỉnh Quảng Ngãi", level="province"),
            "522": Unit(id="522", code="522", name="TP", level="district", parent="51"),
        },
        sites=sites,
        devices=devices,
        links={"L1": link},
    )


def without(declared: Network, *devices: str) -> Network:
    left = {key: device for key, device in declared.devices.items() if key not in devices}
    return replace(declared, devices=left)


def bring(url: str, declared: Network, now_ms: int = NOW, *, accept: bool = False) -> Agreement:
    """Migrate and agree, as the monitor does at its start."""
    made(url)
    engine = open_writer(url)
    try:
        with engine.begin() as conn:
            return agree(conn, declared, now_ms, accept_retired=accept)
    finally:
        engine.dispose()


@contextmanager
def writing(url: str, now_ms: int = NOW) -> Iterator[Writer]:
    writer = Writer(open_writer(url), "test")
    writer.start(now_ms)
    try:
        yield writer
    finally:
        writer.close(now_ms, seen_ms=None)


@contextmanager
def reading(url: str) -> Iterator[RecordReader]:
    reader = open_questions(url)
    try:
        yield reader
    finally:
        reader.close()


def up(thing_id: int, at: int) -> Verdict:
    return Verdict(
        thing_id=thing_id,
        state=State.UP,
        since_ms=at,
        reason="answers",
        last_bad_ms=at - 100,
        first_good_ms=at,
    )


def down(thing_id: int, at: int, root: int | None = None) -> Verdict:
    return Verdict(
        thing_id=thing_id,
        state=State.DOWN if root is None else State.UNREACHABLE,
        since_ms=at,
        reason="no_answer",
        root_thing_id=root,
        last_good_ms=at - 1000,
        first_bad_ms=at,
        last_bad_ms=at + 500,
    )


def commit(writer: Writer, at_ms: int, *verdicts: Verdict, sight: Sight | None = None) -> Committed:
    seeing = (Seeing(sight=sight, at_ms=at_ms),) if sight else ()
    return writer.submit(Batch(at_ms=at_ms, verdicts=verdicts, seeing=seeing)).result(timeout=30)
