"""One outage opened: its brackets, cause, what people said, and the raw results around it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from cli.forms import outage, when
from inventory.phrases import say
from inventory.problems import shown
from store.changes import Raw
from store.opened import Around, Opened

NEAR = 3  # results told of each side of a moment
_MOMENTS = ("entered", "until", "withdrawn")


def outage_document(opened: Opened, zone: ZoneInfo) -> dict[str, Any]:
    about = outage(opened.row, zone) | {
        "members_list": [
            {"id": row.id, "thing": row.key, "kind": row.kind, "state": row.state}
            for row in opened.members
        ],
        "acknowledgements": [_said(one, zone) for one in opened.acknowledgements],
        "corrections": [_said(one, zone) for one in opened.corrections],
    }
    return {
        "outage": about,
        "evidence": {
            "start": _around(opened.start, zone),
            "end": None if opened.end is None else _around(opened.end, zone),
        },
    }


def _said(one: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    return {
        name: when(value, zone) if name in _MOMENTS else value
        for name, value in one.items()
        if name not in ("outage_id", "incident_id")
    }


def _around(around: Around, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "at": when(around.at_ms, zone),
        "results": [
            {
                "thing": key,
                "at": when(raw.sent_ms, zone),
                "how": raw.how,
                "rtt_ms": None if raw.rtt_us is None else raw.rtt_us / 1000,
                "said": raw.said,
            }
            for key, results in around.results.items()
            for raw in results
        ],
        "health": [{"at": when(one.at_ms, zone), **one.body} for one in around.health],
    }


def outage_text(opened: Opened, zone: ZoneInfo) -> list[str]:
    row = opened.row
    lines = [
        f"outage {row.id}: {row.kind} {row.key} {row.state}",
        f"  last good  {when(row.last_good_ms, zone) or '–'}",
        f"  first bad  {when(row.first_bad_ms, zone)}",
        f"  last bad   {when(row.last_bad_ms, zone)}",
        f"  first good {when(row.first_good_ms, zone) or 'open'}",
        f"  root       {row.root_key or 'itself'}",
        f"  cause      {row.cause or 'not determined'}"
        + (f", side {row.side}" if row.side else ""),
    ]
    for reason in row.cause_reasons:
        values = {name: value for name, value in reason.items() if name != "code"}
        lines.append(f"    {say('en', 'cause.reason.' + reason['code'], **values)}")
    if row.incident_id is not None:
        lines.append(f"  incident   {row.incident_id}")
    for one in opened.acknowledgements:
        lines.append(f"  acknowledged {when(one['entered'], zone)} by {one['actor']}")
    for one in opened.corrections:
        lines.append(f"  {one['field']} corrected from {one['old']} to {one['new']}")
        lines.append(f"    by {one['author']} {when(one['entered'], zone)}: {one['reason']}")
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(row.members_by_kind.items()))
    lines += [f"  behind it  {kinds}"] if kinds else []
    lines += _around_text("start", opened.start, zone)
    lines += _around_text("end", opened.end, zone) if opened.end else []
    return [shown(line) for line in lines]


def _around_text(name: str, around: Around, zone: ZoneInfo) -> list[str]:
    """The nearest results; all of them stand in the JSON."""
    lines = [f"  evidence around the {name}, ten minutes each way (all of it: --json)"]
    for key, results in around.results.items():
        counts = Counter(f"{raw.how} {raw.said}" for raw in results)
        lines.append(f"    {key}: {', '.join(f'{n} {word}' for word, n in counts.items())}")
        before = [raw for raw in results if raw.sent_ms < around.at_ms][-NEAR:]
        after = [raw for raw in results if raw.sent_ms >= around.at_ms][:NEAR]
        lines += [f"      {_result(raw, zone)}" for raw in (*before, *after)]
    if not around.results:
        lines.append("    no raw results are kept of that time")
    if around.health:
        worst = max(one.body["lag_ms"] for one in around.health)
        blind = sum(bool(one.body["blind"]) for one in around.health)
        unsynced = sum(one.body["clock_synced"] is False for one in around.health)
        count = len(around.health)
        lines.append(f"    the monitor, {count} rows: late {worst} ms at worst, blind in {blind},")
        lines.append(f"      clock not set by a time service in {unsynced}")
    return lines


def _result(raw: Raw, zone: ZoneInfo) -> str:
    took = "" if raw.rtt_us is None else f" {raw.rtt_us / 1000:.3f} ms"
    return f"{when(raw.sent_ms, zone)} {raw.how} {raw.said}{took}"
