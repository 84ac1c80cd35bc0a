"""Who answers in a prefix: by ping, by an SNMP profile, by the banner of its SSH server."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from inventory.model import SnmpProfile
from probes.facts.collector import Facts, read
from probes.facts.identity import NOBODY
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

# Which role a device has, by words of what it says of itself; the first that fits.
_ROLES = (
    ("ups", r"\bups\b|battery|netman|powernet"),
    ("olt", r"\bolt\b|ma5\d|zxa10|c3[02]0\b|gpon|epon"),
    ("ap", r"access point|\bap\b|uap-|wireless|airos"),
    ("firewall", r"firewall|forti|\basa\b|adaptive security|palo alto|sonicwall|ngfw|usg"),
    ("switch", r"switch|\bs\d{4}|catalyst|procurve|edgeswitch|comware|nx-os|\bws-c"),
    ("router", r"router|\bar\d{3}|isr|routeros|junos|vrp|\bios\b"),
    ("printer", r"printer|laserjet|jetdirect"),
    ("camera", r"camera|\bnvr\b|hikvision|dahua"),
    ("server", r"linux|windows|freebsd|vmware|esxi|ilo|idrac"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """What one address answered; `profile`: the SNMP profile that it knows."""

    address: str
    pings: bool
    profile: str
    facts: Facts | None
    ssh: str  # the banner of its SSH server


@dataclass(frozen=True, slots=True)
class Swept:
    """Those that answered, in the order asked. `no_ping`: why nobody was pinged, if so."""

    found: tuple[Answering, ...]
    no_ping: str = ""


def role(one: Answering) -> str:
    """By the words that it has for itself; `host` where none tells."""
    told, descr = NOBODY, ""
    if one.facts is not None:
        told, descr = one.facts.identity, one.facts.poll.sys_descr or ""
    said = " ".join(filter(None, (told.vendor, told.os, told.model, descr, one.ssh)))
    return next((role for role, words in _ROLES if re.search(words, said, re.IGNORECASE)), "host")


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
    client, v3 = SnmpClient(), SnmpV3Client()
    try:
        known = await _known(client, v3, addresses, profiles, timeout_s)
        pinged, no_ping = await _ping(addresses, timeout_s)
        alive = [each for each in addresses if each in pinged or each in known]
        banners = await _banners(alive, ssh_port)
        facts = await _facts(known)
    finally:
        client.close()
        v3.close()
    found = (
        Answering(
            address=each,
            pings=each in pinged,
            profile=known[each].profile.id if each in known else "",
            facts=facts.get(each),
            ssh=banner,
        )
        for each, banner in zip(alive, banners, strict=True)
    )
    return Swept(tuple(found), no_ping)


async def _ping(addresses: Sequence[str], timeout_s: float) -> tuple[set[str], str]:
    """Who answers; why nobody can be asked, if so."""
    answered: set[str] = set()
    pinger = Pinger(timeout_s=timeout_s)
    try:
        for _ in range(ROUNDS):
            left = [each for each in addresses if each not in answered]
            await _round(pinger, left, timeout_s, answered)
    except NoIcmp as refusal:
        return answered, str(refusal)
    finally:
        pinger.close()
    return answered, ""


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


@dataclass(frozen=True, slots=True)
class _Known:
    """Who answers SNMP, and how."""

    profile: SnmpProfile
    client: SnmpClient
    aim: SnmpTarget


async def _known(
    client: SnmpClient,
    v3: SnmpV3Client,
    addresses: Sequence[str],
    profiles: Sequence[SnmpProfile],
    timeout_s: float,
) -> dict[str, _Known]:
    """By address; the first profile that is answered counts."""
    found: dict[str, _Known] = {}
    for profile in profiles:
        quick = replace(profile, timeout_s=min(profile.timeout_s, timeout_s), retries=1)
        left = [each for each in addresses if each not in found]
        aims = [target(n, each, quick) for n, each in enumerate(left)]
        speaker = v3 if profile.version == "3" else client
        polls = await asyncio.gather(*(_poll(speaker, aim) for aim in aims))
        for each, aim, poll in zip(left, aims, polls, strict=True):
            if poll.status is SnmpStatus.OK:
                patient = replace(aim, timeout_s=profile.timeout_s)
                found[each] = _Known(profile, speaker, patient)
    return found


async def _poll(client: SnmpClient, aim: SnmpTarget) -> SnmpPoll:
    done: asyncio.Future[SnmpPoll] = asyncio.get_running_loop().create_future()
    client.poll(aim, done.set_result, facts=False)
    return await done


async def _facts(known: Mapping[str, _Known]) -> dict[str, Facts]:
    gate = asyncio.Semaphore(_READ_AT_ONCE)

    async def one(who: _Known) -> Facts:
        async with gate:
            return await read(who.client, who.aim, sensors=False)

    return dict(zip(known, await asyncio.gather(*map(one, known.values())), strict=True))


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
