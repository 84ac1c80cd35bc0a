"""What is known of one thing beside its figures, as lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from inventory.problems import shown
from reports.api.documents import when
from store.changes import ModuleFact, NeighbourFact
from store.drift import same
from store.thing_sheet import SensorRow, Sheet, Ups


def first_text(sheet: Sheet, zone: ZoneInfo) -> list[str]:
    row = sheet.row
    marks = f" ({', '.join(sorted(row.marks))})" if row.marks else ""
    since = when(row.since_ms, zone) or "–"
    return [shown(f"{row.kind} {row.key}: {row.name}"), f"  {row.state}{marks} since {since}"]


def about_text(sheet: Sheet, zone: ZoneInfo) -> list[str]:
    lines = [
        f"  outage {one.id}: {one.state} {when(one.first_bad_ms, zone)}"
        f" → {when(one.first_good_ms, zone) or 'open'}"
        for one in sheet.outages
    ]
    lines += [f"  call {who}: {number}" for who, number in sheet.whom_to_call]
    measured = {key: value for key, value in sheet.measured.items() if value is not None}
    lines += [
        f"  {key}: {_plain(value)}{_beside(sheet, key)}"
        for key, value in {**sheet.declared, **measured}.items()
        if value is not None and key not in ("id", "name", "contacts")
    ]
    lines += [
        f"  port {port.if_name}: {port.oper_status or '?'} (admin {port.admin_status or '?'})"
        for port in sheet.interfaces
    ]
    lines += list(found_text(sheet.found.modules, sheet.found.neighbours))
    lines += [f"  {_sensor(row)}" for row in sheet.sensors if row.unit]
    if sheet.ups is not None:
        lines.append(f"  {_ups(sheet.ups)}")
    told = ("device", "link") if sheet.row.kind == "site" else ()  # in the sheet of the place
    lines += [
        f"  {other.kind} {other.key} {other.name}: {other.state}"
        for other in sheet.below
        if other.kind not in told
    ]
    return [shown(line) for line in lines]


def _plain(value: object) -> object:
    """Lists without their brackets; the end of a link as it is written."""
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    if isinstance(value, dict) and "interface" in value:
        ends = (value.get("device"), value.get("interface"))
        return ":".join(filter(None, ends)) or value.get("site")
    return value


def _beside(sheet: Sheet, key: str) -> str:
    """What is declared, where it was measured otherwise."""
    declared, measured = sheet.declared.get(key), sheet.measured.get(key)
    if declared is None or measured is None or same(declared, measured):
        return ""
    return f" (declared: {declared})"


def found_text(modules: Iterable[ModuleFact], neighbours: Iterable[NeighbourFact]) -> Iterator[str]:
    """What was read in a device, a line each."""
    for part in modules:
        member = f"member {part.member} " if part.member is not None else ""
        words = (part.model, part.serial and f"serial {part.serial}")
        yield f"  {member}{part.kind} {part.name}: {', '.join(filter(None, words)) or '–'}"
    for each in neighbours:
        other = f"{each.remote_name or '?'} {each.remote_port or ''}".rstrip()
        yield f"  port {each.port} → {other} ({each.protocol})"


def _sensor(row: SensorRow) -> str:
    value = "no value" if row.value is None else f"{row.value:.6g} {row.unit}".strip()
    sides = ("low_alarm", "low_warn", "high_warn", "high_alarm")
    limits = {side: getattr(row, side) for side in sides}
    told = ", ".join(
        f"{side.replace('_', ' ')} {limit:.6g}"
        for side, limit in limits.items()
        if limit is not None
    )
    return f"{row.kind} {row.name}: {value}" + (f" ({told})" if told else "")


def _ups(ups: Ups) -> str:
    source = {True: "on battery", False: "on mains", None: "source not known"}[ups.on_battery]
    words = [source, f"battery {ups.status or 'not known'}"]
    if ups.battery_charge_pct is not None:
        words.append(f"charge {ups.battery_charge_pct:.6g} %")
    if ups.runtime_s is not None:
        words.append(f"lasts {ups.runtime_s / 60:.6g} min")
    return "ups: " + ", ".join(words)
