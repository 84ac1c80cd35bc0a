"""What the ledger needs of each thing over a period, read in a few sweeps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import itemgetter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, null, or_, select

from inventory.moments import midnight
from store.corrected import retell
from store.dated_tables import AT, site_at
from store.hours import closed
from store.intervals import END, merge
from store.maps import Maps
from store.paths import Way, k_of_n
from store.period import History, Interval, UnitRow
from store.portions import portions
from store.questions import OutageRow
from store.states import Kind, State
from store.tables import coverage, live, span, thing
from store.windows import behind_roots, planned

Span = tuple[State, int, int | None, int | None]
_COUNTED = (Kind.SITE, Kind.DEVICE, Kind.LINK, Kind.SERVICE)
ADMIN_DOWN = "admin_down"
OFF_HOURS = "off_hours"  # silent out of hours, and not open again yet
ON_BACKUP = "on_backup"

_KINDS = {kind.value: kind for kind in Kind}
_STATES = {state.value: state for state in State}
_SPAN = ("thing_id", "state", "started", "ended", "root_thing_id", "reason")
Watched = dict[int | None, tuple[Interval, ...]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A period that is over, the zone of its days, and from when on people's words are left out."""

    from_ms: int
    to_ms: int
    zone: ZoneInfo
    as_of_ms: int | None = None


class _Said(NamedTuple):
    """What enters a figure of a thing's dated row; None where its kind has none of it."""

    thing_id: int
    name: str
    retired: str | None  # a day
    site_id: int | None
    b_site_id: int | None
    provider_id: int | None
    target_pct: float | None
    target_source: str | None
    commissioned: int | None
    role: str | None


@dataclass(slots=True)
class _Seen:
    """The spans of one thing, and the times that their reasons tell."""

    spans: list[Span] = field(default_factory=list)
    shut: list[Interval] = field(default_factory=list)  # a person had shut it down
    off_hours: list[Interval] = field(default_factory=list)
    on_backup: list[Interval] = field(default_factory=list)


_NOTHING = _Seen()


@dataclass(frozen=True, slots=True)
class _Read:
    """All that was read, by thing. `early`: how far back outages reach."""

    maps: Maps
    early: int
    seen: Mapping[int, _Seen]
    began: Mapping[int, int]
    watched: Watched
    works: Mapping[int, list[Interval]]
    closed: Mapping[int, tuple[Interval, ...]]
    declared: Mapping[Kind, Mapping[int, _Said]]
    ways: Mapping[int, tuple[Span, ...]]  # site → what its paths made of it


def histories(
    conn: Connection,
    asked: Asked,
    maps: Maps,
    outages: Mapping[int, Sequence[OutageRow]],
    told: Maps,
    only: frozenset[Kind] | None = None,
) -> tuple[History, ...]:
    """Every counted thing that existed in the period, retired ones too. `maps`: as it stood;
    `told`: on which the figures are shown; `only`: these kinds, and what they stood behind."""
    read = _read(conn, asked, maps, outages, only)
    there = or_(thing.c.retired.is_(None), thing.c.retired > asked.from_ms)
    kinds = _COUNTED if only is None else [kind for kind in _COUNTED if read.declared[kind]]
    listed = select(live.c.thing_id, live.c.name, live.c.state).where(live.c.kind.in_(kinds))
    shown = {row.thing_id: row for row in conn.execute(listed).all()}
    columns = (thing.c.id, thing.c.kind, thing.c.key, thing.c.retired)
    wanted = select(*columns).where(thing.c.kind.in_(kinds), there).order_by(thing.c.id)
    found = []
    for row in conn.execute(wanted).all():
        said = read.declared[_KINDS[row.kind]].get(row.id)
        if said is not None:
            own = tuple(outages.get(row.id, ()))
            found.append(retell(_history(row, said, read, asked, told, shown.get(row.id), own)))
    counted = behind_roots(found)
    if only is not None:
        counted = tuple(one for one in counted if one.kind in only)
    return (
        *counted,
        *_groups(conn, Kind.UNIT, _units(told, asked)),
        *_groups(conn, Kind.PROVIDER, read.declared[Kind.PROVIDER]),
    )


def _read(
    conn: Connection,
    asked: Asked,
    maps: Maps,
    outages: Mapping[int, Sequence[OutageRow]],
    only: frozenset[Kind] | None,
) -> _Read:
    """An outage that began before the period is followed back to its first moment."""
    reach = {
        thing_id: first
        for thing_id, rows in outages.items()
        if (first := min(row.first_bad_ms for row in rows)) < asked.from_ms
    }
    early = min(reach.values(), default=asked.from_ms)
    seen = _spans(conn, asked, reach, only)
    watched = coverage_of(conn, early, asked.to_ms)
    works = planned(conn, early, asked.to_ms, asked.zone, as_of_ms=asked.as_of_ms)
    declared = {
        kind: _declared(conn, kind, asked.to_ms)
        for kind in (*(_COUNTED if only is None else only), Kind.PROVIDER)
    }
    if only is not None:  # what they stood behind may have stood in work of its own
        behind = _roots(seen.values()) if works else frozenset()
        for kind in _COUNTED:
            declared.setdefault(kind, _declared(conn, kind, asked.to_ms, behind))
    return _Read(
        maps=maps,
        early=early,
        seen=seen,
        began=_first_signs(conn, asked.as_of_ms),
        watched=watched,
        works=works,
        closed=closed(conn, asked.from_ms, asked.to_ms, asked.zone, reach),
        declared=declared,
        ways=_by_ways(conn, asked, seen, watched),
    )


