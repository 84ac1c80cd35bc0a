"""Capacity by the circular: over 90 % on 7 days running, exactly, and gaps are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from inventory.phrases import LANGUAGES
from reports.beside import Beside
from reports.capacity import BEFORE, Capacity, Fullness, LinkFullness, Run, capacity
from reports.figures import figures
from reports.json_network import network
from reports.sections.capacity import capacity as section
from reports.tables import Roll, Table, Word
from reports.wording import Wording, plain
from store.traffic import DayTraffic, LinkTraffic, Traffic
from tests.reports.province import october
from tests.reports.world import DAY, at

FIRST = at("2026-10-01")
MBPS = 100.0
DOCUMENT = figures(october())
LINK = next(row for row in DOCUMENT.links)


def day(number: int, in_pct: float | None, out_pct: float = 1.0, measured: int = 288) -> DayTraffic:
    inward = None if in_pct is None else in_pct * MBPS * 1e4
    outward = out_pct * MBPS * 1e4
    return DayTraffic(FIRST + number * DAY, 288, measured, inward, outward, MBPS)


def days(text: str, since: int = 0) -> tuple[DayTraffic, ...]:
    """`o` over, `.` under, `-` too little of it was measured, though what was is over."""
    pcts = {"o": 95.0, ".": 10.0, "-": 95.0}
    return tuple(
        day(since + k, pcts[one], measured=200 if one == "-" else 288) for k, one in enumerate(text)
    )


def link(
    inside: Sequence[DayTraffic], before: Sequence[DayTraffic] = (), **about: object
) -> LinkTraffic:
    told = LinkTraffic(
        thing_id=7,
        key=LINK.id,
        a_site_id=1,
        b_site_id=2,
        capacity_mbps=MBPS,
        device="r1",
        interface="Gi0/1",
        in_pct=41.5,
        out_pct=3.25,
        before=tuple(before),
        days=tuple(inside),
    )
    return replace(told, **about)  # type: ignore[arg-type]


def judge(inside: Sequence[DayTraffic], before: Sequence[DayTraffic] = ()) -> LinkFullness:
    [found] = told(link(inside, before)).links
    return found


def told(*links: LinkTraffic) -> Capacity:
    count = max(len(one.days) for one in links)
    return capacity(Traffic(days=count, kept_from_ms=FIRST, links=links))


@pytest.mark.parametrize(
    ("text", "fullness", "longest"),
    [
        ("." * 31, Fullness.KEPT, 0),
        ("oooooo." * 4, Fullness.KEPT, 6),
        ("..ooooooo......", Fullness.BROKEN, 7),
        ("ooo-ooo........", Fullness.UNSURE, 3),  # 7 running if the fourth had been over
        ("oo-ooo.........", Fullness.KEPT, 3),  # 6 at most
        ("ooooooo-ooo....", Fullness.BROKEN, 7),
        ("-......" + "." * 24, Fullness.KEPT, 0),
        ("-------" + "." * 24, Fullness.UNSURE, 0),  # a week that nobody measured
        (".-.-.-.-.-", Fullness.UNSURE, 0),  # half of the days are measured
        ("----------", Fullness.UNSURE, 0),
    ],
)
def test_days_that_were_not_measured_neither_prove_nor_break_a_run(
    text: str, fullness: Fullness, longest: int
) -> None:
    found = judge(days(text))
    assert found.to_a.fullness is fullness
    assert (found.to_a.run.days if found.to_a.run else 0) == longest
    assert (found.to_a.over, found.days) == (text.count("o"), len(text) - text.count("-"))


@pytest.mark.parametrize(("pct", "over"), [(90.0, 0), (90.000001, 10), (89.999999, 0)])
def test_exactly_ninety_per_cent_is_not_over(pct: float, over: int) -> None:
    assert judge([day(k, pct) for k in range(10)]).to_a.over == over


def test_one_direction_alone_breaks_the_rule_and_the_other_is_told_apart() -> None:
    found = judge([day(k, 3.0, 95.0 if 2 <= k < 10 else 5.0) for k in range(31)])
    assert (found.to_b.fullness, found.to_a.fullness) == (Fullness.BROKEN, Fullness.KEPT)
    assert found.fullness is Fullness.BROKEN
    first, last = FIRST + 2 * DAY, FIRST + 9 * DAY
    assert found.to_b.run == Run(first, last, 8, earlier=False)
    assert (found.to_b.worst_day_pct, found.to_a.run) == (95.0, None)
    assert (found.to_b.pct, found.to_a.pct) == (3.25, 41.5)


@pytest.mark.parametrize(
    ("before", "inside", "run"),
    [
        ("......", "ooooooo...", 7),
        ("....oo", "ooooo.....", 7),
        ("oooooo", "o.........", 7),
    ],
)
def test_a_run_that_began_before_the_period_counts(before: str, inside: str, run: int) -> None:
    found = judge(days(inside, BEFORE), days(before)).to_a
    assert found.fullness is Fullness.BROKEN
    assert found.run is not None
    assert (found.run.days, found.run.earlier) == (run, before == "oooooo")


@pytest.mark.parametrize(
    ("before", "inside"), [("ooooooo"[:6], ".o........"), ("------", "o.........")]
)
def test_what_lies_before_the_period_alone_makes_no_verdict(before: str, inside: str) -> None:
    assert judge(days(inside, BEFORE), days(before)).fullness is Fullness.KEPT


def test_ninety_per_cent_of_the_samples_of_a_day_are_enough() -> None:
    enough = [day(k, 95.0, measured=260 if k else 259) for k in range(8)]
    found = judge(enough)
    assert (found.days, found.to_a.over, found.to_a.fullness) == (7, 7, Fullness.BROKEN)


def test_what_cannot_be_judged_is_named_and_why() -> None:
    found = told(
        link(days("." * 7)),
        link((), capacity_mbps=None, key="bare"),
        link((), device=None, key="deaf"),
        link((), only_hours=True, key="old"),
        link((), key="silent"),
        link(days("-" * 7), key="scarce"),
    )
    assert (found.without_capacity, found.without_counter) == (("bare",), ("deaf",))
    assert [(one.key, one.fullness) for one in found.links] == [
        ("scarce", Fullness.UNSURE), (LINK.id, Fullness.KEPT), ("silent", Fullness.NO_SAMPLES),
        ("old", Fullness.ONLY_HOURS),
    ]  # fmt: skip
    document = replace(DOCUMENT, beside=Beside(capacity=found))
    rolls = [part for part in section(document).parts if isinstance(part, Roll)]
    assert [roll.heading.key for roll in rolls] == [
        "capacity.no_samples", "capacity.only_hours", "capacity.scarce",
        "capacity.without_counter", "capacity.without_capacity",
    ]  # fmt: skip
    said = [part.key for part in section(document).parts if isinstance(part, Word)]
    assert said == ["capacity.rule", "capacity.counts", "capacity.kept"]


def test_the_worst_stand_first() -> None:
    links = {"calm": "." * 9, "week": "ooooooo..", "maybe": "ooo-ooo..", "fortnight": "o" * 9}
    found = told(*(link(days(text), key=key) for key, text in links.items()))
    assert [one.key for one in found.links] == ["fortnight", "week", "maybe", "calm"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_says_it_in_words_and_to_programs_in_numbers(language: str) -> None:
    found = told(link([day(k, 95.0 if k < 7 else 5.0) for k in range(31)], in_pct=90.00001))
    document = replace(DOCUMENT, beside=Beside(capacity=found))
    wording = Wording(document, language)
    parts = section(document).parts
    texts = [wording.text(part) for part in parts if isinstance(part, Word)]
    assert all("{" not in text for text in texts)
    [table] = [part for part in parts if isinstance(part, Table)]
    [line] = table.lines
    shown = dict(zip((c.key for c in table.columns), map(wording.text, line.cells), strict=True))
    days_told = "01/10/2026 – 07/10/2026" if language == "vi" else "2026-10-01 – 2026-10-07"
    assert shown["run_to_a"] == f"7 · {days_told}"
    assert shown["run_to_b"] == "–"
    assert "90,00001 %" in shown["p95_to_a"].replace(".", ",")
    zone = ZoneInfo(document.timezone)
    numbers = [plain(cell, zone) for cell in line.cells]
    assert numbers[1:-1] == [100.0, 31, 3.25, 0, None, 90.00001, 7, 7]
    assert numbers[-1] == "broken"


def test_programs_get_the_days_of_the_run() -> None:
    found = told(link(days("o" * 7)))
    form = network(replace(DOCUMENT, beside=Beside(capacity=found)))["capacity"]
    [one] = form["links"]
    assert one["to_a"]["run"] == {
        "first": "2026-10-01", "last": "2026-10-07", "days": 7, "earlier": False,
    }  # fmt: skip
    assert (one["verdict"], one["to_b"]["verdict"], form["days"]) == ("broken", "kept", 7)


def test_a_report_without_it_has_no_such_section() -> None:
    assert section(DOCUMENT).parts == ()
    assert network(DOCUMENT) == {"capacity": None, "optics": None, "other_side": None}
