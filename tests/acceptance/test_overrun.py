"""Announced work at a hub that takes longer than its window: what the ledger makes of it."""

from __future__ import annotations

import contextlib
from pathlib import Path

from store.actions import Done, open_actions
from store.ledger import Split
from store.period import Period
from store.questions import OutageRow
from store.states import Kind
from store.tally import measure_all
from tests.acceptance.monitor import until
from tests.acceptance.net import Net, contains, network, of
from tests.acceptance.stations import Station
from tests.rig import Act, need_rig, now_ms

STATIONS = (
    Station("p", "10.0.0.1"),
    Station("d", "10.1.0.1", "p"),
    *(Station(f"d{n}", f"10.1.{n}.1", "d") for n in (1, 2)),
    *(Station(key, f"10.{n}.0.1", "p") for n, key in enumerate("efgh", 2)),
)
HUB, CHILDREN = ("device:d-r", "site:d"), ("device:d1-r", "site:d1", "device:d2-r", "site:d2")
WINDOW_MS = 12_000
AHEAD_MS = 2_000  # it is announced so long before its start


def planned(net: Net) -> tuple[int, int]:
    """A window of the hub's router and of its site, announced before it begins."""
    begin = now_ms() + AHEAD_MS
    window = begin, begin + WINDOW_MS
    rows = {f"{row.kind}:{row.key}": row for row in net.record.rows()}
    with contextlib.closing(open_actions(net.monitor.url)) as actions:
        for key in HUB:
            said = actions.plan_maintenance(
                rows[key].thing_id,
                actor="kỹ thuật",
                from_ms=window[0],
                to_ms=window[1],
                reason="thay bộ định tuyến",
            )
            assert isinstance(said, Done), said
            assert said.warnings == ()
    return window


def splits(period: Period) -> dict[str, Split]:
    measured = zip(period.histories, measure_all(period), strict=True)
    return {f"{one.kind}:{one.key}": sums.split for one, sums in measured}


def played(net: Net) -> tuple[tuple[int, int], Act, Act]:
    """The window, a cut inside it, and the repair when it is over."""
    window = planned(net)
    assert until(lambda: now_ms() > window[0] + 1000, 10) is not None
    cut = net.wires["d"].cut()
    net.must_believe(net.behind("d"))
    assert until(lambda: now_ms() > window[1] + 3000, 20) is not None
    mended = net.wires["d"].mend()
    net.must_be_back()
    return window, cut, mended


def test_work_that_overruns_is_maintenance_in_its_window_and_an_outage_after_it(
    tmp_path: Path,
) -> None:
    need_rig()
    with network(STATIONS, tmp_path) as net:
        net.must_calm()
        start = now_ms()
        (begin, end), cut, mended = played(net)
        assert begin < cut.before_ms < cut.after_ms < end, "the machine was too slow"
        outages = net.record.outages(since_ms=start)
        assert set(outages) == of(["d", "d1", "d2"])
        assert [o for o in outages.values() if not contains(o, cut, mended)] == []
        over = max(back(outage) for outage in outages.values())
        assert until(lambda: (net.record.watching().seen_to_ms or 0) > over, 60) is not None
        period = net.record.period(start)
        found = splits(period)
        for split in found.values():
            assert split.total_ms == period.now_ms - start
        for key in HUB:
            late = back(outages[key]) - end
            assert (found[key].maintenance_ms, found[key].down_ms) == (end - begin, late), key
            assert found[key].unreachable_ms == 0
        for key in CHILDREN:
            planned_ms = end - outages[key].first_bad_ms  # theirs is what the hub's work took
            late = back(outages[key]) - end
            assert (found[key].maintenance_ms, found[key].unreachable_ms) == (planned_ms, late), key
            assert found[key].down_ms == 0
        untouched = [one for one in period.histories if f"{one.kind}:{one.key}" not in outages]
        for one in untouched:
            if one.kind in (Kind.DEVICE, Kind.SITE):
                split = found[f"{one.kind}:{one.key}"]
                assert split.up_ms + split.unknown_ms == split.total_ms, one.key


def back(outage: OutageRow) -> int:
    assert outage.first_good_ms is not None
    return outage.first_good_ms
