"""Gathers outages that belong together: a flapping spell, a storm, a mass outage.

An outage that stands alone needs no row here: its incident is its root. Decided in memory and
written in the transaction of the outages, so that whoever is told of one is told of both.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import Connection, bindparam, func, insert, or_, select, update

from store.changes import Marked
from store.portions import portions
from store.states import Kind, Mark, State
from store.tables import event, incident, live, outage, thing

STORM_ROOTS = 10  # unrelated faults of their own: above what a bad day has, below what one can read
STORM_MS = 5 * 60_000  # a squall line or a failing grid crosses a province in about that time
KEPT_MS = 30 * 60_000  # faults told late (not missed before the offices opened) are still compared
SPELL_MS = 10 * 60_000  # how far back a flapping spell reaches: the half-life of the judge's count
LATEST = 200  # roots looked at after a restart: far more than STORM_ROOTS in KEPT_MS
OWN_KINDS = (Kind.DEVICE, Kind.LINK)  # a site falls with its devices: it is no fault of its own

_join = (
    update(outage)
    .where(outage.c.id == bindparam("row"))
    .values(incident_id=bindparam("of"), revision=bindparam("rev"))
)


class IncidentKind(StrEnum):
    FLAPPING = "flapping"
    STORM = "storm"
    MASS = "mass"


@dataclass(frozen=True, slots=True, order=True)
class Root:
    """An outage of a thing by its own fault; `began` in UTC ms."""

    began: int
    outage_id: int
    thing_id: int


@dataclass(slots=True)
class Open:
    """An incident that goes on. `members`: its outages; `going`: those that are not over;
    `last`: when the latest began."""

    id: int
    kind: IncidentKind
    root_thing_id: int | None
    started: int
    last: int
    members: set[int] = field(default_factory=set)
    going: set[int] = field(default_factory=set)
    ended: int = 0  # of those members that are over, the latest end
    ending: bool = False


@dataclass(slots=True)
class _News:
    opened: list[Open] = field(default_factory=list)
    joined: dict[int, int | None] = field(default_factory=dict)  # outage → incident
    moved: set[int] = field(default_factory=set)  # incidents that turned out to begin earlier


class Incidents:
    """The open incidents and the roots that may yet become a storm."""

    def __init__(self, conn: Connection) -> None:
        self._open = {
            row.id: Open(
                row.id, IncidentKind(row.kind), row.root_thing_id, row.started, row.started
            )
            for row in conn.execute(select(incident).where(incident.c.ended.is_(None)))
        }
        self._of: dict[int, int] = {}  # outage → its incident, as long as that is open
        self._load_members(conn)
        self._flapping = set(
            conn.execute(
                select(live.c.thing_id).where(live.c.marks.contains(Mark.FLAPPING.value))
            ).scalars()
        )
        self._spells = self._by_root(IncidentKind.FLAPPING)
        self._masses = self._by_root(IncidentKind.MASS)
        self._kinds: dict[int, str] = {}
        self._roots = _recent_roots(conn)
        self._fresh: list[Root] = []
        self._news = _News()
        for one in self._open.values():  # what ended behind our back: retired meanwhile
            one.ending = not one.going and one.root_thing_id not in self._flapping

    def _load_members(self, conn: Connection) -> None:
        wanted = select(
            outage.c.id, outage.c.incident_id, outage.c.first_bad, outage.c.first_good
        ).where(outage.c.incident_id.in_(select(incident.c.id).where(incident.c.ended.is_(None))))
        for row in conn.execute(wanted):
            one = self._open[row.incident_id]
            one.last = max(one.last, row.first_bad)
            one.members.add(row.id)
            self._of[row.id] = one.id
            if row.first_good is None:
                one.going.add(row.id)
            else:
                one.ended = max(one.ended, row.first_good)

    def _by_root(self, kind: IncidentKind) -> dict[int, Open]:
        return {
            one.root_thing_id: one
            for one in self._open.values()
            if one.kind == kind and one.root_thing_id is not None
        }

    # -- what happens, in the order of a transaction -------------------------------------------

    def mark(self, conn: Connection, marks: Sequence[Marked], at_ms: int, revision: int) -> None:
        """Before the verdicts: a spell begins with the mark and takes in what led to it."""
        now = {m.thing_id for m in marks if Mark.FLAPPING in m.marks}
        begun = now - self._flapping
        over = {m.thing_id for m in marks} & self._flapping - now
        self._flapping = (self._flapping | now) - over
        for root in _of_spells(conn, begun, at_ms - SPELL_MS):
            spell = self.of_new(conn, root.thing_id, None, root.began, revision)
            if spell is not None and root.outage_id not in self._of:
                self.joins(root.outage_id, spell, root.began)
                self._news.joined[root.outage_id] = spell
        self._roots = [root for root in self._roots if root.outage_id not in self._of]
        for thing_id in over:
            if (spelled := self._spells.pop(thing_id, None)) is not None:
                spelled.ending, spelled.ended = True, at_ms

    def mass(self, conn: Connection, thing_id: int, began: int, revision: int) -> None:
        """A verdict says that half of everything is gone behind this thing."""
        if thing_id not in self._masses:
            self._masses[thing_id] = self._begin(conn, IncidentKind.MASS, thing_id, began, revision)

    def of_new(
        self, conn: Connection, thing_id: int, root_thing_id: int | None, began: int, revision: int
    ) -> int | None:
        """The incident that an outage belongs to from its beginning."""
        mass = self._masses.get(thing_id if root_thing_id is None else root_thing_id)
        if mass is not None:
            return mass.id
        if root_thing_id is not None or thing_id not in self._flapping:
            return None
        if thing_id not in self._spells:
            self._spells[thing_id] = self._begin(
                conn, IncidentKind.FLAPPING, thing_id, began, revision
            )
        return self._spells[thing_id].id

    def joins(self, outage_id: int, incident_id: int, began: int) -> None:
        """Membership that the outage's row already tells."""
        one = self._open[incident_id]
        one.members.add(outage_id)
        one.going.add(outage_id)
        one.last = max(one.last, began)
        if began < one.started:
            one.started = began
            self._news.moved.add(one.id)
        self._of[outage_id] = incident_id

    def fell(self, root: Root) -> None:
        """A thing is down by its own fault, and in no incident yet."""
        if root.outage_id not in self._of:
            self._fresh.append(root)

    def hides(self, outage_id: int, root_thing_id: int) -> None:
        """It turned out to lie behind something else: it is no root of a storm."""
        known = self._of.get(outage_id)
        mass = self._masses.get(root_thing_id)
        if known is not None and self._open[known].kind != IncidentKind.STORM:
            return
        self._fresh = [root for root in self._fresh if root.outage_id != outage_id]
        self._roots = [root for root in self._roots if root.outage_id != outage_id]
        if known is not None:
            del self._of[outage_id]
            self._open[known].members.discard(outage_id)
            self._over(outage_id, self._open[known])
            self._news.joined[outage_id] = None
        if mass is not None:
            self.joins(outage_id, mass.id, mass.last)
            self._news.joined[outage_id] = mass.id

    def ends(self, outage_id: int, good_ms: int) -> None:
        if (known := self._of.get(outage_id)) is not None:
            self._open[known].ended = max(self._open[known].ended, good_ms)
            self._over(outage_id, self._open[known])

    def _over(self, outage_id: int, one: Open) -> None:
        """A spell goes on without an outage, the others do not."""
        one.going.discard(outage_id)
        one.ending = one.ending or (not one.going and one.kind != IncidentKind.FLAPPING)

    def of(self, outage_id: int, root_outage_id: int | None) -> int | None:
        """Its own incident, or that of its root."""
        own = self._of.get(outage_id)
        return own if own is not None or root_outage_id is None else self._of.get(root_outage_id)

    def gather(self, conn: Connection, at_ms: int, revision: int) -> None:
        """Is it a storm? Asked before the changes are told, so that they name it."""
        if not self._fresh:
            return
        self._learn_kinds(conn, {root.thing_id for root in self._fresh})
        for root in self._fresh:
            if self._kinds.get(root.thing_id) in OWN_KINDS and not self._join_storm(root):
                insort(self._roots, root)
        self._fresh.clear()
        while (first := self._first_of_storm()) is not None:
            self._storm(conn, first, revision)
        self._roots = [root for root in self._roots if root.began >= at_ms - KEPT_MS]

    def settle(self, conn: Connection, at_ms: int, revision: int) -> None:
        """After all verdicts: write who joined, what ended, and tell each incident once."""
        news, self._news = self._news, _News()
        if news.joined:
            rows = [{"row": o, "of": i, "rev": revision} for o, i in sorted(news.joined.items())]
            conn.execute(_join, rows)
        for incident_id in sorted(news.moved):
            _write(conn, incident_id, revision, started=self._open[incident_id].started)
        for one in news.opened:
            _tell(conn, one, "incident.opened", at_ms, revision)
        for one in [one for one in self._open.values() if one.ending]:
            _write(conn, one.id, revision, ended=max(one.ended or at_ms, one.started))
            _tell(conn, one, "incident.closed", at_ms, revision)
            self._forget(one)

    # -- storms --------------------------------------------------------------------------------

    def _join_storm(self, root: Root) -> bool:
        """Into one that rages: not long before its first, not long after its latest."""
        for one in self._open.values():
            raging = one.kind == IncidentKind.STORM and not one.ending
            if raging and one.started - STORM_MS <= root.began <= one.last + STORM_MS:
                self.joins(root.outage_id, one.id, root.began)
                self._news.joined[root.outage_id] = one.id
                return True
        return False

    def _first_of_storm(self) -> int | None:
        """Where so many roots begin to fall within one window."""
        roots = self._roots
        for i, last in enumerate(roots[STORM_ROOTS - 1 :]):
            if last.began - roots[i].began <= STORM_MS:
                return i
        return None

    def _storm(self, conn: Connection, first: int, revision: int) -> None:
        """All from the first on that follow each other closely enough."""
        until = first + 1
        while (
            until < len(self._roots)
            and self._roots[until].began - self._roots[until - 1].began <= STORM_MS
        ):
            until += 1
        members = self._roots[first:until]
        del self._roots[first:until]
        storm = self._begin(conn, IncidentKind.STORM, None, members[0].began, revision)
        over = _ended(conn, [root.outage_id for root in members])
        for root in members:
            self.joins(root.outage_id, storm.id, root.began)
            self._news.joined[root.outage_id] = storm.id
        for outage_id, good in over.items():
            self.ends(outage_id, good)

    def _learn_kinds(self, conn: Connection, things: set[int]) -> None:
        for some in portions(sorted(things - self._kinds.keys())):
            found = conn.execute(select(thing.c.id, thing.c.kind).where(thing.c.id.in_(some)))
            self._kinds |= {row.id: row.kind for row in found}

    # -- rows ----------------------------------------------------------------------------------

    def _begin(
        self,
        conn: Connection,
        kind: IncidentKind,
        root_thing_id: int | None,
        began: int,
        revision: int,
    ) -> Open:
        made = conn.execute(
            insert(incident).values(
                kind=kind.value, root_thing_id=root_thing_id, started=began, revision=revision
            )
        )
        one = Open(made.inserted_primary_key[0], kind, root_thing_id, began, began)  # type: ignore[index]
        self._open[one.id] = one
        self._news.opened.append(one)
        return one

    def _forget(self, one: Open) -> None:
        del self._open[one.id]
        for outage_id in one.members:
            del self._of[outage_id]
        if one.kind == IncidentKind.MASS and one.root_thing_id is not None:
            self._masses.pop(one.root_thing_id, None)


