"""What management makes of the polls of a device that changes between them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from inventory.model import Defaults, Device, End, Link, Network, Site, SnmpProfile, Unit
from probes import mib
from probes.judgement import LinkSaid
from probes.layout import lay_out
from probes.managed import UPTIME_WRAP_S
from probes.management import Management
from probes.results import COUNTERS, SnmpPoll
from store.changes import DeviceSaid
from store.samples import Roster, Samples
from tests.snmp_agent import running_agent
from tests.snmp_device import Device as Objects
from wire import ber

IDS = {("device", "r"): 1, ("link", "L1"): 2, ("site", "p"): 3}
ROUND_MS = 60_000
FRAIL = SnmpProfile(id="", timeout_s=0.2, retries=0)
PATIENCE = 1000  # looks for an answer


def network(*profiles: str) -> Network:
    return Network(
        name="Mạng thử",
        timezone="Asia/Ho_Chi_Minh",
        defaults=Defaults(snmp_interval_s=ROUND_MS / 1000),
        snmp={
            name: SnmpProfile(id=name, community=name, timeout_s=0.2, retries=0)
            for name in profiles
        },
        units={"51": Unit(id="51", code="51", name="51", level="province")},
        sites={"p": Site(id="p", name="p", unit="51", gateway=("r",))},
        devices={"r": Device(id="r", site="p", role="router", address="127.0.0.1", snmp=profiles)},
        links={
            "L1": Link(
                id="L1",
                a=End(site="p", device="r", interface="Gi0/5"),
                b=End(site="p"),
            )
        },
    )


class Kept(Samples):
    """Remembers what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.rosters: list[Roster] = []
        self.counters: list[memoryview] = []

    def ports(
        self,
        at_ms: int,
        roster: Roster,
        uptime_s: int | None,
        admin: bytes,
        oper: bytes,
        counters: bytes,
    ) -> None:
        self.rosters.append(roster)
        self.counters.append(memoryview(counters).cast("Q"))
        super().ports(at_ms, roster, uptime_s, admin, oper, counters)

    def in_octets(self) -> dict[str, int]:
        """What was kept last, by the name of the interface."""
        names = self.rosters[-1].names
        assert len(self.counters[-1]) == COUNTERS * len(names)
        return dict(zip(names, self.counters[-1], strict=False))


@dataclass
class Poller:
    """Polls one device when told to, a minute after the last time."""

    management: Management
    samples: Kept = field(default_factory=Kept)
    now_ms: int = 0

    async def poll(self) -> tuple[SnmpPoll, DeviceSaid | None, list[LinkSaid]]:
        self.now_ms += ROUND_MS
        self.management.ask([1], self.now_ms)
        self.management.tick(self.now_ms)
        polls: list[SnmpPoll] = []
        for _ in range(PATIENCE):
            if polls := self.management.take():
                break
            await asyncio.sleep(0.01)
        [poll] = polls
        heard = self.management.hear(poll, self.now_ms, self.samples)
        return poll, heard.said, heard.links


