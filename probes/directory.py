"""Keeps the addresses of what is given by name true while we run."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from probes.names import Names, Word

LOOK_MS = 10_000  # between two looks; the names themselves are asked as seldom as their TTL allows


class Directory:
    """Things are known by their thing ids. A name whose question fails keeps its last address; one
    that does not exist, or was never answered, has none."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._given: dict[int, str] = {}
        self._known: dict[int, str | None] = {}
        self._next_look = 0
        self._looking: asyncio.Task[None] | None = None
        self._turned: dict[int, str | None] = {}

    def take_up(self, given: Mapping[int, str]) -> None:
        """Thing id → name. What is new is looked up at the next tick."""
        self._given = dict(given)
        self._known = {t: at for t, at in self._known.items() if t in given}
        self._turned = dict(self._known)  # whoever asks is new, and has none of them yet
        self._next_look = 0

    def things(self, name: str) -> list[int]:
        return [thing_id for thing_id, each in self._given.items() if each == name]

    def tick(self, now_ms: int) -> None:
        if self._given and self._looking is None and not 0 < self._next_look - now_ms <= LOOK_MS:
            self._next_look = now_ms + LOOK_MS
            self._looking = asyncio.create_task(self.look())

    def take(self) -> dict[int, str | None]:
        """Thing id → its new address; None: it has none any more, or none yet."""
        turned, self._turned = self._turned, {}
        return {t: address for t, address in turned.items() if t in self._given}

    def close(self) -> None:
        if self._looking is not None:
            self._looking.cancel()

    async def look(self) -> None:
        """Look all of them up, as far as they are due."""
        try:
            await asyncio.gather(*map(self._look_up, set(self._given.values())))
        finally:
            self._looking = None

    async def _look_up(self, name: str) -> None:
        found = await self._names.find(name)
        address = found.addresses[0] if found.word is Word.FOUND else None
        for thing_id in self.things(name):
            if thing_id not in self._known or self._known[thing_id] != address:
                self._known[thing_id] = self._turned[thing_id] = address
