"""Pictures tell the document's numbers, in every form of paper, to all eyes, whatever the names."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations
from typing import Any, TypeVar
from xml.etree import ElementTree as ET

import pytest

from docs import vision
from inventory.phrases import LANGUAGES
from reports import json_form
from reports.beside import Beside
from reports.document import Document, Verdict
from reports.drawn import days
from reports.drawn.shapes import LEVELS, WIDTH, Label, breadth, fitted, hatch
from reports.figures import figures
from reports.hypertext import Hypertext
from reports.pictures import (
    Calendar,
    Courses,
    Picture,
    SiteMap,
    Sparks,
    TierBars,
    Timeline,
)
from reports.pictures_svg import svg
from reports.sections.pictures import by_day, pictures, tier_bars
from reports.shown import shown
from reports.templating import environment
from reports.trend import MonthFigures, TierMonth, Trend
from reports.wording import Wording
from store.ledger import Split, add
from store.states import Kind, State
from tests.reports.province import BEGIN, END, MONITOR_OFF, october
from tests.reports.world import DAY, HOUR, Fault, history, period

HOSTILE = 'x" onload="alert(1)</svg><script>alert(2)</script>\x00\x1b[31m\u202egnp.\ufffe & ]]>'
SVG = "{http://www.w3.org/2000/svg}"
P = TypeVar("P")
LEAST_GREY = 12.0  # of L*, between two steps


def beside(document: Document) -> Document:
    """With places for all sites but one, and a year of which some months are not known."""
    sites = [row.id for row in document.things if row.kind is Kind.SITE]
    places = {key: (15.0 + number % 3 / 50, 108.7) for number, key in enumerate(sites[1:])}
    own = {
        tier.level: TierMonth(
            tier.whole.sums.split, tier.whole.sums.measured, tier.whole.sums.total
        )
        for tier in document.tiers
    }
    blind = {level: TierMonth(Split(unknown_ms=DAY), 0, 3) for level in own}
    tiers = [{}, blind, *[own] * 11]
    months = [
        MonthFigures(month=f"{2025 + (9 + n) // 12}-{(9 + n) % 12 + 1:02}", tiers=found,
                     signed=n % 2 == 0, left_out=n == 0)
        for n, found in enumerate(tiers)
    ]  # fmt: skip
    return replace(document, beside=Beside(trend=Trend(tuple(months)), places=places))


def parts(document: Document) -> list[Picture]:
    parts = (*pictures(document).parts, *by_day(document).parts)
    found = [part for part in parts if isinstance(part, Picture)]
    assert len(found) == len(parts)
    return found


DOCUMENT = beside(figures(october()))
PARTS = parts(DOCUMENT)


def only(kind: type[P], found: list[Picture] = PARTS) -> P:
    return next(part for part in found if isinstance(part, kind))


def texts(picture: str) -> list[str]:
    return ["".join(one.itertext()) for one in ET.fromstring(picture).iter(f"{SVG}text")]


def page(found: list[Picture], language: str) -> str:
    macros: Any = environment().get_template("pictures.html.j2").module
    return "".join(str(macros.picture(part, Hypertext(DOCUMENT, language))) for part in found)


# ---------------------------------------------------------------- numbers


def test_every_kind_of_picture_is_made() -> None:
    kinds = {type(part) for part in PARTS}
    assert kinds == {Calendar, Courses, SiteMap, Sparks, TierBars, Timeline}
    assert len({part.name for part in PARTS}) == len(PARTS)


def test_the_calendar_has_the_network_its_tiers_and_the_worst_sites() -> None:
    calendar = only(Calendar)
    failed = [r for t in DOCUMENT.tiers for r in t.sites if r.sums.split.lost_ms]
    assert [s.id for s in calendar.strips if s.kind == "site"] == ["c-1101", "d-529", "p-dbqh"]
    assert len(failed) == 3
    assert [s.id for s in calendar.strips if s.kind == "tier"] == [
        "", *(tier.level for tier in DOCUMENT.tiers if tier.whole.sums.counted)
    ]  # fmt: skip
    for strip in calendar.strips:
        assert add(day.split for day in strip.days) == strip.split


def test_a_timeline_holds_all_the_time_that_its_sites_lost() -> None:
    found = {
        track.id: track for part in PARTS if isinstance(part, Timeline) for track in part.tracks
    }
    rows = [row for tier in DOCUMENT.tiers for row in tier.sites if row.sums.split.lost_ms]
    assert set(found) == {row.id for row in rows}
    for row in rows:
        lost = [
            p.to_ms - p.from_ms for p in found[row.id].pieces if p.share in ("down", "unreachable")
        ]
        assert sum(lost) == row.sums.split.lost_ms == found[row.id].lost_ms


def test_tier_bars_judge_as_the_ledger_does() -> None:
    bars = {bar.level: bar for bar in only(TierBars).bars}
    assert [target.value for target in bars["commune"].targets] == [99.0]
    assert bars["commune"].verdict is Verdict.MISSED
    assert {bar.level: bar.split for bar in bars.values()} == {
        tier.level: tier.whole.sums.split for tier in DOCUMENT.tiers
    }


def test_one_target_from_two_sources_is_one_that_the_tier_is_held_to() -> None:
    sites = [
        history(Kind.SITE, key, f"Xã {key}", target_pct=99.0, unit_id=7, unit="Huyện Sơn Hà")
        for key in ("c-1", "c-2")
    ]
    told = figures(period(BEGIN, END, [replace(sites[0], target_source="QCVN 34"), sites[1]]))
    [tier] = told.tiers
    assert len({row.target_source for row in tier.sites}) == 2
    assert (tier.whole.target_pct, tier.whole.verdict) == (99.0, Verdict.MET)
    [bar] = tier_bars(told).bars
    assert ([target.value for target in bar.targets], bar.verdict) == ([99.0], Verdict.MET)
    assert json_form.form(told)["tiers"][0]["verdict"] == "met"
    assert svg(tier_bars(told), Wording(told, "vi"))


def test_a_month_without_figures_is_a_gap_and_the_reason_is_said() -> None:
    courses = only(Courses)
    assert all(course.points[0] is course.points[1] is None for course in courses.courses)
    assert [note.key for note in courses.notes] == ["pictures.trend.left_out"]
    for course in courses.courses:
        assert all(point is not None for point in course.points[2:])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_numbers_of_each_picture_can_be_read_beside_it(language: str) -> None:
    wording = Wording(DOCUMENT, language)
    for part in PARTS:
        table = wording.beside(part)
        assert table.lines, part.name
        assert all(map(wording.heading, table.columns))
        for line in table.lines:
            assert len(line.cells) == len(table.columns)
            assert all(map(wording.text, line.cells))
        assert all(map(wording.text, part.notes))


def test_the_numbers_of_the_calendar_leave_out_only_whole_days() -> None:
    wording, calendar = Wording(DOCUMENT, "en"), only(Calendar)
    lines = [line for line in wording.beside(calendar).lines if line.id == "c-1101"]
    told = [wording.text(line.cells[1]) for line in lines]
    assert told == [f"2026-10-{day:02}" for day in (6, 7, 8, 9, 20, 31)]
    assert [wording.text(line.cells[3]) for line in lines][:2] == ["34.21 %", "0.00 %"]


# ---------------------------------------------------------------- looks


def test_days_look_as_what_they_were() -> None:
    calendar = only(Calendar)
    off = [d for strip in calendar.strips for d in strip.days if d.from_ms == MONITOR_OFF[0]]
    assert {days.level(day.split, Kind.SITE) for day in off} == {days.UNSEEN}
    assert days.level(Split(not_in_service_ms=DAY), Kind.SITE) == days.OUT
    assert days.level(Split(maintenance_ms=HOUR, not_in_service_ms=HOUR), "site") == days.PLANNED
    assert days.level(Split(up_ms=DAY - 1, down_ms=1), Kind.SITE) == "some"
    assert days.level(Split(up_ms=DAY), Kind.SITE) == "whole"
    assert days.level(Split(down_ms=HOUR, unknown_ms=23 * HOUR), Kind.SITE) == "dark"
    assert days.judged(Split(down_ms=HOUR, unknown_ms=23 * HOUR), Kind.SITE).unsure


def test_a_site_that_came_in_the_month_has_no_white_days_before() -> None:
    row = next(row for row in DOCUMENT.things if row.id == "c-1103")
    from reports.daily import Daily

    looks = [days.level(day.split, Kind.SITE) for day in Daily(DOCUMENT).days(row)]
    assert looks[:15] == [days.OUT] * 15
    assert set(looks[15:]) == {"whole", days.UNSEEN}


@pytest.mark.parametrize("eyes", vision.VISIONS)
def test_the_steps_differ_in_lightness_to_all_eyes_and_in_grey(eyes: str) -> None:
    colours = [tuple(int(c[at : at + 2], 16) for at in (1, 3, 5)) for c in LEVELS.values()]
    light = [vision.lab(vision.seen((r, g, b), eyes))[0] for r, g, b in colours]
    assert light == sorted(light, reverse=True)
    assert min(abs(one - other) for one, other in combinations(light, 2)) >= LEAST_GREY


def test_lines_and_letters_can_be_read_on_paper() -> None:
    from reports.drawn.shapes import INK, PAPER, SOFT

    def luminance(colour: str) -> float:
        red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
        return vision.luminance((red, green, blue))

    for ink in (INK, SOFT):
        assert (luminance(PAPER) + 0.05) / (luminance(ink) + 0.05) >= 4.5
    assert (luminance(PAPER) + 0.05) / (luminance(LEVELS["dark"]) + 0.05) >= 4.5


@pytest.mark.parametrize("look", ["hatch", "dots"])
def test_patterns_stay_in_their_boxes(look: str) -> None:
    from reports.drawn import shapes

    d = getattr(shapes, look)(10.3, 5.7, 21.2, 13.1)
    points = [(float(x), float(y)) for x, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", d)]
    assert len(points) > 5
    assert all(10.2 <= x <= 31.6 and 5.6 <= y <= 18.9 for x, y in points)
    assert hatch(0, 0, 0.2, 0.2) == ""


# ---------------------------------------------------------------- documents


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_picture_stands_alone_as_a_document(language: str) -> None:
    for part in PARTS:
        root = ET.fromstring(svg(part, Wording(DOCUMENT, language)))
        assert root.tag == f"{SVG}svg"
        assert root.get("role") == "img"
        assert root.findtext(f"{SVG}title")
        width, height = map(float, (root.get("width") or "", root.get("height") or ""))
        assert width == WIDTH
        for one in root.iter(f"{SVG}rect"):
            at = {k: float(one.get(k) or 0) for k in ("x", "y", "width", "height")}
            assert at["x"] >= -1
            assert at["y"] >= -1
            assert at["x"] + at["width"] <= width + 1
            assert at["y"] + at["height"] <= height + 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_label_leaves_its_picture(language: str) -> None:
    for part in PARTS:
        drawing = Wording(DOCUMENT, language).drawing(part)
        for _, found in drawing.layers:
            for label in (shape for shape in found if isinstance(shape, Label)):
                wide = breadth(label.text, label.size)
                left = label.x - {"start": 0.0, "middle": wide / 2, "end": wide}[label.anchor]
                assert left >= -1, (part.name, label.text)
                assert left + wide <= WIDTH + 8, (part.name, label.text)
                assert 0 < label.y <= drawing.height, (part.name, label.text)


def test_a_page_has_no_id_twice_and_no_name_space() -> None:
    text = page(PARTS, "vi")
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert "http" not in text
    assert text.count("<details") == text.count("<svg") == len(PARTS)


def hostile() -> Document:
    """Names of things, places and units as a device or a person might write them."""
    sites = [
        history(
            Kind.SITE, f"s{number}", f"{HOSTILE} {number}", unit_id=7, unit=HOSTILE,
            target_pct=99.0, faults=[Fault(begin=BEGIN + DAY, end=BEGIN + 2 * DAY)],
        )
        for number in (1, 2)
    ]  # fmt: skip
    link = history(Kind.LINK, "L1", HOSTILE, level="", faults=[Fault(begin=BEGIN, end=BEGIN + DAY)])
    return beside(figures(period(BEGIN, END, [*sites, link])))


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_names_are_harmless(language: str) -> None:
    document = hostile()
    found = parts(document)
    assert {type(part) for part in found} == {type(part) for part in PARTS}
    for part in found:
        text = svg(part, Wording(document, language))
        root = ET.fromstring(text)  # control characters would end it here
        tags = {one.tag.removeprefix(SVG) for one in root.iter()}
        assert tags <= {"svg", "title", "g", "rect", "path", "text"}
        assert not any(name.startswith("on") for one in root.iter() for name in one.attrib)
        assert not re.search("[\x00-\x08\u202e\ufffe]", text)
    shown = page(found, language)
    assert "<script" not in shown
    assert not re.search("[\x00-\x08\u202e\ufffe]", shown)


# ---------------------------------------------------------------- text and map


def test_text_is_broken_between_words_and_cut_with_an_ellipsis() -> None:
    long = "Văn phòng Đoàn đại biểu Quốc hội và Hội đồng nhân dân tỉnh Quảng Ngãi (cơ sở 2)"
    lines = fitted(long, 150, 2)
    assert len(lines) == 2
    assert long.startswith(lines[0])
    assert lines[1].endswith("…")
    assert all(breadth(line) <= 150 for line in lines)
    assert fitted("x" * 300, 60, 2)[-1].endswith("…")
    assert all(breadth(line) <= 60 for line in fitted("x" * 300, 60, 2))
    assert fitted("Sở Tư pháp", 150) == ["Sở Tư pháp"]
    assert fitted("", 150) == [""]
    assert shown("a\x00\u202eb") == "ab"


def test_a_long_period_has_a_row_for_each_month() -> None:
    faults = [Fault(begin=BEGIN + 40 * DAY, end=BEGIN + 41 * DAY, state=State.DOWN)]
    made = period(BEGIN, END + 61 * DAY, [history(Kind.SITE, "s", "Sở", unit_id=1, faults=faults)])
    document = figures(made)
    found = [part for part in parts(document) if isinstance(part, Calendar)]
    assert [part.name for part in found] == ["calendar-tiers", "calendar-sites"]
    said = texts(svg(found[0], Wording(document, "vi")))
    assert [text for text in said if text.endswith("/2026")][:3] == [
        "10/2026",
        "11/2026",
        "12/2026",
    ]


def test_offices_that_have_their_unit_for_themselves_stand_with_the_unit_above() -> None:
    """Since the districts are gone: communes of one office each below the province."""
    fault = Fault(begin=BEGIN + DAY, end=BEGIN + DAY + HOUR)
    units = [
        history(Kind.UNIT, "51", "Tỉnh", thing_id=51, level="province", measured=False),
        *(
            history(Kind.UNIT, f"u{n}", f"Xã {n}", thing_id=500 + n, unit_id=51, measured=False)
            for n in range(60)
        ),
    ]
    offices = [
        history(Kind.SITE, f"c{n}", f"UBND xã {n}", unit_id=500 + n, unit=f"Xã {n}", faults=[fault])
        for n in range(60)
    ]
    own = history(Kind.SITE, "p", "Sở", level="province", unit_id=51, unit="Tỉnh", faults=[fault])
    found = parts(figures(period(BEGIN, END, [*units, *offices, own])))
    lines = [part for part in found if isinstance(part, Timeline)]
    assert [len(line.tracks) for line in lines] == [24, 24, 13]
    assert {line.caption.values["unit"] for line in lines} == {"Tỉnh"}
    assert [line.caption.values["n"] for line in lines] == [1, 2, 3]


def test_without_anything_in_service_there_is_no_picture() -> None:
    never = history(Kind.SITE, "s", "Sở", unit_id=1, service=())
    assert parts(figures(period(BEGIN, END, [never]))) == []
    assert parts(figures(period(BEGIN, END, []))) == []


@pytest.mark.parametrize("watched", [(), ((BEGIN, BEGIN + DAY),)])
def test_a_month_that_nobody_watched_is_no_whole_month(
    watched: tuple[tuple[int, int], ...],
) -> None:
    unseen = history(Kind.SITE, "s", "Sở", unit_id=1, target_pct=99.0, watched=watched)
    document = beside(figures(period(BEGIN, END, [unseen], coverage=watched)))
    calendar = only(Calendar, parts(document))
    looks = [days.level(day.split, Kind.SITE) for day in calendar.strips[0].days]
    assert looks == ["whole"] * len(watched) + [days.UNSEEN] * (31 - len(watched))
    for part in parts(document):
        assert ET.fromstring(svg(part, Wording(document, "vi"))) is not None


def test_a_running_month_has_the_days_that_have_begun() -> None:
    document = figures(october(now=BEGIN + 9 * DAY + 9 * HOUR))
    strip = only(Calendar, parts(document)).strips[0]
    assert [day.day[8:] for day in strip.days] == [f"{day:02}" for day in range(1, 11)]
    assert strip.days[-1].to_ms - strip.days[-1].from_ms == 9 * HOUR
