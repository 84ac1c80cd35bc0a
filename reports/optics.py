"""Light at the ends of links, judged by the limits of the devices themselves."""

from __future__ import annotations

from collections.abc import Iterable

from store.lines import EndLight


def worst_first(ends: Iterable[EndLight]) -> list[EndLight]:
    """The smallest margin first."""
    return sorted(ends, key=lambda end: (end.margin_db, end.link_id, end.side))


def standing(end: EndLight) -> str:
    """`alarm`, `warn`: at or below it; `sinks`: it will be within a year; else `good`."""
    for name, limit in (("alarm", end.low_alarm), ("warn", end.low_warn)):
        if limit is not None and end.dbm <= limit:
            return name
    return "good" if end.alarm_ms is None and end.warn_ms is None else "sinks"
