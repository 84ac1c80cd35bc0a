"""What a channel says next: one message, or several that waited as one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from inventory.alerts import Channel
from reports.alerts.rules import Owed
from store.outbox import SENT, Letter, Row

LATE_MS = 600_000  # of those that waited longer, several are told together
MOST_TOGETHER = 200


def next_letter(
    channel: Channel, owed: Sequence[Owed], rows: Collection[Row], now_ms: int
) -> Letter | None:
    """`owed`: of this channel, the longest due first. None: it says nothing now."""
    pause_ms = int(channel.min_interval_s * 1000)
    last_ms = max((row.changed_ms for row in rows if row.state == SENT), default=0)
    paused = last_ms <= now_ms < last_ms + pause_ms  # not where the clock went back since
    if not owed or paused:
        return None
    plain = [one for one in owed if not one.letter.key.startswith(("report:", "summary:"))]
    late = sum(one.due_ms <= now_ms - LATE_MS for one in plain)
    if len(plain) > 1 and (late > 1 or pause_ms):
        parts = tuple(_flat(one.letter for one in plain[:MOST_TOGETHER]))
        return Letter(channel=channel.id, key=f"digest:{now_ms}", happened="digest", parts=parts)
    return owed[0].letter


def _flat(letters: Iterator[Letter]) -> Iterator[Letter]:
    """Each with what it tells itself; a key stands once."""
    seen: set[str] = set()
    for letter in letters:
        for one in (letter, *letter.parts):
            if one.key not in seen:
                seen.add(one.key)
                yield one
