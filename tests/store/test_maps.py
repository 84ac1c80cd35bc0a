"""The map in the record: ends without heirs, days ahead, spellings, targets, older records."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from inventory.model import Network, Target, Unit
from reports.document import Verdict
from reports.figures import figures
from store.engine import open_writer
from store.period import Period
from store.states import State
from tests.reports.world import DAY, HOUR, at
from tests.store.historic import Past, past
from tests.store.keeping import bring, network, reading

JUNE = at("2026-06-01T00:00"), at("2026-07-01T00:00")


def changed(declared: Network, **said: Any) -> Network:
    """The network with another district."""
    unit = replace(declared.units["522"], **said)
    return replace(declared, units=dict(declared.units) | {"522": unit})


def seen(found: Past, begin: int = JUNE[0]) -> None:
    found.watched(begin, JUNE[1])
    for key in ("p", "d"):
        found.span(found.ids["site", key], State.UP, begin, None)


def asked(url: str, now: int = JUNE[1], *, today: bool = False) -> Period:
    with reading(url) as reader:
        return reader.period(*JUNE, now, on_today=today)


@pytest.mark.parametrize(
    "said",
    [
        {"valid_to": date(2026, 1, 1)},
        {"valid_from": date(2990, 1, 1)},
    ],
    ids=["ended without an heir", "is not there yet"],
)
def test_a_site_of_a_unit_that_does_not_stand_is_on_the_lists(url: str, said: Any) -> None:
    bring(url, changed(network(), **said), JUNE[0])
    with reading(url) as reader:
        rows = {row.key: row for row in reader.snapshot().rows}
    assert {"d", "p", "51"} <= rows.keys()
    assert "522" not in rows


def test_a_unit_whose_parent_stands_no_more_is_on_the_lists(url: str) -> None:
    declared = changed(network(), valid_to=date(2026, 1, 1))
    commune = Unit(id="x", code="x", name="Xã", level="commune", parent="522")
    sites = dict(declared.sites) | {"d": replace(declared.sites["d"], unit="x")}
    bring(url, replace(declared, units=dict(declared.units) | {"x": commune}, sites=sites), JUNE[0])
    with reading(url) as reader:
        assert {"x", "d"} <= {row.key for row in reader.snapshot().rows}


def test_another_spelling_is_no_other_map(url: str) -> None:
    with past(url, network(), JUNE[0]) as found:
        seen(found)
        bring(url, changed(network(), aliases=("Tp QN",)), JUNE[0] + 9 * DAY)
        assert len(asked(url).maps) == 1
        bring(url, changed(network(), name="Thành phố"), JUNE[0] + 19 * DAY)
        parts = asked(url).maps
    assert [{row.name for row in part.units.values()} for part in parts] == [
        {"Tỉnh Quảng Ngãi", "TP"},
        {"Tỉnh Quảng Ngãi", "Thành phố"},
    ]


def test_work_at_a_unit_that_ended_counts_on_the_map_of_today_as_well(url: str) -> None:
    with past(url, network(), JUNE[0]) as found:
        seen(found)
        found.planned(found.ids["unit", "522"], JUNE[0] + DAY, JUNE[0] + DAY + 3 * HOUR)
        bring(url, changed(network(), valid_to=date(2026, 6, 20), into=("51",)), JUNE[1])
        for today in (False, True):
            histories = asked(url, today=today).histories
            site = next(one for one in histories if one.key == "d")
            assert [end - begin for begin, end in site.maintenance] == [3 * HOUR], today


def test_a_period_that_is_not_over_is_told_on_the_map_of_now(url: str) -> None:
    declared = changed(network(), valid_to=date(2026, 6, 20), into=("51",))
    with past(url, declared, JUNE[0]) as found:
        seen(found)
        document = figures(asked(url, now=JUNE[0] + 9 * DAY))
    assert {row.id: row.level for row in document.things if row.kind == "site"} == {
        "p": "province",
        "d": "district",
    }
    assert {tier.level: len(tier.sites) for tier in document.tiers} == {
        "province": 1,
        "district": 1,
    }
    assert document.maps == ()


def test_a_unit_is_judged_by_its_target(url: str) -> None:
    targets = (
        Target(applies_to="unit:district", pct=99.0, source="hợp đồng"),
        Target(applies_to="unit:51", pct=100.0, source="QCVN"),
    )
    with past(url, replace(network(), targets=targets), JUNE[0]) as found:
        found.watched(*JUNE)
        site = found.ids["site", "d"]
        found.span(site, State.UP, JUNE[0], JUNE[1] - HOUR)
        found.span(site, State.DOWN, JUNE[1] - HOUR, None)
        found.span(found.ids["site", "p"], State.UP, JUNE[0], None)
        units = {row.id: row for row in figures(asked(url)).units}
    assert (units["522"].target_pct, units["522"].target_source) == (99.0, "hợp đồng")
    assert (units["522"].verdict, units["51"].verdict) == (Verdict.MET, Verdict.MISSED)


def test_a_record_of_before_shows_no_change_of_the_map(url: str) -> None:
    """Units held all that was declared of them then."""
    bring(url, network(), JUNE[0])
    engine = open_writer(url)
    config = Config()
    config.set_main_option("script_location", "store/migrations")
    with engine.begin() as conn:
        config.attributes["connection"] = conn
        command.downgrade(config, "0004")
        conn.execute(text("""UPDATE unit_at SET declared = '{"code": "522", "name": "TP"}'"""))
    engine.dispose()
    assert bring(url, network(), JUNE[0] + 9 * DAY).edited == ()
    assert len(asked(url).maps) == 1
