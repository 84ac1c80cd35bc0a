"""Tells changes as lines, from what is committed, for a monitor without a board."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from inventory.phrases import say
from store.engine import RecordError
from store.reader import RecordReader, open_questions

POLL_S = 0.25
TOLD = ("device", "link", "site")


class Narrator:
    """Prints one line per change of state of a root, and per blind spell."""

    def __init__(self, url: str, language: str, write: Any) -> None:
        self._url = url
        self._language = language
        self._write = write
        self._last = 0
        self._revision = -1

    async def run(self, stop: asyncio.Event) -> None:
        reader = open_questions(self._url)
        zone = ZoneInfo(reader.snapshot().timezone)
        self._last = max((e["id"] for e in reader.events()), default=0)
        try:
            while not stop.is_set():
                await asyncio.to_thread(self._look, reader, zone)
                await _pause(stop)
            await asyncio.to_thread(self._look, reader, zone)
        finally:
            reader.close()

    def _look(self, reader: RecordReader, zone: ZoneInfo) -> None:
        """What cannot be read now is told later; the writer says what is wrong with the record."""
        with suppress(RecordError):
            revision = reader.revision()[1]
            if revision != self._revision:
                self._tell(reader, zone)
                self._revision = revision

    def _tell(self, reader: RecordReader, zone: ZoneInfo) -> None:
        for event in reader.events(self._last):
            self._last = event["id"]
            line = self._line(event, zone)
            if line:
                self._write(line)

    def _line(self, event: Mapping[str, Any], zone: ZoneInfo) -> str | None:
        """None for what is only a consequence: children of a root, first answers."""
        at = datetime.fromtimestamp(event["at"] / 1000, zone).strftime("%H:%M:%S")
        kind, body = event["kind"], event["body"]
        if kind in ("blind", "sight", "resolver", "resolver_back"):
            return f"{at}  {say(self._language, f'event.{kind}')}"
        if not kind.startswith("state.") or event["thing_kind"] not in TOLD:
            return None
        consequence = body["root"] is not None or event["root_outage_id"] is not None
        if consequence or event["outage_id"] is None:
            return None
        what = say(self._language, f"kind.{event['thing_kind']}")
        state = say(self._language, kind)
        lasted = ""
        if kind == "state.up" and event["first_good"] is not None:
            lasted = f"  ({(event['first_good'] - event['first_bad']) // 1000} s)"
        return f"{at}  {state:<15} {what} {event['thing_key']}{lasted}"


async def _pause(stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(POLL_S):
            await stop.wait()
    except TimeoutError:
        return
