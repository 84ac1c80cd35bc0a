"""Under which name the grid lists a site: its district, or the site that it hangs on."""

from __future__ import annotations

from store.groups import group_sites
from store.questions import LiveRow
from store.states import Kind
from tests.tui.province import Province


class Map:
    """Units and sites by key, each site below another."""

    def __init__(self) -> None:
        self.province = Province()
        self.province.rows.clear()
        self.province.by_key.clear()

    def unit(self, key: str, level: str, above: str | None = None) -> None:
        by_key = self.province.by_key
        self.province.add(Kind.UNIT, key, f"Unit {key}", level=level, unit=by_key.get(above or ""))

    def site(self, key: str, unit: str, uplink: str | None = None) -> None:
        by_key, rows = self.province.by_key, self.province.rows
        level = rows[by_key[unit]].level
        thing = self.province.add(Kind.SITE, key, f"Site {key}", level=level, unit=by_key[unit])
        rows[thing] = rows[thing]._replace(uplink_id=by_key.get(uplink or ""))

    def groups(self) -> dict[str, list[str]]:
        rows: dict[int, LiveRow] = self.province.rows
        return {group.name: [rows[site].key for site in group.sites] for group in group_sites(rows)}


def of_two_levels() -> Map:
    found = Map()
    found.unit("51", "province")
    for commune in ("a", "b", "c", "d"):
        found.unit(commune, "commune", "51")
    found.site("centre", "51")
    found.site("hub", "b", "centre")
    found.site("near", "a", "hub")
    found.site("far", "c", "near")
    found.site("alone", "d", "centre")
    return found


def test_without_districts_sites_stand_under_the_one_that_they_hang_on() -> None:
    found = of_two_levels()
    assert found.groups() == {
        "Unit 51": ["centre", "alone"],
        "Site hub": ["hub", "far", "near"],
    }


def test_districts_gather_their_communes_wherever_these_hang() -> None:
    found = of_two_levels()
    found.unit("522", "district", "51")
    found.unit("e", "commune", "522")
    found.site("office", "522", "centre")
    found.site("e1", "e", "hub")
    assert found.groups()["Unit 522"] == ["office", "e1"]


def test_sites_in_a_circle_or_without_a_unit_are_listed_once() -> None:
    found = of_two_levels()
    rows, by_key = found.province.rows, found.province.by_key
    rows[by_key["hub"]] = rows[by_key["hub"]]._replace(uplink_id=by_key["near"])
    rows[by_key["alone"]] = rows[by_key["alone"]]._replace(unit_id=None)
    listed = [site for sites in found.groups().values() for site in sites]
    assert sorted(listed) == ["alone", "centre", "far", "hub", "near"]
