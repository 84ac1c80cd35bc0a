"""Values of the record as lines for people, and documents on stdout."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from inventory.problems import shown
from reports.api.documents import when

if TYPE_CHECKING:
    from store.questions import OutageRow
    from store.works import Work


def outage_line(row: OutageRow, zone: ZoneInfo) -> str:
    """One line for people; what devices and people said cannot steer the terminal."""
    ended = when(row.first_good_ms, zone) or "open"
    words = [
        f"{row.id:>6}  {row.state:<12}{row.kind} {row.key}  "
        f"{when(row.first_bad_ms, zone)} → {ended}",
        f"behind {row.root_key}" if row.root_key else "",
        f"cause {row.cause}" if row.cause else "",
        "declared" if row.declared else "",
        f"corrected {', '.join(row.corrected)}" if row.corrected else "",
        f"owner {row.owner}" if row.owner else "",
        f"acknowledged by {row.acknowledged_by}" if row.acknowledged else "",
        f"“{row.note}”" if row.note else "",
    ]
    return shown("  ".join(word for word in words if word))


def work_line(row: Work, zone: ZoneInfo) -> str:
    late = row.late and not row.approved_by
    words = [
        f"{row.id:>6}  {row.kind} {row.key}  {when(row.from_ms, zone)} → {when(row.to_ms, zone)}",
        row.rrule or "",
        f"{row.author}: {row.reason}",
        f"entered late, counts from {when(row.counts_from_ms, zone)}" if late else "",
        f"approved by {row.approved_by}" if row.approved_by else "",
        f"cancelled {when(row.cancelled_ms, zone)}" if row.cancelled_ms else "",
    ]
    return shown("  ".join(word for word in words if word))


def dump(document: Any) -> None:
    """One JSON document on stdout."""
    print(json.dumps(document, ensure_ascii=False, indent=1))
