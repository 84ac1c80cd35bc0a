"""Does the monitor see? For load balancers, for those who are woken, and for everybody."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from aiohttp import web

from reports.api.status import watching_document
from reports.web.api.operations import Call, encoded
from reports.web.api.reading import now
from reports.web.site import Site
from store.engine import RecordError
from store.questions import Snapshot

LATE_S = 30.0
LITTLE_BYTES = 256 * 1024 * 1024  # of the disk on which the record stands
FRESH_S = 1.0


class Vital:
    """The monitor's sign of life, asked once a second however many want to know."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._asked_s = -FRESH_S
        self._head: Snapshot | None = None

    async def head(self) -> Snapshot:
        """Without rows; RecordError where the record cannot be read."""
        if self._head is None or time.monotonic() - self._asked_s >= FRESH_S:
            revision = self._site.desk.known.revision
            found = await self._site.desk.ask(lambda reader: reader.snapshot(since=revision))
            self._head, self._asked_s = replace(found, rows=()), time.monotonic()
        return self._head

    async def trouble(self) -> Mapping[str, bool]:
        """What is wrong, by name."""
        try:
            head = await self.head()
        except RecordError:
            return {"record": True}
        watching = head.watching
        free = await self._site.desk.work(lambda: _free(self._site.data))
        return {
            "record": False,
            "stopped": not watching.running,
            "blind": watching.blind,
            "late": watching.late_s is None or watching.late_s > LATE_S,
            "disk": free < LITTLE_BYTES,
            "config_refused": head.refused is not None,
        }


def _free(folder: Path) -> int:
    """Bytes, where that folder is or will be."""
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    return shutil.disk_usage(there).free


SERIOUS = ("record", "stopped", "blind", "late", "disk")  # 503; the others are told


def health(vital: Vital) -> Any:
    """Everybody learns whether all is well; who may look at the record, what is not."""

    async def ask(call: Call) -> web.StreamResponse:
        trouble = await vital.trouble()
        well = not any(trouble.get(name) for name in SERIOUS)
        told: dict[str, Any] = {"status": "ok" if well else "fail"}
        if call.visitor.signed_in and not trouble["record"]:
            head = call.scope.head(await vital.head())
            told |= {"trouble": trouble} | watching_document(head, now(), call.zone)
        return web.Response(
            body=encoded(told), status=200 if well else 503, content_type="application/json"
        )

    return ask


async def lives(call: Call) -> web.StreamResponse:
    """The process answers; nothing is asked of the record."""
    return web.Response(text="ok\n")
