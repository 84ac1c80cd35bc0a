"""The open roots, kept between two questions: in a storm few of many change."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from sqlalchemy import Connection, func, select

from store.outages import NAMED, outage_rows
from store.questions import OutageRow
from store.states import ROOT_KINDS, SEVERITY
from store.tables import live, outage, record, thing

ANEW_S = 9.0  # what people took for a time runs out, and incidents grow, without a change of a root

FEW = 400  # so many are asked for by name; beyond, all are read
_Stamp = tuple[int, int | None]  # revisions of an outage and of the row of its thing
_OWN = (
    outage.c.first_good.is_(None),
    outage.c.root_thing_id.is_(None),
    thing.c.kind.in_(ROOT_KINDS),
)
_RECORD = select(record.c.record_id)
_STAMPS = (
    select(outage.c.id, outage.c.revision, live.c.revision.label("shown"))
    .join(thing, thing.c.id == outage.c.thing_id)
    .outerjoin(live, live.c.thing_id == outage.c.thing_id)
    .where(*_OWN)
)
_MEMBER, _ITS = outage.alias("member"), thing.alias("its")
_BEHIND = (
    select(_MEMBER.c.root_id, _ITS.c.kind, func.count())
    .join(_ITS, _ITS.c.id == _MEMBER.c.thing_id)
    .where(_MEMBER.c.root_id.in_(select(outage.c.id).where(*_OWN[:2])))
    .group_by(_MEMBER.c.root_id, _ITS.c.kind)
)


def _with(row: OutageRow, behind: Mapping[str, int]) -> OutageRow:
    if row.members_by_kind == behind:
        return row
    return replace(row, members=sum(behind.values()), members_by_kind=behind)


def worst_first(roots: Iterable[OutageRow]) -> tuple[OutageRow, ...]:
    """And of these the newest first."""
    return tuple(sorted(roots, key=lambda o: (-SEVERITY[o.state], -o.first_bad_ms)))


class OpenRoots:
    """Of one reader, in one thread. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._record = ""
        self._anew_at = 0.0
        self._stamps: Mapping[int, _Stamp] = {}
        self._rows: dict[int, OutageRow] = {}

    def rows(self, conn: Connection) -> tuple[OutageRow, ...]:
        """The worst first, and of these the newest."""
        here = conn.execute(_RECORD).scalar_one()
        now = self._clock()
        if here != self._record or now >= self._anew_at:
            self._record, self._anew_at = here, now + ANEW_S
            self._stamps, self._rows = {}, {}
        stamps = {row.id: (row.revision, row.shown) for row in conn.execute(_STAMPS).all()}
        kept = {one for one, stamp in stamps.items() if self._stamps.get(one) == stamp}
        behind: dict[int, dict[str, int]] = {}
        for one, kind, count in conn.execute(_BEHIND).all() if kept else ():
            behind.setdefault(one, {})[kind] = count
        rows = {one: _with(self._rows[one], behind.get(one, {})) for one in kept}
        new = stamps.keys() - kept
        if new:
            wanted = NAMED.where(*_OWN)
            if len(new) <= FEW:
                wanted = wanted.where(outage.c.id.in_(new))
            rows |= {row.id: row for row in outage_rows(conn, wanted)}
        self._stamps, self._rows = stamps, rows
        return worst_first(rows.values())
