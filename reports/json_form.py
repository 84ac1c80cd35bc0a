"""The report as one JSON document with English keys; times are ISO 8601 in the network's zone."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from reports.document import Document, Row
from reports.periods import iso
from store.ledger import shares
from store.questions import Interval


def render(document: Document) -> str:
    """The document as text, indented, ending with a newline."""
    return json.dumps(form(document), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def form(document: Document) -> dict[str, Any]:
    """`to` is where the figures end: the shares of each thing add up to `from` … `to`."""
    zone = ZoneInfo(document.timezone)
    return {
        "period": {
            "from": iso(document.from_ms, zone),
            "to": iso(document.to_ms, zone),
            "timezone": document.timezone,
            "asked_to": iso(document.asked_to_ms, zone),
        },
        "made_at": iso(document.made_ms, zone),
        "network": document.network,
        "seen_pct": document.watch.seen_pct,
        "things": [_thing(row) for row in document.things],
        "providers": [_thing(row) for row in document.providers],
        "coverage": _times(document.watch.watched, zone),
        "blind": _times(document.watch.blind, zone),
    }


def _thing(row: Row) -> dict[str, Any]:
    sums = row.sums
    return {
        "id": row.id,
        "kind": row.kind.value,
        "name": row.name,
        "unit": row.unit,
        "availability_pct": sums.figures.availability_pct,
        "service_pct": sums.figures.service_pct,
        "seen_pct": sums.figures.seen_pct,
        "on_backup_s": None,  # the record does not tell yet
        "split_s": {share: _seconds(ms) for share, ms in shares(sums.split).items()},
        "outages": sums.outages,
        "began": sums.began,
        "incidents": sums.incidents,
        "longest_s": sums.longest_s,
        "mttr_s": sums.mttr_s,
        "mtbf_s": sums.mtbf_s,
        "target_pct": row.target_pct,
        "target_source": row.target_source,
        "verdict": row.verdict.value,
        "standing": row.standing.value,
        "level": row.level or None,
        "provider": row.provider,
        "measured": sums.measured,
        "total": sums.total,
    }


def _seconds(ms: int) -> int | float:
    return ms / 1000 if ms % 1000 else ms // 1000


def _times(intervals: Iterable[Interval], zone: ZoneInfo) -> list[dict[str, str | None]]:
    return [{"from": iso(begin, zone), "to": iso(end, zone)} for begin, end in intervals]
