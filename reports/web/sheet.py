"""What a technician reads at a rack: one site with all that stands there, as one value."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import segno
from markupsafe import Markup

from inventory.phrases import say, table
from reports.numbers import duration
from reports.periods import Clock
from reports.shown import shown
from reports.web.desk import Known
from store.faces import face_of, phrase, sign
from store.field import Note
from store.photos import Photo
from store.place_sheets import Circuit, Equipment
from store.questions import LiveRow, OutageRow
from store.reader import RecordReader

MOST_OUTAGES, MOST_NOTES, MOST_WAYS = 5, 4, 3
_NUMBER = re.compile(r"\+?[0-9][0-9 ().-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A device. `ways`: where it hangs, as `Gi0/1 → p-tu-router1 Gi0/2`."""

    row: LiveRow
    role: str
    name: str
    made: str  # vendor and model
    serial: str
    asset_tag: str
    ways: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A link with both its ends."""

    row: LiveRow
    ends: tuple[str, str]
    said: Mapping[str, Any]
    provider: str
    hotline: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """`units`: names, the lowest first; `people`: as sites.toml has them."""

    row: LiveRow
    units: tuple[str, ...]
    address: str
    people: tuple[Mapping[str, Any], ...]
    items: tuple[Item, ...]
    lines: tuple[Line, ...]
    outages: tuple[OutageRow, ...]
    notes: tuple[Note, ...]
    photos: tuple[Photo, ...]
    made_ms: int


def paper(reader: RecordReader, row: LiveRow, known: Known) -> Paper:
    """Blocking, some milliseconds. KeyError: the site is gone."""
    about, place = reader.sheet(row.thing_id), reader.places.sheet(row.thing_id)
    things = [row.thing_id, *(one.row.thing_id for one in place.equipment)]
    lines = tuple(_line(one) for one in place.circuits)
    return Paper(
        row=row,
        units=units_of(row, known),
        address=about.declared.get("postal_address") or "",
        people=tuple(about.declared.get("contacts", ())),
        items=tuple(_item(one, place.circuits) for one in place.equipment),
        lines=lines,
        outages=about.outages[:MOST_OUTAGES],
        notes=reader.field.notes([*things, *(one.row.thing_id for one in lines)], MOST_NOTES),
        photos=reader.field.photos(things),
        made_ms=time.time_ns() // 1_000_000,
    )


def units_of(row: LiveRow, known: Known) -> tuple[str, ...]:
    """Names of the units above, the nearest first."""
    found: dict[int, str] = {}
    at = row.unit_id
    while at is not None and at in known.units and at not in found:
        found[at] = known.units[at].name
        at = known.units[at].unit_id
    return tuple(found.values())


def _item(one: Equipment, circuits: Sequence[Circuit]) -> Item:
    said, read = one.declared, one.measured
    both = {name: said.get(name) or read.get(name) or "" for name in ("vendor", "model", "serial")}
    return Item(
        row=one.row,
        role=said.get("role") or "",
        name=said.get("name") or "",
        made=f"{both['vendor']} {both['model']}".strip(),
        serial=both["serial"],
        asset_tag=said.get("asset_tag") or "",
        ways=tuple(_ways(one, circuits)),
    )


def _ways(one: Equipment, circuits: Sequence[Circuit]) -> Iterator[str]:
    """What was found at its ports; else where the files say that it hangs."""
    if one.neighbours:
        for each in one.neighbours:
            yield f"{each.port} → {each.remote_name or '?'} {each.remote_port or ''}".rstrip()
        return
    key, found = one.row.key, False
    for circuit in circuits:
        ends = [circuit.declared.get(end) or {} for end in "ab"]
        for mine, other in (ends, ends[::-1]):
            if mine.get("device") == key:
                found = True
                yield f"{mine.get('interface') or ''} → {_end(other)}".strip()
    if not found:
        yield from (f"→ {up}" for up in one.declared.get("uplink") or ())


def _line(one: Circuit) -> Line:
    first, second = (_end(one.declared.get(end) or {}) for end in "ab")
    return Line(
        row=one.row,
        ends=(first, second),
        said=one.declared,
        provider=one.provider or "",
        hotline=one.hotline or "",
    )


def _end(end: Mapping[str, Any]) -> str:
    """`p-tu-router1 Gi0/1`, or the site."""
    named = (end.get("device") or end.get("site") or "?", end.get("interface"))
    return " ".join(filter(None, named))


@lru_cache(maxsize=1024)
def qr(url: str) -> Markup:
    """As an element of the page; phones read it from half a metre when it is 25 mm wide."""
    made = segno.make(url, error="m", micro=False)
    return Markup(made.svg_inline(border=4, svgclass="qr", lineclass=None, omitsize=True))  # noqa: S704


@dataclass(frozen=True, slots=True)
class Telling:
    """How a sheet says moments and states, in one language."""

    language: str
    zone: ZoneInfo
    now_ms: int

    def at(self, at_ms: int) -> str:
        return Clock(self.zone, self.language).minute(at_ms)

    def lasting(self, from_ms: int | None, to_ms: int | None = None) -> str:
        if from_ms is None:
            return ""
        seconds = max(0, (self.now_ms if to_ms is None else to_ms) - from_ms) / 1000
        return duration(seconds, self.language)

    def state(self, row: LiveRow) -> str:
        face = face_of(row)
        return f"{sign(face)} {say(self.language, phrase(face))}"

    def named(self, group: str, word: str) -> str:
        """A word of a list that we know (`role`, `medium`), else as it stands in the files."""
        key = f"{group}.{word}"
        return say(self.language, key) if key in table() else shown(word)

    @staticmethod
    def dial(number: str) -> str:
        """For a `tel:` address; "" where there is nothing to dial."""
        found = _NUMBER.match(number.strip())
        digits = re.sub(r"[^0-9+]", "", found[0]) if found else ""
        return digits if len(digits) > 2 else ""
