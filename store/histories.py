"""What the ledger needs of each thing over a period, read in a few sweeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, or_, select

import store.declared  # noqa: F401  its tables join the metadata
from store.questions import History, Interval, OutageRow
from store.spoken import maintenance
from store.states import Kind, State
from store.tables import live, metadata, span, thing

Span = tuple[State, int, int | None, int | None]
_COUNTED = (Kind.SITE, Kind.DEVICE, Kind.LINK, Kind.SERVICE)
END = 1 << 62
ADMIN_DOWN = "admin_down"


def histories(
    conn: Connection,
    from_ms: int,
    to_ms: int,
    watched: tuple[Interval, ...],
    outages: Mapping[int, Sequence[OutageRow]],
) -> tuple[History, ...]:
    """Every counted thing that existed in the period, retired ones too."""
    spans, off = _spans(conn, from_ms, to_ms)
    began = _first_spans(conn)
    declared = {kind: _declared(conn, kind, to_ms) for kind in _COUNTED}
    units = _declared(conn, Kind.UNIT, to_ms)
    providers = _declared(conn, Kind.PROVIDER, to_ms)
    works = _maintenance(conn, from_ms, to_ms)
    shown = {row.thing_id: row for row in conn.execute(select(live))}
    found = []
    wanted = select(thing).where(
        thing.c.kind.in_(_COUNTED), or_(thing.c.retired.is_(None), thing.c.retired > from_ms)
    )
    for row in conn.execute(wanted.order_by(thing.c.id)):
        said = declared[Kind(row.kind)].get(row.id)
        if said is None:
            continue
        site_id = _site_of(row, said)
        site = declared[Kind.SITE].get(site_id, {}) if site_id else said
        unit_id = site.get("unit_id")
        unit = units.get(unit_id, {}) if unit_id else {}
        now = shown.get(row.id)
        start = said.get("commissioned") or began.get(row.id)
        scopes = (row.id, site_id, *_upwards(unit_id, units))
        found.append(
            History(
                thing_id=row.id,
                kind=Kind(row.kind),
                key=row.key,
                name=now.name if now else said["name"],
                level=unit.get("level", ""),
                unit_id=unit_id,
                site_id=site_id if row.kind != Kind.SITE else None,
                unit=unit.get("name"),
                provider=providers.get(said.get("provider_id") or 0, {}).get("name"),
                target_pct=said.get("target_pct"),
                target_source=said.get("target_source"),
                service=_service(start, row.retired, off.get(row.id, ())),
                spans=tuple(spans.get(row.id, ())),
                maintenance=tuple(sorted({w for s in scopes if s for w in works.get(s, ())})),
                off_hours=(),
                watched=watched,
                outages=tuple(outages.get(row.id, ())),
                measured=bool(now and now.state != State.NOT_MONITORED) or row.id in began,
            )
        )
    return (*found, *_groups(conn, units, Kind.UNIT), *_groups(conn, providers, Kind.PROVIDER))


def _groups(
    conn: Connection, declared: Mapping[int, Mapping[str, Any]], kind: Kind
) -> list[History]:
    """Units with their parents, and providers: they have no spans, roll-ups give their figures."""
    wanted = select(thing).where(thing.c.kind == kind, thing.c.retired.is_(None))
    return [
        History(
            thing_id=row.id,
            kind=kind,
            key=row.key,
            name=said["name"],
            level=said.get("level") or "",
            unit_id=said.get("parent_id"),
            site_id=None,
            unit=None,
            provider=None,
            target_pct=said.get("target_pct"),
            target_source=said.get("target_source"),
            service=(),
            spans=(),
            maintenance=(),
            off_hours=(),
            watched=(),
            outages=(),
            measured=False,
        )
        for row in conn.execute(wanted.order_by(thing.c.id))
        if (said := declared.get(row.id)) is not None
    ]


def _site_of(row: Any, said: Mapping[str, Any]) -> int | None:
    """Devices and services stand at a site; a link belongs to its far end; a site to itself."""
    if row.kind == Kind.SITE:
        return int(row.id)
    site = said.get("site_id") or said.get("b_site_id")
    return int(site) if site is not None else None


def _upwards(unit_id: int | None, units: Mapping[int, Mapping[str, Any]]) -> tuple[int, ...]:
    found: list[int] = []
    while unit_id is not None and unit_id not in found:
        found.append(unit_id)
        unit_id = units.get(unit_id, {}).get("parent_id")
    return tuple(found)


def _spans(
    conn: Connection, from_ms: int, to_ms: int
) -> tuple[dict[int, list[Span]], dict[int, list[Interval]]]:
    """thing → spans that touch the period; thing → times when a person had shut it down."""
    spans: dict[int, list[Span]] = {}
    off: dict[int, list[Interval]] = {}
    wanted = (
        select(span)
        .where(span.c.started < to_ms, or_(span.c.ended.is_(None), span.c.ended > from_ms))
        .order_by(span.c.thing_id, span.c.started)
    )
    for row in conn.execute(wanted):
        if row.reason == ADMIN_DOWN:
            off.setdefault(row.thing_id, []).append((row.started, row.ended or END))
        spans.setdefault(row.thing_id, []).append(
            (State(row.state), row.started, row.ended, row.root_thing_id)
        )
    return spans, off


def _first_spans(conn: Connection) -> dict[int, int]:
    """Service begins with the first answer where no day was declared."""
    wanted = select(span.c.thing_id, func.min(span.c.started)).group_by(span.c.thing_id)
    return {thing_id: int(started) for thing_id, started in conn.execute(wanted)}


def _declared(conn: Connection, kind: Kind, at_ms: int) -> dict[int, Mapping[str, Any]]:
    """thing → its dated row as it stood just before `at_ms`, else its last one."""
    rows = metadata.tables[f"{kind}_at"]
    wanted = select(rows).where(rows.c.valid_from < at_ms).order_by(rows.c.valid_from)
    return {row.thing_id: dict(row._mapping) for row in conn.execute(wanted)}


def _maintenance(conn: Connection, from_ms: int, to_ms: int) -> dict[int, list[Interval]]:
    """scope → windows; a window counts from its entry unless a second person approved it."""
    wanted = select(maintenance).where(
        maintenance.c.cancelled.is_(None),
        maintenance.c.started < to_ms,
        maintenance.c.ended > from_ms,
    )
    found: dict[int, list[Interval]] = {}
    for row in conn.execute(wanted):
        start = row.started if row.approved else max(row.started, row.entered)
        if start < row.ended:
            found.setdefault(row.thing_id, []).append((start, row.ended))
    return found


def _service(
    start: int | None, retired: int | None, off: Sequence[Interval]
) -> tuple[Interval, ...]:
    """From the start to retirement, without the times when the thing was shut down on purpose."""
    if start is None:
        return ()
    end = retired if retired is not None else END
    found: list[Interval] = []
    at = start
    for begin, finish in sorted(off):
        if begin > at:
            found.append((at, min(begin, end)))
        at = max(at, finish)
    if at < end:
        found.append((at, end))
    return tuple(found)
