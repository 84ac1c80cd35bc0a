"""Every moment has one share: hand-made cases, and a second-by-second count that shares no code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.ledger import Split, add, figures, meets, shares, split
from store.period import Interval
from store.states import Kind, State
from store.stretches import SHARES

CASES = json.loads((Path(__file__).parents[1] / "data" / "ledger_cases.json").read_text("utf-8"))
STATES = (State.UNKNOWN, State.DOWN, State.UNREACHABLE, State.DEGRADED, State.UP)
END = 120

Spans = list[tuple[State, int, int | None, int | None]]


def ms(intervals: list[list[int]]) -> list[Interval]:
    return [(begin * 1000, end * 1000) for begin, end in intervals]


def split_of(case: dict[str, Any]) -> Split:
    """The cases name opening hours; what they do not name is up."""
    given_, whole = case["input"], [[case["input"]["start"], case["input"]["end"]]]
    spans: Spans = [(State.UP, begin, end, None) for begin, end in ms(whole)]
    for state in (State.DOWN, State.UNREACHABLE, State.DEGRADED):
        for begin, end in given_.get(state.value, []):
            spans.append((state, begin * 1000, None if end is None else end * 1000, None))
    hours = given_.get("hours", whole)
    edges = [whole[0][0], *(edge for pair in hours for edge in pair), whole[0][1]]
    closed = [list(pair) for pair in zip(edges[::2], edges[1::2], strict=True)]
    return split(
        ms(whole)[0],
        service=ms(given_.get("in_service", whole)),
        off_hours=ms(closed),
        maintenance=ms(given_.get("maintenance", [])),
        watched=ms(given_.get("watched", whole)),
        spans=spans,
    )


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_ledger_gives_what_a_person_counted(case: dict[str, Any]) -> None:
    parts = split_of(case)
    found = figures(parts)
    expected = case["expect"]
    assert {share: part / 1000 for share, part in shares(parts).items()} == expected["split_s"]
    for name in ("availability_pct", "service_pct", "seen_pct"):
        pct = expected[name]
        assert getattr(found, name) == (None if pct is None else pytest.approx(pct, abs=1e-8))


moments = st.integers(min_value=-10, max_value=END + 10)
pairs = st.lists(st.tuples(moments, moments), max_size=4)
spans_of_any_kind = st.lists(
    st.tuples(st.sampled_from(STATES), moments, st.none() | moments, st.none()), max_size=8
)


def counted(
    period: Interval, plain: tuple[list[Interval], ...], spans: Spans, names: tuple[str, ...]
) -> dict[str, int]:
    """Ask every single moment for itself."""
    found = dict.fromkeys(names, 0)
    service, off_hours, maintenance, watched = plain
    for moment in range(*period):

        def has(intervals: list[Interval], moment: int = moment) -> bool:
            return any(begin <= moment < end for begin, end in intervals)

        said = [
            s for s, begin, end, _ in spans if begin <= moment and (end is None or moment < end)
        ]
        if not has(service):
            name = "not_in_service"
        elif has(off_hours):
            name = "off_hours"
        elif has(maintenance):
            name = "maintenance"
        elif not has(watched) or not said:
            name = "unknown"
        else:
            name = next(state.value for state in STATES if state in said)
        found[name] += 1
    return found


@given(pairs, pairs, pairs, pairs, spans_of_any_kind)
@settings(max_examples=400, deadline=None)
def test_one_sweep_agrees_with_asking_each_moment(
    service: list[Interval],
    off_hours: list[Interval],
    maintenance: list[Interval],
    watched: list[Interval],
    spans: Spans,
) -> None:
    parts = split(
        (0, END),
        service=service,
        off_hours=off_hours,
        maintenance=maintenance,
        watched=watched,
        spans=spans,
    )
    assert sum(parts) == END
    plain = (service, off_hours, maintenance, watched)
    assert shares(parts) == counted((0, END), plain, spans, SHARES)


@given(pairs, pairs, pairs, spans_of_any_kind, st.integers(min_value=0, max_value=END))
@settings(max_examples=200, deadline=None)
def test_cutting_a_period_anywhere_changes_no_sum(
    off_hours: list[Interval],
    maintenance: list[Interval],
    watched: list[Interval],
    spans: Spans,
    cut: int,
) -> None:
    def part(begin: int, end: int) -> Split:
        return split(
            (begin, end),
            service=[(-5, END + 5)],
            off_hours=off_hours,
            maintenance=maintenance,
            watched=watched,
            spans=spans,
        )

    assert add([part(0, cut), part(cut, END)]) == part(0, END)


def test_watched_time_without_any_span_is_unknown_and_never_up() -> None:
    parts = split(
        (0, 100),
        service=[(0, 100)],
        off_hours=[],
        maintenance=[],
        watched=[(0, 100)],
        spans=[(State.UP, 0, 40, None)],
    )
    assert parts == Split(up_ms=40, unknown_ms=60)


def test_an_empty_period_has_no_percentage() -> None:
    parts = split((7, 7), service=[(0, 9)], off_hours=[], maintenance=[], watched=[], spans=[])
    assert parts == Split()
    assert figures(parts) == (None, None, None)


def test_a_target_is_compared_exactly_on_milliseconds() -> None:
    exactly = Split(up_ms=999_000, down_ms=1_000)
    assert meets(exactly, Kind.LINK, 99.9) is True
    assert meets(Split(up_ms=998_999, down_ms=1_001), Kind.LINK, 99.9) is False


def test_a_circuit_is_not_charged_with_what_happened_above_it_but_a_site_is() -> None:
    parts = Split(up_ms=900, unreachable_ms=100)
    assert meets(parts, Kind.LINK, 99.9) is True
    assert meets(parts, Kind.SITE, 99.9) is False


def test_under_ninety_percent_seen_there_is_no_verdict() -> None:
    assert meets(Split(up_ms=899, unknown_ms=101), Kind.SITE, 50.0) is None
    assert meets(Split(up_ms=900, unknown_ms=100), Kind.SITE, 50.0) is True
    assert meets(Split(maintenance_ms=1000), Kind.SITE, 50.0) is None