def _history(
    row: Any,
    said: _Said,
    read: _Read,
    asked: Asked,
    told: Maps,
    now: Any,
    outages: tuple[OutageRow, ...],
) -> History:
    """What the monitor saw of one thing, and what was planned."""
    seen, spans = read.seen.get(row.id, _NOTHING), read.ways.get(row.id, ())
    began = read.began.get(row.id)
    if spans:
        began = min(spans[0][1], began or END)
    site_id = _site_of(row, said)
    place = told.place(site_id, asked.to_ms - 1)
    unit = told.unit(place.unit_id, asked.to_ms - 1) if place else None
    provider = read.declared[Kind.PROVIDER].get(said.provider_id or 0)
    works = [w for one in {row.id, site_id} for w in read.works.get(one or 0, ())]
    works += read.maps.planned(site_id, read.works, (read.early, asked.to_ms))
    watched = read.watched.get(None, ())
    if own := read.watched.get(row.id, ()):
        watched = tuple(merge((*watched, *own)))
    if spans:
        watched = tuple((begin, END if end is None else end) for _, begin, end, _ in spans)
    return History(
        thing_id=row.id,
        kind=_KINDS[row.kind],
        key=row.key,
        name=now.name if now else said.name,
        level=place.level if place else "",
        unit_id=place.unit_id if place else None,
        site_id=site_id if row.kind != Kind.SITE else None,
        unit=unit.name if unit else None,
        provider=provider.name if provider else None,
        target_pct=said.target_pct,
        target_source=said.target_source,
        service=_service(said.commissioned or began, _retired(row, said, asked.zone), seen.shut),
        spans=spans or tuple(seen.spans),
        maintenance=tuple(sorted(set(works))),
        off_hours=(*read.closed.get(row.id, ()), *seen.off_hours),
        watched=watched,
        outages=outages,
        measured=bool(now and now.state != State.NOT_MONITORED) or began is not None,
        on_backup=tuple(seen.on_backup),
        stays=told.stays(site_id, (asked.from_ms, asked.to_ms)),
        role=said.role or "",
    )


def _units(maps: Maps, asked: Asked) -> dict[int, UnitRow]:
    """The units of the period, each as it stood last in it."""
    return {
        unit_id: row
        for unit_id, rows in maps.units.items()
        if rows[0].from_ms < asked.to_ms and rows[-1].to_ms > asked.from_ms
        if (row := maps.unit(unit_id, asked.to_ms - 1)) is not None
    }


