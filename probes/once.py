"""Asks one device once, by ping and SNMP, and says what that makes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from inventory.model import SnmpProfile
from probes.managed import target
from probes.ping import NoIcmp, Pinger
from probes.results import UNSENT, SnmpPoll, SnmpStatus
from probes.snmp import SnmpClient
from probes.snmp_v3 import SnmpV3Client
from store.states import Mark, State

_PINGS = 3
_SPACING_S = 0.2
_TICK_S = 0.005  # the kernel stamps what comes just after it was asked to when it is read


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """What one device said. `rtt_ms` has one entry per ping: None is a miss."""

    rtt_ms: tuple[float | None, ...]
    no_ping: str  # why our own machine could not ping, if so
    polls: tuple[tuple[SnmpProfile, SnmpPoll], ...]

    @property
    def alive(self) -> bool:
        answered = any(poll.answered_ns is not None for _, poll in self.polls)
        return answered or any(rtt is not None for rtt in self.rtt_ms)

    @property
    def state(self) -> State:
        """Any valid answer proves it alive; lost pings beside answered ones degrade it."""
        misses = self.rtt_ms.count(None)
        if self.alive:
            return State.DEGRADED if 0 < misses < len(self.rtt_ms) else State.UP
        return State.UNKNOWN if self.no_ping else State.DOWN

    @property
    def marks(self) -> tuple[Mark, ...]:
        """What is silent beside a proof of life."""
        marks = []
        if self.alive and self.rtt_ms and not any(rtt is not None for rtt in self.rtt_ms):
            marks.append(Mark.NO_ICMP)
        if self.alive and self.polls and self.polls[-1][1].status is not SnmpStatus.OK:
            marks.append(Mark.MANAGEMENT_SILENT)
        return tuple(marks)


async def ask_once(address: str, profiles: Sequence[SnmpProfile], *, timeout_s: float) -> Once:
    """Ping three times; ask the SNMP profiles in order until one is answered."""
    (rtt_ms, no_ping), polls = await asyncio.gather(
        _ping(address, timeout_s), _ask_profiles(address, profiles)
    )
    return Once(rtt_ms=rtt_ms, no_ping=no_ping, polls=polls)


async def _ping(address: str, timeout_s: float) -> tuple[tuple[float | None, ...], str]:
    pinger = Pinger(timeout_s=timeout_s)
    found: dict[int, float | None] = {}
    try:
        loop = asyncio.get_running_loop()
        began, asked = loop.time(), 0
        while len(found) < _PINGS:
            if asked < _PINGS and loop.time() >= began + asked * _SPACING_S:
                pinger.send([(asked, address)])
                asked += 1
            for number, _, rtt in pinger.drain():
                if rtt == UNSENT:
                    return (), f"this machine cannot send to {address}: no route, or no link"
                found[number] = rtt / 1e6 if rtt >= 0 else None
            await asyncio.sleep(_TICK_S)
    except NoIcmp as refusal:
        return (), str(refusal)
    finally:
        pinger.close()
    return tuple(found[number] for number in range(_PINGS)), ""


async def _ask_profiles(
    address: str, profiles: Iterable[SnmpProfile]
) -> tuple[tuple[SnmpProfile, SnmpPoll], ...]:
    client, v3 = SnmpClient(), SnmpV3Client()
    polls = []
    try:
        for profile in profiles:
            answer: asyncio.Future[SnmpPoll] = asyncio.get_running_loop().create_future()
            speaker = v3 if profile.version == "3" else client
            speaker.poll(target(0, address, profile), answer.set_result, facts=True)
            polls.append((profile, await answer))
            if polls[-1][1].status is SnmpStatus.OK:
                break
    finally:
        client.close()
        v3.close()
    return tuple(polls)
