"""The administrative map in the record: units and placements by the days of the law.

These rows are of another kind than the other declared ones: a day of the law may lie years back
or ahead, and what was believed of it before stays on record, so that a signed month keeps its map.
An edit without a day holds from the moment at which it was made.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, insert, select, update

from inventory.atlas import Atlas
from inventory.model import Network, Site, Unit
from inventory.moments import midnight
from store.dated_tables import placement_at, unit_at
from store.entries import nearest_target
from store.intervals import END
from store.portions import portions
from store.states import Kind

FOREVER = 0  # the first row of a thing holds as far back as anybody asks
Ids = Mapping[tuple[str, str], int]


class Row(NamedTuple):
    """What holds from one moment up to another; None: for ever back, for ever on."""

    begin: int | None
    end: int | None
    values: Mapping[str, Any]


def agree_map(conn: Connection, network: Network, ids: Ids, now_ms: int) -> tuple[str, ...]:
    """Bring units and placements into the record; gives the keys of things that changed."""
    atlas, zone = Atlas.of(network), ZoneInfo(network.timezone)
    units = {ids[Kind.UNIT, key]: _unit_rows(network, atlas, key, ids) for key in network.units}
    places = {ids[Kind.SITE, site.id]: _stays(atlas, site, zone, ids)
              for site in network.sites.values()}  # fmt: skip
    told = {ids[Kind.SITE, one.site] for one in network.placements}
    changed = _settle(conn, unit_at, units, now_ms, units.keys())
    changed |= _settle(conn, placement_at, places, now_ms, told)
    keys = {thing_id: key for (_, key), thing_id in ids.items()}
    return tuple(keys[thing_id] for thing_id in sorted(changed))


def _unit_rows(network: Network, atlas: Atlas, key: str, ids: Ids) -> list[Row]:
    zone = ZoneInfo(network.timezone)
    return [
        Row(
            _ms(one.begin, zone),
            _ms(one.end, zone),
            {
                "name": one.unit.name,
                "code": one.unit.code,
                "level": one.unit.level,
                "parent_id": None if one.parent is None else ids[Kind.UNIT, one.parent],
                "act": one.unit.act,
                "declared": _beside(network, one.unit),
            },
        )
        for one in atlas.reigns(key)
    ]


def _beside(network: Network, unit: Unit) -> dict[str, Any]:
    """What makes no other map."""
    said = {"into": list(unit.into), "aliases": list(unit.aliases)}
    said |= nearest_target(network, Kind.UNIT, unit.id, unit.level)
    return {name: value for name, value in said.items() if value}


def _stays(atlas: Atlas, site: Site, zone: ZoneInfo, ids: Ids) -> list[Row]:
    return [
        Row(
            _ms(stay.begin, zone),
            _ms(stay.end, zone),
            {"unit_id": ids[Kind.UNIT, stay.unit], "level": stay.level},
        )
        for stay in atlas.stays(site)
    ]


def _ms(day: date | None, zone: ZoneInfo) -> int | None:
    return None if day is None else max(FOREVER, midnight(day, zone))


def leave(conn: Connection, thing_id: int, now_ms: int) -> None:
    """What left the files stands nowhere any more; what was to come does not."""
    for rows in (unit_at, placement_at):
        mine = (rows.c.thing_id == thing_id) & rows.c.dropped.is_(None)
        ahead = update(rows).where(mine, rows.c.valid_from >= now_ms)
        conn.execute(ahead.values(dropped=now_ms))
        going = mine & (rows.c.valid_to.is_(None) | (rows.c.valid_to > now_ms))
        conn.execute(update(rows).where(going, rows.c.valid_from < now_ms).values(valid_to=now_ms))


def _settle(
    conn: Connection,
    table: Table,
    wanted: Mapping[int, Sequence[Row]],
    now_ms: int,
    told: Container[int],
) -> set[int]:
    """Drop the rows that the files contradict and enter what they say."""
    held: dict[int, list[Any]] = {}
    believed = select(table).where(table.c.dropped.is_(None)).order_by(table.c.valid_from)
    for one in conn.execute(believed):
        held.setdefault(one.thing_id, []).append(one)
    fresh: list[dict[str, Any]] = []
    gone: list[int] = []
    changed: set[int] = set()
    for thing_id, said in wanted.items():
        names = tuple(said[0].values)
        mine = held.get(thing_id, [])
        before = [
            Row(row.valid_from, row.valid_to, {name: row._mapping[name] for name in names})
            for row in mine
        ]
        after = timeline(before, said, now_ms, told=thing_id in told)
        after = [row for row in after if _end(row) > (row.begin or FOREVER)]  # all before 1970
        if before == after:
            continue
        if before:
            changed.add(thing_id)
        gone += [row.id for row, told in zip(mine, before, strict=True) if told not in after]
        for row in after:
            if row not in before:
                when = {"valid_from": row.begin, "valid_to": row.end, "entered": now_ms}
                fresh.append({"thing_id": thing_id} | when | dict(row.values))
    for part in portions(gone):
        conn.execute(update(table).where(table.c.id.in_(part)).values(dropped=now_ms))
    if fresh:
        conn.execute(insert(table), fresh)
    return changed


def timeline(
    held: Sequence[Row], said: Sequence[Row], now_ms: int, *, told: bool = True
) -> list[Row]:
    """What holds from now on, of what held and what the files say.

    Days that the files give count as they stand, and what they said of days ahead before and no
    longer say is gone. What has no day holds for ever back where nothing was known, else from
    this moment, unless it held already. `told`: the files give days for this thing itself; then
    what they say of the time before them corrects the last that was known of it. Without, the
    days are those of a unit, and an edit moves the thing now.
    """
    first = said[0]
    if first.begin is not None:
        return list(said)
    cut = _end(first)
    known = [
        Row(row.begin, _open(min(_end(row), cut)), row.values)
        for row in held
        if (row.begin or FOREVER) < cut and (row.begin or FOREVER) <= now_ms
    ]
    if not known:
        return [Row(FOREVER, first.end, first.values), *said[1:]]
    last = known[-1]
    if last.values == first.values:
        return [*known[:-1], last._replace(end=first.end), *said[1:]]
    if now_ms >= cut and not told:
        past = [_until(row, now_ms) for row in held if (row.begin or FOREVER) < now_ms]
        ahead = [_since(row, now_ms) for row in said if _end(row) > now_ms]
        return [*past, *ahead]
    if now_ms >= cut:
        return [*known[:-1], Row(last.begin, first.end, first.values), *said[1:]]
    begin = max(last.begin or FOREVER, now_ms)
    before = [last._replace(end=begin)] if begin > (last.begin or FOREVER) else []
    return [*known[:-1], *before, Row(begin, first.end, first.values), *said[1:]]


def _until(row: Row, now_ms: int) -> Row:
    return row._replace(end=min(_end(row), now_ms))


def _since(row: Row, now_ms: int) -> Row:
    return row._replace(begin=max(row.begin or FOREVER, now_ms))


def _end(row: Row) -> int:
    return END if row.end is None else row.end


def _open(end: int) -> int | None:
    return None if end == END else end
