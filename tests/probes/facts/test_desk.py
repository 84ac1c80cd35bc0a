"""When devices are read: after their first answer, daily, on change, and again where it failed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from probes.facts.desk import AGAIN_MS, DAILY_MS, SOON_MS, Desk
from probes.results import SnmpPoll, SnmpStatus, SnmpTarget
from probes.snmp import SnmpClient
from store.changes import FactsSaid, Happened
from tests.snmp_agent import Agent, if_table, table
from wire import ber

T0 = 1_000_000_000
ENTITY = "1.3.6.1.2.1.47.1.1.1.1"
PARTS = [
    (ber.oid(f"{ENTITY}.{column}.1"), ber.OCTET_STRING if text else ber.INTEGER, value)
    for column, text, value in ((5, False, 3), (7, True, b"1"), (11, True, b"S1"), (13, True, b"M"))
]


class Room:
    """A desk with one agent behind it; time is a number."""

    def __init__(self, agent: Agent, client: SnmpClient) -> None:
        self.agent, self.client, self.now = agent, client, T0
        self.port, self.open = agent.port, True
        self.desk = Desk(self, T0)
        self.said: list[FactsSaid] = []
        self.events: list[Happened] = []

    def way(self, device_id: int) -> tuple[SnmpClient, SnmpTarget] | None:
        target = SnmpTarget(
            node=device_id, address="127.0.0.1", port=self.port, version="2c",
            community="public", timeout_s=0.1, retries=0,
        )  # fmt: skip
        return (self.client, target) if self.open else None

    def hear(self, device_id: int = 7, *, restarted: bool = False, number: str = "99") -> None:
        poll = SnmpPoll(device_id, 0, 1, SnmpStatus.OK, sys_object_id=number, entities_changed=5)
        self.desk.heard(poll, self.now, restarted=restarted)

    async def at(self, now_ms: int) -> int:
        """Go there; → how many readings ended."""
        self.now = now_ms
        self.desk.tick(now_ms)
        await asyncio.gather(*self.desk._tasks)
        said, events = self.desk.take()
        self.said += said
        self.events += events
        return len(said)


@asynccontextmanager
async def room() -> AsyncIterator[Room]:
    agent, client = Agent(table([*if_table(2), *PARTS])), SnmpClient()
    here = Room(agent, client)
    try:
        yield here
    finally:
        here.desk.close()
        client.close()
        agent.close()


async def test_a_device_is_read_once_it_answers_and_then_daily() -> None:
    async with room() as here:
        assert await here.at(T0) == 0
        here.hear()
        assert await here.at(T0) == 1
        [said] = here.said
        assert (said.device_id, said.model, said.serial) == (7, "M", "S1")
        assert said.modules is not None
        assert [part.serial for part in said.modules] == ["S1"]
        here.hear()
        assert await here.at(T0 + DAILY_MS - 1) == 0
        assert await here.at(T0 + DAILY_MS) == 1


async def test_a_restart_or_another_make_is_read_a_minute_later() -> None:
    async with room() as here:
        here.hear()
        await here.at(T0)
        here.hear(restarted=True)
        assert await here.at(T0 + SOON_MS - 1) == 0
        assert await here.at(T0 + SOON_MS) == 1
        here.now = T0 + 2 * SOON_MS
        here.hear(number="98")
        assert await here.at(T0 + 3 * SOON_MS) == 1


async def test_who_falls_silent_meanwhile_is_read_again_within_the_hour() -> None:
    async with room() as here:
        here.hear()
        here.port = 9  # nobody answers there
        assert await here.at(T0) == 0
        here.port = here.agent.port
        assert await here.at(T0 + AGAIN_MS) == 1


async def test_few_are_read_at_once_and_those_that_are_forgotten_never() -> None:
    async with room() as here:
        for device_id in range(20):
            here.hear(device_id)
        here.desk.keep(range(10), {}, T0)
        seen = sum([await here.at(T0 + 1000 * k) for k in range(12)])
        assert seen == 10
        assert {said.device_id for said in here.said} == set(range(10))


async def test_the_clock_that_is_set_moves_the_turns() -> None:
    async with room() as here:
        here.hear()
        await here.at(T0)
        here.desk.shift(1_000_000)
        assert await here.at(T0 + DAILY_MS) == 0
        assert await here.at(T0 + DAILY_MS + 1_000_000) == 1
