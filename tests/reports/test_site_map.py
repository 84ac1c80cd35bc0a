"""On the map sites of one place are told apart, and the land keeps its shape."""

from __future__ import annotations

from itertools import combinations

import pytest

from reports.document import Verdict
from reports.drawn import site_map
from reports.drawn.shapes import Box, Path
from reports.figures import figures
from reports.pictures import SiteMap, Spot
from reports.tables import Target, Word
from reports.wording import Wording
from store.ledger import Split
from tests.reports.province import october


def spot(key: str, lat: float, lon: float, verdict: Verdict = Verdict.MET) -> Spot:
    return Spot(key, key, lat, lon, verdict, True, Split(up_ms=1), Target(99.0))


def marks(spots: list[Spot]) -> dict[str, tuple[float, float]]:
    frame = site_map._frame(spots)
    place = Box(site_map._LEFT, 0.5, frame.width, frame.height)
    return {one.id: at for one, at in site_map._apart(spots, frame, place, 11.0)}


def test_sites_of_one_place_are_told_apart() -> None:
    crowd = [spot(f"s{number}", 15.12, 108.79) for number in range(40)]
    island = spot("lyson", 15.38, 109.11)
    found = marks([*crowd, island, spot("west", 14.9, 107.7)])
    apart = [
        max(abs(one[0] - other[0]), abs(one[1] - other[1]))
        for one, other in combinations(found.values(), 2)
    ]
    assert min(apart) >= 11.0 - 1e-6
    frame = site_map._frame([*crowd, island, spot("west", 14.9, 107.7)])
    assert found["lyson"] == frame.at(15.38, 109.11)
    assert all(found["lyson"][0] > x for key, (x, _) in found.items() if key != "lyson")


def test_the_map_keeps_the_shape_of_the_land() -> None:
    """A kilometre to the east is as long as one to the north."""
    frame = site_map._frame([spot("a", 15.0, 108.0), spot("b", 15.5, 109.0)])
    x1, y1 = frame.at(15.0, 108.0)
    x2, y2 = frame.at(15.5, 109.0)
    assert (x2 - x1) / (y1 - y2) == pytest.approx(2 * 0.9646, rel=0.01)


@pytest.mark.parametrize("count", [1, 2000])
def test_a_map_of_one_site_or_of_a_country_is_drawn(count: int) -> None:
    spots = tuple(spot(f"s{n}", 15 + n % 40 / 40, 108 + n // 40 / 50) for n in range(count))
    part = SiteMap(name="site-map", caption=Word("caption.site_map"), spots=spots)
    drawing = Wording(figures(october()), "vi").drawing(part)
    titled = [s for _, found in drawing.layers for s in found if isinstance(s, Path) and s.title]
    assert len(titled) >= count
