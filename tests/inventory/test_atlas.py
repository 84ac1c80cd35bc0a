"""The map over time: what a unit was, where a site stood, and every way in which rows disagree."""

from __future__ import annotations

import unicodedata
from datetime import date
from importlib import resources
from itertools import pairwise
from pathlib import Path

import pytest

from inventory.acts import provinces, shipped
from inventory.atlas import Atlas, Stay
from inventory.model import Placement, Site, Unit
from inventory.sites_toml import read
from inventory.tiers import TRANSIT

JAN, JULY = date(2025, 1, 1), date(2025, 7, 1)
HEAD = '[network]\nname = "m"\ntimezone = "Asia/Ho_Chi_Minh"\nanchor = []\n'


def unit(key: str, level: str = "commune", parent: str | None = "d", **more: object) -> Unit:
    values: dict[str, object] = {"code": key, "name": key} | more
    return Unit(id=key, level=level, parent=parent, **values)  # type: ignore[arg-type]


def world(*more: Unit, placements: tuple[Placement, ...] = ()) -> Atlas:
    top = unit("p", "province", None)
    district = unit("d", "district", "p", valid_to=JULY, into=("p",))
    return Atlas((top, district, *more), placements)


def stays(atlas: Atlas, where: str) -> tuple[Stay, ...]:
    return atlas.stays(Site(id="s", name="s", unit=where))


def test_a_site_goes_along_when_its_unit_passes_into_another() -> None:
    old = unit("a", valid_to=JULY, into=("n",))
    new = unit("n", parent="p", valid_from=JULY)
    assert stays(world(old, new), "a") == (
        Stay("a", "commune", None, JULY),
        Stay("n", "commune", JULY, None),
    )


def test_a_chain_of_mergers_is_followed_to_its_end() -> None:
    chain = (
        unit("a", valid_to=JAN, into=("b",)),
        unit("b", valid_from=JAN, valid_to=JULY, into=("c",)),
        unit("c", parent="p", valid_from=JULY),
    )
    assert [stay.unit for stay in stays(world(*chain), "a")] == ["a", "b", "c"]


def test_the_office_of_a_district_that_passed_into_the_province_is_a_transit_point() -> None:
    assert stays(world(), "d") == (
        Stay("d", "district", None, JULY),
        Stay("p", TRANSIT, JULY, None),
    )


def test_a_province_that_passes_into_another_keeps_its_tier() -> None:
    other = unit("q", "province", None, valid_to=JULY, into=("p",))
    assert stays(world(other), "q")[1] == Stay("p", "province", JULY, None)


def test_a_district_that_becomes_a_commune_is_one_unit_of_two_tiers() -> None:
    island = (
        unit("i", "district", "p", valid_to=JULY),
        unit("i", "commune", "p", valid_from=JULY),
    )
    assert stays(world(*island), "i") == (
        Stay("i", "district", None, JULY),
        Stay("i", "commune", JULY, None),
    )


def test_a_placement_says_where_a_site_stood_that_moved_alone() -> None:
    before = Placement(site="s", unit="a", valid_to=JAN)
    atlas = world(unit("a"), unit("b"), placements=(before,))
    assert stays(atlas, "b") == (Stay("a", "commune", None, JAN), Stay("b", "commune", JAN, None))


def test_a_placement_in_a_unit_that_passed_on_goes_along_until_its_end() -> None:
    old, new = unit("a", valid_to=JAN, into=("n",)), unit("n", valid_from=JAN)
    before = Placement(site="s", unit="a", valid_to=JULY)
    found = stays(world(old, new, unit("b"), placements=(before,)), "b")
    assert [(stay.unit, stay.begin, stay.end) for stay in found] == [
        ("a", None, JAN),
        ("n", JAN, JULY),
        ("b", JULY, None),
    ]


def test_stays_have_no_gap_and_no_overlap() -> None:
    old, new = unit("a", valid_to=JAN, into=("n",)), unit("n", valid_from=JAN)
    for found in (stays(world(old, new), where) for where in ("a", "n", "d", "p")):
        assert found[0].begin is None
        assert found[-1].end is None
        assert all(one.end == two.begin for one, two in pairwise(found))


def test_the_parent_of_a_unit_that_stays_is_what_its_parent_passed_into() -> None:
    atlas = world(unit("kept"))
    assert [(one.parent, one.begin, one.end) for one in atlas.reigns("kept")] == [
        ("d", None, JULY),
        ("p", JULY, None),
    ]
    assert atlas.on(JULY).keys() == {"p", "kept"}
    assert atlas.next_change(JAN) == JULY
    assert atlas.next_change(JULY) is None


