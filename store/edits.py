"""What became of the inventory: what came, went, moved, got another name or was replaced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, select, true

from store.dated_tables import AT, placement_at
from store.portions import portions
from store.standing import first_load
from store.states import Kind
from store.tables import device_fact, live, thing

ADDED, RETIRED = "added", "retired"
MOVED, RENAMED, REPLACED, UPDATED, CHANGED = "moved", "renamed", "replaced", "updated", "changed"
_KINDS = (Kind.SITE, Kind.DEVICE, Kind.LINK, Kind.SERVICE)


class Edit(NamedTuple):
    """`what`: one of the words above. `field`: of what `old` and `new` are the values, as texts;
    `measured`: the device said so itself."""

    at_ms: int
    kind: Kind
    key: str
    name: str
    what: str
    field: str = ""
    old: str | None = None
    new: str | None = None
    measured: bool = False


# What of a dated row is told, and as what; a column, else a key of `declared`.
_FIELDS: Mapping[Kind, Mapping[str, str]] = {
    Kind.SITE: {"id": RENAMED, "name": RENAMED, "target_pct": CHANGED},
    Kind.DEVICE: {
        "site_id": MOVED,
        "id": RENAMED,
        "name": RENAMED,
        "vendor": REPLACED,
        "model": REPLACED,
        "serial": REPLACED,
        "role": CHANGED,
        "owner": CHANGED,
        "address": CHANGED,
        "target_pct": CHANGED,
    },
    Kind.LINK: {
        "a_site_id": MOVED,
        "b_site_id": MOVED,
        "id": RENAMED,
        "provider_id": CHANGED,
        "medium": CHANGED,
        "role": CHANGED,
        "capacity_mbps": CHANGED,
        "circuit_id": CHANGED,
        "target_pct": CHANGED,
    },
    Kind.SERVICE: {
        "site_id": MOVED,
        "id": RENAMED,
        "name": RENAMED,
        "url": CHANGED,
        "target_pct": CHANGED,
    },
}
_MEASURED = {"vendor": REPLACED, "model": REPLACED, "serial": REPLACED, "version": UPDATED}


def edits(conn: Connection, from_ms: int, to_ms: int) -> tuple[Edit, ...]:
    """Oldest first. What came with the first files of the record is not told as added."""
    window = from_ms, to_ms
    found = [*_came_and_went(conn, window)]
    for kind, told in _FIELDS.items():
        found += _of_rows(conn, AT[kind], kind, told, window)
    found += _of_rows(conn, placement_at, Kind.SITE, {"unit_id": MOVED}, window)
    found += _of_rows(conn, device_fact, Kind.DEVICE, _MEASURED, window, measured=True)
    return tuple(sorted(found, key=lambda one: (one.at_ms, _KINDS.index(one.kind), one.key)))


def _came_and_went(conn: Connection, window: tuple[int, int]) -> Iterator[Edit]:
    first = first_load(conn)
    names = _Names(conn)
    came = thing.c.created.between(window[0], window[1] - 1) & (thing.c.created > first)
    went = thing.c.retired.between(window[0], window[1] - 1)
    for what, moment, inside in ((ADDED, "created", came), (RETIRED, "retired", went)):
        rows = conn.execute(select(thing).where(thing.c.kind.in_(_KINDS), inside)).all()
        names.learn(row.id for row in rows)
        for row in rows:
            at_ms = row._mapping[moment]
            yield Edit(at_ms, Kind(row.kind), row.key, names.of(row.id), what)


def _of_rows(
    conn: Connection,
    rows: Table,
    kind: Kind,
    told: Mapping[str, str],
    window: tuple[int, int],
    *,
    measured: bool = False,
) -> Iterator[Edit]:
    """Rows that began in the window, against those that ended there at the same moment."""
    believed = rows.c.dropped.is_(None) if "dropped" in rows.c else true()
    over = rows.c.valid_to.between(window[0], window[1] - 1)
    inside = rows.c.valid_from.between(window[0], window[1] - 1)
    ended = select(rows).where(believed, over)
    begun = select(rows).where(believed, inside).order_by(rows.c.valid_from)
    before = {(row.thing_id, row.valid_to): row for row in conn.execute(ended)}
    pairs = [
        (old, new)
        for new in conn.execute(begun)
        if (old := before.get((new.thing_id, new.valid_from))) is not None
    ]
    names = _Names(conn)
    names.learn(_named(pairs, told))
    for old, new in pairs:
        for field, what in told.items():
            values = [_value(row, field) for row in (old, new)]
            if values[0] == values[1] or (measured and values[0] is None):
                continue
            yield Edit(
                at_ms=new.valid_from,
                kind=kind,
                key=names.key(new.thing_id),
                name=names.of(new.thing_id),
                what=what,
                field=_short(field),
                old=names.text(field, values[0]),
                new=names.text(field, values[1]),
                measured=measured,
            )


def _value(row: Any, field: str) -> Any:
    if field != "id" and field in row._mapping:
        return row._mapping[field]
    return row.declared.get(field)


def _short(field: str) -> str:
    return field if field == "circuit_id" else field.removesuffix("_id")


def _named(pairs: Iterable[tuple[Any, Any]], told: Iterable[str]) -> Iterator[int]:
    """The things that the rows are about, and those that they refer to."""
    refs = [field for field in told if field.endswith("_id") and field != "circuit_id"]
    for pair in pairs:
        yield pair[0].thing_id
        for row in pair:
            yield from (ref for field in refs if (ref := row._mapping[field]) is not None)


class _Names:
    """Keys and names of things; of those that are gone the last that they had."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._found: dict[int, tuple[str, str]] = {}

    def learn(self, ids: Iterable[int]) -> None:
        wanted = sorted(set(ids) - self._found.keys())
        for part in portions(wanted):
            shown = (
                select(thing.c.id, thing.c.kind, thing.c.key, live.c.name)
                .outerjoin(live, live.c.thing_id == thing.c.id)
                .where(thing.c.id.in_(part))
            )
            gone: dict[str, list[int]] = {}
            for row in self._conn.execute(shown):
                self._found[row.id] = (row.key, row.name or row.key)
                if row.name is None:
                    gone.setdefault(row.kind, []).append(row.id)
            for kind, of_kind in gone.items():
                self._last(AT[kind], of_kind)

    def _last(self, rows: Table, ids: list[int]) -> None:
        wanted = select(rows.c.thing_id, rows.c.name).where(rows.c.thing_id.in_(ids))
        for row in self._conn.execute(wanted.order_by(rows.c.valid_from)):
            self._found[row.thing_id] = (self.key(row.thing_id), row.name)

    def key(self, thing_id: int) -> str:
        return self._found[thing_id][0]

    def of(self, thing_id: int) -> str:
        return self._found[thing_id][1]

    def text(self, field: str, value: Any) -> str | None:
        """A reference by the name of what it refers to."""
        if value is None or value == "":
            return None
        if field.endswith("_id") and field != "circuit_id":
            return self.of(value)
        return f"{value:g}" if isinstance(value, float) else str(value)
