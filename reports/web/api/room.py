"""The room of the API: its operations, their description for programs and for people."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from typing import Any

from aiohttp import web

from reports.web.api import board
from reports.web.api.documents import Command, Documents
from reports.web.api.events import Tape, events
from reports.web.api.health import Vital, health, lives
from reports.web.api.metrics import THINGS, metrics, targets
from reports.web.api.openapi import openapi
from reports.web.api.operations import Call, Operation, routes
from reports.web.api.schemas import TEXT, ref
from reports.web.api.table import BASE, OPERATIONS, UNIT
from reports.web.api.values import pattern, several, text, whole
from reports.web.site import Routes, Site
from store.states import State

_WORSE_S = 60.0  # how long the longest delay is told
_TICK_S = 0.25
_PERIOD = r"20[0-9]{2}(-(0[1-9]|1[0-2]|Q[1-4]))?"


class Lag:
    """How late the loop comes back to those who wait; measured from the first question on."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._task: asyncio.Task[None] | None = None
        self._worst: list[tuple[float, float]] = []  # (when, delay), seconds

    def __call__(self) -> float:
        if self._task is None:
            self._task = asyncio.create_task(self._measure())
        since = time.monotonic() - _WORSE_S
        self._worst = [one for one in self._worst if one[0] >= since]
        return max((delay for _, delay in self._worst), default=0.0)

    async def _measure(self) -> None:
        while not self._site.stop.is_set():
            due = time.monotonic() + _TICK_S
            await asyncio.sleep(_TICK_S)
            now = time.monotonic()
            self._worst.append((now, max(0.0, now - due)))
            del self._worst[: -int(_WORSE_S / _TICK_S)]


def api_room(command: Command) -> Routes:
    """`command`: runs `canh` with those words, in a process of its own."""

    def room(site: Site) -> Iterable[web.AbstractRouteDef]:
        operations = (*OPERATIONS, *_living(site, command), *board.operations())
        described = openapi(operations, version("canh"))

        async def document(call: Call) -> Any:
            return described

        async def page(request: web.Request) -> web.StreamResponse:
            about = {"topics": _topics(operations), "described": described}
            return await site.page(request, "api.html.j2", lambda _: about, keep=True)

        own = Operation(
            method="GET",
            path=f"{BASE}/openapi.json",
            id="openapi",
            about="This document.",
            topic="About",
            handle=document,
            answer={"type": "object"},
        )
        operations = (*operations, own)
        described |= openapi(operations, version("canh"))
        yield from routes(site, operations)
        yield web.get("/api", page)

    return room


def _topics(operations: Iterable[Operation]) -> dict[str, list[Operation]]:
    found: dict[str, list[Operation]] = {}
    for operation in operations:
        found.setdefault(operation.topic, []).append(operation)
    return found


def _living(site: Site, command: Command) -> Iterator[Operation]:
    """Those that keep something between two questions."""
    vital, tape, made = Vital(site), Tape(site), Documents(command)
    yield Operation(
        method="GET",
        path=f"{BASE}/events",
        id="events",
        about="Events as they are committed (server-sent events); `id` is that of the event.",
        topic="Events",
        handle=events(tape),
        values=(
            text("kind", "only these, with commas: state, state.down, acknowledged …"),
            UNIT,
            whole("after", "go on behind this event; default: from now on"),
            whole("Last-Event-ID", "the same, as browsers send it", place="header"),
        ),
        media="text/event-stream",
        answer=TEXT,
        missing=True,
    )
    yield Operation(
        method="GET",
        path=f"{BASE}/reports/{{period}}",
        id="report",
        about="The report of a month, quarter or year, as `canh report --json`.",
        topic="Reports",
        handle=made.report(),
        values=(
            pattern("period", "2026-10, 2026-Q4 or 2026", _PERIOD, place="path", required=True),
        ),
        answer=ref("Report"),
        refused=True,
    )
    yield Operation(
        method="GET",
        path=f"{BASE}/coverage",
        id="coverage",
        about="Which offices have LAN, broadband, fibre …, as `canh coverage --json`.",
        topic="Reports",
        handle=made.coverage(),
        answer=ref("Coverage"),
    )
    yield Operation(
        method="GET",
        path="/metrics",
        id="metrics",
        about="Numbers for Prometheus. Counts always; a series a thing only where asked for.",
        topic="Prometheus",
        handle=metrics(vital, Lag(site)),
        values=(several("things", "also a series for each of these", THINGS),),
        media="text/plain",
        answer=TEXT,
    )
    yield Operation(
        method="GET",
        path=f"{BASE}/prometheus/targets",
        id="prometheus_targets",
        about="Devices for http_sd_configs of Prometheus, to ask them by other exporters.",
        topic="Prometheus",
        handle=targets,
        values=(several("state", "only in these states", State),),
        answer=ref("Targets"),
    )
    yield Operation(
        method="GET",
        path=f"{BASE}/health",
        id="health",
        about="Whether the monitor runs, sees and keeps up. Details only with a token.",
        topic="Health",
        handle=health(vital),
        answer=ref("Health"),
        role=None,
        others={503: "It does not run, is blind, late, out of disk, or the record is unreadable."},
    )
    yield Operation(
        method="GET",
        path="/healthz",
        id="healthz",
        about="Whether the process lives, for load balancers.",
        topic="Health",
        handle=lives,
        media="text/plain",
        answer=TEXT,
        role=None,
    )
