"""What is known of one thing beside its figures, as lines for people."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from cli.forms import when
from inventory.problems import shown
from store.questions import Sheet


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
    lines += [
        f"  {key}: {value}"
        for key, value in {**sheet.declared, **sheet.measured}.items()
        if value is not None and key not in ("id", "name")
    ]
    lines += [
        f"  port {port.if_name}: {port.oper_status or '?'} (admin {port.admin_status or '?'})"
        for port in sheet.interfaces
    ]
    lines += [f"  {other.kind} {other.key}: {other.state}" for other in sheet.below]
    return [shown(line) for line in lines]
