"""What became of the inventory, and which warranties and contracts end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from inventory.moments import midnight
from inventory.phrases import table
from reports.changes import SOON_DAYS, Ends, Terms
from reports.document import Document
from reports.sections.reliability import role_word
from reports.tables import (
    Amount,
    At,
    Cell,
    Column,
    Count,
    Line,
    Section,
    Stack,
    Table,
    Target,
    Text,
    Word,
)
from store.edits import Edit
from store.states import Kind

MOST = 500
WHATS = (
    "added",
    "commissioned",
    "retired",
    "moved",
    "renamed",
    "replaced",
    "updated",
    "changed",
)
_KINDS = (Kind.SITE, Kind.DEVICE, Kind.LINK, Kind.SERVICE)
_COUNTS = (Column("change", 2), *(Column(f"{kind}s", 1, True) for kind in _KINDS))
_EDITS = (
    Column("moment", 1.5),
    Column("thing", 2.6),
    Column("change", 1.4),
    Column("field", 1.4),
    Column("before", 2),
    Column("after", 2),
)
_ENDS = (
    Column("thing", 2),
    Column("ends_what", 1.4),
    Column("site", 2.4),
    Column("provider", 1.6),
    Column("until", 1.2),
)


def changes(document: Document) -> Section:
    found = document.beside.changes
    if found is None:
        return Section("changes", ())
    edits = found.edits
    parts: list[Word | Table] = []
    if edits:
        parts.append(Table("changes", Word("caption.changes"), _COUNTS, tuple(_counts(edits))))
        lines = tuple(map(_edit, edits[:MOST]))
        parts.append(Table("edits", Word("caption.edits"), _EDITS, lines, len(edits)))
    else:
        parts.append(Word("changes.none"))
    return Section("changes", tuple(parts))


def terms(document: Document) -> Section:
    found = document.beside.changes
    if found is None:
        return Section("terms", ())
    zone = ZoneInfo(document.timezone)
    parts: list[Word | Table] = []
    for name, term in (("warranties", found.warranties), ("contracts", found.contracts)):
        counts = (term.ended, term.soon, term.earlier, term.later, term.unknown)
        if any(counts) and not term.of_part:
            parts.append(_told(name, term))
    for name in ("soon", "ended"):
        rows = [*getattr(found.warranties, name), *getattr(found.contracts, name)]
        rows.sort(key=lambda one: (one.until, one.id))
        lines = tuple(_ends(one, zone) for one in rows[:MOST])
        if lines:
            caption = Word(f"caption.ends_{name}", {"days": SOON_DAYS})
            parts.append(Table(f"ends-{name}", caption, _ENDS, lines, len(rows)))
    return Section("terms", tuple(parts))


def _told(name: str, term: Terms) -> Word:
    values: dict[str, Cell | str | int] = {
        "soon": Count(len(term.soon)),
        "ended": Count(len(term.ended)),
        "earlier": Count(term.earlier),
        "later": Count(term.later),
        "unknown": Count(term.unknown),
    }
    return Word(f"terms.{name}", values | {"days": SOON_DAYS})


def _counts(edits: tuple[Edit, ...]) -> Iterator[Line]:
    """A thing of which several values changed alike counts once."""
    things = {(one.what, one.kind, one.key) for one in edits}
    counted = Counter((what, kind) for what, kind, _ in things)
    for what in WHATS:
        if any(counted[what, kind] for kind in _KINDS):
            cells = (Count(counted[what, kind]) for kind in _KINDS)
            yield Line((Word(f"change.{what}"), *cells), id=what, kind="change")


def _edit(one: Edit) -> Line:
    about: list[Cell] = [Word(f"kind.{one.kind}")]
    if one.key not in one.name:
        about.append(Text(one.key))
    change: Cell = Word(f"change.{one.what}")
    if one.measured:
        change = Stack(change, (Word("change.measured"),))
    cells = (
        At(one.at_ms),
        Stack(Text(one.name), tuple(about)),
        change,
        _field(one.field),
        _value(one, one.old),
        _value(one, one.new),
    )
    return Line(cells, id=one.key, kind=one.kind)


def _field(name: str) -> Cell:
    if not name:
        return None
    return Word(f"changed.{name}") if f"report.changed.{name}" in table() else Text(name)


def _value(one: Edit, value: str | None) -> Cell:
    """In words of people where there are any, else as it was written."""
    if value is None:
        return None
    match one.field:
        case "role" if one.kind is Kind.DEVICE:
            return role_word(value)
        case "role":
            return _word(f"link_role.{value}", value)
        case "medium" | "owner":
            return _word(f"{one.field}.{value}", value)
        case "target_pct":
            return Target(float(value))
        case "capacity_mbps":
            mbps = float(value)
            return Amount(mbps, "Mbit/s", digits=0 if mbps.is_integer() else 2)
    return Text(value)


def _word(key: str, value: str) -> Cell:
    return Word(key) if {key, f"report.{key}"} & table().keys() else Text(value)


def _ends(one: Ends, zone: ZoneInfo) -> Line:
    cells = (
        Stack(Text(one.id), (Text(one.about),)) if one.about != one.id else Text(one.id),
        Word(f"ends.{one.what}"),
        Text(one.site),
        None if one.provider is None else Text(one.provider),
        At(midnight(one.until, zone), day=True),
    )
    return Line(cells, id=one.id, kind=one.kind)
