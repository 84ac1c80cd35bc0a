"""Damaged echo replies: each ping has one fate, whatever comes back for it."""

from __future__ import annotations

import random
import socket
import time
from collections import Counter

import pytest

from probes.ping import Pinger
from probes.results import MISSED
from tests.fuzz.messages import pings
from tests.fuzz.mutator import damaged
from wire import icmp

ROUNDS, AT_ONCE = 30, 100


@pytest.mark.parametrize("seed", [1, 2])
def test_damaged_replies_give_each_ping_one_fate(seed: int) -> None:
    dice, others = random.Random(seed), pings()
    fates: Counter[int] = Counter()
    answered = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as echo:
        echo.bind(("127.0.0.1", 0))
        echo.settimeout(5)
        pinger = Pinger(timeout_s=0.3, echo_port=echo.getsockname()[1])
        try:
            for number in range(ROUNDS):
                first = number * AT_ONCE
                pinger.send((node, "127.0.0.1") for node in range(first, first + AT_ONCE))
                for _ in range(AT_ONCE):
                    packet, source = echo.recvfrom(2048)
                    reply = icmp.reply_to(packet)
                    assert reply is not None
                    echo.sendto(damaged(dice, reply, dice.choice(others)), source)
                for node, sent_ns, rtt in pinger.drain():
                    fates[node] += 1
                    answered += rtt != MISSED
                    assert sent_ns > 0
                    assert rtt >= 0 or rtt == MISSED
            until = time.monotonic() + 5
            while len(fates) < ROUNDS * AT_ONCE and time.monotonic() < until:
                time.sleep(0.05)
                fates.update(node for node, _, _ in pinger.drain())
        finally:
            pinger.close()
    assert fates == dict.fromkeys(range(ROUNDS * AT_ONCE), 1)
    assert 0 < answered < ROUNDS * AT_ONCE
