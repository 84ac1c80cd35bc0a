"""The sample province through two acts: 173 communes become 170, then 96, and no second is lost."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from inventory.acts import Act, read_act, shipped
from inventory.atlas import Atlas
from inventory.edition import Edition
from inventory.model import Network
from inventory.reorganise import draft
from inventory.sites_toml import read
from reports import json_form
from reports.document import Document, Row
from reports.figures import figures
from store.period import Period
from store.reader import open_questions
from store.signing import same_figures, sign
from store.speech import Done
from store.states import State
from tests.reports.world import DAY, HOUR, at
from tests.store.historic import Past, past
from tests.store.keeping import bring

BEGAN = at("2024-11-01T00:00")
YEAR, ACT_1, ACT_2, END = (
    at("2024-12-01T00:00"),
    at("2025-01-01T00:00"),
    at("2025-07-01T00:00"),
    at("2025-08-01T00:00"),
)
JUNE, JULY = (at("2025-06-01T00:00"), ACT_2), (ACT_2, END)
SPLIT = {"c-o-21286": "21238", "c-o-21142": "21157-202507"}
# site → what it is in this story
MOVED, MERGED, CUT, KEPT = "c-o-21538", "c-o-21010", "c-o-21142", "c-o-21253"
SITES = (MOVED, MERGED, CUT, KEPT, "c-o-21286", "d-522", "d-536", "p-ttdl")


def of(number: str) -> Act:
    act = read_act(shipped()[number])
    assert isinstance(act, Act), act
    return act


def applied(path: Path, number: str) -> Network:
    """The network after an act; the files are written."""
    edition = Edition(path)
    found = draft(edition, of(number), {s: u for s, u in SPLIT.items() if _split(number, s)})
    assert found.problems == []
    edition.write()
    return sound(path)


def _split(number: str, site: str) -> bool:
    return (number == "1279") == (site == "c-o-21286")


def sound(path: Path) -> Network:
    reading = read(path)
    assert reading.network is not None, reading.problems
    assert reading.problems == ()
    return reading.network


@dataclass
class Story:
    """`maps`: the files before, between and after the acts."""

    past: Past
    maps: tuple[Network, Network, Network]

    def period(self, begin: int, end: int, *, today: bool = False) -> Period:
        reader = open_questions(self.past.url)
        try:
            return reader.period(begin, end, END + DAY, on_today=today)
        finally:
            reader.close()

    def report(self, begin: int, end: int, *, today: bool = False) -> Document:
        return figures(self.period(begin, end, today=today))


@pytest.fixture(scope="module")
def maps(tmp_path_factory: pytest.TempPathFactory) -> tuple[Network, Network, Network]:
    folder = tmp_path_factory.mktemp("province")
    path = folder / "sites.toml"
    text = Path("sites.toml").read_text("utf-8")
    path.write_text(text.replace("anchor = ", 'include = ["62.toml"]\nanchor = ', 1), "utf-8")
    kon_tum = resources.files("inventory").joinpath("units", "62.toml")
    shutil.copy(str(kon_tum), folder / "62.toml")
    found = sound(path), applied(path, "1279"), applied(path, "1677")
    return bare(found[0]), bare(found[1]), bare(found[2])


def bare(network: Network) -> Network:
    """Sites and units alone: what stands at the sites makes no difference here."""
    sites = {key: replace(site, gateway=()) for key, site in network.sites.items()}
    empty: dict[str, Any] = {"devices": {}, "links": {}, "services": {}, "anchor": ()}
    return replace(network, sites=sites, **empty)


@pytest.fixture
def story(url: str, maps: tuple[Network, Network, Network]) -> Iterator[Story]:
    """Outages over both dates and inside each month, of sites that move, merge and split."""
    with past(url, maps[0], BEGAN) as found:
        found.watched(BEGAN, END + DAY)
        for number, key in enumerate(SITES):
            site = found.ids["site", key]
            falls = [(d - (number + 1) * HOUR, d + 2 * HOUR) for d in (ACT_1, ACT_2)]
            falls += [(JUNE[0] + (number + 3) * DAY, JUNE[0] + (number + 3) * DAY + HOUR)]
            falls += [(JULY[0] + 9 * DAY, JULY[0] + 9 * DAY + (number + 1) * HOUR)]
            begin = BEGAN
            for fell, back in sorted(falls):
                found.span(site, State.UP, begin, fell)
                found.span(site, State.DOWN, fell, back)
                found.outage(site, fell, back)
                begin = back
            found.span(site, State.UP, begin, None)
        yield Story(found, maps)


def rows(document: Document) -> dict[str, Row]:
    return {row.id: row for row in document.things if row.kind == "site"}


def spent(document: Document) -> dict[str, tuple[int, ...]]:
    return {key: tuple(row.sums.split) for key, row in rows(document).items()}


def units(document: Document) -> dict[str, Row]:
    return {row.id: row for row in document.units}


def standing(network: Network, day: date) -> Counter[str]:
    """Tier → units of the province on a day."""
    on_the_day = Atlas.of(network).on(day)

    def top(key: str) -> str:
        above = on_the_day[key].parent
        return key if above is None else top(above)

    return Counter(one.unit.level for key, one in on_the_day.items() if top(key) == "51")


def test_the_acts_leave_170_and_then_96_communes_and_no_district(
    maps: tuple[Network, Network, Network],
) -> None:
    days = (date(2024, 12, 31), date(2025, 1, 1), date(2025, 7, 1))
    counted = [standing(maps[2], day) for day in days]
    assert [(one["district"], one["commune"]) for one in counted] == [(13, 173), (13, 170), (0, 96)]


def test_every_second_of_a_site_is_there_before_and_after(story: Story) -> None:
    whole = (YEAR, END)
    first = spent(story.report(*whole))
    for network in story.maps[1:]:
        bring(story.past.url, network, END)
    assert spent(story.report(*whole)) == first
    assert spent(story.report(*whole, today=True)) == first
    parts = [spent(story.report(*part)) for part in ((YEAR, ACT_1), (ACT_1, ACT_2), (ACT_2, END))]
    for site, split in first.items():
        assert tuple(map(sum, zip(*(part[site] for part in parts), strict=True))) == split, site


def test_units_and_tiers_add_up_to_their_sites_whatever_the_map(story: Story) -> None:
    for network in story.maps[1:]:
        bring(story.past.url, network, END)
    for today in (False, True):
        document = story.report(YEAR, END, today=today)
        sites = sum(row.sums.split.down_ms for row in rows(document).values())
        assert sites > 0
        tiers = [tier.whole.sums.split.down_ms for tier in document.tiers]
        assert sum(tiers) == sites
        assert units(document)["51"].sums.split.down_ms == sites
        communes = [row.sums.split.down_ms for row in document.units if row.level == "commune"]
        offices = [key for key in SITES if key.startswith("c-")] + ["d-536"]
        assert sum(communes) == sum(rows(document)[key].sums.split.down_ms for key in offices)
    of_tier = {tier.level: tier.whole for tier in story.report(YEAR, END).tiers}
    districts = [rows(story.report(YEAR, ACT_2))[key] for key in ("d-522", "d-536")]
    assert of_tier["district"].sums.split.down_ms == sum(r.sums.split.down_ms for r in districts)
    assert of_tier["district"].sums.total == 13


def test_a_period_over_both_acts_shows_each_map_with_its_own_time(story: Story) -> None:
    for network in story.maps[1:]:
        bring(story.past.url, network, END)
    document = story.report(YEAR, END)
    assert [(part.from_ms, part.to_ms) for part in document.maps] == [
        (YEAR, ACT_1),
        (ACT_1, ACT_2),
        (ACT_2, END),
    ]
    assert [part.acts for part in document.maps][1:] == [(of("1279").name,), (of("1677").name,)]
    for part in document.maps:
        alone = story.report(part.from_ms, part.to_ms)
        assert {row.id: row.sums.split for row in part.units} == {
            row.id: row.sums.split for row in alone.units
        }
    before, between, after = ({row.id for row in part.units} for part in document.maps)
    assert {"21253", "21286", "522"} <= before
    assert between.isdisjoint({"21253", "21286"})
    assert "21262" in between
    assert {row.name for row in document.maps[1].units if row.id == "21262"} == {"Xã An Phú"}
    assert after.isdisjoint({"522", "21010", "21142", "21262"})
    assert {"21028-202507", "21157-202507", "21538"} <= after
    levels = [[tier.level for tier in part.tiers] for part in document.maps]
    assert levels[0] == ["province", "district", "commune"]
    assert levels[2] == ["province", "commune", "transit"]


def test_june_is_as_it_was_and_july_stands_on_the_new_map(story: Story) -> None:
    bring(story.past.url, story.maps[1], ACT_1 + HOUR)
    june = json_form.form(story.report(*JUNE))
    bring(story.past.url, story.maps[2], END)
    again = json_form.form(story.report(*JUNE))
    assert same_figures(june, again)
    assert [one for one in june["things"] if one["kind"] == "unit"] == [
        one for one in again["things"] if one["kind"] == "unit"
    ]
    july = story.report(*JULY)
    assert july.maps == ()
    assert {row.level for row in july.units} == {"province", "commune"}
    assert units(july)["21028-202507"].sums.total == 4
    transit = next(tier for tier in july.tiers if tier.level == "transit")
    assert transit.whole.sums.total == 12  # the thirteenth, Lý Sơn, is a commune now
    assert rows(july)["d-536"].level == "commune"


def test_june_can_be_told_on_todays_map(story: Story) -> None:
    for network in story.maps[1:]:
        bring(story.past.url, network, END)
    then, today = story.report(*JUNE), story.report(*JUNE, today=True)
    assert today.on_today
    assert today.maps == ()
    assert {"21010", "522"} <= units(then).keys()
    assert units(today).keys().isdisjoint({"21010", "522", "21253"})
    merged = units(today)["21028-202507"].sums.split
    old = [units(then)[key].sums.split for key in ("21010", "21013", "21016", "21028")]
    assert merged.down_ms == sum(split.down_ms for split in old) > 0


def test_a_signed_month_keeps_the_map_that_was_known_then(story: Story) -> None:
    bring(story.past.url, story.maps[1], ACT_1 + HOUR)
    july = json_form.form(story.report(*JULY))
    signed = sign(story.past.engine, july, {}, author="Lan", now_ms=END + HOUR)
    assert isinstance(signed, Done), signed
    bring(story.past.url, story.maps[2], END + DAY)  # the act of 1 July is entered in August
    reader = open_questions(story.past.url)
    try:
        again = reader.period(*JULY, END + HOUR, as_of_ms=END + HOUR)
    finally:
        reader.close()
    known_then = json_form.form(figures(again))
    assert same_figures(july, known_then)
    assert "522" in {one["id"] for one in known_then["things"]}
    assert "522" not in units(story.report(*JULY))


def test_lists_of_today_show_the_units_that_stand(
    url: str, maps: tuple[Network, Network, Network]
) -> None:
    def listed() -> dict[str, str]:
        reader = open_questions(url)
        try:
            rows = reader.snapshot().rows
        finally:
            reader.close()
        return {row.key: row.level for row in rows if row.kind in ("unit", "site")}

    bring(url, maps[1], ACT_2 - DAY)
    bring(url, maps[2], ACT_2 - HOUR)  # entered before its day
    assert {"522", "21010"} <= listed().keys()
    assert "21028-202507" not in listed()
    assert listed()["d-522"] == "district"
    bring(url, maps[2], ACT_2)
    assert listed().keys().isdisjoint({"522", "21010"})
    assert listed()["21028-202507"] == "commune"
    assert listed()["d-522"] == "transit"


def test_work_at_a_unit_counts_while_a_site_belongs_to_it(story: Story) -> None:
    for network in story.maps[1:]:
        ids = bring(story.past.url, network, END).ids
    site = ids["site", MERGED]
    story.past.planned(ids["unit", "522"], ACT_2 - 3 * HOUR, ACT_2 + 3 * HOUR)
    story.past.planned(ids["unit", "21028-202507"], ACT_2 + 4 * HOUR, ACT_2 + 5 * HOUR)
    found = story.past.measured(site, (JUNE[0], END))
    assert found.split.maintenance_ms == 4 * HOUR
