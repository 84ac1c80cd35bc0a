"""Which outages a month cannot be signed with, and what each lacks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.figures import figures
from reports.review import lacks, open_items, proposed, remedy
from store.questions import OutageRow
from store.states import Kind
from tests.reports.world import DAY, HOUR, MINUTE, Fault, at, history, outage, period

BEGIN, END = at("2026-09-01T00:00"), at("2026-10-01T00:00")


def row(**said: object) -> OutageRow:
    plain = outage(1, Kind.LINK, "L1", "L1", Fault(begin=BEGIN, end=BEGIN + HOUR))
    return replace(plain, **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        ({}, ("cause", "side", "action")),
        ({"cause": "fibre", "side": "provider", "note": "đã nối"}, ()),
        ({"cause": "fibre", "side": "provider"}, ("action",)),
        ({"cause": "undetermined", "note": "đã hỏi"}, ("cause", "side")),
        ({"cause": "undetermined", "corrected": ("cause",), "note": "đã hỏi"}, ()),
    ],
)
def test_cause_side_and_action_are_wanted_and_not_known_is_an_answer_of_a_person(
    said: dict[str, object], missing: tuple[str, ...]
) -> None:
    assert lacks(row(**said)) == missing


def test_a_cause_is_the_monitors_until_a_person_says_the_same() -> None:
    own = row(cause="fibre", cause_reasons=({"code": "stayed_alive", "devices": 2},))
    assert proposed(own)
    assert not proposed(replace(own, corrected=("cause",)))
    assert not proposed(row(cause="fibre"))


def items(*faults: Fault, **about: object) -> list[str]:
    one = history(Kind.LINK, "L1", "L1", faults=faults, **about)  # type: ignore[arg-type]
    return [remedy(item) for item in open_items(figures(period(BEGIN, END, [one])))]


def test_thirty_minutes_are_not_over_thirty_minutes() -> None:
    begin = BEGIN + DAY
    assert items(Fault(begin=begin, end=begin + 30 * MINUTE)) == []
    assert len(items(Fault(begin=begin, end=begin + 30 * MINUTE + 1))) == 1


def test_what_is_long_only_across_midnight_of_the_month_is_long() -> None:
    assert len(items(Fault(begin=END - 20 * MINUTE, end=END + 20 * MINUTE))) == 1
    assert len(items(Fault(begin=BEGIN - 20 * MINUTE, end=BEGIN + 20 * MINUTE))) == 1
    assert items(Fault(begin=BEGIN - 5 * MINUTE, end=BEGIN + 20 * MINUTE)) == []
    assert items(Fault(begin=BEGIN - HOUR, end=BEGIN)) == []


def test_planned_time_needs_no_explanation() -> None:
    begin = BEGIN + DAY
    planned = ((begin, begin + HOUR),)
    assert items(Fault(begin=begin, end=begin + 80 * MINUTE), maintenance=planned) == []


def test_the_remedy_names_what_is_missing() -> None:
    [command] = items(Fault(begin=BEGIN + DAY, end=BEGIN + DAY + HOUR, cause="fibre", note="x"))
    assert command.startswith("canh correct ")
    assert command.endswith(" --side SIDE --reason TEXT")
    [command] = items(Fault(begin=BEGIN + DAY, end=BEGIN + DAY + HOUR, cause="fibre"))
    assert command.endswith(" --side SIDE --action TEXT --reason TEXT")
