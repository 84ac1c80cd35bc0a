"""Keeps what was read in devices: who they are, parts, neighbours, stations and addresses.

Only what differs is written. The past stays: a part that is gone has an end, and an event says what
came in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, delete, insert, select, update

from store.changes import AddressFact, FactsSaid, ModuleFact, NeighbourFact, StationFact
from store.configs import keep_config
from store.found_tables import module_fact, neighbour_fact, resolved, station
from store.interfaces import things_of
from store.portions import portions
from store.said import IDENTITY
from store.tables import device_fact, event

FORGET_MS = 90 * 86_400_000  # a station that was not seen so long
_NAMED = 5  # parts that an event names; it counts the others
_LONGEST, _PLACE = 500, 300  # signs of a text, and of what an index holds
_HIGHEST = (1 << 31) - 1  # of a whole number
_LIMITS = {"kind": 32, "protocol": 16, "remote_address": 64, "mac": 17, "ip": 64, "serial": 255}

Row = dict[str, Any]
T = TypeVar("T")


def keep_found(conn: Connection, said: Iterable[FactsSaid], at_ms: int, revision: int) -> None:
    """Bring the record into agreement with what was read."""
    for one in said:
        events = [("facts", _identity(conn, one, at_ms))]
        if one.modules is not None:
            news = _agree(conn, module_fact, one.device_id, _modules(one.modules), at_ms)
            events.append(("modules", _told(news, _PART, ("model", "serial"))))
        if one.neighbours is not None:
            ports = things_of(conn, one.device_id)
            rows = _neighbours(one.neighbours, ports)
            news = _agree(conn, neighbour_fact, one.device_id, rows, at_ms)
            events.append(("neighbours", _told(news, _END, ("remote_port",))))
        if one.macs is not None:
            _seen(conn, station, one.device_id, one.macs, at_ms)
        if one.arp is not None:
            _seen(conn, resolved, one.device_id, one.arp, at_ms)
        if one.config is not None:
            events.append(("configuration", keep_config(conn, one.device_id, one.config, at_ms)))
        for kind, body in events:
            if body:
                row = {"at": at_ms, "kind": kind, "thing_id": one.device_id, "body": body}
                conn.execute(insert(event).values(**row, revision=revision))


# -- who it is -----------------------------------------------------------------------------------


def _identity(conn: Connection, said: FactsSaid, at_ms: int) -> Row:
    """What changed, as name → [old, new]; a first reading is no change. What is not said stays."""
    told = {name: value for name in IDENTITY if (value := getattr(said, name)) is not None}
    new = _bounded(told)
    here = (device_fact.c.thing_id == said.device_id) & device_fact.c.valid_to.is_(None)
    old = conn.execute(select(device_fact).where(here)).first()
    held = {} if old is None else {n: v for n, v in old._mapping.items() if n not in _OF_ROW}
    changed = {name: [held.get(name), value] for name, value in new.items()}
    changed = {name: pair for name, pair in changed.items() if pair[0] != pair[1]}
    if not changed:
        return {}
    at_ms = at_ms if old is None else max(at_ms, old.valid_from)  # the clock may be set back
    if old is not None and old.valid_from == at_ms:
        conn.execute(update(device_fact).where(device_fact.c.id == old.id).values(**new))
    else:
        conn.execute(update(device_fact).where(here).values(valid_to=at_ms))
        row = {"thing_id": said.device_id, "valid_from": at_ms, **held, **new}
        conn.execute(insert(device_fact).values(**row))
    return {name: pair for name, pair in changed.items() if pair[0] is not None}


_OF_ROW = ("id", "thing_id", "valid_from", "valid_to")


# -- parts and neighbours ------------------------------------------------------------------------


def _bounded(row: Row) -> Row:
    """What a device says is data, and of any length; a database has its limits."""
    return {name: _fits(name, value) for name, value in row.items()}


def _fits(name: str, value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")[: _LIMITS.get(name, _LONGEST)]
    return None if isinstance(value, int) and value > _HIGHEST else value


def _modules(said: Sequence[ModuleFact]) -> Iterator[tuple[str, Row]]:
    rows = (_bounded(one._asdict()) for one in said)
    yield from _placed((f"{row['kind']} {row['name']}", row) for row in rows)


def _neighbours(
    said: Sequence[NeighbourFact], ports: Mapping[int | None, int]
) -> Iterator[tuple[str, Row]]:
    rows = (_bounded(one._asdict()) for one in said)
    keyed = (
        (f"{row['protocol']} {row['port']} {row['remote_id'] or row['remote_name'] or ''}", row)
        for row in rows
    )
    for place, row in _placed(keyed):
        yield place, row | {"thing_id": ports.get(row.pop("if_index"))}


def _placed(keyed: Iterable[tuple[str, T]]) -> Iterator[tuple[str, T]]:
    """Several of one name are told apart by their number."""
    counts: dict[str, int] = {}
    for whole, one in keyed:
        place = whole[:_PLACE]
        counts[place] = counts.get(place, 0) + 1
        yield place if counts[place] == 1 else f"{place} #{counts[place]}", one


News = tuple[list[Row], list[Row], list[tuple[Row, Row]], bool]
"""Added, gone, changed as (old, new); whether anything of the kind was ever on record."""


def _agree(
    conn: Connection, table: Table, device_id: int, rows: Iterable[tuple[str, Row]], at_ms: int
) -> News:
    new = dict(rows)
    mine = table.c.device_id == device_id
    held = conn.execute(select(table).where(mine, table.c.valid_to.is_(None))).mappings().all()
    at_ms = max([at_ms, *(row["valid_from"] for row in held)])
    known = bool(held) or conn.execute(select(table.c.id).where(mine).limit(1)).first() is not None
    ended, kept = [], set()
    gone: list[Row] = []
    changed: list[tuple[Row, Row]] = []
    for row in held:
        said = new.get(row["place"])
        if said is not None and all(row[name] == value for name, value in said.items()):
            kept.add(row["place"])
            continue
        ended.append(row["id"])
        if said is None:
            gone.append(dict(row))
        else:
            changed.append((dict(row), said))
    for part in portions(ended):
        some = table.c.id.in_(part)
        conn.execute(update(table).where(some).values(valid_to=at_ms))
    fresh = [
        {"device_id": device_id, "valid_from": at_ms, "place": place, **row}
        for place, row in new.items()
        if place not in kept
    ]
    if fresh:
        conn.execute(insert(table), fresh)
    moved = {id(said) for _, said in changed}
    added = [row for place, row in new.items() if place not in kept and id(row) not in moved]
    return added, gone, changed, known


_PART = ("kind", "name", "model", "serial")
_END = ("protocol", "port", "remote_name", "remote_port")


def _told(news: News, names: tuple[str, ...], moved: tuple[str, ...]) -> Row:
    """Some of what came, went and was replaced, by `names`, and how many there are; what changed
    in none of `moved` is no event, and neither is a first reading."""
    added, gone, changed, known = news
    if not known:
        return {}

    def of(row: Row) -> Row:
        return {name: row[name] for name in names}

    told: dict[str, list[Any]] = {
        "added": [of(row) for row in added],
        "gone": [of(row) for row in gone],
        "replaced": [
            [of(old), of(new)] for old, new in changed if any(old[n] != new[n] for n in moved)
        ],
    }
    found: Row = {name: rows[:_NAMED] for name, rows in told.items() if rows}
    more = {name: len(rows) for name, rows in told.items() if len(rows) > _NAMED}
    return found | ({"count": more} if more else {})


# -- stations and addresses ----------------------------------------------------------------------


def _seen(
    conn: Connection,
    table: Table,
    device_id: int,
    said: Sequence[StationFact | AddressFact],
    at_ms: int,
) -> None:
    """Those that are there are seen now; the others stay for a season with when they were."""
    mine = table.c.device_id == device_id
    names = StationFact._fields if table is station else AddressFact._fields
    columns = [table.c[name] for name in names]
    held = {
        tuple(row[1:]): row[0] for row in conn.execute(select(table.c.id, *columns).where(mine))
    }
    now = {tuple(row.values()): row for row in (_bounded(one._asdict()) for one in said)}
    there = [held[key] for key in now if key in held]
    for part in portions(there):
        some = table.c.id.in_(part)
        conn.execute(update(table).where(some).values(seen=at_ms))
    fresh = [
        {"device_id": device_id, "since": at_ms, "seen": at_ms, **row}
        for key, row in now.items()
        if key not in held
    ]
    if fresh:
        conn.execute(insert(table), fresh)
    conn.execute(delete(table).where(mine, table.c.seen < at_ms - FORGET_MS))
