"""The sheet of a site, unit, provider or contact: what a technician wants to read there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from cli.sheet_text import found_text
from reports.api.places import ENDLESS, day
from store.drift import same
from store.period import Place, UnitRow
from store.place_sheets import Circuit, Equipment, PlaceSheet


def place_text(sheet: PlaceSheet, zone: ZoneInfo) -> Iterator[str]:
    for place, unit in sheet.units:
        act = f", {unit.act}" if unit.act else ""
        yield f"  unit {unit.name} ({unit.key}), {place.level}{_days(place, zone)}{act}"
    for one in sheet.equipment:
        yield from _equipment(one)
    for circuit in sheet.circuits:
        yield f"  link {circuit_text(circuit)}"


def _equipment(one: Equipment) -> Iterator[str]:
    said, read = one.declared, one.measured
    what = " ".join(filter(None, (_one(said, read, "vendor"), _one(said, read, "model"))))
    words = [
        what,
        _labelled("serial", _one(said, read, "serial")),
        _labelled("asset", said.get("asset_tag")),
        _labelled("warranty until", said.get("warranty_until")),
        _labelled("owner", said.get("owner")),
        one.row.address or "",
    ]
    named = f" “{said['name']}”" if said.get("name") else ""
    yield f"  {said.get('role', 'device')} {one.row.key}{named}: {one.row.state}"
    yield f"    {', '.join(word for word in words if word) or '–'}"
    yield from (f"  {line}" for line in found_text((), one.neighbours))


def _one(said: Mapping[str, Any], read: Mapping[str, Any], name: str) -> str:
    """What is declared; what was measured otherwise stands behind it."""
    declared, measured = said.get(name), read.get(name)
    if declared and measured and not same(declared, measured):
        return f"{declared} (measured: {measured})"
    return str(declared or measured or "")


def _labelled(label: str, value: Any) -> str:
    return f"{label} {value}" if value else ""


def circuit_text(one: Circuit) -> str:
    said = one.declared
    speed = said.get("capacity_mbps")
    words = [
        said.get("medium"),
        f"{speed:g} Mbit/s" if speed else None,
        said.get("role"),
        _labelled("circuit", said.get("circuit_id")),
        _labelled("contract", said.get("contract")),
        _labelled("until", said.get("contract_until")),
        one.provider,
        _labelled("hotline", one.hotline),
    ]
    told = ", ".join(str(word) for word in words if word)
    return f"{one.row.key} → {one.other}: {one.row.state}; {told}"


def units_text(rows: Sequence[UnitRow], names: Mapping[int, str], zone: ZoneInfo) -> Iterator[str]:
    """What a unit was over time, and what it passed into."""
    for row in rows:
        above = f", {names[row.parent_id]}" if row.parent_id is not None else ""
        act = f", {row.act}" if row.act else ""
        yield f"  {row.name}, code {row.code}, {row.level}{above}{_days(row, zone)}{act}"
    if rows[-1].into:
        yield f"  passed into {', '.join(rows[-1].into)}"


def _days(row: Place | UnitRow, zone: ZoneInfo) -> str:
    begin = f" from {day(row.from_ms, zone)}" if row.from_ms > 0 else ""
    end = f" until {day(row.to_ms, zone)}" if row.to_ms < ENDLESS else ""
    return begin + end


def people_text(people: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for person in people:
        words = (person.get("role"), person.get("phone"), person.get("email"))
        yield f"  call {person['name']}: {', '.join(filter(None, words)) or '–'}"
