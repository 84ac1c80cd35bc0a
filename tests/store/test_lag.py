"""A monitor that does not keep up says so where people look, on both engines."""

from __future__ import annotations

import time

import pytest

from store.changes import Batch, Health, Seeing, Sight
from store.questions import Watching
from tests.store.keeping import bring, network, reading, writing

INTERVAL_MS = 10_000


def watched(url: str, *healths: tuple[int, int]) -> Watching:
    """After these rows of health: (how old in ms, p99 of what was due in ms)."""
    now = time.time_ns() // 1_000_000
    bring(url, network(), now - 600_000)
    with writing(url, now) as writer, reading(url) as reader:
        for age_ms, p99_ms in healths:
            body = {"lag_p99_ms": p99_ms, "interval_ms": INTERVAL_MS}
            row = Health(at_ms=now - age_ms, mono_ns=0, body=body)
            writer.submit(Batch(at_ms=now, health=row)).result(timeout=30)
        return reader.snapshot().watching


def test_a_lag_below_the_interval_is_told_and_alarms_nobody(url: str) -> None:
    found = watched(url, (1000, 700))
    assert (found.running, found.lag_s) == (True, 0.7)
    assert found.late_s is not None
    assert found.late_s < 15


def test_a_lag_beyond_the_interval_makes_the_monitor_late(url: str) -> None:
    """Its heart beats, but what it says is that much older."""
    found = watched(url, (60_000, 100), (1000, 42_000))
    assert (found.running, found.lag_s) == (True, 42.0)
    assert found.late_s == pytest.approx(42.0)


def test_an_old_row_of_health_says_nothing_of_now(url: str) -> None:
    assert watched(url, (300_000, 42_000)).lag_s is None


@pytest.mark.parametrize(("back_s", "running"), [(10, True), (3_600, False)])
def test_a_heartbeat_of_before_the_clock_went_back_is_no_sign_of_life_for_an_hour(
    url: str, back_s: int, running: bool
) -> None:
    """A living monitor beats again within ten seconds, by the new clock."""
    now = time.time_ns() // 1_000_000
    bring(url, network(), now - 600_000)
    ahead = now + back_s * 1000
    with writing(url, ahead) as writer, reading(url) as reader:
        sees = Seeing(sight=Sight.OPENED, at_ms=ahead)
        writer.submit(Batch(at_ms=ahead, seeing=(sees,))).result(timeout=30)
        found = reader.snapshot().watching
    assert (found.running, found.late_s) == (running, 0.0)