# -- what canh check says ------------------------------------------------------------------------


def tables(*units: dict[str, str], placement: str = "") -> str:
    text = HEAD
    for values in units:
        held = {"code": values["id"], "name": values["id"], "level": "commune"} | values
        text += "[[unit]]\n"
        for key, value in held.items():
            bare = value[:1] in "[0123456789" and key in ("into", "valid_from", "valid_to")
            text += f"{key} = {value if bare else chr(34) + value + chr(34)}\n"
    return text + '[[site]]\nid = "s"\nname = "S"\nunit = "a"\n' + placement


A, B = {"id": "a"}, {"id": "b"}
OLD = A | {"valid_to": "2025-07-01"}
FAULTS = {
    "twice without days": ((A, A), "", "the id stands already"),
    "rows that overlap": (
        (OLD, A | {"valid_from": "2025-06-01"}),
        "",
        "this unit overlaps its other row",
    ),
    "into without an end": ((A | {"into": '["b"]'}, B), "", "into: the unit has no end"),
    "into and going on": (
        (OLD | {"into": '["b"]'}, A | {"valid_from": "2025-07-01"}, B),
        "",
        "into: the unit goes on in a later row",
    ),
    "into what is not there yet": (
        (OLD | {"into": '["b"]'}, B | {"valid_from": "2026-01-01"}),
        "",
        'into: "b" does not stand on 2025-07-01',
    ),
    "into nothing known": ((OLD | {"into": '["x"]'}, B), "", 'into: there is no unit "x"'),
    "split, and a site does not say": (
        (OLD | {"into": '["b", "c"]'}, B, {"id": "c"}),
        "",
        'unit: "a" was split on 2025-07-01',
    ),
    "ended, and nobody says where to": ((OLD,), "", 'unit: "a" was ended on 2025-07-01'),
    "what goes on below a unit that is split": (
        (
            A | {"parent": "x"},
            {"id": "x", "level": "district", "valid_to": "2025-07-01", "into": '["y", "z"]'},
            {"id": "y", "level": "district"},
            {"id": "z", "level": "district"},
        ),
        "",
        "the unit ends on 2025-07-01, and below it go on: a",
    ),
    "one code twice at a time": ((A, B | {"code": "a"}), "", 'code: "a" is that of unit "a"'),
    "two placements at once": (
        (A, B),
        '[[placement]]\nsite = "s"\nunit = "b"\nvalid_to = 2025-01-01\n'
        '[[placement]]\nsite = "s"\nunit = "a"\nvalid_to = 2025-01-01\n',
        "the site stood in two units up to 2025-01-01",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_disagrees_is_named(fault: str, tmp_path: Path) -> None:
    units, placement, wanted = FAULTS[fault]
    path = tmp_path / "sites.toml"
    path.write_text(tables(*units, placement=placement), "utf-8")
    told = [one.what for one in read(path).problems if "anchor" not in one.what]
    assert len(told) == 1, told
    assert wanted in told[0]


def test_a_site_that_was_retired_before_need_not_say_in_which_part_it_stands(
    tmp_path: Path,
) -> None:
    path = tmp_path / "sites.toml"
    split = tables(OLD | {"into": '["b", "c"]'}, B, {"id": "c"})
    for day, sound in (("2025-07-01", True), ("2025-07-02", False)):
        path.write_text(split + f"retired = {day}\n", "utf-8")
        assert (read(path).network is not None) is sound


def test_a_code_may_be_used_again_by_another_unit_later(tmp_path: Path) -> None:
    path = tmp_path / "sites.toml"
    later = B | {"code": "a", "valid_from": "2025-07-01"}
    path.write_text(tables(OLD | {"into": '["b"]'}, later), "utf-8")
    assert [one for one in read(path).problems if "anchor" not in one.what] == []


# -- what comes along ----------------------------------------------------------------------------


def test_the_units_that_come_along_are_those_of_the_state() -> None:
    levels = {
        code: [sum(unit["level"] == level for unit in units) for level in ("district", "commune")]
        for code, units in provinces().items()
    }
    assert levels == {"51": [13, 173], "62": [10, 102]}
    assert shipped().keys() == {"1279", "1677"}


def test_every_name_is_composed_and_has_a_real_d_with_stroke() -> None:
    folder = resources.files("inventory").joinpath("units")
    for file in folder.iterdir():
        if file.name.endswith(".toml"):
            text = file.read_text("utf-8")
            assert text == unicodedata.normalize("NFC", text)
            assert "\u00d0" not in text, "Đ (U+0110) is meant"
