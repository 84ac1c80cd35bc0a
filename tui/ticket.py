"""The words with which an open outage is told to its provider, in the language of the screen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from store.questions import OutageRow
from tui.roots import behind, what
from tui.scene import Scene

if TYPE_CHECKING:
    from store.thing_sheet import Sheet

_ROOM = 200  # cells for what is behind: all of it


def ticket(scene: Scene, root: OutageRow, sheet: Sheet, site: Sheet | None) -> str:
    """`sheet`: of the thing that failed; `site`: where it stands."""
    told = ((key, value) for key, value in _pairs(scene, root, sheet, site) if value)
    lines = [f"{scene.say(f'ticket.{key}')}: {value}" for key, value in told]
    return "\n".join([scene.say("ticket.title"), *lines, ""])


def _pairs(
    scene: Scene, root: OutageRow, sheet: Sheet, site: Sheet | None
) -> Iterator[tuple[str, str]]:
    yield "network", scene.known.network
    yield "thing", f"{scene.kind(sheet.row)} {what(scene, root)}"
    if site is not None:
        yield "site", site.row.name
        yield "address", str(site.declared.get("postal_address") or "")
    for who, number in sheet.whom_to_call:
        circuit = " · " in who  # a provider and the circuit that it knows
        yield "call" if circuit else "contact", f"{who}: {number}"
    yield "circuit", str(sheet.declared.get("circuit_id") or "")
    yield "down", scene.word(scene.known.face(root))
    yield "since", f"{scene.dated(root.first_bad_ms)} ({scene.age(root.first_bad_ms)})"
    if root.last_good_ms is not None:
        yield "last", scene.dated(root.last_good_ms)
    if root.cause:
        yield "cause", scene.say_if_known("cause", root.cause)
    yield "behind", behind(scene, root, _ROOM).removeprefix("+")
    yield "note", root.note or ""
    yield "at", scene.dated(scene.now_ms())
