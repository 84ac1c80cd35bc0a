"""When devices are read: after their first answer, daily, on change, and again where it failed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from inventory.model import SshProfile
from probes.facts.desk import AGAIN_MS, DAILY_MS, SOON_MS, Desk
from probes.facts.identity import Identity
from probes.results import SnmpPoll, SnmpStatus, SnmpTarget
from probes.shell.values import Ask, Heard, ShellAim, ShellFacts, ShellStatus
from probes.snmp import SnmpClient
from store.changes import FactsSaid, Happened
from tests.snmp_agent import Agent, if_table, table
from wire import ber

T0 = 1_000_000_000
LINUX = ber.oid("1.3.6.1.4.1.8072.3.2.10")
ENTITY = "1.3.6.1.2.1.47.1.1.1.1"
PARTS = [
    (ber.oid(f"{ENTITY}.{column}.1"), ber.OCTET_STRING if text else ber.INTEGER, value)
    for column, text, value in ((5, False, 3), (7, True, b"1"), (11, True, b"S1"), (13, True, b"M"))
]


class Room:
    """A desk with one agent behind it; time is a number."""

    def __init__(self, agent: Agent, client: SnmpClient, ask: Ask | None = None) -> None:
        self.agent, self.client, self.now = agent, client, T0
        self.port, self.open = agent.port, True
        self.desk = Desk(self, T0, ask)
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
        await asyncio.gather(*self.desk._tasks.values())
        await asyncio.sleep(0)  # what ended is taken off
        said, events = self.desk.take()
        self.said += said
        self.events += events
        return len(said)


@asynccontextmanager
async def room(ask: Ask | None = None) -> AsyncIterator[Room]:
    agent, client = Agent(table([*if_table(2), *PARTS])), SnmpClient()
    here = Room(agent, client, ask)
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


AIM = ShellAim(address="127.0.0.1", platform="", profile=SshProfile(id="p", username="u"))
SAID = ShellFacts(
    identity=Identity(version="1.2.3"), modules=(), interfaces=(), neighbours=(), macs=(), arp=(),
    config="hostname a\n", unread=(),
)  # fmt: skip


class Shell:
    """Answers as it is told, and remembers whom it was asked for."""

    def __init__(self) -> None:
        self.heard = Heard(status=ShellStatus.OK, facts=SAID)
        self.asked: list[ShellAim] = []

    def __call__(self, aim: ShellAim) -> Heard:
        self.asked.append(aim)
        return self.heard


async def test_the_platform_follows_from_the_system_where_none_is_declared() -> None:
    shell = Shell()
    linux = [*if_table(2)[:1], (ber.oid("1.3.6.1.2.1.1.2.0"), ber.OID, LINUX), *if_table(2)[2:]]
    agent, client = Agent(table(linux)), SnmpClient()
    here = Room(agent, client, shell)
    try:
        here.desk.keep([7], {7: AIM}, T0)
        assert await here.at(T0) == 0, "who answers polls is read with them"
        here.hear()
        assert await here.at(T0) == 1
        [said] = here.said
        assert (said.os, said.version, said.config) == ("linux", "1.2.3", "hostname a\n")
        assert [aim.platform for aim in shell.asked] == ["linux"]
    finally:
        here.desk.close()
        client.close()
        agent.close()


async def test_who_answers_no_polls_is_read_on_its_command_line_alone() -> None:
    async with room(Shell()) as here:
        here.open = False
        here.desk.keep([7], {7: replace(AIM, platform="cisco_ios")}, T0)
        assert await here.at(T0 + SOON_MS) == 1
        assert here.said[0].version == "1.2.3"
        assert here.said[0].vendor is None


async def test_how_a_login_ends_is_told_when_it_ends_otherwise() -> None:
    shell = Shell()
    async with room(shell) as here:
        here.open = False
        here.desk.keep([7], {7: replace(AIM, platform="cisco_ios")}, T0)
        shell.heard = Heard(status=ShellStatus.DENIED, detail="no")
        await here.at(T0 + SOON_MS)
        await here.at(T0 + SOON_MS + AGAIN_MS)
        assert [event.body["status"] for event in here.events] == [ShellStatus.DENIED]
        shell.heard = Heard(status=ShellStatus.OK, facts=SAID)
        await here.at(T0 + SOON_MS + 2 * AGAIN_MS)
        told = [event.body["status"] for event in here.events]
        assert told == [ShellStatus.DENIED, ShellStatus.OK]
        assert len(shell.asked) == 3


async def test_where_no_platform_is_known_nobody_logs_in() -> None:
    shell = Shell()
    async with room(shell) as here:
        here.desk.keep([7], {7: AIM}, T0)
        here.hear()
        assert await here.at(T0) == 1
        assert shell.asked == []


async def test_a_device_is_not_read_twice_at_once() -> None:
    shell = Shell()
    slow = threading.Event()

    def ask(aim: ShellAim) -> Heard:
        slow.wait(10)
        return shell(aim)

    async with room(ask) as here:
        here.open = False
        here.desk.keep([7], {7: replace(AIM, platform="cisco_ios")}, T0)
        here.desk.tick(T0 + SOON_MS)
        await asyncio.sleep(0.05)
        here.desk.again(7, T0 + SOON_MS)
        here.desk.tick(T0 + 2 * SOON_MS)
        assert len(here.desk._tasks) == 1
        slow.set()
        assert await here.at(T0 + 2 * SOON_MS) == 1
        assert await here.at(T0 + 3 * SOON_MS) == 1, "later, as it was asked for"


async def test_a_reading_that_fails_is_logged_and_others_go_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def ask(aim: ShellAim) -> Heard:
        raise RuntimeError("a fault of ours")

    async with room(ask) as here:
        here.open = False
        here.desk.keep([7], {7: replace(AIM, platform="cisco_ios")}, T0)
        here.desk.tick(T0 + SOON_MS)
        await asyncio.gather(*here.desk._tasks.values(), return_exceptions=True)
        await asyncio.sleep(0)
        assert "a fault of ours" in caplog.text
        assert here.desk._tasks == {}
