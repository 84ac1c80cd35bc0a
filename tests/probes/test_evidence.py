"""Raw results are kept around each change, each once; health is told each minute."""

from __future__ import annotations

import tracemalloc

from inventory.model import Device, End, Link, Network, Site, SnmpProfile, Unit
from probes.clock import Clock, Moment, kernel_clock
from probes.evidence import AROUND_MS, AT_MOST, Ring
from probes.graph import Graph, number
from probes.health import Pulse
from probes.pings import Pings
from probes.results import MISSED, UNSENT
from probes.schedule import Lateness
from store.changes import Evidence, Happened, Raw

NOW = 1_800_000_000_000
RTT_NS = 2_500_000


def graph(devices: int = 3) -> Graph:
    """Sites s0, s1 …, each with one device; a link from the first to the second."""
    sites = {f"s{i}": Site(id=f"s{i}", name=f"S{i}", unit="51") for i in range(devices)}
    network = Network(
        name="Mạng thử",
        timezone="Asia/Ho_Chi_Minh",
        anchor=(),
        snmp={"o": SnmpProfile(id="o", community="public")},
        units={"51": Unit(id="51", code="51", name="Tỉnh", level="province")},
        sites=sites,
        devices={
            f"d{i}": Device(id=f"d{i}", site=f"s{i}", role="router", address=f"d{i}", snmp=("o",))
            for i in range(devices)
        },
        links={
            "L": Link(
                id="L",
                a=End(site="s0", device="d0", interface="Gi0/1"),
                b=End(site="s1", device="d1", interface="Gi0/1"),
            )
        },
    )
    things = [("device", key) for key in network.devices] + [("link", "L")]
    things += [("site", key) for key in sites]
    return number(network, {pair: 100 + i for i, pair in enumerate(things)})


def sent(pieces: list[Evidence], thing_id: int) -> list[int]:
    return [raw.sent_ms - NOW for one in pieces if one.thing_id == thing_id for raw in one.results]


def watch(ring: Ring, n: int, from_s: int, to_s: int, change_s: int) -> list[Evidence]:
    """A ping each ten seconds; the thing of node `n` changes its state once."""
    pieces: list[Evidence] = []
    for second in range(from_s, to_s, 10):
        now = NOW + second * 1000
        ring.pings(Pings.of([(n, now, RTT_NS)]))
        if second == change_s:
            ring.changed([100 + n], now)
        pieces += ring.take(now)
    return pieces


def test_ten_minutes_before_and_after_a_change_are_kept_each_result_once() -> None:
    pieces = watch(Ring(graph()), 0, 0, 3600, 1800)
    assert sent(pieces, 100) == [s * 1000 for s in range(1200, 2401, 10)]


def test_a_kill_loses_at_most_the_last_minute() -> None:
    ring = Ring(graph())
    pieces = watch(ring, 0, 0, 2110, 1800)
    assert sent(pieces, 100)[-1] >= 2040_000


def test_what_is_left_is_handed_over_at_the_end_and_nothing_twice() -> None:
    ring = Ring(graph())
    pieces = watch(ring, 0, 0, 2110, 1800)
    pieces += ring.take(NOW + 2_110_000, last=True)
    assert sent(pieces, 100) == [s * 1000 for s in range(1200, 2101, 10)]
    assert ring.take(NOW + 2_111_000, last=True) == ()


def test_two_changes_close_together_keep_one_unbroken_row_of_results() -> None:
    ring = Ring(graph())
    pieces = watch(ring, 0, 0, 1010, 600) + watch(ring, 0, 1010, 3000, 1500)
    assert sent(pieces, 100) == [s * 1000 for s in range(0, 2101, 10)]


def test_what_answers_from_now_on_and_was_not_wrong_before_keeps_nothing_after_it() -> None:
    ring = Ring(graph())
    ring.pings(Pings.of([(0, NOW, RTT_NS)]))
    ring.changed([100], NOW + 100, after_ms=0)
    pieces = list(ring.take(NOW + 200))
    ring.pings(Pings.of([(0, NOW + 10_000, RTT_NS)]))
    pieces += ring.take(NOW + 70_000)
    assert sent(pieces, 100) == [0]
    ring.changed([100], NOW + 80_000)  # a fault: all that was asked before it is kept once
    pieces += ring.take(NOW + 80_000)
    assert sent(pieces, 100) == [0, 10_000]


def test_a_thing_that_does_not_change_keeps_nothing() -> None:
    ring = Ring(graph())
    ring.pings(Pings.of([(1, NOW, RTT_NS)]))
    ring.changed([100], NOW)
    assert ring.take(NOW, last=True) == ()


def test_links_and_sites_keep_what_their_devices_answered() -> None:
    made = graph()
    for thing_id in (made.thing_ids[made.keys.index("L")], made.thing_ids[made.keys.index("s1")]):
        ring = Ring(made)
        ring.pings(Pings.of([(1, NOW, RTT_NS)]))
        ring.changed([thing_id], NOW)
        assert sent(list(ring.take(NOW)), 101) == [0]


