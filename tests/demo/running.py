"""A simulator run inside the test on real sockets, with a script of the test's own."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from demo.script import Fault, Round
from demo.simulator import Simulator
from demo.truth import Witness
from demo.victims import Victim
from demo.world import Change, world
from inventory.model import Network
from wire import icmp

NS_PER_MS = 1_000_000


class Running:
    """`begin` lets the script start; after the `with` block `truth` is filled."""

    def __init__(self, simulator: Simulator, control: int) -> None:
        self.ports = simulator.ports()
        self.truth: dict[str, Any] = {}
        self._control = control

    def begin(self) -> None:
        os.write(self._control, b"start\n")


@contextmanager
def running(
    network: Network, faults: Sequence[Fault] = (), absent: Iterable[str] = ()
) -> Iterator[Running]:
    there = world(network, frozenset(absent))
    witness = Witness(seed=1, ping_interval_s=1.0)
    simulator = Simulator(there, iter([Round(0.0, 60.0, tuple(faults), ())]), witness)
    reads, writes = os.pipe()
    thread = threading.Thread(target=simulator.run, args=(reads, os.getppid()))
    thread.start()
    run = Running(simulator, writes)
    try:
        yield run
    finally:
        os.close(writes)
        thread.join()
        os.close(reads)
        simulator.close()
    run.truth = witness.document(there, time.time_ns() // 1_000_000)


def cut(link: str, from_s: float, to_s: float) -> Fault:
    """A cut of one link, the link itself being the root."""
    changes = (Change(from_s, "cut", link, 1), Change(to_s, "cut", link, 0))
    return Fault("fibre_cut", link, Victim((link,), link, None), changes)


def blindness(from_s: float, to_s: float) -> Fault:
    changes = (Change(from_s, "blind", "", 1), Change(to_s, "blind", "", 0))
    return Fault("blind", "", None, changes)


class Sent(NamedTuple):
    """One ping; it arrived, as loopback sends at once, between two wall-clock moments in ns."""

    address: str
    from_ns: int
    to_ns: int
    answered: bool

    def side(self, change_ms: int) -> int:
        """Of a change noted in whole milliseconds: -1 = before it, 1 = after, 0 = not known."""
        change_ns = change_ms * NS_PER_MS
        if self.to_ns <= change_ns:
            return -1
        return 1 if self.from_ns >= change_ns + NS_PER_MS else 0


class Pinger:
    """One socket that pings any simulated address; it takes answers from that address alone."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.setblocking(False)
        self._sent: list[tuple[str, int, int]] = []
        self._answered: set[int] = set()

    def send(self, address: str) -> None:
        number = len(self._sent)
        packet = icmp.request(ident=number >> 16, sequence=number & 0xFFFF, payload=b"canh")
        from_ns = time.time_ns()
        self._sock.sendto(packet, (address, self._port))
        self._sent.append((address, from_ns, time.time_ns()))

    def wait(self, longest_s: float) -> None:
        """Until every ping has its answer, or for so long."""
        deadline = time.monotonic() + longest_s
        while len(self._answered) < len(self._sent) and time.monotonic() < deadline:
            self.read()
            time.sleep(0.005)

    def close(self) -> list[Sent]:
        """Every ping in order, when all are answered or none has been for a second."""
        heard = -1
        while heard < len(self._answered):
            heard = len(self._answered)
            self.wait(1.0)
        self._sock.close()
        return [Sent(*sent, number in self._answered) for number, sent in enumerate(self._sent)]

    def read(self) -> None:
        while True:
            try:
                data, (host, port) = self._sock.recvfrom(1000)
            except BlockingIOError:
                return
            echo = icmp.parse(data)
            assert echo is not None
            assert (echo.type, echo.payload) == (icmp.ECHO_REPLY_V4, b"canh")
            number = echo.ident << 16 | echo.sequence
            assert (host, port) == (self._sent[number][0], self._port)
            self._answered.add(number)
