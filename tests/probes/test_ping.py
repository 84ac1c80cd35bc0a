"""Ping on real sockets: who answers, who is silent, who may not even ask."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from typing import Any

import pytest

from probes.ping import NoIcmp, Pinger
from probes.results import MISSED, UNSENT, Ping
from tests.needs import missing, need_program, need_root

NOBODY = 65_534
LIVE_AND_DEAD = (
    "ip link set lo up; ip link add d0 type veth peer name d1; "
    "ip link set d0 up; ip link set d1 up; ip address add 10.99.0.1/24 dev d0"
)


def in_namespace(set_up: str, asks: list[tuple[int, str]], user: int | None = None) -> Any:
    """Ping from a fresh network namespace that `set_up` (shell) has prepared."""
    need_root()
    for program in ("unshare", "ip"):
        need_program(program)
    order = json.dumps({"asks": asks, "user": user, "timeout_s": 0.5})
    script = f'{set_up}; exec "$0" -m tests.probes.ping_child "$1"'
    done = subprocess.run(
        ["unshare", "--net", "sh", "-ec", script, sys.executable, order],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def drained(pinger: Pinger, count: int, within_s: float = 10.0) -> list[Ping]:
    """So many results, on a tick as the monitor has it."""
    pings: list[Ping] = []
    ends = time.monotonic() + within_s
    while len(pings) < count and time.monotonic() < ends:
        time.sleep(0.01)
        pings += pinger.drain()
    return pings


@pytest.fixture
def pinger() -> Any:
    made = Pinger(timeout_s=1.0)
    try:
        made.send([])
        made.send([(0, "127.0.0.1")])
    except NoIcmp as refusal:
        missing(str(refusal))
    drained(made, 1)
    yield made
    made.close()


def test_this_machine_answers_over_both_families(pinger: Pinger) -> None:
    before = time.monotonic_ns()
    pinger.send([(1, "127.0.0.1"), (2, "::1"), (3, "127.9.8.7")])
    pings = drained(pinger, 3)
    assert sorted(node for node, _, _ in pings) == [1, 2, 3]
    assert all(0 <= rtt < 1e9 and sent >= before for _, sent, rtt in pings)
    assert (pinger.sent, pinger.received, pinger.stray) == (4, 4, 0)
    assert set(pinger.kinds) == {"ipv4", "ipv6"}


def test_the_round_trip_time_does_not_include_our_own_delay(pinger: Pinger) -> None:
    pinger.send([(1, "127.0.0.1")])
    time.sleep(0.4)
    [(_, _, rtt)] = pinger.drain()
    assert 0 <= rtt < 0.3e9


def test_the_first_round_trip_time_of_all_is_honest_too() -> None:
    """The kernel begins to stamp arrivals only after the first socket asked for it."""
    fresh = Pinger(timeout_s=1.0)
    try:
        fresh.open(socket.AF_INET)
    except NoIcmp as refusal:
        missing(str(refusal))
    fresh.send([(1, "127.0.0.1")])
    time.sleep(0.4)
    [(_, _, rtt)] = fresh.drain()
    fresh.close()
    assert 0 <= rtt < 0.3e9


def test_a_name_is_never_looked_up(pinger: Pinger) -> None:
    pinger.send([(1, "localhost"), (2, "no\0sense"), (3, ""), (4, "256.1.1.1")])
    assert [(node, rtt) for node, _, rtt in pinger.drain()] == [(n, UNSENT) for n in (1, 2, 3, 4)]


def test_more_pings_than_sequence_numbers_all_get_their_own_answer(pinger: Pinger) -> None:
    pings: list[Ping] = []
    for start in range(0, 70_000, 100):
        pinger.send((node, "127.0.0.1") for node in range(start, start + 100))
        pings += pinger.drain()
    pings += drained(pinger, 70_000 - len(pings))
    assert sorted(node for node, _, _ in pings) == list(range(70_000))
    assert all(rtt >= 0 for _, _, rtt in pings)
    assert pinger.overflowed == 0


def test_a_dead_address_is_missed_and_one_without_a_route_is_not_sent() -> None:
    asks = [(1, "127.0.0.1"), (2, "10.99.0.2"), (3, "10.98.0.1"), (4, "2001:db8::1")]
    told = in_namespace(LIVE_AND_DEAD, asks)
    rtts = {node: rtt for node, _, rtt in told["pings"]}
    assert rtts.pop(1) >= 0
    assert rtts == {2: MISSED, 3: UNSENT, 4: UNSENT}


def test_without_any_right_the_refusal_names_both_errors_and_three_remedies() -> None:
    told = in_namespace("ip link set lo up", [(1, "127.0.0.1")], user=NOBODY)
    for part in (
        "datagram: Permission denied (EACCES)",
        "raw: Operation not permitted (EPERM)",
        f"uid={NOBODY} gids=[{NOBODY}]",
        "net.ipv4.ping_group_range=1 0",
        "systemd AmbientCapabilities=CAP_NET_RAW",
        f"sysctl -w net.ipv4.ping_group_range='{NOBODY} {NOBODY}'",
        "docker --cap-add NET_RAW",
    ):
        assert part in told["refusal"]


def test_a_user_within_ping_group_range_needs_no_privilege() -> None:
    opened = f"ip link set lo up; echo {NOBODY} {NOBODY} >/proc/sys/net/ipv4/ping_group_range"
    told = in_namespace(opened, [(1, "127.0.0.1"), (2, "::1")], user=NOBODY)
    assert told["kinds"] == {"ipv4": "datagram", "ipv6": "datagram"}
    assert sorted((node, rtt >= 0) for node, _, rtt in told["pings"]) == [(1, True), (2, True)]


def test_root_outside_ping_group_range_uses_the_raw_kind() -> None:
    told = in_namespace("ip link set lo up", [(1, "127.0.0.1"), (2, "::1")])
    assert told["kinds"] == {"ipv4": "raw", "ipv6": "raw"}
    assert sorted((node, rtt >= 0) for node, _, rtt in told["pings"]) == [(1, True), (2, True)]


def test_the_answers_to_another_pinger_are_neither_strays_nor_losses(pinger: Pinger) -> None:
    other = Pinger(timeout_s=1.0)
    other.send((node, "127.0.0.1") for node in range(2000))
    assert len(drained(other, 2000)) == 2000
    other.close()
    assert not len(pinger.drain())
    assert (pinger.stray, pinger.overflowed) == (0, 0)
