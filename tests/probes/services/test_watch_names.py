"""A watch over devices given by name: asked where the name leads, as soon as it leads anywhere."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from inventory.model import Defaults, Device, Network, Site, SnmpProfile, Unit
from probes import directory, front, names
from probes.names import Names
from probes.watch import Watch
from store.changes import Batch, Committed, Happened, Verdict
from store.states import State
from tests.needs import need_root
from tests.probes.services.servers import NameServer, town

IDS = {("device", "r"): 1, ("device", "anchor"): 2, ("site", "p"): 3}
NETWORK = Network(
    name="Mạng thử",
    timezone="Asia/Ho_Chi_Minh",
    anchor=("anchor",),
    defaults=Defaults(ping_interval_s=0.2, ping_timeout_s=0.15, snmp_interval_s=0.5),
    snmp={"o": SnmpProfile(id="o", community="public", port=9, timeout_s=0.1, retries=0)},
    units={"51": Unit(id="51", code="51", name="51", level="province")},
    sites={"p": Site(id="p", name="p", unit="51", gateway=("anchor",))},
    devices={
        "anchor": Device(id="anchor", site="p", role="router", address="127.78.0.1"),
        "r": Device(id="r", site="p", role="router", address="r.test", snmp=("o",)),
    },
)


@dataclass
class World:
    """The watch, its name server, and what it told."""

    watch: Watch
    server: NameServer
    batches: list[Batch] = field(default_factory=list)

    def __call__(self, batch: Batch) -> Future[Committed]:
        self.batches.append(batch)
        return Future()

    def verdicts(self) -> list[Verdict]:
        return [v for batch in self.batches for v in batch.verdicts if v.thing_id == 1]

    def events(self, kind: str) -> list[Happened]:
        return [e for batch in self.batches for e in batch.events if e.kind == kind]

    async def until(self, done: Callable[[], object]) -> None:
        limit = time.monotonic() + 20
        while not done():
            assert time.monotonic() < limit, self.batches
            await asyncio.sleep(0.02)


@asynccontextmanager
async def running(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    async with town() as here:
        server = await here.dns()
        server.ttl_s = 0
        monkeypatch.setattr(names, "SHORTEST_S", 0.2)
        monkeypatch.setattr(names, "AGAIN_S", 0.2)
        monkeypatch.setattr(names, "TIMEOUT_S", 0.2)
        monkeypatch.setattr(directory, "LOOK_MS", 100)
        monkeypatch.setattr(front, "Names", lambda servers: Names([server.server]))
        told: list[World] = []
        watch = Watch(NETWORK, IDS, lambda batch: told[0](batch), lambda flush: None)
        told.append(World(watch, server))
        stop = asyncio.Event()
        task = asyncio.create_task(watch.run(stop))
        try:
            yield told[0]
        finally:
            stop.set()
            await task


async def test_a_name_without_an_address_is_tried_again_and_followed_where_it_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    need_root()
    async with running(monkeypatch) as world:
        await world.until(lambda: any(b.verdicts for b in world.batches))  # of the anchor
        assert world.verdicts() == []
        world.server.zone["r.test"] = ["127.78.0.5"]
        await world.until(world.verdicts)
        assert [v.state for v in world.verdicts()] == [State.UP]
        world.server.zone["r.test"] = ["127.78.0.6"]
        await world.until(lambda: world.events("address"))
        [moved] = world.events("address")
        assert (moved.thing_id, moved.body["new"]) == (1, "127.78.0.6")
        world.server.mute = True
        await world.until(lambda: world.events("resolver"))
        await asyncio.sleep(1)
        assert [v.state for v in world.verdicts()] == [State.UP], "asked at its last address"
        world.server.mute = False
        del world.server.zone["r.test"]
        await world.until(lambda: world.verdicts()[-1].state == State.UNKNOWN)
        assert world.verdicts()[-1].reason == "unresolved"
        assert len(world.events("resolver")) == 1
