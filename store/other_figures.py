"""Keeps the figures that another side reports: a preview first, what they replace stays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select, update

from inventory.other_figures import KINDS, FigureRow, FiguresFile, spelled
from inventory.problems import Ids, Trouble, quoted
from store.dated_tables import link_at
from store.period import OtherFigure
from store.reported import figure, named
from store.speech import Word
from store.spoken import other_figure
from store.states import Kind
from store.tables import thing

_SUMMED = (Kind.PROVIDER, Kind.UNIT)  # their down time is that of many things


class ImportedRow(NamedTuple):
    """`status`: new, changed, same; `kind` and `key`: what it is about, None: nothing here."""

    row: FigureRow
    status: str
    kind: str | None
    key: str | None
    old: OtherFigure | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresImported:
    """What an import did, or would do."""

    rows: tuple[ImportedRow, ...]
    troubles: tuple[Trouble, ...]
    applied: bool

    @property
    def errors(self) -> int:
        return sum(trouble.level == "error" for trouble in self.troubles)

    def count(self, status: str) -> int:
        return sum(one.status == status for one in self.rows)


def import_figures(
    conn: Connection, file: FiguresFile, word: Word, *, apply: bool
) -> FiguresImported:
    """Write the file's rows in the caller's transaction; where it has errors, none of them."""
    names = _Names(conn)
    troubles = list(file.troubles)
    first: dict[tuple[str, int, int, Any], FigureRow] = {}
    rows: list[ImportedRow] = []
    for row in file.rows:
        thing_id, told = names.find(row)
        troubles += told
        if any(one.level == "error" for one in told):
            continue
        about = row.named if thing_id is None else thing_id
        same = first.setdefault((row.source, row.from_ms, row.to_ms, about), row)
        if same is not row:
            what = f"is in this file already, at {same.spot('id')}; keep one of the two"
            troubles.append(Trouble(row.spot("id"), what))
            continue
        old = _held(conn, row, thing_id)
        status = "new" if old is None else "same" if _says(old) == _says(row) else "changed"
        kind, key = names.of.get(thing_id or 0, (None, None))
        rows.append(ImportedRow(row, status, kind, key, old))
        if apply and status != "same":
            _keep(conn, file, row, thing_id, old, word)
    applied = apply and not any(one.level == "error" for one in troubles)
    found = FiguresImported(rows=tuple(rows), troubles=tuple(troubles), applied=applied)
    if applied and found.count("same") < len(rows):
        said: dict[str, Any] = {"file": file.name}
        said |= {status: found.count(status) for status in ("new", "changed", "same")}
        word.leave(conn, "figures_import", "figures_imported", said)
    return found


def _says(one: OtherFigure | FigureRow) -> tuple[float | None, int | None, str | None]:
    return one.availability_pct, one.down_ms, one.note


def _held(conn: Connection, row: FigureRow, thing_id: int | None) -> OtherFigure | None:
    """What that source said of it before."""
    about = other_figure.c.named == row.named
    if thing_id is not None:
        about |= other_figure.c.thing_id == thing_id
    wanted = named(
        other_figure.c.source == row.source,
        other_figure.c.period_from == row.from_ms,
        other_figure.c.period_to == row.to_ms,
        other_figure.c.replaced.is_(None),
        about,
    )
    found = conn.execute(wanted).first()
    return None if found is None else figure(found)


def _keep(
    conn: Connection,
    file: FiguresFile,
    row: FigureRow,
    thing_id: int | None,
    old: OtherFigure | None,
    word: Word,
) -> None:
    stamp = {"revision": word.revision}
    if old is not None:
        here = other_figure.c.id == old.id
        conn.execute(update(other_figure).where(here).values(replaced=word.now_ms, **stamp))
    values = {
        "source": row.source,
        "period_from": row.from_ms,
        "period_to": row.to_ms,
        "named": row.named,
        "thing_id": thing_id,
        "availability_pct": row.availability_pct,
        "down_ms": row.down_ms,
        "note": row.note,
        "file": file.name,
        "author": word.actor,
        "entered": word.now_ms,
    }
    conn.execute(insert(other_figure).values(**values, **stamp))


class _Names:
    """Which thing a line is about: by its id, else by the number of its circuit."""

    def __init__(self, conn: Connection) -> None:
        self.of: dict[int, tuple[str, str]] = {}
        self._by_key: dict[str, dict[str, int]] = defaultdict(dict)
        wanted = select(thing).where(thing.c.kind.in_(KINDS))
        # of several with one key the one of today comes last, and holds
        for row in conn.execute(
            wanted.order_by(thing.c.retired.is_(None), thing.c.retired, thing.c.id)
        ):
            self.of[row.id] = (row.kind, row.key)
            self._by_key[row.key][row.kind] = row.id
        self._circuits = _circuits(conn)
        self._ids = Ids([*self._by_key, *self._circuits])

    def find(self, row: FigureRow) -> tuple[int | None, Sequence[Trouble]]:
        """(its thing, what is to be said); None: nothing here is called so."""
        found: Mapping[str, int] = {}
        for kind, key in spelled(row):
            known = self._by_key.get(key, {})
            found = found or {one: i for one, i in known.items() if kind in (None, one)}
        if not found and row.kind in (None, Kind.LINK):
            circuits = self._circuits.get(row.named, ())
            if len(circuits) > 1:
                keys = " and ".join(sorted(self.of[one][1] for one in circuits))
                what = f"circuit {quoted(row.named)} is that of {keys}; write the id of the link"
                return None, [Trouble(row.spot("id"), what)]
            found = dict.fromkeys([Kind.LINK.value], *circuits) if circuits else {}
        if len(found) > 1:
            names = " or ".join(f"{kind}:{row.named}" for kind in sorted(found))
            what = f"{quoted(row.named)} names several things; write {names}"
            return None, [Trouble(row.spot("id"), what)]
        if not found:
            hint = self._ids.hint(row.named) or "write its id or circuit id, or declare it"
            what = f"nothing here is called {quoted(row.named)}; it is kept as theirs alone; {hint}"
            return None, [Trouble(row.spot("id"), what, "warning")]
        [(kind, thing_id)] = found.items()
        most = row.to_ms - row.from_ms
        if kind not in _SUMMED and row.down_ms is not None and row.down_ms > most:
            what = "is more than the period has; write the minutes of this one alone"
            return None, [Trouble(row.spot("downtime_minutes"), what)]
        return thing_id, ()


def _circuits(conn: Connection) -> dict[str, set[int]]:
    """Number of a circuit → the links that bear it, or bore it last."""
    links = link_at
    wanted = select(links.c.thing_id, links.c.declared).order_by(links.c.valid_from)
    last = {row.thing_id: row.declared.get("circuit_id") for row in conn.execute(wanted)}
    found: dict[str, set[int]] = defaultdict(set)
    for thing_id, circuit in last.items():
        if circuit:
            found[circuit].add(thing_id)
    return found
