"""What the monitor does on traps: little, at once, and the same little on a thousand of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from probes.traps.desk import PORTS, Desk, News
from probes.traps.frames import Heard
from store.changes import Happened

ROUTER, SWITCH = "192.0.2.1", "2001:db8::2"
THINGS = {ROUTER: 7, "2001:DB8:0::2": 8}


class Ear:
    """In the place of the child: what it has heard is put in by hand."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.said: list[str] = []
        self.plan: Mapping[str, Any] = {}

    def know(self, plan: Mapping[str, Any]) -> None:
        self.plan = plan

    def take(self) -> list[Heard]:
        heard, self.heard = self.heard, []
        return heard

    def counts(self) -> dict[str, int]:
        return {"received": 3}

    def troubles(self) -> list[str]:
        said, self.said = self.said, []
        return said

    async def close(self) -> None:
        return


def told(
    source: str = ROUTER, trap: str = "linkDown", port: int | None = 5, more: int = 0
) -> Heard:
    return Heard(source, "2c", trap, "1.3.6.1.6.3.1.1.5.3", port, more, (("1.3.6.1", "5"),))


def desk() -> tuple[Desk, Ear]:
    ear = Ear()
    made = Desk(ear, {})
    made.know(THINGS)
    return made, ear


def kinds(events: tuple[Happened, ...]) -> list[tuple[int | None, object, int | None, object]]:
    return [(e.thing_id, e.body["trap"], e.if_index, e.body["count"]) for e in events]


def test_a_trap_asks_its_device_at_once_and_stands_in_the_list() -> None:
    one, ear = desk()
    ear.heard = [told(SWITCH)]
    news = one.take(1000)
    assert news.ask == (8,)
    assert kinds(news.events) == [(8, "linkDown", 5, 1)]
    assert news.events[0].body["varbinds"] == [{"oid": "1.3.6.1", "value": "5"}]
    assert one.health() == {"received": 3, "acted_on": 1}


def test_sources_are_known_in_their_usual_form() -> None:
    _, ear = desk()
    assert ear.plan["sources"] == [ROUTER, SWITCH]


def test_a_flapping_port_is_one_event_in_ten_seconds_with_its_number() -> None:
    one, ear = desk()
    events: list[Happened] = []
    asked = 0
    for now_ms in range(0, 60_000, 100):
        ear.heard = [told(trap="linkDown"), told(trap="linkUp", more=4)]
        news = one.take(now_ms)
        events += news.events
        asked += len(news.ask)
    assert len(events) == 12
    assert {kind[:3] for kind in kinds(tuple(events))} == {(7, "linkDown", 5), (7, "linkUp", 5)}
    first, second = kinds(tuple(events))[0], kinds(tuple(events))[2]
    assert (first[3], second[3]) == (1, 100)
    assert asked == 30


@pytest.mark.parametrize("times", [(0,), (0, 100), (0, 1900)])
def test_a_device_is_asked_once_more_after_two_seconds(times: tuple[int, ...]) -> None:
    """An agent that answers from a cache would else hide what it has told."""
    one, ear = desk()
    asked: list[int] = []
    for now_ms in range(0, 9000, 50):
        ear.heard = [told()] if now_ms in times else []
        asked += [now_ms for _ in one.take(now_ms).ask]
    assert asked == [0, 2000]


def test_a_card_with_many_ports_is_told_in_few_events() -> None:
    one, ear = desk()
    ear.heard = [told(port=port) for port in range(1, 501)]
    events = one.take(0).events
    assert [e.if_index for e in events] == [*range(1, PORTS + 1), None]
    [rest] = one.take(10_000).events
    assert (rest.if_index, rest.body["count"]) == (None, 500 - PORTS - 1)


def test_a_device_that_was_just_taken_from_the_list_is_not_asked() -> None:
    one, ear = desk()
    ear.heard = [told("192.0.2.99")]
    assert one.take(0) == News()


def test_that_the_child_ended_is_an_event() -> None:
    one, ear = desk()
    ear.said = ["exit code -9"]
    assert one.take(0).events == (Happened(kind="traps", body={"trouble": "exit code -9"}),)
