"""Life asked for by TCP: a declared port must be open, else any answer of the device counts."""

from __future__ import annotations

import asyncio
import resource
import socket
import time
from collections.abc import Iterator

import pytest

from probes.pingers import Pingers
from probes.results import MISSED, UNSENT, Ping
from probes.tcp_ping import TcpPinger


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield server


@pytest.fixture
def full() -> Iterator[int]:
    """A port whose queue is full: the kernel drops what asks for it, as a silent device would."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        waiting = []
        for _ in range(8):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(server.getsockname())
            waiting.append(one)
        yield server.getsockname()[1]
        for one in waiting:
            one.close()


def port_of(server: socket.socket) -> int:
    return int(server.getsockname()[1])


def closed_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return port_of(sock)


async def results(pinger: TcpPinger | Pingers, count: int, tick_s: float = 0.02) -> list[Ping]:
    pings: list[Ping] = []
    ends = time.monotonic() + 10
    while len(pings) < count and time.monotonic() < ends:
        await asyncio.sleep(tick_s)
        pings += pinger.drain()
    return pings


def test_a_declared_port_must_be_open(listening: socket.socket, full: int) -> None:
    async def ask() -> tuple[list[Ping], list[tuple[int, str]]]:
        ports = {1: port_of(listening), 2: closed_port(), 3: full}
        pinger = TcpPinger(timeout_s=0.5, ports=ports)
        pinger.send((node, "127.0.0.1") for node in ports)
        pings = await results(pinger, 3)
        said = [(one.node, one.said) for one in pinger.refusals()]
        pinger.close()
        return pings, [(node, text.partition(": ")[2]) for node, text in said]

    pings, said = asyncio.run(ask())
    rtts = {node: rtt for node, _, rtt in pings}
    assert rtts.pop(1) >= 0
    assert rtts == {2: MISSED, 3: MISSED}
    assert said == [(2, "connection refused")]


def test_where_any_answer_counts_a_refusal_is_one() -> None:
    async def ask() -> list[Ping]:
        pinger = TcpPinger(timeout_s=0.5)
        pinger.send([(1, "127.0.0.1"), (2, "no name"), (3, "::1")])
        pings = await results(pinger, 3)
        pinger.close()
        return pings

    rtts = {node: rtt for node, _, rtt in asyncio.run(ask())}
    assert rtts.pop(2) == UNSENT
    assert all(0 <= rtt < 0.5e9 for rtt in rtts.values())
    assert set(rtts) == {1, 3}


def test_the_kernel_times_the_handshake_and_not_our_own_delay(listening: socket.socket) -> None:
    pinger = TcpPinger(timeout_s=1.0, ports={1: port_of(listening)})
    pinger.send([(1, "127.0.0.1")])
    time.sleep(0.4)
    [(_, _, rtt)] = pinger.drain()
    pinger.close()
    assert 0 <= rtt < 0.3e9


def test_a_refusal_is_timed_when_it_comes_and_not_at_the_next_tick() -> None:
    async def ask() -> list[Ping]:
        pinger = TcpPinger(timeout_s=2.0)
        pinger.send([(1, "127.0.0.1")])
        pings = await results(pinger, 1, tick_s=0.5)
        pinger.close()
        return pings

    [(_, _, rtt)] = asyncio.run(ask())
    assert 0 <= rtt < 0.4e9


def test_with_few_files_to_open_the_others_wait_for_their_turn(listening: socket.socket) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, hard))
    try:
        pinger = TcpPinger(timeout_s=5.0, ports=dict.fromkeys(range(300), port_of(listening)))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    async def ask() -> list[Ping]:
        pinger.send((node, "127.0.0.1") for node in range(300))
        pinger.send((node, "127.0.0.1") for node in range(300))  # who waits is not asked twice
        pings: list[Ping] = []
        listening.setblocking(False)
        while len({node for node, _, _ in pings}) < 300:
            pings += await results(pinger, 1)
            for _ in range(64):
                try:
                    listening.accept()[0].close()
                except BlockingIOError:
                    break
        pinger.close()
        return pings

    pings = asyncio.run(ask())
    assert all(rtt >= 0 for _, _, rtt in pings)
    assert len(pings) < 400


def test_declared_ports_are_asked_beside_those_that_are_pinged(listening: socket.socket) -> None:
    async def ask() -> tuple[list[Ping], dict[str, str]]:
        pingers = Pingers(timeout_s=0.5, ports={1: port_of(listening), 2: closed_port()})
        pingers.open(["127.0.0.1"])
        pingers.send((node, "127.0.0.1") for node in (1, 2, 3))
        found = await results(pingers, 3)
        kinds = pingers.kinds
        pingers.close()
        return found, kinds

    pings, kinds = asyncio.run(ask())
    assert {node: rtt >= 0 for node, _, rtt in pings} == {1: True, 2: False, 3: True}
    assert set(kinds) == {"ipv4"}