@contextmanager
def polling(objects: Objects, *profiles: str) -> Iterator[Poller]:
    laid = lay_out(network(*(profiles or ("public",))), IDS, 0)
    with running_agent(objects.after) as agent:
        management = Management(laid, lambda ns: ns // 1_000_000, 0, port=agent.port)
        try:
            yield Poller(management)
        finally:
            management.close()


async def test_the_port_of_a_link_is_the_same_port_when_another_comes_before_it() -> None:
    """Gi0/5 is up; where it stood among the interfaces a port that is down stands now."""
    objects = Objects(6)
    objects.set(mib.IF_OPER, 5, 1)
    objects.set(mib.IF_OPER, 6, 2)
    with polling(objects) as poller:
        for _ in range(3):
            _, _, links = await poller.poll()
            assert [(said.link, said.up) for said in links] == [(1, True)]
        objects.remove(2)
        for _ in range(3):
            _, _, links = await poller.poll()
            assert [said.up for said in links] == [True]
        objects.remove(5)
        for _ in range(3):
            _, _, links = await poller.poll()
            assert [(said.link, said.up, said.mute) for said in links] == [(1, False, True)]


async def test_a_name_that_two_ports_have_is_the_port_of_no_link() -> None:
    objects = Objects(6)
    with polling(objects) as poller:
        _, _, links = await poller.poll()
        assert [said.mute for said in links] == [False]
    objects.put(mib.IFX_NAME + ber.subids((6,)), ber.OCTET_STRING, b"Gi0/5")
    with polling(objects) as poller:
        _, _, links = await poller.poll()
        assert [said.mute for said in links] == [True]


async def test_of_a_port_in_no_clear_state_nothing_is_said() -> None:
    objects = Objects(6)
    objects.set(mib.IF_OPER, 5, 4)  # unknown
    with polling(objects) as poller:
        for _ in range(2):
            _, _, links = await poller.poll()
            assert [(said.up, said.mute) for said in links] == [(False, True)]
        objects.set(mib.IF_OPER, 5, 1)
        _, _, links = await poller.poll()
        assert [(said.up, said.mute) for said in links] == [(True, False)]


async def test_counters_stand_under_the_names_of_their_interfaces_when_ports_come_and_go() -> None:
    objects = Objects(6)
    with polling(objects) as poller:
        for _ in range(2):
            await poller.poll()
        assert poller.samples.in_octets() == {f"Gi0/{n}": n * 1000 for n in range(1, 7)}
        objects.remove(2)
        for _ in range(3):
            await poller.poll()
            left = {f"Gi0/{n}": n * 1000 for n in (1, 3, 4, 5, 6)}
            assert poller.samples.in_octets() == left


async def test_after_a_restart_nothing_is_kept_until_the_names_are_known_anew() -> None:
    objects = Objects(6)
    objects.put(mib.SYS_UPTIME, ber.TIME_TICKS, 500_000_00)
    with polling(objects) as poller:
        for _ in range(2):
            await poller.poll()
        count = len(poller.samples.rosters)
        objects.put(mib.SYS_UPTIME, ber.TIME_TICKS, 1_00)
        for index, name in ((1, b"Gi0/6"), (6, b"Gi0/1")):  # the numbers of its ports have moved
            objects.put(mib.IFX_NAME + ber.subids((index,)), ber.OCTET_STRING, name)
        _, _, links = await poller.poll()
        assert (links, len(poller.samples.rosters)) == ([], count)
        await poller.poll()
        assert poller.samples.in_octets()["Gi0/6"] == 1000


async def test_the_wrap_of_sys_uptime_after_497_days_is_no_restart() -> None:
    objects = Objects(6)
    objects.put(mib.SYS_UPTIME, ber.TIME_TICKS, int(UPTIME_WRAP_S * 100) - 5)
    objects.put(mib.ENGINE_TIME, ber.INTEGER, int(UPTIME_WRAP_S) - 1)
    with polling(objects) as poller:
        for _ in range(2):
            await poller.poll()
        count = len(poller.samples.rosters)
        objects.put(mib.SYS_UPTIME, ber.TIME_TICKS, 95)
        objects.put(mib.ENGINE_TIME, ber.INTEGER, int(UPTIME_WRAP_S))
        _, said, _ = await poller.poll()
        assert said is None
        assert len(poller.samples.rosters) == count + 1


async def test_without_an_engine_time_the_wrap_is_no_new_boot_either() -> None:
    objects = Objects(6)
    objects.put(mib.SYS_UPTIME, ber.TIME_TICKS, int(UPTIME_WRAP_S * 100) - 5)
    with polling(objects) as poller:
        _, first, _ = await poller.poll()
        objects.put(mib.SYS_UPTIME, ber.TIME_TICKS, 95)
        assert (await poller.poll())[1] is None
        objects.put(mib.SYS_NAME, ber.OCTET_STRING, b"sw-2")
        _, said, _ = await poller.poll()
    assert first is not None
    assert said is not None
    assert said.booted_ms == first.booted_ms


async def test_a_device_whose_clock_runs_slow_has_not_restarted() -> None:
    objects = Objects(6)
    with polling(objects) as poller:
        for step in range(6):  # each is less than a boot moves it by, together they are more
            objects.put(mib.SYS_UPTIME, ber.TIME_TICKS, 900_000_00 - step * 30_00)
            _, said, _ = await poller.poll()
            assert (said is None) == (step > 0), step


async def test_another_device_that_runs_for_longer_booted_at_another_time() -> None:
    objects = Objects(6)
    objects.put(mib.SYS_UPTIME, ber.TIME_TICKS, 500_000_00)
    with polling(objects) as poller:
        _, first, _ = await poller.poll()
        objects.put(mib.SYS_UPTIME, ber.TIME_TICKS, 900_000_00)
        _, said, _ = await poller.poll()
    assert first is not None
    assert said is not None
    assert (first.booted_ms or 0) - (said.booted_ms or 0) > 399_000_000


async def test_only_what_is_new_is_told() -> None:
    objects = Objects(6)
    with polling(objects) as poller:
        _, said, _ = await poller.poll()
        assert said is not None
        assert said.interfaces is not None
        assert len(said.interfaces) == 6
        assert (await poller.poll())[1] is None
        objects.set(mib.IF_OPER, 3, 2)
        _, said, _ = await poller.poll()
        assert said is not None
        assert (said.interfaces, said.ports) == (None, ((3, 1, 2),))
        assert (await poller.poll())[1] is None
        objects.put(mib.SYS_NAME, ber.OCTET_STRING, b"sw-2")
        _, said, _ = await poller.poll()
        assert said is not None
        assert (said.sys_name, said.ports) == ("sw-2", ())


async def test_the_profile_that_answered_is_asked_first_from_then_on() -> None:
    heard: list[bytes] = []

    def only_old(head: ber.Head, answer: bytes) -> list[bytes]:
        heard.append(head.community)
        return [answer] if head.community == b"old" else []

    laid = lay_out(network("office", "old"), IDS, 0)
    with running_agent(Objects(2).after, only_old) as agent:
        management = Management(laid, lambda ns: ns // 1_000_000, 0, port=agent.port)
        poller = Poller(management)
        try:
            await poller.poll()
            assert set(heard) == {b"office", b"old"}
            heard.clear()
            await poller.poll()
        finally:
            management.close()
    assert set(heard) == {b"old"}
