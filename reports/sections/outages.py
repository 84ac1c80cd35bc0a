"""What failed: when it began and ended, why, and what was behind it."""

from __future__ import annotations

from functools import lru_cache

from inventory.phrases import table
from reports.document import Document, OutageLine
from reports.tables import (
    At,
    Between,
    Cell,
    Column,
    Lasting,
    Line,
    Names,
    Section,
    Stack,
    Table,
    Text,
    Word,
)
from store.questions import OutageRow
from store.stated import measured, stated
from store.states import Kind

MOST_OUTAGES = 2000
_COLUMNS = (
    Column("thing", 2.2),
    Column("began", 1.5),
    Column("ended", 1.5),
    Column("lost_here", 1.2, True),
    Column("cause", 1.8),
    Column("side", 1),
    Column("provider", 1.2),
    Column("action", 1.6),
    Column("affected", 1.6),
)


def outages(document: Document) -> Section:
    planned, found = Word("outages.planned"), document.outages
    if not found:
        return Section("outages", (planned, Word("none")), apart=True)
    lines = tuple(map(_outage, found[:MOST_OUTAGES]))
    made = Table("outages", Word("caption.outages"), _COLUMNS, lines, len(found))
    return Section("outages", (planned, made), apart=True)


def _outage(line: OutageLine) -> Line:
    out = line.outage
    about: list[Cell] = [Word(f"kind.{out.kind}")]
    if out.kind is Kind.LINK and out.key not in out.name:
        about.append(Text(out.key))
    if line.site and line.site not in out.name:
        about.append(Text(line.site))
    cells = (
        Stack(Text(out.name), tuple(about)),
        began(line.outage),
        ended(line.outage),
        Lasting(line.lost_ms, plain=True),
        cause_of(out),
        _side(out.side),
        None if out.provider is None else Text(out.provider),
        None if out.action is None else Text(out.action),
        Names(tuple((str(kind), names) for kind, names in line.affected)),
    )
    return Line(cells, id=str(out.id), kind="outage")


@lru_cache(64)  # one word for all its rows
def _side(side: str | None) -> Word | None:
    return Word(f"side.{side}") if f"report.side.{side}" in table() else None


def began(out: OutageRow, by: str | None = None) -> Cell:
    """`by`: who said so, where a person did."""
    seen = measured(out)
    bracket: Cell = Word("before", {"moment": At(seen.first_bad_ms)})
    if seen.last_good_ms is not None:
        bracket = Between(seen.last_good_ms, seen.first_bad_ms)
    return _told(out, "started", out.first_bad_ms, bracket, by)


def ended(out: OutageRow, by: str | None = None) -> Cell:
    """`by`: who said so, where a person did."""
    seen = measured(out)
    if out.first_good_ms is None or seen.first_good_ms is None:
        return Word("open", mark="open")
    bracket = Between(seen.last_bad_ms, seen.first_good_ms)
    return _told(out, "ended", out.first_good_ms, bracket, by)


def _told(out: OutageRow, name: str, at_ms: int, bracket: Cell, by: str | None) -> Cell:
    """The bracket; what a person said is a moment, beside which it stands."""
    if not stated(out, name):
        return bracket
    moment = Between(at_ms, at_ms)
    if out.declared:
        return Stack(moment, (Word("stated.declared"),))
    said = Word("stated.by", {"by": Text(by)}) if by else Word("stated")
    return Stack(moment, (said, Word("stated.measured", {"bracket": bracket})))


def cause_of(out: OutageRow) -> Stack:
    """With its root and what was said of it."""
    about: list[Cell] = []
    if out.root_key:
        about.append(Word("behind_of", {"name": marked(out.root_key, cleared=out.root_cleared)}))
    about += [Word(said) for said in ("declared", "corrected") if getattr(out, said)]
    if out.note:
        about.append(Text(out.note))
    return Stack(cause_word(out.cause), tuple(about))


def marked(name: str, *, cleared: bool) -> Cell:
    """The name of a root; marked where a person said that it was no outage after all."""
    return Word("cleared", {"name": Text(name)}) if cleared else Text(name)


@lru_cache(256)
def cause_word(cause: str | None) -> Cell:
    key = f"cause.{cause or 'none'}"
    return Word(key) if f"report.{key}" in table() else Text(cause or "")
