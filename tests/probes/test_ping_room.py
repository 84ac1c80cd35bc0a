"""What finds no room in the receive buffer is unknown, and pings are sent only as room allows."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from probes.ping import NoIcmp, Pinger
from probes.results import MISSED, Ping
from tests.needs import missing

SMALL = 64 << 10  # bytes to ask for; the kernel doubles it


@pytest.fixture
def small() -> Iterator[Pinger]:
    """A pinger whose answers have hardly any room."""
    made = Pinger(timeout_s=0.5, receive_buffer=SMALL)
    try:
        made.send([(0, "127.0.0.1")])
    except NoIcmp as refusal:
        missing(str(refusal))
    drained(made, 0.2)
    yield made
    made.close()


def drained(pinger: Pinger, seconds: float) -> list[Ping]:
    pings: list[Ping] = []
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        time.sleep(0.01)
        pings += pinger.drain()
    return pings


def test_what_a_flood_drives_out_of_the_buffer_is_unknown_and_no_loss(small: Pinger) -> None:
    small.send((node, "127.0.0.1") for node in range(3000))
    pings = drained(small, 0.8)
    assert small.overflowed > 0
    assert 0 < len(pings) < 3000
    assert [ping for ping in pings if ping[2] < 0] == []


def test_silence_is_unknown_during_an_overflow_and_loss_again_after_it() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        pinger = Pinger(timeout_s=0.3, echo_port=silent.getsockname()[1], receive_buffer=SMALL)
        pinger.send([(1, "127.0.0.1")])
        asker = silent.recvfrom(100)[1]
        for _ in range(1000):
            silent.sendto(bytes(1000), asker)
        assert drained(pinger, 0.5) == []
        assert pinger.overflowed > 0
        pinger.send([(2, "127.0.0.1")])
        assert [(node, rtt) for node, _, rtt in drained(pinger, 0.5)] == [(2, MISSED)]
        assert pinger.overflowed == 0
        pinger.close()


def test_as_many_as_it_allows_at_once_find_room_even_of_two_ticks(small: Pinger) -> None:
    room = small.at_once
    assert 0 < room < 100
    for _ in range(20):
        small.send((node, "127.0.0.1") for node in range(room))
        small.send((node, "127.0.0.1") for node in range(room))  # a late drain
        assert len(small.drain()) == 2 * room
    assert small.overflowed == 0


def test_a_large_buffer_allows_for_a_whole_storm() -> None:
    pinger = Pinger()
    try:
        pinger.send([(0, "127.0.0.1")])
    except NoIcmp as refusal:
        missing(str(refusal))
    large = pinger.at_once
    pinger.close()
    assert large >= 100
