"""A provider answers for minutes beyond its targets, by cause, with the undetermined apart."""

from __future__ import annotations

import pytest

from reports import json_form
from reports.contents import contents
from reports.figures import figures
from reports.scorecard import Card, scorecard
from reports.tables import Count, Lasting, Table
from store.states import Kind, State
from tests.reports.world import DAY, HOUR, MINUTE, Fault, at, history, period

BEGIN, END = at("2026-09-01T00:00"), at("2026-10-01T00:00")
ALLOWED = 43 * MINUTE + 12_000  # 99.9 % of 30 days


def link(key: str, *faults: Fault, provider: str = "VNPT", **about: object) -> object:
    said = {"target_pct": 99.9, "provider": provider, "faults": faults} | about
    return history(Kind.LINK, key, f"Tuyến {key}", **said)  # type: ignore[arg-type]


def fault(day: int, lasts_ms: int, cause: str | None = None) -> Fault:
    return Fault(begin=BEGIN + day * DAY, end=BEGIN + day * DAY + lasts_ms, cause=cause)


def cards(*links: object) -> dict[str, Card]:
    document = figures(period(BEGIN, END, links))  # type: ignore[arg-type]
    assert json_form.render(document)
    return {card.provider.name: card for card in scorecard(document)}


def test_minutes_over_the_limit_are_exact_and_a_provider_is_the_sum_of_its_lines() -> None:
    card = cards(
        link("L1", fault(3, 2 * HOUR, "fibre"), fault(9, HOUR, "power")),
        link("L2", fault(4, ALLOWED, "fibre")),
        link("L3", fault(5, ALLOWED + 1, "provider")),
    )["VNPT"]
    over = {line.row.id: (line.allowed_ms, line.over_ms) for line in card.lines}
    assert over == {
        "L1": (ALLOWED, 3 * HOUR - ALLOWED),
        "L2": (ALLOWED, 0),
        "L3": (ALLOWED, 1),
    }
    assert (card.judged, card.over_ms) == (3, 3 * HOUR - ALLOWED + 1)
    charged = {line.row.id: line.over_charged_ms for line in card.lines}
    assert charged == {"L1": 2 * HOUR, "L2": 0, "L3": 1}


def test_the_longest_of_a_provider_is_not_one_behind_the_fault_of_another() -> None:
    above = history(Kind.DEVICE, "R", "Router", faults=(fault(2, 9 * HOUR, "power"),))
    root = above.outages[0]
    begin = BEGIN + 2 * DAY
    cut = Fault(begin=begin, end=begin + 9 * HOUR, state=State.UNREACHABLE, root=root)
    document = figures(period(BEGIN, END, (above, link("L1", cut, fault(5, HOUR, "fibre")))))  # type: ignore[arg-type]
    [provider] = document.providers
    assert (provider.sums.outages, provider.sums.longest_s) == (2, 9 * 3600)
    assert provider.sums.longest_own_s == 3600
    tables = {part.name: part for one in contents(document) for part in one.parts
              if isinstance(part, Table)}  # fmt: skip
    for name in ("providers", "links", "scorecard"):
        heads = [column.key for column in tables[name].columns]
        cells = dict(zip(heads, tables[name].lines[0].cells, strict=True))
        assert cells["longest_own"] == Lasting(HOUR)
        counted = cells["own_outages" if name == "scorecard" else "outages"]
        assert counted == Count(1 if name == "scorecard" else 2)


def test_what_was_hardly_seen_or_has_no_target_is_not_judged() -> None:
    card = cards(
        link("L1", fault(3, HOUR, "fibre"), target_pct=None),
        link("L2", fault(3, HOUR, "fibre"), watched=((BEGIN, BEGIN + 5 * DAY),)),
    )["VNPT"]
    assert (card.judged, len(card.lines), card.over_ms) == (0, 2, None)
    assert card.outages_by_cause == {"fibre": 2}


def test_unseen_and_planned_time_allows_nothing_and_loses_nothing() -> None:
    """Of 30 days one was not seen: the target allows 29 days' worth."""
    unseen = ((BEGIN, BEGIN + 9 * DAY), (BEGIN + 10 * DAY, END))
    planned = ((BEGIN + 3 * DAY, BEGIN + 3 * DAY + HOUR),)
    card = cards(link("L1", fault(3, 3 * HOUR, "fibre"), watched=unseen, maintenance=planned))
    [line] = card["VNPT"].lines
    judged = 29 * DAY - HOUR
    assert line.allowed_ms == judged // 1000
    assert line.over_ms == 2 * HOUR - judged // 1000


def test_the_undetermined_stands_apart_and_the_shares_are_all_of_the_down_time() -> None:
    card = cards(
        link("L1", fault(1, HOUR, "fibre"), fault(2, 2 * HOUR), fault(3, HOUR, "undetermined")),
        link("L2", fault(4, HOUR, "storm"), fault(5, 3 * HOUR, "power")),
    )["VNPT"]
    assert card.outages_by_cause == {"fibre": 1, "power": 1, "other": 1, "undetermined": 2}
    assert card.down_by_cause == {
        "fibre": HOUR, "power": 3 * HOUR, "other": HOUR, "undetermined": 3 * HOUR,
    }  # fmt: skip
    charge = card.provider.charge
    assert charge is not None
    assert card.down_ms == sum(charge)
    assert charge.undetermined_ms == card.down_by_cause["undetermined"]


def test_a_line_fails_again_from_three_outages_on_or_as_the_longest_of_its_provider() -> None:
    found = cards(
        link("L1", *(fault(day, MINUTE) for day in (1, 2, 3))),
        link("L2", *(fault(day, MINUTE) for day in (1, 2))),
        link("L3", fault(7, DAY)),
        link("L4", provider="Viettel"),
    )
    assert [line.row.id for line in found["VNPT"].repeated] == ["L1", "L3"]
    assert found["Viettel"].repeated == ()


@pytest.mark.parametrize("lasts_ms", [0, 1, ALLOWED - 1])
def test_within_the_limit_nothing_is_over(lasts_ms: int) -> None:
    faults = [fault(3, lasts_ms, "fibre")] if lasts_ms else []
    assert cards(link("L1", *faults))["VNPT"].over_ms == 0
