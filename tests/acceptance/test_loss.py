"""Lines that lose packets without pause: no false outage, and every true cut is found.

CANH_LOSS_MINUTES gives the length (30 in `make soak`), CANH_SEED the moments of the cuts.
"""

from __future__ import annotations

import heapq
import os
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from store.states import Kind, State
from tests.acceptance.monitor import until
from tests.acceptance.net import Net, network
from tests.acceptance.stations import Station
from tests.needs import need_program
from tests.rig import Act, need_rig, now_ms

MINUTES = float(os.environ.get("CANH_LOSS_MINUTES", "0.75"))
SEED = int(os.environ.get("CANH_SEED", str(time.time_ns() % 1_000_000)))
LEAVES = 20  # of each loss, and as many are cut in half an hour
CUTS = max(2, round(LEAVES * min(1.0, MINUTES / 30)))
LOST_ONE_WAY = {10: 51, 20: 106, 36: 200}  # % of round trips: packets of 1000 in each direction
FOUND_S = {10: 20, 20: 30, 36: 30}
WELL_S = 150  # until the unluckiest of them has been heard at all, or twice in a row
FAULTY = (State.DOWN, State.UNREACHABLE)
LOSSY = """\
table inet line {{
  chain in {{
    type filter hook input priority 0;
    iifname "up0" numgen random mod 1000 < {lost} drop
  }}
  chain out {{
    type filter hook output priority 0;
    oifname "up0" numgen random mod 1000 < {lost} drop
  }}
}}
"""


def stations() -> tuple[Station, ...]:
    """For each loss a district behind a clean line, and its communes behind lossy ones."""
    hubs = [Station(f"d{pct}", f"10.{pct}.0.1", "p") for pct in LOST_ONE_WAY]
    leaves = [
        Station(f"{hub.key}c{n}", hub.address.replace(".0.1", f".{n}.1"), hub.key)
        for hub in hubs
        for n in range(1, LEAVES + 1)
    ]
    return Station("p", "10.0.0.1"), *hubs, *leaves


@dataclass
class Cuts:
    """Cuts at random moments, each mended as soon as it is found or too late."""

    net: Net
    plan: list[tuple[float, str, int]] = field(default_factory=list)  # when, which, found within
    open: dict[str, tuple[Act, float]] = field(default_factory=dict)  # and the deadline
    done: dict[str, tuple[Act, Act]] = field(default_factory=dict)
    found_s: dict[str, float] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)

    def turn(self, now: float) -> None:
        while self.plan and self.plan[0][0] <= now:
            _, leaf, within_s = heapq.heappop(self.plan)
            wire = self.net.wires[leaf]
            act = wire.cut() if len(self.done) % 2 else wire.unplug()
            self.open[leaf] = act, time.monotonic() + within_s
        if not self.open:
            return
        believed = self.net.record.beliefs()
        for leaf, (act, deadline) in list(self.open.items()):
            found = believed[f"device:{leaf}-r"].state == State.DOWN
            if found:
                self.found_s[leaf] = (now_ms() - act.after_ms) / 1000
            elif time.monotonic() > deadline:
                self.missed.append(leaf)
            else:
                continue
            self.done[leaf] = act, self.net.wires[leaf].mend()
            del self.open[leaf]


def planned(dice: random.Random, start: float, whole_s: float) -> list[tuple[float, str, int]]:
    """Of each loss some lines, at any moment that leaves time to find them."""
    plan = [
        (start + dice.uniform(0, whole_s - within_s), f"d{pct}c{n}", within_s)
        for pct, within_s in FOUND_S.items()
        for n in dice.sample(range(1, LEAVES + 1), CUTS)
    ]
    heapq.heapify(plan)
    return plan


def faulty_spans(net: Net, since_ms: int) -> dict[str, list[tuple[int, int]]]:
    """`kind:key` → when it was believed down or unreachable."""
    found: dict[str, list[tuple[int, int]]] = {}
    for one in net.record.period(since_ms).histories:
        if one.kind in (Kind.DEVICE, Kind.SITE):
            spans = [(a, b or now_ms()) for state, a, b, _ in one.spans if state in FAULTY]
            if spans:
                found[f"{one.kind}:{one.key}"] = spans
    return found


def false_spans(
    spans: Mapping[str, list[tuple[int, int]]], cuts: Mapping[str, tuple[Act, Act]]
) -> dict[str, list[tuple[int, int]]]:
    """Those of things that were not cut, or not then, or twice for one cut."""
    true = {key: cut for leaf, cut in cuts.items() for key in (f"device:{leaf}-r", f"site:{leaf}")}

    def right(key: str, some: list[tuple[int, int]]) -> bool:
        if key not in true or len(some) != 1:
            return False
        (begin, end), (cut, mended) = some[0], true[key]
        return begin <= mended.after_ms and cut.before_ms <= end

    return {key: some for key, some in spans.items() if not right(key, some)}


@pytest.mark.timeout(MINUTES * 60 + 500)
def test_lossy_lines_are_never_down_and_each_true_cut_of_one_is_found_in_time(
    tmp_path: Path,
) -> None:
    need_rig()
    need_program("nft")
    with network(stations(), tmp_path, ping_interval_s=10, ping_timeout_s=2) as net:
        for pct, lost in LOST_ONE_WAY.items():
            for n in range(1, LEAVES + 1):
                net.nodes[f"d{pct}c{n}"].run("nft", "-f", "-", told=LOSSY.format(lost=lost))

        def all_well() -> bool:
            return all(row.state in (State.UP, State.DEGRADED) for row in net.record.rows())

        assert until(all_well, WELL_S) is not None, net.said()
        begin_ms, begin = now_ms(), time.monotonic()
        cuts = Cuts(net, planned(random.Random(SEED), begin, MINUTES * 60))
        while time.monotonic() < begin + MINUTES * 60 or cuts.open:
            cuts.turn(time.monotonic())
            time.sleep(0.2)
        back = until(all_well, WELL_S)
        told = f"seed {SEED}, found in s: {cuts.found_s}, done: {cuts.done}"
        print(f"{MINUTES} min, {len(cuts.done)} cuts, {told}")  # noqa: T201 - a person reads it
        assert back is not None, (told, net.said())
        assert cuts.missed == [], told
        assert len(cuts.done) == CUTS * len(FOUND_S)
        assert false_spans(faulty_spans(net, begin_ms), cuts.done) == {}, told
