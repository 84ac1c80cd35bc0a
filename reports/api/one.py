"""One thing as JSON: what `canh show` tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from reports.api.documents import device, outage, thing
from reports.api.figures import OpenFigures, figures_document
from reports.api.places import circuit_document, place_document, unit_document, units_document
from store.questions import LiveRow
from store.thing_sheet import Sheet

if TYPE_CHECKING:
    from store.reader import RecordReader


def one_document(
    reader: RecordReader,
    sheet: Sheet,
    figures: OpenFigures,
    keys: Mapping[int, str],
    zone: ZoneInfo,
) -> dict[str, Any]:
    """`keys` names the things that it refers to."""
    row = sheet.row
    told: dict[str, Any]
    if row.kind == "device":
        told = device(sheet, zone)
    else:
        told = thing(row, keys, zone) | dict(sheet.measured)
        told |= {
            "declared": dict(sheet.declared),
            "below": [thing(each, keys, zone) for each in sheet.below],
            "outages": [outage(each, zone) for each in sheet.outages],
        }
    return told | _beside(reader, row, keys, zone) | figures_document(figures, keys, zone)


def _beside(
    reader: RecordReader, row: LiveRow, keys: Mapping[int, str], zone: ZoneInfo
) -> dict[str, Any]:
    """What stands at a site, what a unit was, which circuits a provider runs or a device has."""
    if row.kind == "site":
        return place_document(reader.places.sheet(row.thing_id), keys, zone)
    if row.kind == "unit":
        return units_document(reader.places.units()[row.thing_id], zone)
    if row.kind not in ("provider", "device"):
        return {}
    circuits = reader.places.circuits(row.kind, row.thing_id)
    return {"links": [circuit_document(one, keys, zone) for one in circuits]}


def elsewhere_document(
    reader: RecordReader, text: str, zone: ZoneInfo
) -> tuple[str, dict[str, Any]] | None:
    """Kind and document of a unit that stands no more, or of a contact: on no list of today."""
    kind, _, key = text.rpartition(":")
    for rows in reader.places.units().values() if kind in ("", "unit") else ():
        if rows[-1].key == key:
            return "unit", unit_document(rows[-1]) | units_document(rows, zone)
    if kind in ("", "contact") and (found := reader.places.contacts().get(key)):
        person, sites = found
        return "contact", dict(person) | {"sites": [site for site, _ in sites]}
    return None
