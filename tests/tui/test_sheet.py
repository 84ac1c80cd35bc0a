"""What the sheet of a thing says, line by line."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.cells import cell_len

from store.changes import ModuleFact, NeighbourFact
from store.corrected import apply
from store.thing_sheet import Found, Sheet
from tests.tui.province import NOW_MS, Province, fibre_cut
from tui.messages import Reading
from tui.roots import what_fits
from tui.scene import Scene
from tui.sheet import entries


def scene_of(province: Province, language: str = "en", ascii_only: bool = False) -> Scene:
    scene = Scene(language, ascii_only, lambda: NOW_MS)
    reader = province.reader()
    scene.known.fold_in(Reading(reader.snapshot(), True, reader.roots(), ()))
    return scene


def told(scene: Scene, sheet: Sheet, width: int = 100) -> str:
    lines = ["".join(text for text, _ in entry.spans) for entry in entries(scene, sheet, width)]
    return "\n".join(line.rstrip() for line in lines)


def sheet_of(province: Province, key: str) -> Sheet:
    return province.reader().sheet(province.by_key[key])


def test_a_root_tells_since_when_why_whom_to_call_and_which_sites_it_cut_off() -> None:
    province = Province()
    fibre_cut(province)
    text = told(scene_of(province), sheet_of(province, "L-d-524"))
    assert "✖ down since 12:18:00 (22 min)" in text
    assert "fibre cut · VNPT Quảng Ngãi" in text
    assert "nobody has it yet" in text
    assert "+12 sites 24 devices" in text
    assert "VNPT Quảng Ngãi · DEMO-VNP-0041  1800 1166" in text
    assert "DEMO-VNP-0041" in text
    assert "Sites cut off by it (12)" in text


def test_what_is_behind_a_root_is_not_waiting_for_somebody_itself() -> None:
    province = Province()
    fibre_cut(province)
    text = told(scene_of(province), sheet_of(province, "d-524"))
    assert "cut off by" in text
    assert "nobody has it yet" not in text


def test_the_circuit_is_told_once() -> None:
    province = Province()
    fibre_cut(province)
    sheet = sheet_of(province, "L-d-524")
    calls = (("VNPT Quảng Ngãi · DEMO-VNP-0041", "1800 1166"),)
    text = told(scene_of(province), replace(sheet, whom_to_call=calls))
    assert text.partition("What and where")[0].count("DEMO-VNP-0041") == 1


def test_a_long_place_is_cut_and_its_key_is_not() -> None:
    province = Province()
    province.fail("p-tu-cpe1")
    (root,) = province.reader().roots()
    scene = scene_of(province)
    assert what_fits(scene, root, 33) == "Văn phòng Tỉnh ủy Quản… p-tu-cpe1"
    assert cell_len(what_fits(scene, root, 12)) == 12


def test_an_outage_is_told_with_both_brackets() -> None:
    province = Province()
    province.end(province.fail("d-525-cpe1", ago_s=3_661))
    outage = replace(province.closed[0], last_bad_ms=NOW_MS - 65_000)
    sheet = replace(sheet_of(province, "d-525-cpe1"), outages=(outage,))
    text = told(scene_of(province), sheet)
    assert "23/11 11:38:59 (≤9 s) → 23/11 12:39:00 (≤5 s)  1 h 00" in text


def test_a_time_that_a_person_said_has_no_bracket() -> None:
    province = Province()
    province.end(province.fail("d-525-cpe1", ago_s=3_661))
    row = replace(province.closed[0], last_bad_ms=NOW_MS - 65_000)
    said = {"started": str(row.first_bad_ms - 60_000), "ended": str(NOW_MS - 120_000)}
    sheet = replace(sheet_of(province, "d-525-cpe1"), outages=(apply(row, said, {}),))
    text = told(scene_of(province), sheet)
    assert "23/11 11:37:59 (as a person said) → 23/11 12:38:00 (as a person said)" in text


def test_a_port_that_is_off_or_unplugged_is_a_fact_and_no_alarm() -> None:
    province = Province()
    scene = scene_of(province)
    ports = [
        entry
        for entry in entries(scene, sheet_of(province, "d-525-cpe1"), 100)
        if any("Gi0/" in text for text, _ in entry.spans)
    ]
    assert len(ports) == 3
    colours = {style.color.name for entry in ports for _, style in entry.spans if style.color}
    assert "#e17a45" not in colours
    assert "admin down" in told(scene, sheet_of(province, "d-525-cpe1"))


def test_what_a_device_says_is_text_and_never_markup_or_control() -> None:
    province = Province()
    text = told(scene_of(province), sheet_of(province, "d-525-cpe1"))
    assert "[red]máy in[/red]?[31m" in text
    assert "\x1b" not in text


@pytest.mark.parametrize("width", [30, 40, 80, 160])
@pytest.mark.parametrize("key", ["L-d-524", "d-524", "p-bqlkkt-cpe1", "51"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_line_is_wider_than_the_screen(width: int, key: str, language: str) -> None:
    province = Province()
    fibre_cut(province)
    for ascii_only in (False, True):
        scene = scene_of(province, language, ascii_only)
        for entry in entries(scene, sheet_of(province, key), width):
            line = "".join(text for text, _ in entry.spans)
            assert width < 60 or cell_len(line) <= width, line


def test_numbers_are_written_as_the_language_writes_them() -> None:
    province = Province()
    sheet = sheet_of(province, "d-525-cpe1")
    assert "4,2 ms" in told(scene_of(province, "vi"), sheet)
    assert "4.2 ms" in told(scene_of(province, "en"), sheet)
    assert "1 d 1 h" in told(scene_of(province, "en"), sheet)


def test_parts_and_neighbours_are_told_by_serial_and_port_whatever_they_are_called() -> None:
    province = Province()
    evil = "\x1b[2J[red]<script>\u202e" + "x" * 65_000
    found = Found(
        modules=(
            ModuleFact(
                "chassis", "Tủ trung tâm – Phòng máy chủ tầng 2", None, "S6730-H24X6C", "S1"
            ),
            ModuleFact("fan", evil, evil, None, evil),
        ),
        neighbours=(
            NeighbourFact("lldp", "XGigabitEthernet0/0/1", 1, "hub-tinh", "Eth-Trunk1"),
            NeighbourFact("cdp", evil, None, evil, evil),
        ),
    )
    sheet = replace(sheet_of(province, "d-524-sw1"), found=found)
    for language, words in (("vi", ("Phần cứng (2)", "Nối với (2)")), ("en", ("Parts (2)",))):
        for width in (76, 156):
            text = told(scene_of(province, language), sheet, width)
            assert all(word in text for word in words)
            assert "S6730-H24X6C" in text
            assert "→ hub-tinh Eth-Trunk1" in text
            assert "\x1b" not in text
            assert "\u202e" not in text
            assert max(cell_len(line) for line in text.splitlines()) <= width
