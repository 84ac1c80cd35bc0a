"""Questions that come at one moment are asked as one: two hundred open streams cost one look."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Found = TypeVar("Found")


class Together(Generic[Key, Found]):
    """`ask`: what is known of each key. While one question runs, the next gathers keys."""

    def __init__(self, ask: Callable[[Collection[Key]], Awaitable[Mapping[Key, Found]]]) -> None:
        self._ask = ask
        self._keys: set[Key] = set()
        self._next: asyncio.Task[Mapping[Key, Found]] | None = None
        self._turn = asyncio.Lock()

    async def find(self, key: Key) -> Found | None:
        """As it is now: never the answer to a question that began before."""
        self._keys.add(key)
        if self._next is None:
            self._next = asyncio.create_task(self._gather())
        return (await asyncio.shield(self._next)).get(key)  # others wait for it too

    async def _gather(self) -> Mapping[Key, Found]:
        async with self._turn:
            keys, self._keys, self._next = self._keys, set(), None
            return await self._ask(keys)
