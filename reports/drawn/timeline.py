"""When sites were cut off: a row for each, the days of the period across."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from reports.drawn.shapes import WIDTH, Box, Drawing, Path, box, breadth, dots, fitted, hatch
from reports.periods import local
from reports.tables import Lasting

if TYPE_CHECKING:
    from reports.pictures import Timeline, Track
    from reports.wording import Wording

_NAMES, _FIGURE, _TALL, _STEP = 206.0, 136.0, 14.0, 13.0
_LEAST = 1.2  # a minute must be seen
_LOST = ("degraded", "unreachable", "down")  # the worse one stands above
_BESIDE = ("not_in_service", "off_hours", "maintenance", "unknown")
_Piece = tuple[float, float]  # from, width


def draw(picture: Timeline, w: Wording) -> Drawing:
    drawing = Drawing()
    place = Box(_NAMES, 16, WIDTH - _NAMES - _FIGURE, 0)
    drawing.text("soft", WIDTH, 11, w.say("pictures.time_lost"), anchor="end", size=9)
    tops, y = [], place.y
    for track in picture.tracks:
        names = fitted(w.text(track.who), _NAMES - 10, 3)
        tops.append((y, names))
        y += max(_TALL, len(names) * _STEP) + 5
    _days(drawing, picture, w, place._replace(height=y - place.y - 3))
    for track, (top, names) in zip(picture.tracks, tops, strict=True):
        tall = max(_TALL, len(names) * _STEP)
        for number, name in enumerate(names):
            drawing.text("ink", 0, top + 10.5 + number * _STEP, name)
        _track(drawing, picture, track, Box(place.x, top + (tall - _TALL) / 2, place.width, _TALL))
        lost = w.text(Lasting(track.lost_ms))
        drawing.text("strong", WIDTH, top + tall / 2 + 4, lost, anchor="end", size=10)
    drawing.height = y + 6 + _key(drawing, w, y + 6)
    return drawing


def _days(drawing: Drawing, picture: Timeline, w: Wording, place: Box) -> None:
    """A line at each midnight; as many dates as there is room for."""
    begin, end = picture.edges[0], picture.edges[-1]
    scale = place.width / (end - begin)
    xs = [place.x + (edge - begin) * scale for edge in picture.edges]
    room, reached = 17.0, 0.0
    if len(xs) <= 70:
        drawing.add("grid", Path("".join(f"M{x:.1f} {place.y}v{place.height:.1f}" for x in xs)))
    for edge, x, after in zip(picture.edges, xs, xs[1:], strict=False):
        day = local(edge, w.clock.zone)
        text, middle = f"{day:%d}", (x + after) / 2
        if len(xs) > 40:
            if day.day != 1:
                continue
            text, middle = f"{day:%m/%Y}", x + 20
        if middle - reached >= (room if len(xs) <= 40 else 44):
            drawing.text("soft", middle, 11, text, anchor="middle", size=9)
            reached = middle


def _track(drawing: Drawing, picture: Timeline, track: Track, at: Box) -> None:
    drawing.add("whole", at)
    found = _placed(picture, track, at)
    for share in (*_BESIDE, *_LOST):
        if found[share]:
            _mark(drawing, share, found[share], at)
    drawing.add("frame", at)


def _placed(picture: Timeline, track: Track, at: Box) -> dict[str, list[_Piece]]:
    """Where each share is drawn; neighbours that touch are one, for a year has thousands."""
    begin, end = picture.edges[0], picture.edges[-1]
    scale = at.width / (end - begin)
    found: dict[str, list[_Piece]] = defaultdict(list)
    for piece in track.pieces:
        x = at.x + (piece.from_ms - begin) * scale
        width = max((piece.to_ms - piece.from_ms) * scale, _LEAST)
        x = min(x, at.x + at.width - width)
        own = found[piece.share]
        if own and x <= own[-1][0] + own[-1][1] + 0.1:
            first = own.pop()[0]
            x, width = first, x + width - first
        own.append((x, width))
    return found


def _mark(drawing: Drawing, share: str, pieces: list[_Piece], at: Box) -> None:
    """Told apart by lightness, and by height and pattern too."""
    y, tall = at.y, at.height
    whole = Path("".join(box(x, y, width, tall) for x, width in pieces))
    if share == "down":
        drawing.add("dark", whole)
    elif share == "unreachable":
        drawing.add("much", whole)
        drawing.add("hatch", Path("".join(hatch(x, y, width, tall) for x, width in pieces)))
    elif share == "degraded":
        low = Path("".join(box(x, y + tall * 0.6, width, tall * 0.4) for x, width in pieces))
        drawing.add("some", low)
        drawing.add("axis", low)
    else:
        drawing.add("open_day", whole)
        if share == "unknown":
            drawing.add("hatch", Path("".join(hatch(x, y, width, tall) for x, width in pieces)))
        elif share != "not_in_service":
            drawing.add("dots", Path("".join(dots(x, y, width, tall) for x, width in pieces)))


def _key(drawing: Drawing, w: Wording, y: float) -> float:
    x, top = 0.0, y
    for share in ("up", "degraded", "unreachable", "down", "unknown", "maintenance",
                  "not_in_service"):  # fmt: skip
        text = w.say(f"share.{share}")
        if share == "maintenance":
            text = f"{text}; {w.say('share.off_hours')}"
        needs = 32 + breadth(text) + 14
        if x and x + needs > WIDTH:
            x, y = 0.0, y + 17
        at = Box(x + 0.5, y + 0.5, 24, 12)
        drawing.add("whole", at)
        if share != "up":
            _mark(drawing, share, [(at.x, at.width)], at)
        drawing.add("frame", at)
        drawing.text("ink", x + 31, y + 10.5, text)
        x += needs
    return y + 17 - top