def _recent_roots(conn: Connection) -> list[Root]:
    wanted = (
        select(outage.c.id, outage.c.thing_id, outage.c.first_bad)
        .join(thing, thing.c.id == outage.c.thing_id)
        .where(
            outage.c.root_thing_id.is_(None),
            outage.c.incident_id.is_(None),
            outage.c.entered.is_(None),
            outage.c.state != State.DEGRADED.value,
            thing.c.kind.in_([kind.value for kind in OWN_KINDS]),
        )
        .order_by(outage.c.id.desc())
        .limit(LATEST)
    )
    found = [Root(row.first_bad, row.id, row.thing_id) for row in conn.execute(wanted)]
    newest = max((root.began for root in found), default=0)
    return sorted(root for root in found if root.began >= newest - KEPT_MS)


def _of_spells(conn: Connection, things: set[int], from_ms: int) -> list[Root]:
    """Their outages by their own fault that led to the mark, and at least the latest."""
    found: list[Root] = []
    for some in portions(sorted(things)):
        latest = (
            select(func.max(outage.c.id))
            .where(outage.c.thing_id.in_(some), outage.c.entered.is_(None))
            .group_by(outage.c.thing_id)
        )
        wanted = select(outage.c.id, outage.c.thing_id, outage.c.first_bad).where(
            outage.c.thing_id.in_(some),
            outage.c.root_thing_id.is_(None),
            outage.c.incident_id.is_(None),
            outage.c.entered.is_(None),
            or_(outage.c.first_bad >= from_ms, outage.c.id.in_(latest)),
        )
        found += [Root(row.first_bad, row.id, row.thing_id) for row in conn.execute(wanted)]
    return sorted(found)


