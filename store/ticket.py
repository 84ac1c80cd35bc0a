"""The words with which an open outage is told to its provider, in the language of the reader."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from store.questions import OutageRow
from store.stated import stated
from store.teller import Teller
from store.told import behind, what

if TYPE_CHECKING:
    from store.thing_sheet import Sheet

_ROOM = 200  # cells for what is behind: all of it


def ticket(
    tell: Teller, root: OutageRow, sheet: Sheet, site: Sheet | None, network: str, now_ms: int
) -> str:
    """`sheet`: of the thing that failed; `site`: where it stands; `network`: who asks for help."""
    said = [("network", network), *_pairs(tell, root, sheet, site), ("at", tell.dated(now_ms))]
    told = ((key, value) for key, value in said if value)
    lines = [f"{tell.say(f'ticket.{key}')}: {value}" for key, value in told]
    return "\n".join([tell.say("ticket.title"), *lines, ""])


def _pairs(
    tell: Teller, root: OutageRow, sheet: Sheet, site: Sheet | None
) -> Iterator[tuple[str, str]]:
    yield "thing", f"{tell.kind(sheet.row)} {what(tell, root)}"
    if site is not None:
        yield "site", site.row.name
        yield "address", str(site.declared.get("postal_address") or "")
    for who, number in sheet.whom_to_call:
        circuit = " · " in who  # a provider and the circuit that it knows
        yield "call" if circuit else "contact", f"{who}: {number}"
    yield "circuit", str(sheet.declared.get("circuit_id") or "")
    yield "down", tell.word(tell.face(root))
    yield "since", f"{tell.dated(root.first_bad_ms)} ({tell.age(root.first_bad_ms)})"
    if root.last_good_ms is not None and not stated(root, "started"):
        yield "last", tell.dated(root.last_good_ms)
    if root.cause:
        yield "cause", tell.say_if_known("cause", root.cause)
    yield "behind", behind(tell, root, _ROOM).removeprefix("+")
    yield "note", root.note or ""