def test_every_answer_and_every_silence_keeps_its_name_and_time() -> None:
    ring = Ring(graph())
    ring.pings(
        Pings.of([(0, NOW, RTT_NS), (0, NOW + 10, MISSED), (0, NOW + 20, UNSENT), (0, NOW + 30, 0)])
    )
    ring.poll(0, NOW + 40, 1500, "ok")
    ring.poll(0, NOW + 50, None, "no_answer")
    ring.poll(0, NOW + 55, 6_400_000, "ok")
    ring.changed([100], NOW + 60)
    [piece] = ring.take(NOW + 60)
    assert piece.results == (
        Raw(NOW, "icmp", 2500, "ok"),
        Raw(NOW + 10, "icmp", None, "missed"),
        Raw(NOW + 20, "icmp", None, "unsent"),
        Raw(NOW + 30, "icmp", 0, "ok"),
        Raw(NOW + 40, "snmp", 1500, "ok"),
        Raw(NOW + 50, "snmp", None, "no_answer"),
        Raw(NOW + 55, "snmp", 6_400_000, "ok"),
    )
    assert (piece.from_ms, piece.to_ms) == (NOW, NOW + 55)


def test_a_step_of_the_wall_clock_moves_what_is_remembered() -> None:
    for step_ms in (3_600_000, -3_600_000):
        ring = Ring(graph())
        ring.pings(Pings.of([(0, NOW, RTT_NS)]))
        ring.shift(step_ms)
        ring.pings(Pings.of([(0, NOW + step_ms + 1000, MISSED)]))
        ring.changed([100], NOW + step_ms + 1000)
        assert sent(list(ring.take(NOW + step_ms + 1000)), 100) == [step_ms, step_ms + 1000]


def test_when_everything_changes_at_once_it_is_handed_over_in_bounded_portions() -> None:
    many = 5 * AT_MOST
    ring = Ring(graph(many))
    ring.pings(Pings.of((n, NOW, RTT_NS) for n in range(many)))
    ring.changed(range(100, 100 + many), NOW)
    portions = [len(ring.take(NOW + tick * 100)) for tick in range(6)]
    assert portions == [AT_MOST] * 5 + [0]


def test_the_results_of_a_device_over_ten_minutes_fit_in_three_kilobytes() -> None:
    devices = 500
    ring = Ring(graph(devices))
    tracemalloc.start()
    for second in range(0, 3 * AROUND_MS // 1000, 10):
        ring.pings(Pings.of((n, NOW + second * 1000, RTT_NS) for n in range(devices)))
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used / devices < 3000


def quiet(at_ms: int, **clock: int) -> Moment:
    return Moment(at_ms, at_ms * 1_000_000, **clock)


def test_health_is_told_once_a_minute_with_what_was_counted_since() -> None:
    pulse = Pulse(NOW, lambda: 3)
    pulse.tick(quiet(NOW + 100), 40, stalled=False)
    pulse.tick(quiet(NOW + 200), 10, stalled=False)
    pulse.count(Pings.of([(0, NOW, RTT_NS), (1, NOW, MISSED), (2, NOW, UNSENT)]), overflowed=0)
    assert pulse.take(quiet(NOW + 59_000), (), blind=False) is None
    told = pulse.take(quiet(NOW + 60_000), (), blind=False)
    assert told is not None
    counted = {"lag_ms": 40, "sent": 2, "answered": 1, "missed": 1, "unsent": 1, "waiting": 3}
    assert counted.items() <= told.body.items()
    again = pulse.take(quiet(NOW + 120_000), (), blind=False)
    assert again is not None
    assert (again.body["lag_ms"], again.body["sent"]) == (0, 0)


def test_health_tells_how_late_was_asked_what_was_due() -> None:
    pulse = Pulse(NOW, lambda: 0)
    pings, polls = Lateness(), Lateness()
    pulse.follow(pings, polls, 10_000)
    for _ in range(199):
        pings.add([120])
    pings.add([12_000])
    polls.add([700])
    told = pulse.take(quiet(NOW + 60_000), (), blind=False)
    assert told is not None
    lags = {"lag_ms": 12_000, "lag_p99_ms": 120, "snmp_lag_ms": 700, "interval_ms": 10_000}
    assert lags.items() <= told.body.items()


def test_each_trouble_is_told_at_once() -> None:
    pulse = Pulse(NOW, lambda: 0)
    now = quiet(NOW + 1000)
    pulse.tick(now, 5000, stalled=True)
    assert pulse.take(now, (), blind=False) is not None
    pulse.count(Pings.of([]), overflowed=1)
    assert pulse.take(now, (), blind=False) is not None
    jumped = quiet(NOW - 3_600_000, jumped_ms=-3_601_000)
    pulse.tick(jumped, 0, stalled=False)
    told = pulse.take(jumped, (), blind=False)
    assert told is not None
    assert told.body["jumped_ms"] == -3_601_000
    blind = pulse.take(jumped, (Happened(kind="blind"),), blind=True)
    assert blind is not None
    assert blind.body["blind"] is True
    assert pulse.take(jumped, (), blind=True) is None


def test_the_kernel_says_how_far_its_clock_may_be_off() -> None:
    synced, error_ms = kernel_clock()
    assert synced in (True, False)
    assert error_ms is not None
    assert 0 <= error_ms <= 16_000.0
    assert Clock().look().ms > NOW - 10 * 365 * 86_400_000
