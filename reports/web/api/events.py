"""Events as they are committed, as server-sent events: in order, to go on where one stopped."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Iterator
from typing import Any

from aiohttp import web

from reports.api.documents import when
from reports.web.api.operations import Call
from reports.web.api.reading import within_unit
from reports.web.site import Site
from store.logs import LoggedEvent

READERS = 500
HELD = 5_000  # events in memory, for all readers together
PAGE = 500
QUIET_S = 15.0  # after which a line tells that we are still there
SLOW_S = 10.0  # who has not taken a page by then is dropped
SIGHT = ("blind", "sight")  # of the monitor itself


class Tape:
    """The last events. Readers keep their place alone: one question a revision serves all."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._held: deque[LoggedEvent] = deque(maxlen=HELD)
        self._from = -1  # every event after this one is held; -1: nothing was read yet
        self._revision = -1
        self._turn = asyncio.Lock()
        self.readers = 0

    async def newest(self) -> int:
        await self._catch_up()
        return self._held[-1].id if self._held else self._from

    async def after(self, place: int) -> list[LoggedEvent]:
        """At most a page of what came after that event."""
        await self._catch_up()
        if place < self._from:
            found = await self._site.desk.ask(lambda reader: reader.logs.events(place, PAGE))
            return list(found)
        return list(self._behind(place))

    def _behind(self, place: int) -> Iterator[LoggedEvent]:
        if not self._held or self._held[-1].id <= place:
            return
        count = 0
        for one in self._held:
            if one.id > place and count < PAGE:
                count += 1
                yield one

    async def _catch_up(self) -> None:
        async with self._turn:
            revision = self._site.desk.known.revision
            if revision == self._revision:
                return
            if self._from < 0:
                self._from = await self._site.desk.ask(lambda reader: reader.logs.newest_event())
            place = self._held[-1].id if self._held else self._from
            while page := await self._site.desk.ask(
                lambda reader: reader.logs.events(place, PAGE)  # noqa: B023  asked at once
            ):
                for one in page:
                    if len(self._held) == HELD:
                        self._from = self._held[0].id
                    self._held.append(one)
                place = page[-1].id
            self._revision = revision


def events(tape: Tape) -> Any:
    async def stream(call: Call) -> web.StreamResponse:
        if tape.readers >= READERS:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "10"})
        given = call.values["Last-Event-ID"]
        place = call.values["after"] if given is None else given
        answer = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        if call.request.method == "HEAD":
            return answer
        within_unit(call)  # it has to be there before anything is told
        place = await tape.newest() if place is None else place
        tape.readers += 1
        try:
            await answer.prepare(call.request)
            await _tell(call, tape, answer, place)
        except (TimeoutError, ConnectionError):
            if call.request.transport is not None:
                call.request.transport.abort()  # the rest of what it did not take is let go
        finally:
            tape.readers -= 1
        return answer

    return stream


async def _tell(call: Call, tape: Tape, answer: web.StreamResponse, place: int) -> None:
    desk, stop = call.site.desk, call.site.stop
    await _write(answer, f": event {place} was the last\nretry: 3000\n\n".encode())
    while not stop.is_set():
        known = desk.known
        page = await tape.after(place)
        if page:
            place = page[-1].id
            fresh = Call(call.site, call.request, call.values)  # its scope is that of now
            frames = await desk.work(lambda: b"".join(_frames(fresh, page)))  # noqa: B023
        elif await desk.newer(known.revision, QUIET_S) is None:
            frames = b": still here\n\n"
        else:
            continue
        if not await call.site.still(call.request):
            return
        if frames:
            await _write(answer, frames)


async def _write(answer: web.StreamResponse, body: bytes) -> None:
    async with asyncio.timeout(SLOW_S):
        await answer.write(body)


def _frames(call: Call, page: list[LoggedEvent]) -> Iterator[bytes]:
    kinds, within = call.values["kind"], within_unit(call)
    for one in page:
        if kinds is not None and not any(_is_of(one.kind, kind) for kind in kinds.split(",")):
            continue
        if within is not None and one.thing_id not in within:
            continue
        if call.scope.whole or one.kind in SIGHT or call.scope.sees_thing(one.thing_id):
            told = json.dumps(document(one, call), ensure_ascii=False, separators=(",", ":"))
            yield f"id: {one.id}\nevent: {one.kind}\ndata: {told}\n\n".encode()


def _is_of(kind: str, wanted: str) -> bool:
    """`state` stands for all of state.down, state.up …"""
    return kind == wanted or kind.startswith(f"{wanted}.")


def document(one: LoggedEvent, call: Call) -> dict[str, Any]:
    row = call.site.desk.known.rows.get(one.thing_id) if one.thing_id is not None else None
    return {
        "id": one.id,
        "at": when(one.at_ms, call.zone),
        "event": one.kind,
        "kind": one.thing_kind,
        "thing": one.thing_key,
        "name": None if row is None else row.name,
        "outage": one.outage_id,
        "detail": one.body,
        "revision": one.revision,
    }
