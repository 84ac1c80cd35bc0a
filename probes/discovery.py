"""Who answers in a prefix: by ping, by an SNMP profile, by the banner of its SSH server."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from inventory.model import SnmpProfile
from probes.facts.collector import Facts, read
from probes.managed import target
from probes.ping import NoIcmp, Pinger
from probes.results import SnmpPoll, SnmpStatus, SnmpTarget
from probes.snmp import SnmpClient
from probes.snmp_v3 import SnmpV3Client

AT_MOST = 4096  # addresses of one prefix
ROUNDS = 2  # of pings: one may be lost
_TICK_S, _A_TICK = 0.05, 20  # 400 pings a second
_READ_AT_ONCE, _BANNERS_AT_ONCE = 16, 64
_BANNER_S, _BANNER_BYTES = 3.0, 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """What one address answered; `profile`: the SNMP profile that it knows."""

    address: str
    pings: bool = False
    profile: str = ""
    poll: SnmpPoll | None = None
    facts: Facts | None = None
    ssh: str = ""  # the banner of its SSH server


@dataclass(frozen=True, slots=True)
class Swept:
    """Those that answered, in the order asked. `no_ping`: why nobody was pinged, if so."""

    found: tuple[Answering, ...]
    no_ping: str = ""


@dataclass(slots=True)
class _Asked:
    pings: set[str] = field(default_factory=set)
    no_ping: str = ""


async def sweep(
    addresses: Sequence[str],
    profiles: Sequence[SnmpProfile],
    *,
    timeout_s: float = 1.0,
    ssh_port: int = 22,
) -> Swept:
    """Ask all of them in each way; what they are is read where SNMP answers.

    An address that is silent to ping may still answer SNMP, and the other way round.
    """
    asked, (polls, client, v3) = _Asked(), (await _polls(addresses, profiles, timeout_s))
    try:
        await _ping(addresses, timeout_s, asked)
        alive = [each for each in addresses if each in asked.pings or each in polls]
        banners = dict(zip(alive, await _banners(alive, ssh_port), strict=True))
        facts = await _facts(polls, client, v3)
    finally:
        client.close()
        v3.close()
    found = (
        Answering(
            address=each,
            pings=each in asked.pings,
            profile=polls[each][0].id if each in polls else "",
            poll=polls[each][2] if each in polls else None,
            facts=facts.get(each),
            ssh=banners[each],
        )
        for each in alive
    )
    return Swept(tuple(found), asked.no_ping)


async def _ping(addresses: Sequence[str], timeout_s: float, asked: _Asked) -> None:
    pinger = Pinger(timeout_s=timeout_s)
    try:
        for _ in range(ROUNDS):
            left = [each for each in addresses if each not in asked.pings]
            await _round(pinger, left, timeout_s, asked.pings)
    except NoIcmp as refusal:
        asked.no_ping = str(refusal)
    finally:
        pinger.close()


async def _round(
    pinger: Pinger, addresses: Sequence[str], timeout_s: float, answered: set[str]
) -> None:
    ticks = int((timeout_s + 2 * _TICK_S) / _TICK_S)
    for start in range(0, len(addresses) + ticks * _A_TICK, _A_TICK):
        some = addresses[start : start + _A_TICK]
        if some:
            pinger.send((start + k, each) for k, each in enumerate(some))
        await asyncio.sleep(_TICK_S)
        answered |= {addresses[number] for number, _, rtt in pinger.drain() if rtt >= 0}


Polls = dict[str, tuple[SnmpProfile, SnmpTarget, SnmpPoll]]


async def _polls(
    addresses: Sequence[str], profiles: Sequence[SnmpProfile], timeout_s: float
) -> tuple[Polls, SnmpClient, SnmpV3Client]:
    """Who knows which profile; the first that is answered counts."""
    client, v3 = SnmpClient(), SnmpV3Client()
    found: Polls = {}
    for profile in profiles:
        quick = replace(profile, timeout_s=min(profile.timeout_s, timeout_s), retries=1)
        left = [each for each in addresses if each not in found]
        aims = [target(n, each, quick) for n, each in enumerate(left)]
        speaker = v3 if profile.version == "3" else client
        polls = await asyncio.gather(*(_poll(speaker, aim) for aim in aims))
        for each, aim, poll in zip(left, aims, polls, strict=True):
            if poll.status is SnmpStatus.OK:
                found[each] = profile, replace(aim, timeout_s=profile.timeout_s), poll
    return found, client, v3


async def _poll(client: SnmpClient, aim: SnmpTarget) -> SnmpPoll:
    done: asyncio.Future[SnmpPoll] = asyncio.get_running_loop().create_future()
    client.poll(aim, done.set_result, facts=False)
    return await done


async def _facts(polls: Polls, client: SnmpClient, v3: SnmpV3Client) -> dict[str, Facts]:
    gate = asyncio.Semaphore(_READ_AT_ONCE)

    async def one(aim: SnmpTarget) -> Facts:
        async with gate:
            return await read(v3 if aim.version == "3" else client, aim, sensors=False)

    facts = await asyncio.gather(*(one(aim) for _, aim, _ in polls.values()))
    return dict(zip(polls, facts, strict=True))


async def _banners(addresses: Sequence[str], port: int) -> list[str]:
    gate = asyncio.Semaphore(_BANNERS_AT_ONCE)

    async def one(address: str) -> str:
        async with gate:
            try:
                async with asyncio.timeout(_BANNER_S):
                    return await _banner(address, port)
            except (OSError, TimeoutError):
                return ""

    return list(await asyncio.gather(*map(one, addresses)))


async def _banner(address: str, port: int) -> str:
    """The first line, where it is one of SSH; nothing is sent."""
    reader, writer = await asyncio.open_connection(address, port)
    try:
        said = await reader.read(_BANNER_BYTES)
    finally:
        writer.close()
    line = said.partition(b"\n")[0].decode("utf-8", "replace").strip()
    return line if line.startswith("SSH-") else ""
