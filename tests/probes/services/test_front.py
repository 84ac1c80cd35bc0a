"""Services and names as one desk: what it tells the judge, the record and people."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace

import pytest
from aiohttp import web

from inventory.model import Service
from probes import directory as directory_module
from probes import names as names_module
from probes.front import Answers, Front
from probes.layout import lay_out
from probes.services.results import Fault
from store.entries import entries
from store.samples import Samples
from tests.probes.play import TODAY, province
from tests.probes.services.servers import NameServer, Town, town


def now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


@dataclass
class Place:
    """A front desk with a name server of its own; `seen` gathers all that it told."""

    town: Town
    server: NameServer
    front: Front
    samples: Samples = field(default_factory=Samples)
    seen: Answers = field(default_factory=Answers)

    def take_up(self, *services: Service, **given: str) -> None:
        """`given`: the names at which devices are asked."""
        network = province()
        devices = dict(network.devices)
        for key, name in given.items():
            at = key.replace("_", "-")
            devices[at] = replace(devices[at], address=name)
        network = replace(network, devices=devices, services={one.id: one for one in services})
        ids = {(str(e.kind), e.key): i for i, e in enumerate(entries(network, TODAY), 1)}
        self.laid = lay_out(network, ids, now_ms())
        self.graph = self.laid.graph
        self.front.take_up(self.laid, now_ms())

    async def until(self, done: Callable[[Answers], object], seconds: float = 10.0) -> Answers:
        until = time.monotonic() + seconds
        while not done(self.seen):
            assert time.monotonic() < until, self.seen
            self.front.tick(now_ms())
            fresh = self.front.take(self.samples)
            self.seen.served += fresh.served
            self.seen.said += fresh.said
            self.seen.events += fresh.events
            self.seen.turned |= fresh.turned
            await asyncio.sleep(0.02)
        return self.seen

    def device(self, key: str) -> int:
        return self.graph.keys.index(key)


@pytest.fixture
async def place(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    monkeypatch.setattr(names_module, "TIMEOUT_S", 0.2)
    monkeypatch.setattr(names_module, "TRIES", 1)
    monkeypatch.setattr(names_module, "SHORTEST_S", 0.1)
    monkeypatch.setattr(names_module, "AGAIN_S", 0.1)
    monkeypatch.setattr(directory_module, "LOOK_MS", 50)
    async with town() as here:
        server = await here.dns()
        server.ttl_s = 0
        front = Front(lambda ns: ns // 1_000_000, now_ms(), [server.server])
        yield Place(here, server, front)
        front.close()


async def test_a_change_of_what_is_found_is_an_event_with_its_facts_and_told_once(
    place: Place,
) -> None:
    well = True

    async def page(_: web.Request) -> web.StreamResponse:
        return web.Response(status=200 if well else 503)

    port = await place.town.web(page)
    url = f"http://127.0.0.1:{port}/"
    place.take_up(Service(id="s", name="S", site="p", url=url, interval_s=0.1, timeout_s=5))
    await place.until(lambda seen: len(seen.served) > 3)
    assert place.seen.events == []
    assert [(one.status, one.detail) for one in place.seen.said] == [(Fault.NONE, "")]
    well = False
    seen = await place.until(lambda seen: sum(s.fault is not Fault.NONE for s in seen.served) > 2)
    [event] = seen.events
    assert (event.kind, event.thing_id) == ("service", place.graph.thing_ids[seen.served[0].node])
    assert event.body["fault"] == Fault.SERVER_ERROR
    assert event.body["status"] == 503
    assert event.body["detail"] == "answered 503 Service Unavailable"
    assert [one.status for one in seen.said] == [Fault.NONE, Fault.SERVER_ERROR]
    flush = place.samples.flush(now_ms(), last=True)
    assert flush is not None
    assert flush.pings


async def test_a_device_given_by_name_is_found_followed_and_lost_while_we_run(
    place: Place,
) -> None:
    place.server.zone["r.test"] = ["127.0.0.5"]
    place.take_up(d1_r="r.test", d2_r="none.test")
    router, lost = place.device("d1-r"), place.device("d2-r")
    assert await place.front.resolve(place.laid) == [lost]
    assert place.laid.addresses[router] == "127.0.0.5"
    await place.until(lambda seen: seen.turned == {router: "127.0.0.5", lost: None})
    place.server.zone |= {"r.test": ["127.0.0.6"], "none.test": ["127.0.0.7"]}
    seen = await place.until(lambda seen: seen.turned == {router: "127.0.0.6", lost: "127.0.0.7"})
    [moved] = [event for event in seen.events if event.kind == "address"]
    assert moved.body == {"name": "r.test", "old": "127.0.0.5", "new": "127.0.0.6"}
    del place.server.zone["r.test"]
    await place.until(lambda seen: seen.turned[router] is None)


async def test_a_dead_resolver_is_one_event_and_keeps_every_address(place: Place) -> None:
    async def page(_: web.Request) -> web.StreamResponse:
        return web.Response(text="x")

    port = await place.town.web(page)
    names = [f"s{n}.test" for n in range(12)]
    for name in (*names, "r.test"):
        place.server.zone[name] = ["127.0.0.1"]
    services = [
        Service(id=name, name=name, site="p", url=f"http://{name}:{port}/", interval_s=0.5)
        for name in names
    ]
    place.take_up(*services, d1_r="r.test")
    await place.until(lambda seen: len({s.node for s in seen.served}) == 12 and seen.turned)
    place.server.mute = True
    before = len(place.seen.served)
    seen = await place.until(lambda seen: len(seen.served) > before + 60, 20)
    assert {served.fault for served in seen.served} == {Fault.NONE}
    assert [event.kind for event in seen.events] == ["resolver"]
    assert seen.turned == {place.device("d1-r"): "127.0.0.1"}
    place.server.mute = False
    seen = await place.until(lambda seen: len(seen.events) > 1)
    assert [event.kind for event in seen.events] == ["resolver", "resolver_back"]


async def test_a_reload_asks_what_is_new_soon_and_tells_known_addresses_again(
    place: Place,
) -> None:
    async def page(_: web.Request) -> web.StreamResponse:
        return web.Response(text="x")

    port = await place.town.web(page)
    place.server.zone["r.test"] = ["127.0.0.5"]
    place.take_up(d1_r="r.test")
    await place.until(lambda seen: seen.turned)
    place.seen.turned.clear()
    url = f"http://127.0.0.1:{port}/"
    place.take_up(Service(id="s", name="S", site="p", url=url, interval_s=86_400), d1_r="r.test")
    seen = await place.until(lambda seen: seen.turned)
    assert seen.turned == {place.device("d1-r"): "127.0.0.5"}
    place.front.ask([(place.device("s"), now_ms())])
    await place.until(lambda seen: seen.served)
