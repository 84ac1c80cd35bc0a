"""What is no answer: from elsewhere, twice, too late, garbage, or dropped by our own kernel."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from probes.ping import Pinger
from probes.results import MISSED, Ping
from wire import icmp

Responder = Callable[[socket.socket, bytes, tuple[str, int]], None]


class Echo:
    """A UDP socket on 127.0.0.1 that answers each echo request as `responder` says."""

    def __init__(self, responder: Responder) -> None:
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.bind(("127.0.0.1", 0))
        self.port = int(self._sock.getsockname()[1])
        self._responder = responder
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while True:
            packet, asker = self._sock.recvfrom(65_535)
            if packet == b"end":
                return
            self._responder(self._sock, packet, asker)

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"end", ("127.0.0.1", self.port))
        self._thread.join()
        self._sock.close()


@pytest.fixture
def answering() -> Iterator[Callable[[Responder], Pinger]]:
    made: list[Echo | Pinger] = []

    def answer(responder: Responder) -> Pinger:
        echo = Echo(responder)
        pinger = Pinger(timeout_s=0.4, echo_port=echo.port)
        made.extend((pinger, echo))
        return pinger

    yield answer
    for each in made:
        each.close()


def results(pinger: Pinger, seconds: float = 0.7) -> list[Ping]:
    """Everything that comes of it, timeouts too."""
    pings: list[Ping] = []
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        time.sleep(0.02)
        pings += pinger.drain()
    return pings


def reply(packet: bytes) -> bytes:
    found = icmp.reply_to(packet)
    assert found is not None
    return found


def test_the_simulators_answers_over_udp_count(
    answering: Callable[[Responder], Pinger],
) -> None:
    def answer(sock: socket.socket, packet: bytes, asker: tuple[str, int]) -> None:
        sock.sendto(reply(packet), asker)

    pinger = answering(answer)
    pinger.send([(7, "127.0.0.1")])
    [(node, _, rtt)] = results(pinger)
    assert (node, rtt >= 0) == (7, True)
    assert pinger.kinds == {"ipv4": "udp"}


def test_an_answer_from_another_address_is_a_stray_and_no_answer(
    answering: Callable[[Responder], Pinger],
) -> None:
    def from_elsewhere(_: socket.socket, packet: bytes, asker: tuple[str, int]) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.2", 0))
            other.sendto(reply(packet), asker)

    pinger = answering(from_elsewhere)
    pinger.send([(7, "127.0.0.1")])
    assert [(node, rtt) for node, _, rtt in results(pinger)] == [(7, MISSED)]
    assert (pinger.stray, pinger.received) == (1, 0)


def test_an_answer_given_three_times_counts_once(
    answering: Callable[[Responder], Pinger],
) -> None:
    def thrice(sock: socket.socket, packet: bytes, asker: tuple[str, int]) -> None:
        for _ in range(3):
            sock.sendto(reply(packet), asker)

    pinger = answering(thrice)
    pinger.send([(7, "127.0.0.1")])
    assert len(results(pinger)) == pinger.received == 1


def test_an_answer_after_the_timeout_is_a_miss_and_stays_one(
    answering: Callable[[Responder], Pinger],
) -> None:
    def late(sock: socket.socket, packet: bytes, asker: tuple[str, int]) -> None:
        time.sleep(0.5)
        sock.sendto(reply(packet), asker)

    pinger = answering(late)
    pinger.send([(7, "127.0.0.1")])
    time.sleep(0.8)  # our own tick is late too: the kernel's stamp tells that the answer was
    assert [(node, rtt) for node, _, rtt in results(pinger)] == [(7, MISSED)]


def test_garbage_is_counted_and_costs_nothing_else(
    answering: Callable[[Responder], Pinger],
) -> None:
    def garbage(sock: socket.socket, packet: bytes, asker: tuple[str, int]) -> None:
        answer = reply(packet)
        wrong_ident = bytes((answer[4] ^ 1,))
        for each in (b"", b"\x00", answer[:7], packet, answer[:4] + wrong_ident + answer[5:]):
            sock.sendto(each, asker)
        sock.sendto(answer, asker)

    pinger = answering(garbage)
    pinger.send([(7, "127.0.0.1")])
    [(node, _, rtt)] = results(pinger)
    assert (node, rtt >= 0) == (7, True)
    assert pinger.stray == 5


def test_what_the_kernel_drops_is_told_once(answering: Callable[[Responder], Pinger]) -> None:
    def flood(sock: socket.socket, packet: bytes, asker: tuple[str, int]) -> None:
        for _ in range(900):
            sock.sendto(bytes(60_000), asker)

    pinger = answering(flood)
    pinger.send([(7, "127.0.0.1")])
    time.sleep(0.5)
    results(pinger)
    assert pinger.overflowed > 0
    assert pinger.overflowed == 0
