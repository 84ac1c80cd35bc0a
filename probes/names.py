"""Turns names into addresses, keeps the last good ones, and tells of the resolver as one thing."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address

import aiodns
from aiodns.error import ARES_EBADNAME, ARES_ENODATA, ARES_ENOTFOUND, DNSError

SHORTEST_S, LONGEST_S = 60.0, 3600.0  # a TTL outside is taken as these
REFRESH = 0.8  # of the TTL: asked again in the background
TIMEOUT_S, TRIES = 2.0, 2
GIVE_UP_S = 5.0  # for one name, whatever the number of servers
AGAIN_S = 10.0  # a name whose question failed
AT_ONCE = 16
AT_MOST = 10_000  # names remembered
NO_SUCH = (ARES_ENOTFOUND, ARES_ENODATA, ARES_EBADNAME)


class Word(StrEnum):
    FOUND = "found"
    NO_NAME = "no_name"  # the resolver says that it does not exist, or has no address
    FAILED = "failed"  # it gives no answer: its fault, not that of the name


@dataclass(frozen=True, slots=True)
class Found:
    """`stale`: the addresses of before, since the resolver fails; `asked`: not from memory."""

    word: Word
    addresses: tuple[str, ...] = ()
    stale: bool = False
    asked: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """The address in use of a name is another one than before."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """The resolver began to fail (`on`), or every name resolves again."""

    on: bool
    name: str
    why: str


@dataclass(slots=True)
class _Known:
    addresses: tuple[str, ...] = ()
    refresh_at: float = 0.0
    expires_at: float = 0.0
    asking: asyncio.Task[Found] | None = field(default=None, repr=False)


class Names:
    """`servers`: addresses of resolvers, with `:port` where it is another; None: the system's.

    The system's hosts file and search domains count. Times are monotonic seconds.
    """

    def __init__(
        self,
        servers: Sequence[str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._servers = servers
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._failing: dict[str, str] = {}  # name → why
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._news: list[Moved | Trouble] = []

    async def find(self, name: str) -> Found:
        """From memory while it is fresh; at 80 % of its TTL it is asked anew in the background."""
        if literal(name):
            return Found(Word.FOUND, (name,))
        now = self._clock()
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = _Known()
            if len(self._known) > AT_MOST:
                self._known.pop(next(iter(self._known)))
        if now >= known.refresh_at and known.asking is None:
            known.asking = asyncio.create_task(self._ask(name, known))
        why = self._failing.get(name)
        if known.addresses and (now < known.expires_at or why is not None):
            return Found(Word.FOUND, known.addresses, stale=why is not None, why=why or "")
        if known.asking is None:
            return Found(Word.FAILED, why=why or "")
        return await asyncio.shield(known.asking)

    async def once(self, name: str) -> Found:
        """Asked now and not remembered: where a redirect leads is no name of ours."""
        if literal(name):
            return Found(Word.FOUND, (name,))
        found, _ = await self._lookup(name)
        return found

    def take(self) -> list[Moved | Trouble]:
        """What happened since it was last asked."""
        news, self._news = self._news, []
        return news

    def close(self) -> None:
        for known in self._known.values():
            if known.asking is not None:
                known.asking.cancel()

    async def _ask(self, name: str, known: _Known) -> Found:
        try:
            found, ttl_s = await self._lookup(name)
        finally:
            known.asking = None
        now = self._clock()
        if found.word is Word.FAILED:
            self._fail(name, found.why)
            known.refresh_at = now + AGAIN_S
            if not known.addresses:
                return found
            return Found(Word.FOUND, known.addresses, stale=True, asked=True, why=found.why)
        self._heal(name)
        if found.word is Word.NO_NAME:
            known.addresses, known.refresh_at, known.expires_at = (), 0.0, 0.0
            return found
        ttl_s = min(max(ttl_s, SHORTEST_S), LONGEST_S)
        known.refresh_at, known.expires_at = now + REFRESH * ttl_s, now + ttl_s
        known.addresses = self._in_use_first(name, known.addresses, found.addresses)
        return Found(Word.FOUND, known.addresses, asked=True)

    def _in_use_first(
        self, name: str, old: tuple[str, ...], new: tuple[str, ...]
    ) -> tuple[str, ...]:
        """Servers turn the order of many addresses: what we use stays while it is among them."""
        if not old or old[0] == new[0]:
            return new
        if old[0] in new:
            return (old[0], *(each for each in new if each != old[0]))
        self._news.append(Moved(name, old[0], new[0]))
        return new

    async def _lookup(self, name: str) -> tuple[Found, float]:
        """A new resolver each time: it reads the system's settings anew and remembers nothing."""
        async with self._gate:
            resolver = aiodns.DNSResolver(self._servers, timeout=TIMEOUT_S, tries=TRIES)
            try:
                async with asyncio.timeout(GIVE_UP_S):
                    said = await resolver.getaddrinfo(
                        name, family=socket.AF_UNSPEC, type=socket.SOCK_STREAM
                    )
            except DNSError as error:
                number, text = error.args[0], str(error.args[1])
                word = Word.NO_NAME if number in NO_SUCH else Word.FAILED
                return Found(word, asked=True, why=text[:1].lower() + text[1:]), 0.0
            except TimeoutError:
                return Found(Word.FAILED, asked=True, why="the resolver does not answer"), 0.0
            finally:
                await resolver.close()
        addresses = dict.fromkeys(bytes(node.addr[0]).decode() for node in said.nodes)
        if not addresses:
            return Found(Word.NO_NAME, asked=True, why="it has no address"), 0.0
        return Found(Word.FOUND, tuple(addresses), asked=True), min(n.ttl for n in said.nodes)

    def _fail(self, name: str, why: str) -> None:
        if not self._failing:
            self._news.append(Trouble(True, name, why))
        self._failing[name] = why

    def _heal(self, name: str) -> None:
        why = self._failing.pop(name, None)
        if why is not None and not self._failing:
            self._news.append(Trouble(False, name, why))


def literal(address: str) -> bool:
    """An address already, with or without a scope."""
    try:
        ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return True
