"""A moment that nobody can mean is refused by each action, and kept out of the record."""

from __future__ import annotations

import time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from inventory.moments import EARLIEST_MS, LATEST_MS, local
from inventory.phrases import LANGUAGES, say
from store.actions import Actions, Refused, open_actions
from store.speech import Outcome
from store.spoken import audit
from tests.store.keeping import bring, commit, down, network, up, writing
from tests.store.test_words import count

NOW = time.time_ns() // 1_000_000
HOUR, DAY = 3_600_000, 86_400_000
BEGAN = NOW - 2 * DAY
YEAR_9999_MS = 253_402_275_600_000
SAID: dict[str, Any] = {"actor": "an", "reason": "theo biên bản"}


def refusals(people: Actions, thing: int, at_ms: int) -> dict[str, Outcome]:
    """What each action says of a moment; outage 1 is over, outage 2 goes on."""
    seen: dict[str, Any] = {"expected": 10**9}
    return {
        "until": people.acknowledge(2, actor="an", until_ms=at_ms, **seen),
        "from": people.plan_maintenance(thing, from_ms=at_ms, to_ms=NOW + DAY, late=True, **SAID),
        "to": people.plan_maintenance(thing, from_ms=NOW + HOUR, to_ms=at_ms, **SAID),
        "started": people.correct(1, {"started": at_ms}, **seen, **SAID),
        "ended": people.correct(1, {"ended": at_ms}, **seen, **SAID),
        "declared from": people.declare(thing, from_ms=at_ms, to_ms=BEGAN - HOUR, **SAID),
        "declared to": people.declare(thing, from_ms=BEGAN - DAY, to_ms=at_ms, **SAID),
    }


@pytest.mark.parametrize(
    "at_ms", [-(1 << 52), -1, EARLIEST_MS - 1, LATEST_MS, YEAR_9999_MS, 1 << 52]
)
def test_each_action_refuses_what_lies_outside_of_2000_to_2100(url: str, at_ms: int) -> None:
    device = bring(url, network(), BEGAN).ids["device", "d-r"]
    with writing(url, BEGAN) as writer:
        commit(writer, BEGAN + HOUR, down(device, BEGAN + HOUR))
        commit(writer, BEGAN + 2 * HOUR, up(device, BEGAN + 2 * HOUR))
        commit(writer, BEGAN + 3 * HOUR, down(device, BEGAN + 3 * HOUR))
    before = count(url, audit)
    people = open_actions(url)
    try:
        for what, outcome in refusals(people, device, at_ms).items():
            assert isinstance(outcome, Refused), what
            assert outcome.key == "refused.no_such_year", (what, outcome)
            assert outcome.reason == say("en", outcome.key)
    finally:
        people.close()
    assert count(url, audit) == before


def test_the_refusal_names_the_years_in_both_languages() -> None:
    for language in LANGUAGES:
        told = say(language, "refused.no_such_year")
        assert "2000" in told
        assert "2100" in told


@pytest.mark.parametrize("zone", ["Asia/Ho_Chi_Minh", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_a_moment_beyond_the_calendar_is_told_as_its_nearest_day(zone: str) -> None:
    assert local(1 << 62, ZoneInfo(zone)).year == 9999
    assert local(-(1 << 62), ZoneInfo(zone)).year == 1
    assert local(1_800_000_000_123, ZoneInfo(zone)).microsecond == 123_000
