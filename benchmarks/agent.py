"""The load target: one UDP socket that answers as every router of the network, by SNMP v2c.

Prints its port; for each line on stdin it prints how many requests and varbinds it has answered.
"""

from __future__ import annotations

import os
import select
import socket
import sys
import time

from benchmarks import networks
from demo import sockets
from demo.agents import Agents
from demo.world import Conditions
from inventory.model import Network
from wire import ber

_UNBROKEN = Conditions()


class LoadTarget:
    """Answers at once; whatever it costs is nobody's figure."""

    def __init__(self, network: Network) -> None:
        self.sock = sockets.open_socket()
        self._agents = Agents(network)
        self._names = {
            socket.inet_aton(device.address): device.id
            for device in network.devices.values()
            if device.address
        }
        self._born = time.monotonic()
        self.requests = self.varbinds = 0

    def answer_all(self) -> None:
        at_s = time.monotonic() - self._born
        for asked in sockets.drain(self.sock):
            name = self._names.get(asked.address)
            reply = name and self._agents.answer(name, asked.data, at_s, _UNBROKEN)
            if reply:
                sockets.answer(self.sock, reply, asked)
                self.requests += 1
                self.varbinds += _count(reply)


def _count(message: bytes) -> int:
    head = ber.parse_head(message)
    return len(ber.walk(message, head.start, head.end)[0])


def main() -> None:
    devices, interfaces = map(int, sys.argv[1:3])
    target = LoadTarget(networks.polled(devices, interfaces, 60))
    print(target.sock.getsockname()[1], flush=True)
    while True:
        ready, _, _ = select.select([target.sock, sys.stdin], [], [])
        target.answer_all()
        if sys.stdin in ready:
            if not os.read(sys.stdin.fileno(), 64):
                return
            print(target.requests, target.varbinds, flush=True)


if __name__ == "__main__":
    main()
