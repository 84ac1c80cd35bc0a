"""Sends what happens to one receiver, page by page, and goes on where it stopped."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import time
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from typing import Any

from inventory.model import Export
from reports.forward.formats import FORMATS, Message, Source
from reports.forward.senders import Sender, SendError, sender
from reports.web.desk import Desk
from reports.web.scope import Scope
from reports.web.visitor import Role, Visitor
from store.audits import Audited
from store.engine import RecordError
from store.forwarding import Forwarding, Place
from store.logs import LoggedEvent
from store.states import Kind

log = logging.getLogger(__name__)
PAGE = 200
POLL_S = 1.0
FIRST_S, LONGEST_S = 1.0, 300.0  # between two tries
_MEDIA = {"json": "application/json"}


class Forwarder:
    """Nothing waits for it. Sent at least once: a crash may repeat a page, with the same ids."""

    def __init__(self, url: str, export: Export) -> None:
        self._url, self._export = url, export
        web = export.url.startswith("http")
        form = export.format or ("json" if web else "rfc5424")
        self._write = FORMATS[form]
        self._sender: Sender = sender(export.url, _MEDIA.get(form, "text/plain"))
        self._source = Source(socket.gethostname(), version("canh"), os.getpid())
        self._desk = Desk(url)
        self._record = ""
        self._trouble = ""

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; the page that is being sent is left, and comes again."""
        wait_s = FIRST_S
        work: Forwarding | None = None
        place: Place | None = None
        try:
            while not stop.is_set():
                try:
                    if work is None:
                        work = await asyncio.to_thread(Forwarding, self._url, self._export.id)
                    if place is None:
                        place = await asyncio.to_thread(work.begin, _now_ms())
                    further = None if place is None else await self._page(work, place)
                    self._tell("")
                    pause_s, wait_s = (0.0 if further else POLL_S), FIRST_S
                    place = further or place
                except (RecordError, SendError) as error:
                    self._tell(str(error))
                    pause_s, wait_s = wait_s, min(2 * wait_s, LONGEST_S)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause_s):
                        await stop.wait()
        finally:
            await self._sender.close()
            self._desk.close()
            if work is not None:
                work.close()

    async def _page(self, work: Forwarding, place: Place) -> Place | None:
        """The place behind what was sent; None: there is nothing new."""
        events, audited = await asyncio.to_thread(work.after, place, PAGE)
        if not events and not audited:
            return None
        await self._desk.refresh()
        self._record = self._desk.known.head.record_id
        further = Place(
            events[-1].id if events else place.event_id,
            audited[-1].id if audited else place.audit_id,
        )
        lines = [self._write(one, self._source) for one in self._chosen(events, audited)]
        if lines:
            key = f"{self._record}-{further.event_id}-{further.audit_id}"
            await self._sender.send(key, lines)
        await asyncio.to_thread(work.keep, further, _now_ms())
        return further

    def _chosen(
        self, events: Iterable[LoggedEvent], audited: Iterable[Audited]
    ) -> Iterator[Message]:
        export = self._export
        units = frozenset(export.units) or None
        scope = Scope.of(Visitor(name="", role=Role.VIEWER, units=units), self._desk.known)
        for event in events:
            wanted = not export.kinds or any(
                event.kind == kind or event.kind.startswith(f"{kind}.") for kind in export.kinds
            )
            if wanted and (event.thing_id is None or scope.sees_thing(event.thing_id)):
                yield self._of_event(event)
        for row in audited if export.audit else ():
            if row.thing_id is None or scope.sees_thing(row.thing_id):
                yield self._of_audit(row)

    def _of_event(self, event: LoggedEvent) -> Message:
        detail: dict[str, Any] = event.body if isinstance(event.body, dict) else {}
        actor = detail.get("actor")
        return Message(
            id=f"event-{event.id}",
            at_ms=event.at_ms,
            kind=event.kind,
            actor=actor if isinstance(actor, str) else None,
            thing_kind=event.thing_kind,
            thing=event.thing_key,
            name=self._name(event.thing_id),
            outage=event.outage_id,
            detail=detail,
        )

    def _of_audit(self, row: Audited) -> Message:
        return Message(
            id=f"audit-{row.id}",
            at_ms=row.at_ms,
            kind=f"audit.{row.action}",
            actor=row.actor,
            thing_kind=row.thing_kind,
            thing=row.thing_key,
            name=self._name(row.thing_id),
            outage=row.outage_id,
            detail=row.detail if isinstance(row.detail, dict) else {},
        )

    def _name(self, thing_id: int | None) -> str | None:
        row = None if thing_id is None else self._desk.known.rows.get(thing_id)
        return None if row is None or row.kind is Kind.INTERFACE else row.name

    def _tell(self, trouble: str) -> None:
        """Each trouble once, and its end."""
        if trouble and trouble != self._trouble:
            log.warning("export %s: %s; it is tried again", self._export.id, trouble)
        elif self._trouble and not trouble:
            log.warning("export %s: taken again", self._export.id)
        self._trouble = trouble


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
