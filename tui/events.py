"""What happened last: roots that began and ended, what people said, when the monitor was blind."""

from __future__ import annotations

import math

from rich.cells import cell_len
from rich.style import Style

from store.happening import Happening
from tui import faces
from tui.cells import Line, clean, line
from tui.faces import Face
from tui.painted import Pane, ground
from tui.roots import what_fits
from tui.scene import Scene

_CLOCK, _LEAST_WORDS = 5, 15


class EventList(Pane):
    """Keys are ids of events, newest first; while nobody is in it, it shows the newest."""

    def __init__(self, scene: Scene, *, id: str | None = None) -> None:
        super().__init__(scene, id=id)
        self._by_id: dict[int, Happening] = {}

    def take(self) -> None:
        self._by_id = {one.id: one for one in self.scene.known.recent}
        if not self.has_focus:
            self.cursor, self._touched = None, -math.inf
        self.show(list(self._by_id))

    def thing_of(self, key: int) -> int | None:
        return self._by_id[key].thing_id

    def title(self) -> tuple[str, str]:
        return self.scene.say("events.title"), str(len(self.keys))

    def nothing(self) -> str:
        return self.scene.say("events.none") if self.scene.known.watching else ""

    def table(self) -> tuple[list[str], list[list[str]]]:
        shown = (self._by_id[key] for key in self.keys)
        return ["at", "kind", "key", "state", "actor", "text"], [
            [
                self.scene.local(one.at_ms).isoformat(timespec="seconds"),
                one.kind,
                self._key(one),
                one.state or "",
                one.actor or "",
                one.text or "",
            ]
            for one in shown
        ]

    def _key(self, one: Happening) -> str:
        row = self.scene.known.rows.get(one.thing_id or 0)
        return row.key if row is not None else one.outage.key if one.outage is not None else ""

    def row(self, key: int, lead: str) -> Line:
        return event_line(self.scene, self._by_id[key], self.size.width, lead)


def event_line(scene: Scene, one: Happening, width: int, lead: str) -> Line:
    """`12:39 · UBND xã Ba Vinh  ended after 12 min`: what, then what became of it."""
    face = _face(one)
    words = clean(_words(scene, one))
    room = max(0, width - _CLOCK - 5)
    said = width * 2 // 5 if width >= (50 if face is None else 70) else 0
    about = max(0, room - max(_LEAST_WORDS, said))
    if one.thing_id is None:  # a short name, and long words
        about = min(about, cell_len(scene.say("events.monitor")))
    spans = [
        (f"{lead}{scene.fit(scene.since(one.at_ms), _CLOCK)} ", faces.FAINT),
        (f"{scene.sign(face)} " if face is not None else "# ", _style(scene, face)),
        (_about(scene, one, about) + " ", faces.TEXT),
        (scene.fit(words, room - about), faces.FAINT if one.kind == "ended" else faces.TEXT),
    ]
    return line(width, spans, ground(lead))


def _style(scene: Scene, face: Face | None) -> Style:
    return faces.FAINT if face is None else scene.style(face)


def _face(one: Happening) -> Face | None:
    """None: somebody said something."""
    if one.state is not None:
        return Face(one.state.value)
    return {"blind": Face.UNKNOWN, "sight": Face.UP}.get(one.kind)


def _about(scene: Scene, one: Happening, cells: int) -> str:
    if one.outage is not None:
        return what_fits(scene, one.outage, cells)
    row = scene.known.rows.get(one.thing_id or 0)
    if one.thing_id is None:
        return scene.fit(scene.say("events.monitor"), cells)
    return scene.fit(scene.short(row.name) if row is not None else "", cells)


def _words(scene: Scene, one: Happening) -> str:
    if one.kind == "ended" and one.outage is not None:
        lasted = scene.age(one.outage.first_bad_ms, one.outage.first_good_ms)
        return scene.say("events.ended", age=lasted)
    if one.state is not None:
        return scene.say(f"state.{one.state}")
    said = scene.say(f"events.{one.kind}", who=one.actor or "")
    return f"{said}: {one.text}" if one.text else said
