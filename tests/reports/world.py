"""Histories made by hand: a thing in service is up, unless it is said to fail."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from store.intervals import clip, merge, subtract
from store.period import History, Interval, MapPart, Period, Place, UnitRow
from store.questions import OutageRow
from store.states import Kind, State

VIETNAM = "Asia/Ho_Chi_Minh"
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
FOREVER: Interval = (0, 1 << 62)
_ids = itertools.count(1)


def at(text: str, zone: str = VIETNAM) -> int:
    """Local wall time as UTC milliseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One run of a state that is not up; `end` None = still going on."""

    begin: int
    end: int | None
    state: State = State.DOWN
    root: OutageRow | None = None
    cause: str | None = None
    provider: str | None = None
    note: str | None = None


def history(
    kind: Kind,
    key: str,
    name: str,
    *,
    thing_id: int | None = None,
    level: str = "commune",
    unit_id: int | None = None,
    unit: str | None = None,
    site_id: int | None = None,
    provider: str | None = None,
    target_pct: float | None = None,
    service: tuple[Interval, ...] = (FOREVER,),
    faults: Iterable[Fault] = (),
    maintenance: tuple[Interval, ...] = (),
    off_hours: tuple[Interval, ...] = (),
    watched: tuple[Interval, ...] = (FOREVER,),
    measured: bool = True,
) -> History:
    thing = next(_ids) if thing_id is None else thing_id
    outages = tuple(outage(thing, kind, key, name, fault) for fault in faults)
    return History(
        thing_id=thing,
        kind=kind,
        key=key,
        name=name,
        level=level,
        unit_id=unit_id,
        site_id=site_id,
        unit=unit,
        provider=provider,
        target_pct=target_pct,
        target_source=None if target_pct is None else "contract",
        service=service,
        spans=spans(service, faults, watched) if measured else (),
        maintenance=maintenance,
        off_hours=off_hours,
        watched=watched,
        outages=outages,
        measured=measured,
    )


def spans(
    service: Iterable[Interval], faults: Iterable[Fault], watched: Iterable[Interval]
) -> tuple[tuple[State, int, int | None, int | None], ...]:
    """Up where in service and not failing; unknown where nobody watched."""
    failing = [(f.begin, FOREVER[1] if f.end is None else f.end) for f in faults]
    seen = merge(watched)
    well = [(State.UP, b, e, None) for b, e in subtract(merge(service), merge(failing))]
    bad = [
        (fault.state, begin, end, fault.root.thing_id if fault.root else None)
        for fault, window in zip(faults, failing, strict=True)
        for begin, end in clip(seen, window)
    ]
    return tuple(sorted([*well, *bad], key=lambda span: span[1]))


def outage(thing: int, kind: Kind, key: str, name: str, fault: Fault) -> OutageRow:
    """Asked every ten seconds: the brackets are ten seconds wide."""
    root = fault.root
    return OutageRow(
        id=next(_ids),
        thing_id=thing,
        kind=kind,
        key=key,
        name=name,
        state=fault.state,
        last_good_ms=fault.begin - 10 * SECOND,
        first_bad_ms=fault.begin,
        last_bad_ms=fault.begin if fault.end is None else max(fault.begin, fault.end - 10_000),
        first_good_ms=fault.end,
        root_id=root.id if root else None,
        root_thing_id=root.thing_id if root else None,
        root_key=root.key if root else None,
        cause=fault.cause,
        provider=fault.provider,
        reason="silent",
        acknowledged=False,
        note=fault.note,
        members=0,
        members_by_kind={},
    )


def period(
    begin: int,
    end: int,
    histories: Iterable[History],
    *,
    now: int | None = None,
    coverage: tuple[Interval, ...] = (FOREVER,),
    zone: str = VIETNAM,
    network: str = "Mạng diện rộng tỉnh Quảng Ngãi",
) -> Period:
    now = end if now is None else now
    over = (begin, max(begin + 1, min(end, now)))
    found = [replace(one, stays=_stays(one, over)) for one in histories]
    return Period(
        from_ms=begin,
        to_ms=end,
        now_ms=now,
        network=network,
        timezone=zone,
        language="vi",
        histories=tuple(found),
        coverage=coverage,
        maps=(MapPart(from_ms=over[0], to_ms=over[1], units=_units(found)),),
    )


def _stays(history: History, over: Interval) -> tuple[Place, ...]:
    return () if history.unit_id is None else (Place(*over, history.unit_id, history.level),)


def _units(histories: Iterable[History]) -> dict[int, UnitRow]:
    """Those that are told of, and those that sites name."""
    found: dict[int, UnitRow] = {}
    for one in histories:
        if one.kind is Kind.UNIT:
            row = _unit(one.key, one.name, one.level, one.unit_id)
            row = row._replace(target_pct=one.target_pct, target_source=one.target_source)
            found[one.thing_id] = row
        elif one.kind is Kind.SITE and one.unit_id is not None:
            name = one.unit or str(one.unit_id)
            found.setdefault(one.unit_id, _unit(str(one.unit_id), name, one.level, None))
    return found


def _unit(key: str, name: str, level: str, parent: int | None) -> UnitRow:
    return UnitRow(*FOREVER, key, name, level, "", parent, None)
