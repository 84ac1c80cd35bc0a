"""A small network in trouble behind real pages: a record, a writer, a server on loopback."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from aiohttp import web

from inventory.model import Contact, Device, Network, Service, Site, Unit, Web
from reports.web.desk import Desk
from reports.web.gate import Gate
from reports.web.pages import ROOMS
from reports.web.site import Site as Pages
from reports.web.site import application
from store.changes import Sight
from store.writer import Writer
from tests.store.keeping import bring, commit, down, network, up, writing

LONG = "Ban Quản lý Khu kinh tế Dung Quất và các Khu công nghiệp thuộc Ủy ban nhân dân tỉnh"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}\u202etxt"
Ids = Mapping[tuple[str, str], int]


def province(name: str = LONG) -> Network:
    """Two districts; `name`: of a commune's office, of its devices, of the service, of people."""
    small = network()
    sites = {
        "p": replace(small.sites["p"], lat=15.12, lon=108.8, contacts=("an",)),
        "d": replace(small.sites["d"], lat=15.0, lon=108.7, postal_address=name),
        "c": Site(id="c", name=name, unit="52201", uplink=("d",), lat=14.9, lon=108.6),
    }
    units = {
        "52201": Unit(id="52201", code="01", name=name, level="commune", parent="522"),
        "523": Unit(id="523", code="523", name="Huyện Ba Tơ", level="district", parent="51"),
    }
    devices = {
        "c-r": Device(id="c-r", site="c", role="router", address="127.51.2.1", model=name),
    }
    return replace(
        small,
        units={**small.units, **units},
        sites={**small.sites, **sites},
        devices={**small.devices, **devices},
        services={"sp": Service(id="sp", name=name, site="p", url="http://127.51.9.1/bi-mat")},
        contacts={"an": Contact(id="an", name=name, phone="0255 000 111")},
    )


@dataclass(frozen=True, slots=True)
class World:
    url: str
    ids: Ids
    writer: Writer

    def fail(self, key: str, *behind: str, kind: str = "device") -> None:
        """It falls now, and what is behind it with it."""
        at = now_ms()
        root = self.ids[kind, key]
        hidden = [down(self.ids["device", one], at, root) for one in behind]
        commit(self.writer, at, down(root, at), *hidden, sight=Sight.SEEN)

    def mend(self, key: str) -> None:
        commit(self.writer, now_ms(), up(self.ids["device", key], now_ms()), sight=Sight.SEEN)


@contextmanager
def troubled(folder: Path, name: str = LONG) -> Iterator[World]:
    """All is up, then the router of the district falls, and with it what is behind."""
    url, begin = f"sqlite:///{folder / 'record.db'}", now_ms() - 60_000
    ids = bring(url, province(name), begin).ids
    asked = ("device", "site", "service", "link")
    with writing(url, begin) as writer:
        world = World(url, ids, writer)
        well = [up(thing, begin) for (kind, _), thing in ids.items() if kind in asked]
        commit(writer, begin, *well, sight=Sight.OPENED)
        world.fail("d-r", "c-r")
        yield world


@asynccontextmanager
async def shown(
    world: World, gate: Gate | None = None, settings: Web | None = None
) -> AsyncIterator[tuple[str, Pages]]:
    """The address of the pages, and what answers there."""
    here = Path("/nonexistent")
    site = Pages(desk=Desk(world.url), settings=settings or Web(), data=here, reports=here)
    if gate is not None:
        site.gate = gate
    runner = web.AppRunner(application(site, ROOMS), shutdown_timeout=1.0)
    await runner.setup()
    try:
        place = web.TCPSite(runner, "127.0.0.1", 0)
        await place.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}", site
    finally:
        site.stop.set()
        await runner.cleanup()


def now_ms() -> int:
    return time.time_ns() // 1_000_000
