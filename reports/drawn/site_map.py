"""Sites where they stand, islands too: on lines of latitude and longitude, with a scale in km.

Sites that would lie on each other move to the nearest free place of a fine net, with a hairline
from where they really stand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from math import cos, floor, hypot, radians
from typing import TYPE_CHECKING, NamedTuple

from reports.document import Verdict
from reports.drawn.shapes import (
    WIDTH,
    Box,
    Drawing,
    Path,
    box,
    breadth,
    circle,
    diamond,
    fitted,
    n,
)
from reports.numbers import number as number_text
from reports.pictures import Spot
from reports.shown import shown
from reports.tables import Percent, Target
from store.ledger import Split, figures

if TYPE_CHECKING:
    from reports.pictures import SiteMap
    from reports.wording import Wording

_KM = 111.195  # of a degree of latitude, mean sphere
_TALLEST, _EDGE, _LEFT = 620.0, 22.0, 46.0
_STEPS = tuple(minutes / 60 for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600))
_LENGTHS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_LEAST_DEG = 0.02  # one site alone still has a place around it
LISTED = 30
_NUMBERED = 10.0  # a number fits into a mark of more
_SIZES = ((150, 13.0), (500, 11.0), (1500, 8.0), (1 << 30, 5.5))  # up to so many sites
_ORDER = ("missed", "unsure", "met", "no_target", "none")  # who gets his own place first
_Cell = tuple[int, int]


class _Frame(NamedTuple):
    """How degrees become units of the picture."""

    west: float
    north: float
    scale_x: float  # a degree
    scale_y: float
    width: float
    height: float

    def at(self, lat: float, lon: float) -> tuple[float, float]:
        x = _LEFT + _EDGE + (lon - self.west) * self.scale_x
        return x, _EDGE + (self.north - lat) * self.scale_y


def draw(picture: SiteMap, w: Wording) -> Drawing:
    drawing = Drawing()
    frame = _frame(picture.spots)
    place = Box(_LEFT, 0.5, frame.width, frame.height)
    _net(drawing, w, frame, place)
    size = next(size for most, size in _SIZES if len(picture.spots) <= most)
    placed = list(_apart(picture.spots, frame, place, size))
    far = [line for spot, (x, y) in placed if (line := _from_home(frame, spot, x, y, size))]
    if far:
        drawing.add("axis", Path("".join(far)))
    marks = Drawing()
    for spot, (x, y) in placed:
        _mark(marks, w, spot, x, y, size)
    drawing.lay(marks)
    _scale(drawing, w, frame, place)
    y = frame.height + 36
    y += _key(drawing, w, y, numbered=size > _NUMBERED) + 4
    drawing.height = _list(drawing, w, picture.spots, y)
    return drawing


def state_of(spot: Spot) -> str:
    return str(spot.verdict) if spot.figured else "none"


def _frame(spots: Sequence[Spot]) -> _Frame:
    lats, lons = [spot.lat for spot in spots], [spot.lon for spot in spots]
    tall = max(max(lats) - min(lats), _LEAST_DEG)
    shrink = max(cos(radians((max(lats) + min(lats)) / 2)), 0.05)
    wide = max(max(lons) - min(lons), _LEAST_DEG) * shrink
    room = WIDTH - _LEFT - 2 * _EDGE
    scale = min(room / wide, (_TALLEST - 2 * _EDGE) / tall)
    north = (max(lats) + min(lats)) / 2 + tall / 2
    west = (max(lons) + min(lons)) / 2 - wide / shrink / 2
    width = min(wide * scale + 2 * _EDGE, WIDTH - _LEFT)
    return _Frame(west, north, scale * shrink, scale, width, tall * scale + 2 * _EDGE)


def _net(drawing: Drawing, w: Wording, frame: _Frame, place: Box) -> None:
    """Lines at round degrees, named at the left and below."""
    step = next((s for s in _STEPS if s * frame.scale_y >= 70), _STEPS[-1])
    right, foot = place.x + place.width, place.y + place.height
    drawing.add("open_day", place)
    lines = []
    for k in range(floor((frame.west - 1) / step), floor((frame.west + 400) / step)):
        x = frame.at(0, k * step)[0]
        if x > right:
            break
        if x >= place.x:
            lines.append(f"M{n(x)} {n(place.y)}V{n(foot)}")
            text = w.say("pictures.east" if k >= 0 else "pictures.west", deg=_degrees(k * step))
            drawing.text("soft", x, foot + 11, text, anchor="middle", size=9)
    for k in range(floor((frame.north + 1) / step), floor((frame.north - 200) / step), -1):
        y = frame.at(k * step, 0)[1]
        if y > foot:
            break
        if y >= place.y:
            lines.append(f"M{n(place.x)} {n(y)}H{n(right)}")
            text = w.say("pictures.north" if k >= 0 else "pictures.south", deg=_degrees(k * step))
            drawing.text("soft", place.x - 3, y + 3, text, anchor="end", size=9)
    drawing.add("grid", Path("".join(lines) or box(*place[:4])))
    drawing.add("axis", Path(box(*place[:4])))


def _degrees(value: float) -> str:
    """`15°30′`."""
    whole, minutes = divmod(round(abs(value) * 60), 60)
    return f"{whole}°{minutes:02}′"


def _apart(
    spots: Sequence[Spot], frame: _Frame, place: Box, size: float
) -> Iterator[tuple[Spot, tuple[float, float]]]:
    """Whoever has room around him stands where he is, the others in a net of `size`; of these
    those below target are nearest to where they are."""
    where = {spot.id: frame.at(spot.lat, spot.lon) for spot in spots}
    homes = {
        key: (int((x - place.x) // size), int((y - place.y) // size))
        for key, (x, y) in where.items()
    }
    crowd = Counter(homes.values())
    alone = {key for key, home in homes.items() if _near(crowd, home) == 1}
    taken = {cell for key in alone for cell in _beside(homes[key])}
    searches: dict[_Cell, Iterator[_Cell]] = {}  # of one place: what it found is taken
    across, down = int(place.width // size), int(place.height // size)
    for spot in sorted(spots, key=lambda one: (_ORDER.index(state_of(one)), one.id)):
        if spot.id in alone:
            yield spot, where[spot.id]
            continue
        home = homes[spot.id]
        search = searches.setdefault(home, _around(home, across, down))
        cell = next((c for c in search if c not in taken), home)
        taken.add(cell)
        yield spot, (place.x + (cell[0] + 0.5) * size, place.y + (cell[1] + 0.5) * size)


def _near(crowd: Counter[_Cell], home: _Cell) -> int:
    return sum(crowd[cell] for cell in _beside(home))


def _beside(home: _Cell) -> Iterator[_Cell]:
    """A place of the net and the eight around it."""
    return product(range(home[0] - 1, home[0] + 2), range(home[1] - 1, home[1] + 2))


def _around(home: _Cell, across: int, down: int) -> Iterator[_Cell]:
    """The places of the net inside the map, from the nearest outwards."""
    for ring in range(max(across, down) + 1):
        found = [
            (home[0] + dx, home[1] + dy)
            for dx in range(-ring, ring + 1)
            for dy in ((-ring, ring) if abs(dx) != ring else range(-ring, ring + 1))
        ]
        found.sort(key=lambda cell: (hypot(cell[0] - home[0], cell[1] - home[1]), cell))
        yield from ((x, y) for x, y in found if 0 <= x < across and 0 <= y < down)


def _from_home(frame: _Frame, spot: Spot, x: float, y: float, size: float) -> str:
    home = frame.at(spot.lat, spot.lon)
    if hypot(home[0] - x, home[1] - y) < size * 1.5:
        return ""
    return f"M{n(home[0])} {n(home[1])}L{n(x)} {n(y)}"


def _mark(drawing: Drawing, w: Wording, spot: Spot, x: float, y: float, size: float) -> None:
    """Squares fail, circles hold, diamonds are not known, crosses have no figure at all."""
    r, title = size / 2 - 0.7, told(w, spot)
    state = state_of(spot)
    if state == "missed":
        drawing.add("dark", Path(box(x - r, y - r, 2 * r, 2 * r), title))
        if spot.number is not None and size > _NUMBERED and spot.number < 100:
            text = str(spot.number)
            drawing.text("white", x, y + 3, text, anchor="middle", size=8.5 if len(text) < 2 else 7)
    elif state == "unsure":
        d = diamond(x, y, r)
        drawing.add("some", Path(d, title))
        drawing.add("axis", Path(d))
    elif state == "none":
        r *= 0.6
        cross = f"M{n(x - r)} {n(y - r)}l{n(2 * r)} {n(2 * r)}m0 {n(-2 * r)}l{n(-2 * r)} {n(2 * r)}"
        drawing.add("line", Path(cross, title))
    else:
        r *= 0.78 if state == "met" else 0.45
        d = circle(x, y, r)
        drawing.add("whole" if state == "met" else "soft", Path(d, title))
        drawing.add("axis", Path(d))


def told(w: Wording, spot: Spot) -> str:
    limits = () if spot.target.value is None else (spot.target.value,)
    pct = w.text(Percent(figures(spot.split).service_pct if spot.figured else None, limits))
    return f"{shown(spot.name)}: {pct}"


def _scale(drawing: Drawing, w: Wording, frame: _Frame, place: Box) -> None:
    """Below the map: inside it would lie on sites."""
    long = max((km for km in _LENGTHS if km * frame.scale_y / _KM <= 150), default=1)
    width = long * frame.scale_y / _KM
    y = place.y + place.height + 26
    drawing.add("line", Path(f"M{n(place.x)} {n(y - 4)}v4h{n(width)}v-4"))
    text = w.say("pictures.km", n=number_text(long, w.language))
    drawing.text("ink", place.x + width + 6, y, text, size=10)


def _key(drawing: Drawing, w: Wording, y: float, *, numbered: bool) -> float:
    x, top = 0.0, y
    for state in _ORDER:
        text = w.say(f"pictures.map.{'numbered' if numbered and state == 'missed' else state}")
        needs = 20 + breadth(text) + 14
        if x and x + needs > WIDTH:
            x, y = 0.0, y + 17
        verdict = Verdict.NO_TARGET if state == "none" else Verdict(state)
        spot = Spot("", text, 0, 0, verdict, state != "none", Split(), Target(None))
        _mark(drawing, w, spot, x + 7, y + 6.5, 13)
        drawing.text("ink", x + 18, y + 10.5, text)
        x += needs
    return y + 17 - top


def _list(drawing: Drawing, w: Wording, spots: Sequence[Spot], y: float) -> float:
    """Those below target by their numbers, in two columns."""
    missed = sorted((s for s in spots if s.number is not None), key=lambda s: s.number or 0)
    rows = [fitted(f"{s.number}. {told(w, s)}", WIDTH / 2 - 16) for s in missed[:LISTED]]
    if len(missed) > LISTED:
        rows.append([w.say("pictures.map.more", n=number_text(len(missed) - LISTED, w.language))])
    half = (len(rows) + 1) // 2
    feet = []
    for column, part in enumerate((rows[:half], rows[half:])):
        at = y
        for lines in part:
            for number, text in enumerate(lines):
                left = column * WIDTH / 2 + (12 if number else 0)
                drawing.text("ink", left, at + 11, text, size=10)
                at += 13
            at += 1
        feet.append(at)
    return max(feet)
