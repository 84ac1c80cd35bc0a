"""The sites where they stand, as SVG that the style sheet colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import cos, radians
from typing import NamedTuple

from markupsafe import Markup, escape

from reports.shown import shown
from reports.web.telling import Telling
from store.faces import URGENCY, Face, face_of, sign
from store.questions import LiveRow

WIDTH, EDGE, TALLEST = 640.0, 16.0, 640.0
_LEAST_DEG = 0.02  # one site alone still has a place around it
Degrees = Mapping[str, tuple[float, float]]


class Plan(NamedTuple):
    """Where each site stands in the picture, by its thing id, and its dot."""

    height: float
    places: Mapping[int, tuple[float, float]]
    dots: Mapping[int, str]


def plan(tell: Telling, degrees: Degrees) -> Plan:
    """Of all sites of the network that have coordinates."""
    rows = tell.known.rows
    ids = {rows[one].key: one for group in tell.known.groups for one in group.sites}
    here = {ids[key]: place for key, place in degrees.items() if key in ids}
    if not here:
        return Plan(0.0, {}, {})
    frame = _frame(list(here.values()))
    places = {one: frame.at(*place) for one, place in here.items()}
    dots = {one: f"M{x:.0f} {y:.0f}h0" for one, (x, y) in places.items()}
    return Plan(frame.height, places, dots)


def drawn(tell: Telling, plan: Plan) -> Markup:
    """Sites that are up are dots of one path; each other is a sign that leads to its page.

    The grid beside it tells the same in words, so to a screen reader this is decoration.
    Empty where no site has coordinates.
    """
    seen = [row for one in plan.places if (row := tell.rows.get(one)) is not None]
    if not seen:
        return Markup()
    faces = [(row, face_of(row)) for row in seen]
    well = "".join(plan.dots[row.thing_id] for row, face in faces if face is Face.UP)
    other = [(row, face) for row, face in faces if face is not Face.UP]
    other.sort(key=lambda one: -URGENCY[one[1]])
    signs = "".join(_sign(tell, row, face, *plan.places[row.thing_id]) for row, face in other)
    return Markup(  # noqa: S704  its texts are escaped
        f'<svg class="map" viewBox="0 0 {WIDTH:.0f} {plan.height:.0f}" aria-hidden="true">'
        f'<path class="well" d="{well}"/>{signs}</svg>'
    )


def _sign(tell: Telling, row: LiveRow, face: Face, x: float, y: float) -> str:
    told = escape(shown(f"{row.name}: {tell.word(face)}"))
    return (
        f'<a href="{tell.address(row)}" tabindex="-1" class="f-{face}"'
        f' transform="translate({x:.0f} {y:.0f})"><title>{told}</title>'
        f'<circle r="9"/><text y="4.5">{sign(face)}</text></a>'
    )


class _Frame(NamedTuple):
    west: float
    north: float
    scale_x: float
    scale_y: float
    left: float
    height: float

    def at(self, lat: float, lon: float) -> tuple[float, float]:
        x = self.left + (lon - self.west) * self.scale_x
        return x, EDGE + (self.north - lat) * self.scale_y


def _frame(places: Sequence[tuple[float, float]]) -> _Frame:
    lats, lons = [lat for lat, _ in places], [lon for _, lon in places]
    tall = max(max(lats) - min(lats), _LEAST_DEG)
    shrink = max(cos(radians((max(lats) + min(lats)) / 2)), 0.05)
    wide = max(max(lons) - min(lons), _LEAST_DEG) * shrink
    scale = min((WIDTH - 2 * EDGE) / wide, (TALLEST - 2 * EDGE) / tall)
    left = (WIDTH - wide * scale) / 2
    return _Frame(min(lons), max(lats), scale * shrink, scale, left, tall * scale + 2 * EDGE)
