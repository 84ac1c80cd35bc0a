"""Gathers what speaks for a cause when a root outage opens, ends, and its devices answer again."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, bindparam, func, insert, or_, select, update

from store.bulk import run_many
from store.causes import UNDETERMINED, End, Facts, Proposal, propose
from store.changes import DeviceSaid
from store.dated_tables import device_at, link_at
from store.imported import IMPORT
from store.portions import portions
from store.sensors import on_battery
from store.states import Kind, State
from store.tables import event, live, outage, port, record, thing
from store.windows import planned

BATTERY_MS = 3_600_000  # a battery lasts an hour, and then the site is dark
AFTER_MS = 900_000  # devices that answer later than that say nothing of the outage
SLACK_MS = 60_000  # sysUpTime is rounded, and a boot takes its time before it counts
_PLACE = ("thing_id", "site_id")
OWN_KINDS = (Kind.DEVICE, Kind.LINK, Kind.SITE)

_propose = (
    update(outage)
    .where(outage.c.id == bindparam("row"))
    .values(
        cause=bindparam("why"),
        side=bindparam("whose"),
        cause_reasons=bindparam("because"),
        revision=bindparam("rev"),
    )
)
_happened = insert(event)


@dataclass(slots=True)
class _Case:
    """A root outage that may still be explained, with the devices that can."""

    kind: Kind
    thing_id: int
    key: str
    since_ms: int
    until_ms: int | None
    reason: str = ""  # of the verdict
    devices: tuple[int, ...] = ()
    link: Any = None  # the dated row of the line that was, or may have been, lost
    booted: dict[int, int] = field(default_factory=dict)  # as devices said after the end


class Causes:
    """Open root outages and those that ended lately; the writer is the only one who changes it."""

    def __init__(self, conn: Connection) -> None:
        self._cases: dict[int, _Case] = {}
        self._of_device: dict[int, set[int]] = {}
        self._over: deque[tuple[int, int]] = deque()  # (end, outage), about in that order
        network = conn.execute(select(record.c.network)).scalar_one()
        self._zone = ZoneInfo(network.get("timezone", "UTC"))
        ended = outage.c.first_good
        last_ms = conn.execute(select(func.max(ended))).scalar() or 0
        lately = or_(ended.is_(None), ended > last_ms - AFTER_MS)  # a monitor that starts anew
        self._learn(conn, lately & outage.c.root_thing_id.is_(None))

    def consider(
        self,
        conn: Connection,
        opened: Sequence[int],
        closed: Sequence[int],
        said: Sequence[DeviceSaid],
        at_ms: int,
        revision: int,
    ) -> None:
        """After all else of a transaction is written."""
        asked: set[int] = set()
        while self._over and self._over[0][0] < at_ms - AFTER_MS:
            self._forget(self._over.popleft()[1])
        if opened:
            mine = outage.c.id.between(min(opened), max(opened))
            asked |= self._learn(conn, mine & outage.c.root_thing_id.is_(None))
            asked |= self._found_behind(conn, mine)
        for some in portions(sorted(closed)):
            here = outage.c.id.in_(some) & outage.c.root_thing_id.is_(None)
            asked |= self._learn(conn, here)
        for one in said:
            for outage_id in tuple(self._of_device.get(one.thing_id, ())):
                self._hear(outage_id, one)
                asked.add(outage_id)
        asked &= self._cases.keys()
        if asked:
            self._propose(conn, asked, at_ms, revision)

    def _learn(self, conn: Connection, which: Any) -> set[int]:
        wanted = (
            select(outage, thing.c.kind, thing.c.key)
            .join(thing, thing.c.id == outage.c.thing_id)
            .where(which, thing.c.kind.in_([kind.value for kind in OWN_KINDS]))
            .where(outage.c.state != State.DEGRADED)  # loss and delay have no such cause
            .where(outage.c.declared.is_(False), outage.c.poller != IMPORT)  # people told these
            .order_by(outage.c.first_good)
        )
        found = {
            row.id: _Case(
                Kind(row.kind), row.thing_id, row.key, row.first_bad, row.first_good, row.reason
            )
            for row in conn.execute(wanted)
        }
        _place(conn, found)
        for outage_id, case in found.items():
            self._forget(outage_id)  # other devices may tell of it now
            self._cases[outage_id] = case
            if case.until_ms is not None:
                self._over.append((case.until_ms, outage_id))
            for device in case.devices:
                self._of_device.setdefault(device, set()).add(outage_id)
        return set(found)

    def _found_behind(self, conn: Connection, which: Any) -> set[int]:
        """Lines behind which more is silent now: a port speaks before a silence is sure."""
        lines = {i for i, case in self._cases.items() if case.kind == Kind.LINK}
        if not lines:
            return set()
        wanted = select(outage.c.root_id).where(which, outage.c.root_id.is_not(None)).distinct()
        return lines & set(conn.execute(wanted).scalars())

    def _hear(self, outage_id: int, said: DeviceSaid) -> None:
        case = self._cases[outage_id]
        if case.until_ms is None or said.booted_ms is None:
            return
        if said.booted_ms <= case.until_ms + SLACK_MS:  # a later start hides what was before it
            case.booted[said.thing_id] = said.booted_ms

    def _forget(self, outage_id: int) -> None:
        if (case := self._cases.pop(outage_id, None)) is not None:
            for device in case.devices:
                self._of_device[device].discard(outage_id)

    def _propose(self, conn: Connection, ids: set[int], at_ms: int, revision: int) -> None:
        """Write what differs, and tell what is more than ignorance."""
        rows: list[dict[str, Any]] = []
        told: list[dict[str, Any]] = []
        known = _known(conn, ids)
        facts = _Gatherer(conn, self._zone, [self._cases[i] for i in ids])
        for outage_id in sorted(ids):
            case, before = self._cases[outage_id], known[outage_id]
            if before.root_thing_id is not None:  # what is behind another takes no cause of its own
                continue
            found = propose(facts.of(case, before.cause_reasons or ()))
            if case.until_ms is None and not found.reasons and before.cause is None:
                continue  # not yet
            reasons = [dict(reason) for reason in found.reasons]
            was = (before.cause, before.side, before.cause_reasons or [])
            if was == (found.cause, found.side, reasons):
                continue
            rows.append(_row(outage_id, found, revision))
            if found.cause != UNDETERMINED or before.cause is not None:
                told.append(_event(outage_id, case, found, before.cause, at_ms, revision))
        run_many(conn, _propose, rows)
        run_many(conn, _happened, told)


class _Gatherer:
    """The facts of some cases, asked for together."""

    def __init__(self, conn: Connection, zone: ZoneInfo, cases: Sequence[_Case]) -> None:
        devices = {device for case in cases for device in case.devices}
        links = [case.link for case in cases if case.kind == Kind.LINK and case.link is not None]
        ends = [(end, name) for link in links for end, name in _ends(link) if end is not None]
        devices |= {end for end, _ in ends}
        self._names: dict[int, str] = {}
        self._states: dict[int, str] = {}
        for some in portions(sorted(devices)):
            wanted = select(live.c.thing_id, live.c.key, live.c.state)
            for row in conn.execute(wanted.where(live.c.thing_id.in_(some))):
                self._names[row.thing_id], self._states[row.thing_id] = row.key, row.state
        self._ports = _ports(conn, [f"{self._names.get(end)}:{name}" for end, name in ends])
        begun = min((case.since_ms for case in cases), default=0)
        self._batteries = on_battery(conn, devices, begun - BATTERY_MS)
        self._conn, self._zone = conn, zone
        self._works = _works(conn, zone, cases)
        self._scopes = _scopes(conn, cases) if self._works else {}

    def of(self, case: _Case, earlier: Sequence[Any]) -> Facts:
        link = case.link
        anew = {d for d, booted in case.booted.items() if booted >= case.since_ms - SLACK_MS}
        return Facts(
            thing=case.key,
            medium=link.medium if link is not None else None,
            on_battery=self._ups(case),
            olt_said=case.reason,
            has_provider=link is not None and link.provider_id is not None,
            responsible=link.declared.get("side_of_responsibility") if link is not None else None,
            planned=self._planned(case),
            ends=self._at(link) if case.kind == Kind.LINK and case.until_ms is None else (),
            restarted=tuple(sorted(self._names.get(d, str(d)) for d in anew)),
            stayed=tuple(sorted(self._names.get(d, str(d)) for d in case.booted.keys() - anew)),
            earlier=tuple(earlier),
        )

    def _ups(self, case: _Case) -> str | None:
        """A UPS there that fed from its battery shortly before, and was not heard of much since."""
        for device in case.devices:
            at = self._batteries.get(device)
            if at is not None and case.since_ms - BATTERY_MS <= at <= case.since_ms + SLACK_MS:
                return self._names.get(device)
        return None

    def _planned(self, case: _Case) -> str | None:
        for scope in self._scopes.get(case.thing_id, (case.thing_id,)):
            for begin, end, name in self._works.get(scope, ()):
                if begin <= case.since_ms < end:
                    return name
        return None

    def _at(self, link: Any) -> tuple[End, ...]:
        if link is None:
            return ()
        found = []
        for device, name in _ends(link):
            if device is None or device not in self._names:
                continue
            oper_down, shut = self._ports.get(f"{self._names[device]}:{name}", (None, False))
            state = self._states[device]
            unasked = state in (State.UNKNOWN, State.NOT_MONITORED)
            answers = None if unasked else state in (State.UP, State.DEGRADED)
            dark = oper_down if oper_down is None else oper_down and not shut
            found.append(
                End(device=self._names[device], port_down=dark, answers=answers, shut=shut)
            )
        return tuple(found)


def _place(conn: Connection, cases: dict[int, _Case]) -> None:
    """Which devices can tell of a case, and over which line it hangs."""
    places = _at_sites(conn, cases.values())
    sites = {site for site in places.values() if site is not None}
    by_site: dict[int, list[int]] = {}
    devices, links = device_at, link_at
    for row in _open(conn, devices, devices.c.site_id, sites, _PLACE):
        by_site.setdefault(row.site_id, []).append(row.thing_id)
    lines: dict[int, Any] = {}
    for row in _open(conn, links, links.c.b_site_id, sites):
        if row.b_site_id not in lines or row.role == "primary":
            lines[row.b_site_id] = row
    own = {case.thing_id for case in cases.values() if case.kind == Kind.LINK}
    link_rows = {row.thing_id: row for row in _open(conn, links, links.c.thing_id, own)}
    behind = _behind(conn, [i for i, case in cases.items() if case.kind == Kind.LINK])
    for outage_id, case in cases.items():
        if case.kind == Kind.LINK:
            case.link = link_rows.get(case.thing_id)
            ends = {case.link.a_device_id, case.link.b_device_id} if case.link else set()
            silent = behind.get(outage_id)  # what stands on the near side proves nothing of them
            case.devices = tuple(sorted(silent or ends - {None}))
        else:
            site = places.get(case.thing_id) or 0
            case.devices = tuple(by_site.get(site, ()))
            case.link = lines.get(site)


def _at_sites(conn: Connection, cases: Iterable[_Case]) -> dict[int, int]:
    found = {case.thing_id: case.thing_id for case in cases if case.kind == Kind.SITE}
    own = {case.thing_id for case in cases if case.kind == Kind.DEVICE}
    devices = device_at
    for row in _open(conn, devices, devices.c.thing_id, own, _PLACE):
        found[row.thing_id] = row.site_id
    return found


def _behind(conn: Connection, links: Sequence[int]) -> dict[int, set[int]]:
    """Link outage → the devices that fell silent behind it."""
    found: dict[int, set[int]] = {}
    for some in portions(links):
        wanted = (
            select(outage.c.root_id, outage.c.thing_id)
            .join(thing, thing.c.id == outage.c.thing_id)
            .where(outage.c.root_id.in_(some), thing.c.kind == Kind.DEVICE)
        )
        for row in conn.execute(wanted):
            found.setdefault(row.root_id, set()).add(row.thing_id)
    return found


def _ports(conn: Connection, keys: Sequence[str]) -> dict[str, tuple[bool, bool]]:
    """Interface key → is it down, and did somebody switch it off?"""
    found: dict[str, tuple[bool, bool]] = {}
    for some in portions(keys):
        wanted = (
            select(thing.c.key, port.c.admin_status, port.c.oper_status)
            .join(thing, thing.c.id == port.c.thing_id)
            .where(thing.c.kind == Kind.INTERFACE, thing.c.key.in_(some))
        )
        for row in conn.execute(wanted):
            found[row.key] = row.oper_status in (2, 6, 7), row.admin_status == 2
    return found


def _works(
    conn: Connection, zone: ZoneInfo, cases: Sequence[_Case]
) -> dict[int, list[tuple[int, int, str]]]:
    """Scope → the windows that counted when a case began."""
    begun = [case.since_ms for case in cases]
    windows = planned(conn, min(begun), max(begun) + 1, zone)
    names: dict[int, str] = {}
    for some in portions(sorted(windows)):
        wanted = select(thing.c.id, thing.c.kind, thing.c.key).where(thing.c.id.in_(some))
        names |= {row.id: f"{row.kind} {row.key}" for row in conn.execute(wanted)}
    return {
        scope: [(begin, end, names[scope]) for begin, end in times]
        for scope, times in windows.items()
    }


def _scopes(conn: Connection, cases: Sequence[_Case]) -> dict[int, tuple[int, ...]]:
    """Thing → itself, its site and the units above: where its work may be entered."""
    wanted = select(live.c.thing_id, live.c.site_id, live.c.unit_id)
    places = live.c.kind.in_([Kind.UNIT, Kind.SITE])
    rows = {row.thing_id: (row.site_id, row.unit_id) for row in conn.execute(wanted.where(places))}
    for some in portions(sorted({case.thing_id for case in cases})):
        for row in conn.execute(wanted.where(live.c.thing_id.in_(some))):
            rows[row.thing_id] = row.site_id, row.unit_id
    found = {}
    for case in cases:
        chain = [case.thing_id]
        site, unit = rows.get(case.thing_id, (None, None))
        if site is not None and site not in chain:
            chain.append(site)
            unit = rows.get(site, (None, unit))[1]
        while unit is not None and unit not in chain:
            chain.append(unit)
            unit = rows.get(unit, (None, None))[1]
        found[case.thing_id] = tuple(chain)
    return found


def _open(
    conn: Connection, table: Table, column: Any, ids: Iterable[int], only: Sequence[str] = ()
) -> Iterator[Any]:
    """The dated rows that hold now, for some values of a column; `only`: these columns of them."""
    wanted = select(*(table.c[name] for name in only or table.c.keys()))
    for some in portions(sorted(set(ids))):
        yield from conn.execute(wanted.where(column.in_(some), table.c.valid_to.is_(None)))


def _ends(link: Any) -> tuple[tuple[int | None, str | None], tuple[int | None, str | None]]:
    return (link.a_device_id, link.a_interface), (link.b_device_id, link.b_interface)


def _known(conn: Connection, ids: Iterable[int]) -> dict[int, Any]:
    found = {}
    columns = (
        outage.c.id,
        outage.c.cause,
        outage.c.side,
        outage.c.cause_reasons,
        outage.c.root_thing_id,
    )
    for some in portions(sorted(set(ids))):
        for row in conn.execute(select(*columns).where(outage.c.id.in_(some))):
            found[row.id] = row
    return found


def _row(outage_id: int, found: Proposal, revision: int) -> dict[str, Any]:
    return {
        "row": outage_id,
        "why": found.cause,
        "whose": found.side,
        "because": json.dumps([dict(reason) for reason in found.reasons]),
        "rev": revision,
    }


def _event(
    outage_id: int, case: _Case, found: Proposal, was: str | None, at_ms: int, revision: int
) -> dict[str, Any]:
    reasons = [dict(reason) for reason in found.reasons]
    body = {"cause": found.cause, "side": found.side, "was": was, "reasons": reasons}
    return {
        "at": at_ms,
        "kind": "cause",
        "thing_id": case.thing_id,
        "outage_id": outage_id,
        "body": json.dumps(body),
        "revision": revision,
    }
