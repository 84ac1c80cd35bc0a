"""What a board asks and says over HTTP: one table for both sides, named as in store.questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from inventory.lookup import Entry
from store.charts import Charts
from store.happening import Happening
from store.lines import LightHistory, LinkRow
from store.questions import LiveRow, OutageRow, Snapshot
from store.thing_sheet import Sheet

PATH = "/api/v1/board"


@dataclass(frozen=True, slots=True)
class Asking:
    """`takes`: parameter → its type, all whole numbers but for text and flags."""

    gives: Any  # a type, or where it stands: what is rarely asked is loaded then
    takes: Mapping[str, type]
    optional: frozenset[str] = frozenset()

    @property
    def answer(self) -> Any:
        if isinstance(self.gives, str):
            module, _, name = self.gives.partition(":")
            found: Any = getattr(import_module(module), name.removesuffix("[]"))
            return tuple[found, ...] if name.endswith("[]") else found | None
        return self.gives


QUESTIONS: Mapping[str, Asking] = {
    "revision": Asking(tuple[str, int], {}),
    "snapshot": Asking(Snapshot, {"since": int}, frozenset({"since"})),
    "roots": Asking(tuple[OutageRow, ...], {}),
    "happenings": Asking(tuple[Happening, ...], {"from_ms": int, "limit": int}),
    "outages": Asking(
        tuple[OutageRow, ...],
        {"open_only": bool, "from_ms": int, "to_ms": int},
        frozenset({"open_only", "from_ms", "to_ms"}),
    ),
    "find": Asking(LiveRow | None, {"text": str}),
    "lookup": Asking(tuple[Entry, ...], {}),
    "sheet": Asking(Sheet, {"thing_id": int}),
    "opened": Asking("store.opened:Opened", {"outage_id": int}),
    "links": Asking(tuple[LinkRow, ...], {}),
    "light_history": Asking(LightHistory, {"sensor_id": int, "until_ms": int}),
    "charts": Asking(Charts, {"thing_id": int, "from_ms": int, "to_ms": int, "steps": int}),
    "checks": Asking(Mapping[int, Mapping[str, Any]], {}),
    "works": Asking("store.works:Work[]", {}),
}


@dataclass(frozen=True, slots=True)
class Saying:
    takes: Mapping[str, type]
    optional: frozenset[str] = frozenset()


SAYINGS: Mapping[str, Saying] = {
    "acknowledge": Saying(
        {"outage_id": int, "expected": int, "note_text": str, "owner": str, "until_ms": int},
        frozenset({"note_text", "owner", "until_ms"}),
    ),
    "withdraw": Saying({"outage_id": int, "expected": int}),
    "annotate": Saying({"thing_id": int, "text": str, "outage_id": int}, frozenset({"outage_id"})),
    "plan_maintenance": Saying(
        {
            "thing_id": int,
            "from_ms": int,
            "to_ms": int,
            "reason": str,
            "rrule": str,
            "late": bool,
        },
        frozenset({"rrule", "late"}),
    ),
    "cancel_maintenance": Saying({"work_id": int}),
    "approve_maintenance": Saying({"work_id": int}),
}
