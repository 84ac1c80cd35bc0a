"""Tells a page of the network: words of one language, about what its visitor may see."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote
from zoneinfo import ZoneInfo

from reports.shown import shown
from reports.web.desk import Known
from reports.web.scope import Scope
from store import faces
from store.faces import Face, face_of, needs_somebody
from store.questions import LiveRow, OutageRow
from store.states import Kind
from store.teller import Teller, zone_named
from store.told import behind, what, why

if TYPE_CHECKING:
    from reports.web.visitor import Visitor

LATE_S = 15.0  # a sign of life older than this is said aloud
_DIALLED = re.compile(r"[0-9+*#]")
PAGED = frozenset({Kind.UNIT, Kind.SITE, Kind.DEVICE, Kind.LINK, Kind.SERVICE})


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def address(kind: str, key: str) -> str:
    return f"/{kind}s/{quote(key, safe='')}"


class Telling(Teller):
    """Of one page; may be used in one worker thread."""

    def __init__(self, known: Known, visitor: Visitor, language: str) -> None:
        super().__init__(language, now_ms())
        self.known, self.visitor = known, visitor
        self.scope = Scope.of(visitor, known)

    clean = staticmethod(shown)

    @cached_property
    def rows(self) -> Mapping[int, LiveRow]:
        return self.scope.rows()

    @cached_property
    def roots(self) -> tuple[OutageRow, ...]:
        """Those that need somebody come first."""
        return tuple(sorted(self.scope.roots(), key=lambda root: not self.needs(root)))

    @property
    def zone(self) -> ZoneInfo:
        return zone_named(self.known.head.timezone)

    def needs(self, root: OutageRow) -> bool:
        return needs_somebody(root, self.known.rows.get(root.thing_id))

    @cached_property
    def needing(self) -> tuple[OutageRow, ...]:
        return tuple(root for root in self.roots if self.needs(root))

    def row(self, kind: str, key: str) -> LiveRow | None:
        """The thing of that kind and key that the visitor may see."""
        return next((r for r in self.known.rows.values() if r.key == key and r.kind == kind
                     and self.scope.sees(r)), None)  # fmt: skip

    def address(self, row: LiveRow | OutageRow) -> str:
        """Of its page; empty where it has none."""
        return address(row.kind, row.key) if row.kind in PAGED else ""

    def face_of(self, row: LiveRow) -> Face:
        return face_of(row)

    def sign(self, face: Face) -> str:
        return faces.sign(face)

    def what(self, root: OutageRow) -> str:
        return what(self, root)

    def behind(self, root: OutageRow) -> str:
        return behind(self, root, 200)

    def why(self, root: OutageRow) -> str:
        return why(self, root)

    def place(self, row: LiveRow) -> str:
        """Where a thing stands: a site's unit, otherwise its site and unit."""
        unit = self.name_of(row.unit_id)
        if row.kind is Kind.SITE or row.site_id is None:
            return unit
        site = self.rows.get(row.site_id)
        return unit if site is None else f"{site.name} · {unit or self.name_of(site.unit_id)}"

    @property
    def frozen(self) -> bool:
        """The pages do not follow the network now; their colours must not claim that they do."""
        watching = self.known.head.watching
        return watching.blind or not watching.running

    @property
    def alarm(self) -> str | None:
        """Why the pages cannot be trusted just now; None if they can."""
        watching = self.known.head.watching
        if watching.late_s is None:
            return self.say("web.banner.never")
        seen_to = watching.seen_to_ms
        until = self.dated(seen_to) if seen_to is not None else self.dash
        if not watching.running:
            return self.say("board.banner.stopped", until=until)
        if watching.blind:
            return self.say("board.banner.blind", until=until)
        if watching.late_s > LATE_S:
            return self.say("board.banner.late", age=self.span(watching.late_s))
        return None

    @property
    def seen_to(self) -> str:
        seen_to_ms = self.known.head.watching.seen_to_ms
        return self.dash if seen_to_ms is None else self.moment(seen_to_ms)

    def dial(self, number: str) -> str:
        """For a telephone, without what stands behind the number."""
        return "tel:" + "".join(_DIALLED.findall(number.partition("(")[0]))

    def iso(self, at_ms: int) -> str:
        return self.local(at_ms).isoformat(timespec="seconds")


def freshness(known: Known) -> tuple[str, int]:
    """What a page says of the monitor, and the minute that its ages are told for."""
    watching, minute = known.head.watching, int(time.time() // 60)
    if watching.late_s is None or not watching.running:
        return "stopped", minute
    if watching.blind:
        return "blind", minute
    return ("late" if watching.late_s > LATE_S else "live"), minute
