"""What a thing shows: a state, or the mark that explains it; its sign, its word, its urgency."""

from __future__ import annotations

from enum import StrEnum

from store.questions import LiveRow, OutageRow
from store.states import OUTAGE_STATES, Mark, State


class Face(StrEnum):
    """The order is the order of urgency, worst first."""

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
_EXCUSED = {Mark.MAINTENANCE, Mark.OFF_HOURS}


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


def face_of_outage(outage: OutageRow, row: LiveRow | None) -> Face:
    """Of an open outage: that of its thing now, else its worst."""
    face = face_of(row) if row is not None else Face.UP
    return Face(outage.state.value) if face is Face.UP else face


def needs_somebody(root: OutageRow, row: LiveRow | None) -> bool:
    """Nobody took it, and neither a plan nor a closed office explains it."""
    excused = row is not None and bool(row.marks & _EXCUSED)
    return not root.acknowledged and not excused


def sign(face: Face, ascii_only: bool = False) -> str:
    return _SIGNS[face][ascii_only]


def phrase(face: Face) -> str:
    """The key of its word in the table of phrases."""
    marks = (Face.MAINTENANCE, Face.OFF_HOURS, Face.NEVER_SEEN)
    return f"mark.{face}" if face in marks else f"state.{face}"
