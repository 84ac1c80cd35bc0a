"""The watch goes on with other files: nothing in flight is lost, and nothing of the old is left."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator
from concurrent.futures import Future
from dataclasses import replace

from inventory.model import Defaults, Device, Network, Site, Unit
from probes.graph import Graph
from probes.judge import Judge
from probes.layout import Layout
from probes.watch import Watch
from store.changes import Batch, Committed
from store.states import State
from wire.icmp import ECHO_REPLY_V4

ROUND_S = 0.4
PATIENCE_S = 30.0


def network(*devices: Device) -> Network:
    return Network(
        name="Mạng thử",
        timezone="Asia/Ho_Chi_Minh",
        anchor=("anchor",),
        defaults=Defaults(ping_interval_s=ROUND_S, ping_timeout_s=0.3),
        units={"51": Unit(id="51", code="51", name="51", level="province")},
        sites={"p": Site(id="p", name="p", unit="51", gateway=("anchor",))},
        devices={one.id: one for one in devices},
    )


def device(key: str, address: str) -> Device:
    return Device(id=key, site="p", role="router", address=address)


ANCHOR, A, B = (device(key, f"127.77.5.{n}") for n, key in enumerate(("anchor", "a", "b"), 1))
NEW = device("new", "127.77.5.9")
NOBODY = "127.77.5.10"
IDS = {("device", "anchor"): 1, ("device", "a"): 2, ("device", "b"): 3, ("site", "p"): 4} | {
    ("device", "new"): 5
}


class Echo(asyncio.DatagramProtocol):
    """Answers as the simulated province does: the bytes of ICMP over UDP."""

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._transport.sendto(bytes([ECHO_REPLY_V4]) + data[1:], addr)


@contextlib.asynccontextmanager
async def watched(first: Network) -> AsyncIterator[tuple[Watch, Told]]:
    """All addresses answer but `NOBODY`."""
    loop, told, stop = asyncio.get_running_loop(), Told(), asyncio.Event()
    answering, port = [], 0
    for one in (ANCHOR, A, B, NEW):
        made = await loop.create_datagram_endpoint(Echo, (one.address or "", port))
        port = made[0].get_extra_info("sockname")[1]
        answering.append(made[0])
    watch = Watch(first, IDS, told, lambda _: None, echo_port=port)
    del first
    running = asyncio.create_task(watch.run(stop))
    try:
        yield watch, told
    finally:
        stop.set()
        await running
        for transport in answering:
            transport.close()


class Told:
    """In place of the writer."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self._news = asyncio.Event()

    def __call__(self, batch: Batch) -> Future[Committed]:
        self.batches.append(batch)
        done: Future[Committed] = Future()
        done.set_result(Committed(revision=len(self.batches)))
        if batch.verdicts:
            self._news.set()
        return done

    def states(self, key: str) -> list[State]:
        thing_id = IDS["device", key]
        return [v.state for b in self.batches for v in b.verdicts if v.thing_id == thing_id]

    async def says(self, key: str, *states: State) -> None:
        """Until these, one after the other, are all that was said of it."""
        async with asyncio.timeout(PATIENCE_S):
            while self.states(key) != list(states):
                await self._news.wait()
                self._news.clear()


async def test_what_both_files_have_goes_on_under_other_numbers() -> None:
    async with watched(network(ANCHOR, A, B)) as (watch, told):
        for key in ("anchor", "a", "b"):
            await told.says(key, State.UP)
        await watch.change(network(NEW, B, ANCHOR), IDS)
        await told.says("new", State.UP)
        for turn in range(6):  # whatever is in flight meanwhile
            files = (NEW, B, ANCHOR) if turn % 2 else (ANCHOR, B, NEW)
            await watch.change(network(*files), IDS)
            await asyncio.sleep(ROUND_S / 3)
        await asyncio.sleep(2 * ROUND_S)
    for key in ("anchor", "a", "b", "new"):
        assert told.states(key) == [State.UP], key
    assert [event.kind for batch in told.batches for event in batch.events] == []


async def test_at_another_address_a_thing_is_what_that_address_says() -> None:
    async with watched(network(ANCHOR, A)) as (watch, told):
        await told.says("a", State.UP)
        await watch.change(network(ANCHOR, replace(A, address=NOBODY)), IDS)
        await told.says("a", State.UP, State.DOWN)
        await watch.change(network(ANCHOR, A), IDS)
        await told.says("a", State.UP, State.DOWN, State.UP)


async def test_nothing_of_the_old_network_stays_in_memory() -> None:
    """Without the collector of cycles, from which all that is built at the start is kept."""
    async with watched(network(ANCHOR, A)) as (watch, told):
        await told.says("a", State.UP)
        gc.collect()
        gc.disable()
        try:
            before = alive()
            for _ in range(2):
                await watch.change(network(B, ANCHOR, A), IDS)
                await asyncio.sleep(ROUND_S)
            assert alive() == before
        finally:
            gc.enable()


def alive() -> dict[str, int]:
    found = [type(one) for one in gc.get_objects()]
    return {kind.__name__: found.count(kind) for kind in (Layout, Graph, Judge, Network)}
