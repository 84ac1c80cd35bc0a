"""How many offices of each tier have what, and the names of those without."""

from __future__ import annotations

from collections.abc import Iterator

from inventory.coverage import INDICATORS
from reports.document import Document
from reports.offices import TierOffices
from reports.sections.rows import tier_word
from reports.tables import (
    At,
    Cell,
    Column,
    Count,
    Line,
    Ratio,
    Roll,
    Section,
    Share,
    Stack,
    Table,
    Text,
    Word,
)

_COLUMNS = (Column("tier", 1.8), *(Column(name, 1, True) for name in INDICATORS))


def offices(document: Document) -> Section:
    found = document.beside.offices
    if found is None or not found.tiers:
        return Section("offices", ())
    lines = [_line(tier_word(tier.level), tier) for tier in found.tiers]
    lines.append(_line(Word("whole"), found.whole, look="sum"))
    made = Table("offices", Word("caption.offices"), _COLUMNS, tuple(lines))
    note = Word("offices.note", {"day": At(document.to_ms - 1, day=True)})
    rolls = (roll for tier in found.tiers for roll in _missing(tier))
    return Section("offices", (note, made, *rolls), apart=True)


def _line(name: Cell, tier: TierOffices, look: str = "") -> Line:
    cells = (
        Stack(Ratio(n, total), (Share(n, total),))
        for n, total, _ in (tier.has[one] for one in INDICATORS)
    )
    return Line((name, *cells), id=tier.level, kind="tier", look=look)


def _missing(tier: TierOffices) -> Iterator[Roll]:
    """Where nobody of a tier has it the table says so: the names would be all names."""
    for indicator in INDICATORS:
        n, _, without = tier.has[indicator]
        if not without or not n:
            continue
        values: dict[str, Cell | str | int] = {
            "what": Word(f"col.{indicator}"),
            "tier": tier_word(tier.level),
            "n": Count(len(without)),
        }
        names = tuple(Text(office.name) for office in without)
        yield Roll(Word("offices.missing", values), names)
