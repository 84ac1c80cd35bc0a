"""Sites by tier, units, devices by site, and what has no figure."""

from __future__ import annotations

from collections.abc import Iterator

from reports.document import Document, Row, Standing
from reports.sections.opening import Opening
from reports.sections.rows import Where, columns, line, several, tier_word
from reports.tables import At, Cell, Count, Line, Roll, Section, Stack, Table, Text, Word

_WITHOUT = (Standing.NO_DATA, Standing.NEVER_SEEN, Standing.NOT_MONITORED)


def sites(document: Document) -> Section:
    where, opening = Where(document), Opening(document)
    parts: list[Word | Table] = []
    for tier in document.tiers:
        if tier.sites:
            caption = Word("caption.sites", {"tier": tier_word(tier.level)})
            lines = tuple(
                line(row, *map(Text, said(where(row))), opening=opening) for row in tier.sites
            )
            parts.append(Table(f"sites-{tier.level or 'other'}", caption, columns("site"), lines))
    return Section("sites", (*(parts or [Word("nodata")]), *_units(document)), apart=True)


def _units(document: Document) -> Iterator[Word | Table]:
    shown = columns("unit", measured=True)
    for number, part in enumerate(document.maps, 1):
        if number == 1:
            yield Word("maps.note")
        if part.acts:
            yield Word("maps.acts", {"acts": "; ".join(part.acts)})
        lines = [line(row, measured=True, look="sum") for row in part.tiers]
        lines += [line(row, measured=True) for row in several(part.units)]
        caption = Word("maps.part", {"begin": At(part.from_ms), "end": At(part.to_ms)})
        yield Table(f"units-{number}", caption, shown, tuple(lines))
    units = several(document.units)
    if units and not document.maps:
        lines = [line(row, measured=True) for row in units]
        yield Table("units", Word("caption.units"), shown, tuple(lines))


def missing(document: Document) -> Section:
    if not document.without_figure:
        return Section("missing", (Word("none"),))
    where = Where(document)
    rolls = []
    for standing in _WITHOUT:
        rows = [row for row in document.without_figure if row.standing is standing]
        if rows:
            heading = Word(f"missing.{standing}", {"n": Count(len(rows))})
            rolls.append(Roll(heading, tuple(_unseen(row, where(row)) for row in rows)))
    return Section("missing", (Word("missing.note"), *rolls))


def _unseen(row: Row, where: str | None) -> Stack:
    about: list[Cell] = [Word(f"kind.{row.kind}")]
    if row.site:
        about.append(Word("missing.at", {"site": row.site}))
    elif where:
        about.append(Text(where))
    return Stack(Text(row.name), tuple(about))


def devices(document: Document) -> Section:
    parts: list[Word | Table] = []
    for tier in document.tiers:
        lines: list[Line] = []
        for group in tier.devices:
            name: Cell = Word("homeless") if group.site is None else Text(group.site.name)
            lines.append(Line((name,), look="group"))
            lines += map(line, group.devices)
        if lines:
            caption = Word("caption.devices", {"tier": tier_word(tier.level)})
            name_of = f"devices-{tier.level or 'other'}"
            parts.append(Table(name_of, caption, columns("device"), tuple(lines)))
    return Section("devices", tuple(parts or [Word("nodata")]), apart=True)


def said(text: str | None) -> list[str]:
    """A list of it, or of nothing."""
    return [] if text is None else [text]
