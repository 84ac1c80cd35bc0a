"""Reads to which moment the board should go back, and how far each step leads."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from inventory.moments import moment

STEPS_MS = (10_000, 60_000, 600_000, 3_600_000)
_CLOCK = re.compile(r"(?:(\d{1,2})/(\d{1,2})(?:/(\d{4}))?\s+)?(\d{1,2}):(\d{2})(?::(\d{2}))?")


def typed(text: str, zone: ZoneInfo, now_ms: int) -> int:
    """02:10, 26/11 02:10, 26/11/2026 02:10 or ISO 8601, local to the zone, as UTC milliseconds.

    What has no day or no year is the last that was. ValueError says what is wrong.
    """
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        return moment(text.strip(), zone)
    day, month, year, hour, minute, second = found.groups()
    clock = f"{hour:0>2}:{minute}:{second or '00'}"
    today = datetime.fromtimestamp(now_ms / 1000, zone).date()
    if day is None:
        last, before = f"{today}", f"{today - timedelta(days=1)}"
    else:
        last, before = (
            f"{which:0>4}-{month:0>2}-{day:0>2}"
            for which in (year or today.year, year or today.year - 1)
        )
    at_ms = moment(f"{last}T{clock}", zone)
    return at_ms if at_ms <= now_ms else moment(f"{before}T{clock}", zone)


def next_change(changes: Sequence[int], at_ms: int) -> int | None:
    """The first of sorted moments after this one."""
    at = bisect_right(changes, at_ms)
    return changes[at] if at < len(changes) else None


def last_change(changes: Sequence[int], at_ms: int) -> int | None:
    """The last of sorted moments before this one."""
    at = bisect_left(changes, at_ms)
    return changes[at - 1] if at else None
