"""How much of the time the monitor itself watched, and when it did not."""

from __future__ import annotations

from reports.document import Document
from reports.tables import At, Cell, Column, Count, Lasting, Line, Percent, Section, Table, Word
from store.intervals import total
from store.ledger import MIN_SEEN_PCT
from store.period import Interval

MOST_BLIND_SPELLS = 60
_COLUMNS = (Column("from", 2), Column("to", 2), Column("duration", 1.5, True))


def watch(document: Document) -> Section:
    watched = document.watch
    if watched.seen_pct is None:
        return Section("watch", (Word("watch.none"),))
    seen = Word("watch.seen", {"pct": Percent(watched.seen_pct, (MIN_SEEN_PCT,))})
    if not watched.blind:
        return Section("watch", (seen, Word("watch.whole")))
    values: dict[str, Cell | str | int] = {
        "n": Count(len(watched.blind)),
        "total": Lasting(total(watched.blind)),
    }
    return Section("watch", (seen, Word("watch.blind", values), _blind(watched.blind)))


def _blind(spells: tuple[Interval, ...]) -> Table:
    """The longest, in the order in which they happened."""
    longest = sorted(spells, key=lambda spell: spell[0] - spell[1])[:MOST_BLIND_SPELLS]
    lines = (
        Line((At(begin), At(end), Lasting(end - begin, plain=True)))
        for begin, end in sorted(longest)
    )
    return Table("blind", Word("caption.blind"), _COLUMNS, tuple(lines), len(spells))
