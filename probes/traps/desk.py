"""What the monitor does on a trap: asks the device at once, and lists it among the events.

A trap proves nothing, as anybody can send one in the name of another: no state follows from it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any, NamedTuple, Protocol

from inventory.model import SnmpProfile
from probes.traps.frames import Heard
from probes.traps.limits import Damper
from store.changes import Happened

ASK_MS = 2_000  # a device is asked once in this time, whatever it tells, and once more after it
EVENT_MS = 10_000  # likewise an event of one kind about one thing
DEVICES, EVENTS = 20_000, 5_000  # damped at once
PORTS = 40  # of one device that have events of their own at once; the others are the device's
ACTED = "acted_on"


class News(NamedTuple):
    """`ask`: things to ask at once; `events`: what stands in the list."""

    ask: tuple[int, ...] = ()
    events: tuple[Happened, ...] = ()


class _About(NamedTuple):
    thing_id: int
    trap: str
    if_index: int | None


class Ear(Protocol):
    """Whoever hears: `child.Child`."""

    def know(self, plan: Mapping[str, Any]) -> None: ...
    def take(self) -> list[Heard]: ...
    def counts(self) -> dict[str, int]: ...
    def troubles(self) -> list[str]: ...
    async def close(self) -> None: ...


class Desk:
    """Between the child that hears and the watch that asks. Times are UTC milliseconds."""

    def __init__(self, child: Ear, profiles: Mapping[str, SnmpProfile]) -> None:
        self._child = child
        self._things: dict[str, int] = {}
        self._ask = Damper[int, None](ASK_MS, DEVICES)
        self._events = Damper[_About, Heard](EVENT_MS, EVENTS)
        self._ports: Counter[int] = Counter()
        self._acted = 0
        self.profiles(profiles)

    def profiles(self, profiles: Mapping[str, SnmpProfile]) -> None:
        """What senders must know, as sites.toml has it; told to the child by the next `know`."""
        plain = [one for one in profiles.values() if one.version != "3"]
        self._communities = sorted({one.community for one in plain if one.community})
        self._users = [
            [one.user, one.auth, one.auth_key, one.priv or "", one.priv_key or ""]
            for one in profiles.values()
            if one.version == "3" and one.user and one.auth and one.auth_key
        ]

    def know(self, devices: Mapping[str, int]) -> None:
        """Whose traps count: address → thing; needs a running loop."""
        self._things = {_canonical(address): thing for address, thing in devices.items()}
        plan = {
            "sources": sorted(self._things),
            "communities": self._communities,
            "users": self._users,
        }
        self._child.know(plan)

    def take(self, now_ms: int) -> News:
        """What follows from what was heard since this was last asked."""
        ask: dict[int, None] = {}
        events: list[Happened] = []
        for heard in self._child.take():
            thing_id = self._things.get(heard.source)
            if thing_id is None:  # taken from the list a moment ago
                continue
            self._acted += 1
            if not self._ask.again(thing_id) and self._ask.first(thing_id, None, now_ms):
                ask[thing_id] = None
                self._ask.again(thing_id)  # an agent may have answered from what it knew before
            events += self._event(thing_id, heard, now_ms)
        ask |= {thing_id: None for thing_id, _, _ in self._ask.due(now_ms)}
        return News(tuple(ask), (*events, *self._later(now_ms), *self._troubles()))

    def health(self) -> dict[str, int]:
        """Since last asked: received, told, dropped by reason, restarts of the child …"""
        acted, self._acted = self._acted, 0
        return self._child.counts() | {ACTED: acted}

    async def close(self) -> None:
        await self._child.close()

    def _event(self, thing_id: int, heard: Heard, now_ms: int) -> Sequence[Happened]:
        about = _About(thing_id, heard.trap, heard.if_index)
        count = 1 if not heard.more else heard.more
        if self._events.again(about, count):
            return ()
        if about.if_index is not None and self._ports[thing_id] >= PORTS:
            about = about._replace(if_index=None)
            if self._events.again(about, count):
                return ()
        if not self._events.first(about, heard, now_ms):
            return ()
        self._ports[thing_id] += about.if_index is not None
        return (_happened(about, heard, count),)

    def _later(self, now_ms: int) -> list[Happened]:
        """What came again within ten seconds, told once with its number."""
        said = [_happened(about, heard, more) for about, heard, more in self._events.due(now_ms)]
        self._ports = Counter(a.thing_id for a in self._events.open() if a.if_index is not None)
        return said

    def _troubles(self) -> list[Happened]:
        return [Happened(kind="traps", body={"trouble": why}) for why in self._child.troubles()]


def _happened(about: _About, heard: Heard, count: int) -> Happened:
    body: dict[str, Any] = {
        "trap": heard.trap,
        "oid": heard.oid,
        "version": heard.version,
        "count": count,
        "varbinds": [{"oid": oid, "value": value} for oid, value in heard.binds],
    }
    return Happened(kind="trap", thing_id=about.thing_id, if_index=about.if_index, body=body)


def _canonical(address: str) -> str:
    try:
        return str(ip_address(address))
    except ValueError:
        return address
