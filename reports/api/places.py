"""The sheet of a site, unit, provider or contact as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from reports.api.documents import thing
from store.period import Place, UnitRow
from store.place_sheets import Circuit, PlaceSheet

ENDLESS = 1 << 61  # beyond: a day that has not come


def place_document(sheet: PlaceSheet, keys: Mapping[int, str], zone: ZoneInfo) -> dict[str, Any]:
    return {
        "units": [
            unit_document(unit) | {"level": place.level} | _ends(place, zone)
            for place, unit in sheet.units
        ],
        "equipment": [
            thing(one.row, keys, zone)
            | {"declared": dict(one.declared), "measured": dict(one.measured)}
            | {"neighbours": [each._asdict() for each in one.neighbours]}
            for one in sheet.equipment
        ],
        "links": [circuit_document(one, keys, zone) for one in sheet.circuits],
    }


def circuit_document(one: Circuit, keys: Mapping[int, str], zone: ZoneInfo) -> dict[str, Any]:
    beside = {"other": one.other, "provider": one.provider, "hotline": one.hotline}
    return thing(one.row, keys, zone) | beside | {"declared": dict(one.declared)}


def unit_document(row: UnitRow) -> dict[str, Any]:
    names = ("name", "code", "level", "act")
    return {"id": row.key} | {name: getattr(row, name) for name in names}


def _ends(row: Place | UnitRow, zone: ZoneInfo) -> dict[str, str | None]:
    return {
        "from": day(row.from_ms, zone) if row.from_ms > 0 else None,
        "until": day(row.to_ms, zone) if row.to_ms < ENDLESS else None,
    }


def units_document(rows: Sequence[UnitRow], zone: ZoneInfo) -> dict[str, Any]:
    return {
        "was": [unit_document(row) | _ends(row, zone) for row in rows],
        "into": list(rows[-1].into),
    }


def day(at_ms: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at_ms / 1000, zone).date().isoformat()
