"""Round-trip times are those of the network, however busy the monitor itself is."""

from __future__ import annotations

from tests.needs import need_program
from tests.probes.rtt import measure
from tests.rig import need_rig

COUNT = 250
ERROR_MS = 6.0  # at p95; the loop is blocked 50 of every 150 ms


def test_a_blocked_loop_does_not_lengthen_round_trip_times() -> None:
    """Each ping is compared with what the line itself saw, so that a loaded machine cannot spoil
    it; where it spoils even fping's figures, which has a process of its own, we need be no better.
    """
    need_rig()
    need_program("fping")
    ours, fping = measure(COUNT)
    assert len(ours.true_ms) == COUNT
    assert ours.error_ms(95) <= max(ERROR_MS, fping.error_ms(95))
