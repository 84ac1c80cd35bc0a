"""How full the links were, each direction apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reports.capacity import LIMIT_PCT, RUN_DAYS, Capacity, Fullness, LinkFullness, Run
from reports.document import Document
from reports.tables import (
    Amount,
    At,
    Cell,
    Column,
    Count,
    Line,
    Percent,
    Ratio,
    Roll,
    Section,
    Stack,
    Table,
    Text,
    Word,
)
from store.states import Kind

_WAYS = ("to_b", "to_a")
_COLUMNS = (
    Column("link", 3),
    Column("capacity_mbps", 1, True),
    Column("days_measured", 0.9, True),
    *(
        Column(f"{name}_{way}", width, True)
        for way in _WAYS
        for name, width in (("p95", 1), ("over", 0.8), ("run", 1.5))
    ),
    Column("fullness", 1.4),
)
_LOOKS = {
    Fullness.BROKEN: "missed",
    Fullness.UNSURE: "unsure",
    Fullness.KEPT: "met",
}
_RULE: dict[str, Cell | str | int] = {"limit": LIMIT_PCT, "days": RUN_DAYS}


def capacity(document: Document) -> Section:
    found = document.beside.capacity
    if found is None or not (found.links or found.without_capacity or found.without_counter):
        return Section("capacity", ())
    if not found.days:
        return Section("capacity", (Word("capacity.no_day"),))
    names = Named(document)
    return Section("capacity", (*_said(found), *_tables(found, names)), apart=True)


class Named:
    """Names of the report's things: links by their ids, sites by their numbers."""

    def __init__(self, document: Document) -> None:
        things = document.things
        self._links = {row.id: row.name for row in things if row.kind is Kind.LINK}
        self._sites = {row.history.thing_id: row.name for row in things if row.history is not None}

    def link(self, key: str) -> str:
        return self._links.get(key, key)

    def site(self, thing_id: int) -> str:
        return self._sites.get(thing_id, "–")


def _said(found: Capacity) -> Iterator[Word]:
    yield Word("capacity.rule", _RULE)
    counts: Mapping[Fullness, int] = {one: found.count(one) for one in Fullness}
    values: dict[str, Cell | str | int] = {str(one): Count(n) for one, n in counts.items()}
    values["without"] = Count(counts[Fullness.NO_SAMPLES] + counts[Fullness.ONLY_HOURS])
    yield Word("capacity.counts", {"n": Count(len(found.links))} | values)
    if counts[Fullness.ONLY_HOURS]:
        kept = found.kept_from_ms
        key = "capacity.kept" if kept is not None else "capacity.kept_none"
        yield Word(key, {"day": At(kept, day=True)})


def _tables(found: Capacity, names: Named) -> Iterator[Table | Roll]:
    measured = [link for link in found.links if link.days]
    if measured:
        lines = tuple(_line(link, found.days, names) for link in measured)
        yield Table("capacity", Word("caption.capacity", _RULE), _COLUMNS, lines)
    for fullness in (Fullness.NO_SAMPLES, Fullness.ONLY_HOURS):
        keys = [link.key for link in found.links if not link.days and link.fullness is fullness]
        yield from _roll(f"capacity.{fullness}", keys, names)
    scarce = [link.key for link in found.links if not link.days and _scarce(link)]
    yield from _roll("capacity.scarce", scarce, names)
    yield from _roll("capacity.without_counter", found.without_counter, names)
    yield from _roll("capacity.without_capacity", found.without_capacity, names)


def _scarce(link: LinkFullness) -> bool:
    return link.fullness not in (Fullness.NO_SAMPLES, Fullness.ONLY_HOURS)


def _roll(key: str, keys: Sequence[str], names: Named) -> Iterator[Roll]:
    if keys:
        told = tuple(named(names.link(key), key) for key in keys)
        yield Roll(Word(key, {"n": Count(len(keys))}), told)


def named(name: str, key: str, *about: Cell) -> Cell:
    """A link by its name, its id in small print where the name does not hold it."""
    small = (*([] if key in name else [Text(key)]), *about)
    return Stack(Text(name), small) if small else Text(name)


def _line(link: LinkFullness, days: int, names: Named) -> Line:
    ends: dict[str, Cell | str | int] = {
        "a": names.site(link.a_site_id),
        "b": names.site(link.b_site_id),
    }
    cells: list[Cell] = [
        named(names.link(link.key), link.key, Word("capacity.ends", ends)),
        Amount(link.capacity_mbps, digits=0 if link.capacity_mbps.is_integer() else 2),
        Ratio(link.days, days),
    ]
    for way in (link.to_b, link.to_a):
        cells += [Percent(way.pct, (LIMIT_PCT,)), Count(way.over), _run(way.run)]
    cells.append(Word(f"fullness.{link.fullness}", mark=_LOOKS.get(link.fullness, "")))
    return Line(tuple(cells), id=link.key, kind=Kind.LINK)


def _run(run: Run | None) -> Cell:
    if run is None:
        return None
    key = "capacity.run_earlier" if run.earlier else "capacity.run"
    values: Any = {"first": At(run.first_ms, day=True), "last": At(run.last_ms, day=True)}
    return Stack(Count(run.days), (Word(key, values),))
