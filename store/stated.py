"""The times of an outage that a person said, beside those that were measured."""

from __future__ import annotations

from dataclasses import replace

from store.questions import OutageRow

TIMES = {"started": "first_bad_ms", "ended": "first_good_ms"}  # as attributes of an outage


def stated(row: OutageRow, name: str) -> bool:
    """Is that time (`started`, `ended`) what a person said? Then no answers stand around it."""
    return row.declared or TIMES[name] in row.recorded


def measured(row: OutageRow) -> OutageRow:
    """With the times that were recorded first: those that its answers stand around."""
    times = {name: row.recorded[name] for name in TIMES.values() if name in row.recorded}
    return replace(row, **times) if times else row
