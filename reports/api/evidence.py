"""One outage opened, as JSON: what people said of it, and the raw results around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from reports.api.documents import outage, when
from store.corrected import moment
from store.opened import AROUND_MS, Around, Opened
from store.stated import TIMES

_MOMENTS = ("entered", "until", "withdrawn")


def outage_document(opened: Opened, zone: ZoneInfo) -> dict[str, Any]:
    about = outage(opened.row, zone) | {
        "members_list": [
            {"id": row.id, "thing": row.key, "kind": row.kind, "state": row.state}
            for row in opened.members
        ],
        "acknowledgements": [_said(one, zone) for one in opened.acknowledgements],
        "corrections": [_said(timed(one, zone), zone) for one in opened.corrections],
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


def timed(one: Mapping[str, Any], zone: ZoneInfo) -> Mapping[str, Any]:
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
