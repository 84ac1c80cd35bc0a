"""One outage opened: its brackets, cause, what people said, and the raw results around it."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from inventory.phrases import say, table
from inventory.problems import shown
from reports.api.documents import when
from reports.api.evidence import timed
from store.changes import Raw
from store.opened import Around, Opened
from store.questions import OutageRow
from store.stated import TIMES, measured

NEAR = 3  # results told of each side of a moment
_COLUMNS = 80


def outage_text(opened: Opened, zone: ZoneInfo) -> list[str]:
    """What it is and why first, then what people said, then the evidence; in 80 columns."""
    row, seen = opened.row, measured(opened.row)
    lines = [
        f"outage {row.id}: {row.kind} {row.key} {row.state}",
        f"  last good  {when(seen.last_good_ms, zone) or '–'}",
        f"  first bad  {when(seen.first_bad_ms, zone)}",
        f"  last bad   {when(seen.last_bad_ms, zone)}",
        f"  first good {when(seen.first_good_ms, zone) or 'open'}",
        *_said(row, zone),
        f"  root       {_root(opened)}",
        f"  cause      {row.cause or 'not determined'}",
        *_reasons(opened),
        f"  side       {row.side or 'unknown'}",
    ]
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(row.members_by_kind.items()))
    told = {
        "found": _found(row),
        "provider": row.provider,
        "behind it": kinds,
        "incident": row.incident and f"{row.incident.id}, {row.incident.kind}",
        "declared": "by a person; the monitor did not see it" if row.declared else None,
        "note": None if row.note in {one["note"] for one in opened.acknowledgements} else row.note,
    }
    lines += [f"  {name:<10} {value}" for name, value in told.items() if value]
    for said in opened.acknowledgements:
        lines += _acknowledged(said, zone)
    for correction in opened.corrections:
        one = timed(correction, zone)
        old, new = one["old"] or "nothing", one["new"] or "nothing"
        lines.append(f"  {one['field']} corrected from {old} to {new}")
        lines.append(f"    by {one['author']} {when(one['entered'], zone)}: {one['reason']}")
    lines += _around_text("start", opened.start, zone)
    lines += _around_text("end", opened.end, zone) if opened.end else []
    return [part for line in lines for part in _folded(shown(line))]


def _said(row: OutageRow, zone: ZoneInfo) -> Iterator[str]:
    """The times that a person put in the place of measured ones."""
    for name, attribute in TIMES.items():
        if attribute in row.recorded:
            yield f"  {name:<10} {when(getattr(row, attribute), zone)}, as corrected"


def _root(opened: Opened) -> str:
    row = opened.row
    if row.root_key is None:
        return "itself"
    cleared = ", corrected: no outage" if row.root_cleared else ""
    more = "" if row.root_id is None else f"  canh show outage:{row.root_id}"
    return f"{row.root_key}{cleared}{more}"


def _found(row: OutageRow) -> str | None:
    """What the checks of a service found last."""
    known = row.kind == "service" and f"reason.{row.reason}" in table()
    return say("en", f"reason.{row.reason}") if known else None


def _reasons(opened: Opened) -> list[str]:
    """Those of the monitor's own proposal, also where a person named another cause."""
    row = opened.row
    lines = []
    if "cause" in row.corrected:
        lines.append(f"    the monitor proposed {row.recorded.get('cause', row.cause) or 'none'}")
    for reason in row.cause_reasons:
        values = {name: value for name, value in reason.items() if name != "code"}
        lines.append(f"    {say('en', 'cause.reason.' + reason['code'], **values)}")
    return lines


def _acknowledged(one: Mapping[str, Any], zone: ZoneInfo) -> list[str]:
    lines = [f"  acknowledged {when(one['entered'], zone)} by {one['actor']}"]
    told = {
        "owner": one["owner"],
        "until": when(one["until"], zone),
        "withdrawn": when(one["withdrawn"], zone),
        "note": one["note"],
    }
    return lines + [f"    {name} {value}" for name, value in told.items() if value]


def _folded(line: str) -> list[str]:
    """The rest of a long line stands deeper than its beginning."""
    if len(line) <= _COLUMNS:
        return [line]
    deep = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.wrap(line, _COLUMNS, subsequent_indent=deep, break_on_hyphens=False)


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
