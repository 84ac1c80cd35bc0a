"""The other side's figures beside ours, and the outages that explain the difference."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from reports.document import Document, Row
from reports.other_side import Compared
from reports.sections.outages import cause_of
from reports.tables import (
    Amount,
    At,
    Cell,
    Column,
    Count,
    Lasting,
    Line,
    Percent,
    Roll,
    Section,
    Stack,
    Table,
    Text,
    Word,
)
from store.ledger import MIN_SEEN_PCT
from store.tally import Loss

MOST_LOSSES = 5  # of each thing; what more there are is summed up
_COLUMNS = (
    Column("other_thing", 2.6),
    Column("other_source", 1.4),
    Column("ours_pct", 1, True),
    Column("theirs_pct", 1, True),
    Column("more_pct", 1, True),
    Column("ours_lost", 1.3, True),
    Column("theirs_lost", 1.3, True),
    Column("more_minutes", 1, True),
    Column("seen_pct", 1, True),
    Column("other_why", 2.4),
)
_LOSSES = (
    Column("other_outage", 2),
    Column("from", 1.6),
    Column("to", 1.6),
    Column("lost_here", 1.2, True),
    Column("cause", 2),
)


def other_side(document: Document) -> Section:
    found = document.beside.other_side
    if not found:
        return Section("other_side", ())
    known = [one for one in found if one.ours_pct is not None]
    parts: list[Word | Table | Roll] = [Word("other.note")]
    if known:
        lines = tuple(map(_line, known))
        parts.append(Table("other-side", Word("caption.other_side"), _COLUMNS, lines))
        parts += _explained([one for one in known if one.differs and one.losses])
    silent = [one for one in found if one.row is not None and one.ours_pct is None]
    strange = [one for one in found if one.row is None]
    for key, some in (("other.without_figure", silent), ("other.not_known", strange)):
        if some:
            parts.append(Roll(Word(key, {"n": Count(len(some))}), tuple(map(_theirs, some))))
    return Section("other_side", tuple(parts), apart=True)


def _line(one: Compared) -> Line:
    figure, row = one.figure, one.row
    assert row is not None
    note = (Text(figure.note),) if figure.note else ()
    cells: tuple[Cell, ...] = (
        Stack(Text(row.name), (Word(f"kind.{row.kind}"), *_called(figure.named, row), *note)),
        Text(figure.source),
        Percent(one.ours_pct, _limits(figure.availability_pct), main=True),
        Percent(figure.availability_pct, _limits(one.ours_pct)),
        difference(one.more_pct),
        Lasting(one.ours_ms, plain=True),
        Lasting(figure.down_ms, plain=True),
        difference(None if one.more_ms is None else one.more_ms / 60_000, 1),
        Percent(row.sums.figures.seen_pct, (MIN_SEEN_PCT,)),
        _why(one, row),
    )
    return Line(cells, id=row.id, kind=row.kind)


def _called(named: str, row: Row) -> tuple[Cell, ...]:
    """As they call it, where that is not its name or id here."""
    told = named in (row.id, f"{row.kind}:{row.id}") and row.id in row.name
    return () if told or named in row.name else (Text(named),)


def _limits(pct: float | None) -> tuple[float, ...]:
    return () if pct is None else (pct,)


def difference(value: float | None, digits: int = 2) -> Amount:
    """With so many digits that what differs is not shown as nothing."""
    while value and digits < 9 and not round(Decimal(repr(value)), digits):
        digits += 1
    return Amount(value, digits=digits, signed=True)


def _why(one: Compared, row: Row) -> Cell:
    """Which way they differ, and what can be said of it."""
    if not one.differs:
        return Word("other.same", mark="met")
    split = row.sums.split
    if one.unseen_by_us:
        told: list[Cell] = [
            Word(f"other.{name}", {"time": Lasting(ms)})
            for name, ms in (("unknown", split.unknown_ms), ("planned", split.maintenance_ms))
            if ms
        ]
        return Stack(Word("other.more", mark="unsure"), tuple(told or [Word("other.all_seen")]))
    values: dict[str, Cell | str | int] = {
        "n": Count(len(one.losses)),
        "time": Lasting(one.undetermined_ms, plain=True),
    }
    less = Word("other.less", mark="unsure")
    return Stack(less, (Word("other.listed", values),)) if one.losses else less


def _explained(found: list[Compared]) -> Iterator[Table]:
    lines: list[Line] = []
    told: set[tuple[str, str]] = set()
    for one in found:
        row = one.row
        assert row is not None
        if (row.kind, row.id) in told:  # of another source already
            continue
        told.add((row.kind, row.id))
        lines.append(Line((Text(row.name),), id=row.id, kind=row.kind, look="group"))
        lines += map(_loss, one.losses[:MOST_LOSSES])
        rest = one.losses[MOST_LOSSES:]
        if rest:
            lost = Lasting(sum(loss.lost_ms for loss in rest), plain=True)
            more = Word("other.rest", {"n": Count(len(rest))})
            lines.append(Line((more, None, None, lost, None)))
    if lines:
        yield Table("other-side-outages", Word("caption.other_outages"), _LOSSES, tuple(lines))


def _loss(loss: Loss) -> Line:
    out = loss.outage
    ended: Cell = Word("open", mark="open") if out.first_good_ms is None else At(out.first_good_ms)
    lost = Lasting(loss.lost_ms, plain=True)
    cells = (Text(out.name), At(out.first_bad_ms), ended, lost, cause_of(out))
    return Line(cells, id=str(out.id), kind="outage")


def _theirs(one: Compared) -> Cell:
    """What they say of what we have no figure of."""
    figure = one.figure
    said: list[Cell] = [Text(figure.source)]
    if figure.availability_pct is not None:
        said.append(Percent(figure.availability_pct))
    if figure.down_ms is not None:
        said.append(Word("other.down", {"time": Lasting(figure.down_ms, plain=True)}))
    name = figure.named if one.row is None else one.row.name
    return Stack(Text(name), (*said, *([Text(figure.note)] if figure.note else [])))