def _groups(
    conn: Connection, kind: Kind, declared: Mapping[int, UnitRow] | Mapping[int, _Said]
) -> list[History]:
    """Units with their parents, and providers: they have no spans, roll-ups give their figures."""
    wanted = select(thing).where(thing.c.kind == kind, thing.c.retired.is_(None))
    return [
        History(
            thing_id=row.id,
            kind=kind,
            key=row.key,
            name=said.name,
            level=said.level if isinstance(said, UnitRow) else "",
            unit_id=said.parent_id if isinstance(said, UnitRow) else None,
            site_id=None,
            unit=None,
            provider=None,
            target_pct=said.target_pct,
            target_source=said.target_source,
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


def _site_of(row: Any, said: _Said) -> int | None:
    """Devices and services stand at a site; a link belongs to its far end; a site to itself."""
    if row.kind == Kind.SITE:
        return int(row.id)
    return said.site_id or said.b_site_id


def _spans(
    conn: Connection, asked: Asked, reach: Mapping[int, int], only: frozenset[Kind] | None
) -> dict[int, _Seen]:
    """Thing → its spans that touch the period, and those back to its moment of `reach`; of `only`
    these kinds, and of the paths of sites."""
    from_ms = asked.from_ms
    touches = (span.c.started < asked.to_ms) & or_(span.c.ended.is_(None), span.c.ended > from_ms)
    if only is not None:
        theirs = select(thing.c.id).where(thing.c.kind.in_(only))
        ways = {path["thing_id"] for row in _path_rows(conn, asked) for path in row.paths}
        touches &= or_(span.c.thing_id.in_(theirs), span.c.thing_id.in_(ways))
    wanted = select(*(span.c[name] for name in _SPAN))
    rows = list(conn.execute(wanted.where(touches)).all())
    for part in portions(sorted(reach)):
        mine = span.c.thing_id.in_(part)
        before = (span.c.ended <= from_ms) & (span.c.ended > min(reach.values()))
        earlier = conn.execute(wanted.where(mine, before))
        rows += [row for row in earlier if row.ended > reach[row.thing_id]]
    found: dict[int, _Seen] = {}
    for thing_id, state, started, ended, root, reason in rows:  # there are many: by place
        seen = found.get(thing_id)
        if seen is None:
            seen = found[thing_id] = _Seen()
        seen.spans.append((_STATES[state], started, ended, root))
        if reason == ADMIN_DOWN:
            seen.shut.append((started, ended or END))
        elif reason == OFF_HOURS and state == State.UNKNOWN:
            seen.off_hours.append((started, ended or END))
        elif reason == ON_BACKUP:
            seen.on_backup.append((started, ended or END))
    for seen in found.values():
        seen.spans.sort(key=itemgetter(1))
    return found


def _roots(seen: Iterable[_Seen]) -> frozenset[int]:
    return frozenset(root for one in seen for _, _, _, root in one.spans if root is not None)


def coverage_of(conn: Connection, from_ms: int, to_ms: int) -> Watched:
    """Thing → when it was watched beside the shard; None → when the whole shard was."""
    wanted = select(coverage.c.thing_id, coverage.c.started, coverage.c.ended).where(
        coverage.c.ended > from_ms, coverage.c.started < to_ms
    )
    found: dict[int | None, list[Interval]] = {}
    for row in conn.execute(wanted.order_by(coverage.c.started)):
        found.setdefault(row.thing_id, []).append((row.started, row.ended))
    return {thing_id: tuple(watched) for thing_id, watched in found.items()}


def _first_signs(conn: Connection, as_of_ms: int | None) -> dict[int, int]:
    """Service begins with the first span or coverage where no day was declared."""
    found: dict[int, int] = {}
    for table in (span, coverage):
        mine = table.c.thing_id.is_not(None) & (table.c.started <= (as_of_ms or END))
        first = select(table.c.thing_id, func.min(table.c.started)).where(mine)
        for thing_id, began in conn.execute(first.group_by(table.c.thing_id)).all():
            found[thing_id] = min(int(began), found.get(thing_id, END))
    return found


def _by_ways(
    conn: Connection, asked: Asked, seen: Mapping[int, _Seen], watched: Watched
) -> dict[int, tuple[Span, ...]]:
    """Sites that nobody judged, by their dated paths, where the record knows something of these."""
    found: dict[int, tuple[Span, ...]] = {}
    for row in _path_rows(conn, asked):
        chosen = _deciding([path for path in row.paths if path.get("thing_id")])
        if row.thing_id in seen or not any(path["thing_id"] in seen for path in chosen):
            continue
        valid = (row.valid_from, END if row.valid_to is None else row.valid_to)
        ways = [
            Way(
                spans=tuple(seen.get(path["thing_id"], _NOTHING).spans),
                watched=(*watched.get(None, ()), *watched.get(path["thing_id"], ())),
                valid=valid,
            )
            for path in chosen
        ]
        made = k_of_n(ways, max(path["need"] for path in chosen))
        found[row.thing_id] = (*found.get(row.thing_id, ()), *made)
    return found


def _path_rows(conn: Connection, asked: Asked) -> Sequence[Any]:
    """The dated paths of sites in the period, oldest first."""
    rows = site_at
    touches = (rows.c.valid_from < asked.to_ms) & or_(
        rows.c.valid_to.is_(None), rows.c.valid_to > asked.from_ms
    )
    wanted = select(rows.c.thing_id, rows.c.paths, rows.c.valid_from, rows.c.valid_to)
    return conn.execute(wanted.where(touches).order_by(rows.c.valid_from)).all()


def _deciding(paths: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The ways on the state's own network; without any, those on the Internet."""
    state = [path for path in paths if path["network"] == "state"]
    return state or list(paths)


def _declared(
    conn: Connection, kind: Kind, at_ms: int, ids: frozenset[int] | None = None
) -> dict[int, _Said]:
    """thing → what was said of it just before `at_ms`, else last; `ids`: of these."""
    rows = AT[kind]
    said = {column.name: column for column in rows.c}
    said["retired"] = rows.c.declared["retired"].as_string()
    columns = (said.get(name, null()) for name in _Said._fields)
    wanted = select(*columns).where(rows.c.valid_from < at_ms).order_by(rows.c.valid_from)
    asked = [wanted]
    if ids is not None:
        asked = [wanted.where(rows.c.thing_id.in_(part)) for part in portions(sorted(ids))]
    return {row[0]: _Said(*row) for each in asked for row in conn.execute(each).all()}


def _retired(row: Any, said: _Said, zone: ZoneInfo) -> int | None:
    """When service ended: by its declared day, at local midnight, or when it left the files."""
    ends = [] if row.retired is None else [int(row.retired)]
    if said.retired is not None:
        ends.append(midnight(date.fromisoformat(said.retired), zone))
    return min(ends, default=None)


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