def _ended(conn: Connection, outages: Sequence[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for some in portions(outages):
        wanted = select(outage.c.id, outage.c.first_good).where(
            outage.c.id.in_(some), outage.c.first_good.is_not(None)
        )
        found |= {row.id: row.first_good for row in conn.execute(wanted)}
    return found


def _write(conn: Connection, incident_id: int, revision: int, **values: int) -> None:
    here = update(incident).where(incident.c.id == incident_id)
    conn.execute(here.values(**values, revision=revision))


def _tell(conn: Connection, one: Open, kind: str, at_ms: int, revision: int) -> None:
    """One message: which things are its roots, and how many outages it has, those behind too."""
    of = outage.c.incident_id == one.id
    inside = select(outage.c.id).where(of)
    roots = select(outage.c.thing_id).where(of, outage.c.root_thing_id.is_(None)).distinct()
    count = select(func.count()).where(or_(of, outage.c.root_id.in_(inside)))
    body = {
        "incident_id": one.id,
        "kind": one.kind.value,
        "roots": sorted(conn.execute(roots).scalars()),
        "members": conn.execute(count).scalar_one(),
    }
    row = {"at": at_ms, "kind": kind, "thing_id": one.root_thing_id, "body": body}
    conn.execute(insert(event).values(**row, revision=revision))
