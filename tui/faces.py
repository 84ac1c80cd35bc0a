"""How a state looks: one sign, one colour-blind-safe colour, one word, never colour alone."""

from __future__ import annotations

from rich.style import Style

from store.faces import URGENCY, Face, face_of, phrase, sign

__all__ = ["URGENCY", "Face", "face_of", "phrase", "sign"]
GREY = "#8b949e"
_COLOURS = {  # Okabe and Ito's, moved until no red-green blindness joins two: docs/colour.md
    Face.DOWN: "#e17a45",
    Face.DEGRADED: "#f0a802",
    Face.UNREACHABLE: "#fff567",
    Face.UNKNOWN: "#f9b0cb",
    Face.UP: "#56b4e9",
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


def colour(face: Face, frozen: bool) -> Style:
    """On a board that no longer follows the network every colour is gone: it must look so."""
    return FAINT if frozen else _STYLES[face]
