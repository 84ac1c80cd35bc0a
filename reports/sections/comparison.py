"""What changed since the period before, like for like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reports.comparison import MIN_SERVICE_PCT, Compared, Comparison, Left, SignedBefore
from reports.document import Document
from reports.sections.rows import tier_word
from reports.tables import (
    At,
    Cell,
    Column,
    Count,
    Lasting,
    Line,
    Percent,
    Points,
    Ratio,
    Roll,
    Section,
    Stack,
    Table,
    Text,
    Word,
)

MOST_DIFFERENCES = 50
_FIGURES = (
    Column("then_pct", 1, True),
    Column("now_pct", 1, True),
    Column("points", 1, True),
    Column("then_lost", 1.3, True),
    Column("now_lost", 1.3, True),
)
_GROUPS = (Column("compared", 3), *_FIGURES, Column("of_now", 1, True))
_THINGS = (Column("thing", 3.4), *_FIGURES)
_DIFFERS = (Column("thing", 3), Column("signed_pct", 1, True), Column("today_pct", 1, True))


def comparison(document: Document) -> Section:
    found = document.beside.comparison
    if found is None:
        return Section("comparison", ())
    between: dict[str, Cell | str | int] = {"begin": At(found.from_ms), "end": At(found.to_ms)}
    if found.whole is None and not found.providers and not found.services:
        why = "nothing_before" if found.began_ms is None else "nothing_common"
        return Section("comparison", (Word(f"comparison.{why}", between), *_left(found)))
    parts: list[Word | Table | Roll] = [Word("comparison.rule", between)]
    parts += _unequal(found, cut=document.to_ms < document.asked_to_ms)
    parts += _signed(found.signed)
    parts.append(Table("comparison", Word("caption.comparison"), _GROUPS, tuple(_groups(found))))
    parts += [Word("comparison.ended", {"tier": tier_word(level)}) for level in found.ended]
    for name, things in (("worse", found.worse), ("better", found.better)):
        if things:
            lines = tuple(map(_thing, things))
            parts.append(Table(name, Word(f"caption.{name}"), _THINGS, lines))
    return Section("comparison", (*parts, *_left(found)))


def _unequal(found: Comparison, *, cut: bool) -> Iterator[Word]:
    """One of the periods is not whole: their times cannot be compared."""
    late = found.began_ms is not None and found.began_ms > found.from_ms
    if late:
        yield Word(f"comparison.{'cut_late' if cut else 'late'}", {"begin": At(found.began_ms)})
    elif cut:
        yield Word("comparison.cut")


def _groups(found: Comparison) -> Iterator[Line]:
    """The whole network, then tiers, units and providers, each under its heading."""
    if found.whole is not None:
        yield _group(Word("whole"), found.whole, look="sum")
    for one in found.tiers:
        yield _group(tier_word(one.id), one)
    groups = (
        ("group.unit", found.units),
        ("group.provider", found.providers),
        ("group.service", found.services),
    )
    for heading, rows in groups:
        if rows:
            yield Line((Word(heading),), look="group")
            yield from (_group(Text(one.name), one) for one in rows)


def _group(name: Cell, one: Compared, look: str = "") -> Line:
    cells = (name, *_figures(one), Ratio(one.n, one.whole))
    return Line(cells, id=one.id, kind=one.kind, look=look)


def _figures(one: Compared) -> tuple[Cell, ...]:
    then, now = one.then_pct, one.now_pct
    return (
        Percent(then, unlike=now),
        Percent(now, unlike=then, main=True),
        Points(then, now),
        Lasting(one.then_lost_ms, plain=True),
        Lasting(one.now_lost_ms, plain=True),
    )


def _thing(one: Compared) -> Line:
    name = Stack(Text(one.name), (Word(f"kind.{one.kind}"),))
    return Line((name, *_figures(one)), id=one.id, kind=one.kind)


def _signed(signed: SignedBefore | None) -> Iterator[Word | Table]:
    if signed is None:
        return
    by: dict[str, Cell | str | int] = {"by": signed.by, "at": At(signed.at_ms)}
    if not signed.differs:
        yield Word("comparison.signed", by)
        return
    yield Word("comparison.signed_differs", by | {"n": Count(len(signed.differs))})
    lines = tuple(
        Line(
            (
                Stack(Text(one.name), (Word(f"kind.{one.kind}"),)),
                Percent(one.signed_pct, unlike=one.today_pct),
                Percent(one.today_pct, unlike=one.signed_pct),
            ),
            id=one.id,
            kind=one.kind,
        )
        for one in signed.differs[:MOST_DIFFERENCES]
    )
    whole = len(signed.differs)
    yield Table("signed-differs", Word("caption.signed_differs"), _DIFFERS, lines, whole)


def _left(found: Comparison) -> Iterator[Roll]:
    """By name: what came, what went, and what is there both times but cannot be compared."""
    if found.whole is None and found.began_ms is None:
        return  # everything would be new
    for why in ("added", "removed", "part", "unseen", "moved"):
        things = found.left.get(why, ())
        if things:
            values: dict[str, Cell | str | int] = {"n": Count(len(things))}
            heading = Word(f"comparison.{why}", values | {"pct": MIN_SERVICE_PCT})
            yield Roll(heading, tuple(_names(things)))
    if found.transit:
        heading = Word("comparison.transit", {"n": Count(len(found.transit))})
        yield Roll(heading, tuple(_names(found.transit)))


def _names(things: Iterable[Left]) -> Iterator[Cell]:
    return (Stack(Text(one.name), (Word(f"kind.{one.kind}"),)) for one in things)
