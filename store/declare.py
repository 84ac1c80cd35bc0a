"""Brings the declared network into the record without losing history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, func, insert, select, update

from inventory.model import Network
from store.atlas import FOREVER, agree_map, leave
from store.declared import BY_KIND
from store.engine import RecordError
from store.entries import Declared, Ref, entries
from store.period import LETTERHEAD
from store.plans import plan
from store.revision import next_revision
from store.states import Kind, State
from store.tables import event, live, outage, record, span, thing, tombstone

RETIRE_LIMIT = 0.05  # a reload that would retire more is refused until it is accepted by hand


@dataclass(frozen=True, slots=True)
class Agreement:
    """What bringing the files in did. `ids`: (kind, key) → thing id. `ended`: things that are
    judged no more, so that nothing that is still on its way may be written of them."""

    ids: Mapping[tuple[str, str], int]
    added: tuple[str, ...]  # keys
    edited: tuple[str, ...]
    retired: tuple[str, ...]
    ended: frozenset[int] = frozenset()

    @property
    def created(self) -> int:
        return len(self.added)

    @property
    def changed(self) -> int:
        return len(self.edited)


class RetireLimitError(RecordError):
    """The files would retire more things than a slip of the hand should."""


def agree(
    conn: Connection, network: Network, now_ms: int, *, accept_retired: bool = False
) -> Agreement:
    """Make the record agree with the files, in the caller's transaction.

    Ids stay through a rename by `was`; things that are gone are retired, never deleted.
    Raises RetireLimitError beyond 5 % unless accepted.
    """
    revision = next_revision(conn)
    now_ms = max(now_ms, _latest(conn))  # the record's time never runs backwards
    known = {
        (row.kind, row.key): row.id
        for row in conn.execute(
            select(thing).where(thing.c.retired.is_(None), thing.c.kind != Kind.INTERFACE)
        )
    }
    day = datetime.fromtimestamp(now_ms / 1000, ZoneInfo(network.timezone)).date()
    declared = list(entries(network, day))
    _rename(conn, declared, known, revision)
    gone = sorted(known.keys() - {(d.kind, d.key) for d in declared})
    if known and len(gone) > max(1, RETIRE_LIMIT * len(known)) and not accept_retired:
        raise RetireLimitError(
            f"the configuration no longer names {len(gone)} of {len(known)} things"
            f" ({', '.join(key for _, key in gone[:5])} …); remedy: put them back, or accept it"
            " with --accept-retired (`canh run`, or `canh reload` while it runs)"
        )
    ended = {known.pop(pair) for pair in gone}
    for thing_id in sorted(ended):
        _retire(conn, thing_id, now_ms, revision)
    added = _create(conn, declared, known, now_ms, revision)
    mapped = agree_map(conn, network, known, now_ms)
    edited = tuple(dict.fromkeys((*mapped, *_date(conn, declared, known, now_ms))))
    ended |= _show(conn, declared, known, now_ms, revision)
    plan(conn, network, known, now_ms, revision)
    if gone or edited:  # the state of a unit is that of its sites: one may have left it
        units = live.c.kind == Kind.UNIT
        conn.execute(update(live).where(units).values(revision=revision))
    about = {
        "name": network.name,
        "timezone": network.timezone,
        "language": network.language,
        "anchor": list(network.anchor),
        "report": {
            key: said for key, said in asdict(network.report).items() if said and key in LETTERHEAD
        },
    }
    conn.execute(update(record).values(network=about, declared_sha256=network.sha256))
    retired = tuple(key for _, key in gone)
    return Agreement(known, added, edited, retired, frozenset(ended))


def _rename(
    conn: Connection,
    declared: list[Declared],
    known: dict[tuple[str, str], int],
    revision: int,
) -> None:
    for one in declared:
        for old in one.was:
            if (one.kind, old) in known and (one.kind, one.key) not in known:
                thing_id = known.pop((one.kind, old))
                known[one.kind, one.key] = thing_id
                renamed = {"key": one.key, "revision": revision}
                conn.execute(update(thing).where(thing.c.id == thing_id).values(**renamed))
                if one.kind == Kind.DEVICE:
                    _rename_ports(conn, old, one.key, revision)


def _rename_ports(conn: Connection, old: str, new: str, revision: int) -> None:
    """The keys of interfaces begin with that of their device."""
    head = func.substr(thing.c.key, 1, len(old) + 1) == f"{old}:"
    key = new + func.substr(thing.c.key, len(old) + 1)
    here = (thing.c.kind == Kind.INTERFACE) & thing.c.retired.is_(None) & head
    conn.execute(update(thing).where(here).values(key=key, revision=revision))


def _latest(conn: Connection) -> int:
    """The newest time on record that a CHECK compares with."""
    tops = (thing.c.created, span.c.started, outage.c.last_bad)
    found = [conn.execute(select(func.max(top))).scalar() or 0 for top in tops]
    for rows, _ in BY_KIND.values():
        found.append(conn.execute(select(func.max(rows.c.valid_from))).scalar() or 0)
    return max(found) + 1 if any(found) else 0


def _retire(conn: Connection, thing_id: int, now_ms: int, revision: int) -> None:
    """It leaves every list of today and keeps its history; what was open ends here."""
    stamp = {"revision": revision}
    conn.execute(update(thing).where(thing.c.id == thing_id).values(retired=now_ms, **stamp))
    _end(conn, thing_id, now_ms, revision)
    for rows, _ in BY_KIND.values():
        ends = update(rows).where(rows.c.thing_id == thing_id, rows.c.valid_to.is_(None))
        conn.execute(ends.values(valid_to=now_ms))
    leave(conn, thing_id, now_ms)
    _hide(conn, thing_id, revision)
    told = {"at": now_ms, "kind": "retired", "thing_id": thing_id, "body": {}}
    conn.execute(insert(event).values(**told, **stamp))


def _hide(conn: Connection, thing_id: int, revision: int) -> None:
    """It leaves every list of today; readers learn of it by the tombstone."""
    if conn.execute(delete(live).where(live.c.thing_id == thing_id)).rowcount:
        conn.execute(delete(tombstone).where(tombstone.c.thing_id == thing_id))
        conn.execute(insert(tombstone).values(thing_id=thing_id, revision=revision))


def _end(conn: Connection, thing_id: int, now_ms: int, revision: int) -> None:
    """What is judged no more has no open span and no open outage."""
    here = (span.c.thing_id == thing_id) & span.c.ended.is_(None)
    conn.execute(update(span).where(here).values(ended=now_ms, revision=revision))
    ongoing = (outage.c.thing_id == thing_id) & outage.c.first_good.is_(None)
    conn.execute(update(outage).where(ongoing).values(first_good=now_ms, revision=revision))


def _create(
    conn: Connection,
    declared: list[Declared],
    known: dict[tuple[str, str], int],
    now_ms: int,
    revision: int,
) -> tuple[str, ...]:
    new = [d for d in declared if (d.kind, d.key) not in known]
    if not new:
        return ()
    rows = [{"kind": d.kind, "key": d.key, "created": now_ms, "revision": revision} for d in new]
    made = conn.execute(insert(thing).returning(thing.c.id, sort_by_parameter_order=True), rows)
    for one, row in zip(new, made, strict=True):
        known[one.kind, one.key] = row.id
    return tuple(one.key for one in new)


def _date(
    conn: Connection, declared: list[Declared], ids: Mapping[tuple[str, str], int], now_ms: int
) -> tuple[str, ...]:
    """Write a dated row where a declared value differs from the open one; gives their keys."""
    changed: list[str] = []
    for kind, (rows, row) in BY_KIND.items():
        held = conn.execute(select(rows).where(rows.c.valid_to.is_(None)))
        known = {was.thing_id: was._mapping for was in held}
        fresh: list[dict[str, Any]] = []
        for one in declared:
            if one.kind != kind:
                continue
            thing_id = ids[one.kind, one.key]
            values = {name: _resolved(value, ids) for name, value in one.values.items()}
            values = {name: value for name, value in values.items() if name in rows.c}
            values = {"name": one.key} | values
            old = known.get(thing_id)
            if old is not None and all(old[name] == value for name, value in values.items()):
                continue
            if old is not None:
                here = (rows.c.thing_id == thing_id) & rows.c.valid_to.is_(None)
                conn.execute(update(rows).where(here).values(valid_to=now_ms))
                changed.append(one.key)
            began = FOREVER if old is None else now_ms
            fresh.append(row(thing_id=thing_id, valid_from=began, **values).model_dump())
        if fresh:
            conn.execute(insert(rows), fresh)
    return tuple(changed)


def _show(
    conn: Connection,
    declared: list[Declared],
    ids: Mapping[tuple[str, str], int],
    now_ms: int,
    revision: int,
) -> set[int]:
    """One live row a listed thing; what is believed of it stays. Gives those judged no more."""
    held = {row.thing_id: row._mapping for row in conn.execute(select(live))}
    fresh: list[dict[str, Any]] = []
    ended: set[int] = set()
    for one in declared:
        thing_id = ids[one.kind, one.key]
        if not one.shown:
            if thing_id in held:
                _hide(conn, thing_id, revision)
            continue
        shown = {name: _resolved(value, ids) for name, value in one.shown.items()}
        shown |= {"kind": one.kind, "key": one.key}
        old = held.get(thing_id)
        state = State.UNKNOWN if one.measured else State.NOT_MONITORED
        if old is None:
            first = {"state": state, "marks": "never_seen" if one.measured else ""}
            if one.kind == Kind.BEYOND:  # no thing of its own: well until a mass outage
                first = {"state": State.UP, "marks": ""}
            fresh.append({"thing_id": thing_id, "revision": revision} | first | shown)
            continue
        if (old["state"] == State.NOT_MONITORED) == one.measured:
            shown |= {"state": state, "since": None, "root_id": None, "outage_id": None}
            shown |= {"acknowledged": False, "marks": "never_seen" if one.measured else ""}
            _end(conn, thing_id, now_ms, revision)
            if not one.measured:
                ended.add(thing_id)
        if any(old[name] != value for name, value in shown.items()):
            here = live.c.thing_id == thing_id
            conn.execute(update(live).where(here).values(revision=revision, **shown))
    if fresh:
        conn.execute(insert(live), fresh)
        back = [row["thing_id"] for row in fresh]
        conn.execute(delete(tombstone).where(tombstone.c.thing_id.in_(back)))
    return ended


def _resolved(value: Any, ids: Mapping[tuple[str, str], int]) -> Any:
    if isinstance(value, Ref):
        return ids[value.kind, value.key]
    if isinstance(value, list):
        return [_resolved(item, ids) for item in value]
    if isinstance(value, dict):
        return {name: _resolved(item, ids) for name, item in value.items()}
    return value
