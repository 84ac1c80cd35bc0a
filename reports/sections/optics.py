"""Light at the ends of links: how far above its limits, and where it leads."""

from __future__ import annotations

from reports.document import Document
from reports.optics import standing, worst_first
from reports.sections.capacity import Named, named
from reports.tables import Amount, At, Cell, Column, Count, Line, Section, Table, Text, Word
from store.lines import EndLight
from store.states import Kind

_COLUMNS = (
    Column("light_end", 3),
    Column("rx_dbm", 1, True),
    Column("low_warn_dbm", 0.9, True),
    Column("low_alarm_dbm", 0.9, True),
    Column("margin_db", 1, True),
    Column("slope_db_month", 1, True),
    Column("crossing", 1.6),
    Column("light", 1.4),
)


def optics(document: Document) -> Section:
    found = document.beside.optics
    if found is None or not (found.ends or found.without_limit):
        return Section("optics", ())
    parts: list[Word | Table] = [Word("optics.note")]
    if found.without_limit:
        parts.append(Word("optics.without_limit", {"n": Count(found.without_limit)}))
    if found.ends:
        keys = {row.history.thing_id: row.id for row in document.things if row.history is not None}
        names = Named(document)
        lines = tuple(
            _line(end, keys.get(end.link_id, ""), names) for end in worst_first(found.ends)
        )
        parts.append(Table("optics", Word("caption.optics"), _COLUMNS, lines))
    return Section("optics", tuple(parts))


def _line(end: EndLight, key: str, names: Named) -> Line:
    about = (Text(names.site(end.site_id)), Text(f"{end.device} {end.interface}"))
    how = standing(end)
    mark = {"alarm": "missed", "warn": "unsure", "sinks": "unsure", "good": "met"}[how]
    cells: tuple[Cell, ...] = (
        named(names.link(key) if key else end.device, key, *about),
        Amount(end.dbm),
        Amount(end.low_warn),
        Amount(end.low_alarm),
        Amount(end.margin_db, signed=True),
        Amount(end.slope_db_month, signed=True, digits=2),
        _crossing(end),
        Word(f"light.{how}", mark=mark),
    )
    return Line(cells, id=key, kind=Kind.LINK)


def _crossing(end: EndLight) -> Cell:
    """The limit that comes first."""
    if end.warn_ms is not None:
        return Word("optics.warn_on", {"day": At(end.warn_ms, day=True)})
    if end.alarm_ms is not None:
        return Word("optics.alarm_on", {"day": At(end.alarm_ms, day=True)})
    return None
