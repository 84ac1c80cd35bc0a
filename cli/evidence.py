"""One outage opened: its brackets, cause, what people said, and the raw results around it."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from cli.forms import outage, when
from inventory.phrases import say, table
from inventory.problems import shown
from store.changes import Raw
from store.corrected import TIMES, moment
from store.opened import AROUND_MS, Around, Opened
from store.questions import OutageRow

NEAR = 3  # results told of each side of a moment
_MOMENTS = ("entered", "until", "withdrawn")
_COLUMNS = 80


def outage_document(opened: Opened, zone: ZoneInfo) -> dict[str, Any]:
    about = outage(opened.row, zone) | {
        "members_list": [
            {"id": row.id, "thing": row.key, "kind": row.kind, "state": row.state}
            for row in opened.members
        ],
        "acknowledgements": [_said(one, zone) for one in opened.acknowledgements],
        "corrections": [_said(_timed(one, zone), zone) for one in opened.corrections],
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


def _timed(one: Mapping[str, Any], zone: ZoneInfo) -> Mapping[str, Any]:
    """A correction whose times are told as times."""
    if one["field"] not in TIMES:
        return one
    meant = {name: one[name] and when(moment(one[name]), zone) for name in ("old", "new")}
    return {**one, **meant}


def _around(around: Around, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "at": when(around.at_ms, zone),
        "from": when(around.at_ms - AROUND_MS, zone),
        "to": when(around.at_ms + AROUND_MS, zone),
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
    """What it is and why first, then what people said, then the evidence; in 80 columns."""
    row = opened.row
    lines = [
        f"outage {row.id}: {row.kind} {row.key} {row.state}",
        f"  last good  {when(row.last_good_ms, zone) or '–'}",
        f"  first bad  {when(row.first_bad_ms, zone)}",
        f"  last bad   {when(row.last_bad_ms, zone)}",
        f"  first good {when(row.first_good_ms, zone) or 'open'}",
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
        one = _timed(correction, zone)
        old, new = one["old"] or "nothing", one["new"] or "nothing"
        lines.append(f"  {one['field']} corrected from {old} to {new}")
        lines.append(f"    by {one['author']} {when(one['entered'], zone)}: {one['reason']}")
    lines += _around_text("start", opened.start, zone)
    lines += _around_text("end", opened.end, zone) if opened.end else []
    return [part for line in lines for part in _folded(shown(line))]


def _root(opened: Opened) -> str:
    row = opened.row
    if row.root_key is None:
        return "itself"
    return (
        row.root_key if row.root_id is None else f"{row.root_key}  canh show outage:{row.root_id}"
    )


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
