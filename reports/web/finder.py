"""The look-up that pages and programs share: one index of everything that has a name."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from reports.web.desk import Desk, Known
from reports.web.masks import Masks
from reports.web.scope import Scope
from store.engine import RecordError

if TYPE_CHECKING:
    from inventory.lookup import Hit, Index

OLD_S = 600.0  # what devices say of themselves changes without a change of names


class Finder:
    """The index is made when somebody searches for the first time, and anew for who asks after
    names or places changed: not for each change of a state. An old one is made anew meanwhile."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._index: Index | None = None
        self._of: tuple[object, ...] = ()
        self._made_s = 0.0  # monotonic
        self._masks = Masks()
        self._making = asyncio.Lock()
        self._renewing: asyncio.Task[None] | None = None

    async def index(self) -> Index:
        """RecordError where the record cannot be read."""
        async with self._making:
            if self._index is None or self._of != _names(self._desk.known):
                return await self._make()
        if time.monotonic() - self._made_s > OLD_S and self._renewing is None:
            self._renewing = asyncio.create_task(self._renew())
        return self._index

    def find(self, index: Index, question: str, most: int, scope: Scope) -> list[Hit]:
        """The likeliest first, of what may be seen; in a worker thread."""
        return index.find(question, most, self._masks.of(index, scope))

    async def _renew(self) -> None:
        try:
            async with self._making:
                with contextlib.suppress(RecordError):  # the old one still tells most
                    await self._make()
        finally:
            self._renewing = None

    async def _make(self) -> Index:
        of = _names(self._desk.known)
        index = await self._desk.ask(lambda reader: reader.lookup())
        gone: list[object] = [self._index, self._masks]
        self._index, self._of, self._made_s = index, of, time.monotonic()
        self._masks = Masks()
        await self._desk.work(gone.clear)  # to free it takes a tenth of a second
        return index


def _names(known: Known) -> tuple[object, ...]:
    """Moves when names may have changed, or where something stands."""
    return known.head.record_id, known.head.declared, known.groups, len(known.rows)
