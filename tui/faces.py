"""How a state looks: one sign, one colour-blind-safe colour, one word, never colour alone."""

from __future__ import annotations

from enum import StrEnum

from rich.style import Style

from store.questions import LiveRow
from store.states import OUTAGE_STATES, Mark, State


class Face(StrEnum):
    """What a thing shows; the order is the order of urgency, worst first."""

    DOWN = "down"
    DEGRADED = "degraded"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"
    MAINTENANCE = "maintenance"
    OFF_HOURS = "off_hours"
    NEVER_SEEN = "never_seen"
    NOT_MONITORED = "not_monitored"
    UP = "up"


URGENCY = {face: rank for rank, face in enumerate(Face)}
GREY = "#8b949e"
_COLOURS = {  # Okabe and Ito's, moved until no red-green blindness joins two: docs/colour.md
    Face.DOWN: "#e17a45",
    Face.DEGRADED: "#f0a802",
    Face.UNREACHABLE: "#fff567",
    Face.UNKNOWN: "#f9b0cb",
    Face.UP: "#56b4e9",
}
_SIGNS = {  # face → (sign, sign of plain ASCII)
    Face.DOWN: ("✖", "X"),
    Face.DEGRADED: ("!", "!"),
    Face.UNREACHABLE: ("○", "o"),
    Face.UNKNOWN: ("?", "?"),
    Face.MAINTENANCE: ("M", "M"),
    Face.OFF_HOURS: ("z", "z"),
    Face.NEVER_SEEN: ("◊", "n"),
    Face.NOT_MONITORED: ("–", "-"),
    Face.UP: ("·", "."),
}
_STYLES = {
    face: Style(color=_COLOURS.get(face, GREY), bold=face is Face.DOWN or None) for face in Face
}

GROUND = Style(color="#d6dae0", bgcolor="#0d1117")
TEXT = Style(color="#d6dae0")
STRONG = Style(color="#ffffff", bold=True)
FAINT = Style(color=GREY)
ZERO = Style(color="#727d8b")
LEADS_ON = Style(color="#9cc3f0")  # Enter opens it
TITLE = Style(color="#d6dae0", bgcolor="#1a212b", bold=True)
TITLE_FOCUSED = Style(color="#ffffff", bgcolor="#31496b", bold=True)
TITLE_FAINT = Style(color="#a9b1bb")
KEY = Style(color="#8fb8e8", bold=True)
SELECTED = Style(bgcolor="#0d1d36")
MARKED = Style(bgcolor="#221d36")
CALM = Style(color=_COLOURS[Face.UP])
ALARM = Style(color="#ffffff", bgcolor="#a33f00", bold=True)
BANNER = Style(color="#000000", bgcolor="#ffe94d", bold=True, reverse=False)
CURSOR_CELL = Style(color="#000000", bgcolor="#ffffff", bold=True, underline=True)
UNHANDLED = Style(reverse=True)
BAR = Style(color="#ffffff", bgcolor="#16324f")
HEADING = Style(color="#a9c7e8", bold=True)


def face_of(row: LiveRow) -> Face:
    """A mark that explains a silence stands before the state that it explains."""
    if row.state is State.UP:
        return Face.UP
    if row.state is State.UNKNOWN and Mark.NEVER_SEEN in row.marks:
        return Face.NEVER_SEEN
    if Mark.OFF_HOURS in row.marks:
        return Face.OFF_HOURS
    if Mark.MAINTENANCE in row.marks and row.state in OUTAGE_STATES:
        return Face.MAINTENANCE
    return Face(row.state.value)


def sign(face: Face, ascii_only: bool) -> str:
    return _SIGNS[face][ascii_only]


def colour(face: Face, frozen: bool) -> Style:
    """On a board that no longer follows the network every colour is gone: it must look so."""
    return FAINT if frozen else _STYLES[face]


def phrase(face: Face) -> str:
    """The key of its word in the table of phrases."""
    marks = (Face.MAINTENANCE, Face.OFF_HOURS, Face.NEVER_SEEN)
    return f"mark.{face}" if face in marks else f"state.{face}"
