"""The sites where they stand, as SVG that the style sheet colours."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import cos, radians
from typing import NamedTuple

from markupsafe import Markup, escape

from reports.web.telling import Telling
from store.faces import URGENCY, Face, face_of, sign

WIDTH, EDGE, TALLEST = 640.0, 16.0, 640.0
_LEAST_DEG = 0.02  # one site alone still has a place around it
Degrees = Mapping[str, tuple[float, float]]


class Spot(NamedTuple):
    x: float
    y: float
    face: Face
    address: str
    told: str


def drawn(tell: Telling, degrees: Degrees) -> Markup:
    """Sites that are up are dots of one path; each other is a sign that leads to its page.

    The grid beside it tells the same in words, so to a screen reader this is decoration.
    Empty where no site has coordinates.
    """
    sites = [tell.rows[one] for group in tell.known.groups for one in group.sites
             if one in tell.rows and tell.rows[one].key in degrees]  # fmt: skip
    if not sites:
        return Markup()
    frame = _frame(tuple(degrees[site.key] for site in sites))
    spots = [
        Spot(*frame.at(*degrees[site.key]), face := face_of(site), tell.address(site),
             f"{site.name}: {tell.word(face)}")
        for site in sites
    ]  # fmt: skip
    well = "".join(f"M{s.x:.0f} {s.y:.0f}h0" for s in spots if s.face is Face.UP)
    other = sorted((s for s in spots if s.face is not Face.UP), key=lambda s: -URGENCY[s.face])
    signs = "".join(map(_sign, other))
    return Markup(  # noqa: S704  its texts are escaped
        f'<svg class="map" viewBox="0 0 {WIDTH:.0f} {frame.height:.0f}" aria-hidden="true">'
        f'<path class="well" d="{well}"/>{signs}</svg>'
    )


def _sign(spot: Spot) -> str:
    return (
        f'<a href="{spot.address}" tabindex="-1" class="f-{spot.face}"'
        f' transform="translate({spot.x:.0f} {spot.y:.0f})"><title>{escape(spot.told)}</title>'
        f'<circle r="9"/><text y="4.5">{sign(spot.face)}</text></a>'
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


@lru_cache(8)
def _frame(places: tuple[tuple[float, float], ...]) -> _Frame:
    lats, lons = [lat for lat, _ in places], [lon for _, lon in places]
    tall = max(max(lats) - min(lats), _LEAST_DEG)
    shrink = max(cos(radians((max(lats) + min(lats)) / 2)), 0.05)
    wide = max(max(lons) - min(lons), _LEAST_DEG) * shrink
    scale = min((WIDTH - 2 * EDGE) / wide, (TALLEST - 2 * EDGE) / tall)
    left = (WIDTH - wide * scale) / 2
    return _Frame(min(lons), max(lats), scale * shrink, scale, left, tall * scale + 2 * EDGE)
