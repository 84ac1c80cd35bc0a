"""The load target: one UDP socket that answers as every device of a network, by SNMP v1 and v2c.

Prints its port; for each line on stdin it prints how many requests and varbinds it has answered,
and how many devices have been asked.
"""

from __future__ import annotations

import argparse
import os
import select
import socket
import sys
import time

from benchmarks import networks
from demo import sockets
from demo.agents import Agents
from demo.ports import FEW
from demo.world import Conditions
from inventory.model import Network

_UNBROKEN = Conditions()
GATHER_S = 0.002  # one waking for all that comes in it


class LoadTarget:
    """Answers at once; whatever it costs is nobody's figure."""

    def __init__(self, network: Network, least: int, port: int) -> None:
        self.sock = sockets.open_socket(port)
        self.agents = Agents(network, least)
        self._names = {
            socket.inet_aton(device.address): device.id
            for device in network.devices.values()
            if device.address
        }
        self._born = time.monotonic()

    def answer_all(self) -> None:
        at_s = time.monotonic() - self._born
        for asked in sockets.drain(self.sock):
            name = self._names.get(asked.address)
            reply = name and self.agents.answer(name, asked.data, at_s, _UNBROKEN)
            if reply:
                sockets.answer(self.sock, reply, asked)


def main() -> None:
    args = _arguments()
    if args.what == "polled":
        target = LoadTarget(networks.polled(args.devices, args.interfaces, 60), FEW, args.port)
    else:
        network = networks.country(args.devices, ping_s=10, snmp_s=60, port=args.port)
        target = LoadTarget(network, args.interfaces, args.port)
    print(target.sock.getsockname()[1], flush=True)
    while True:
        ready, _, _ = select.select([target.sock, sys.stdin], [], [])
        if sys.stdin not in ready:
            time.sleep(GATHER_S)
        target.answer_all()
        if sys.stdin in ready:
            if not os.read(sys.stdin.fileno(), 64):
                return
            agents = target.agents
            print(agents.requests, agents.varbinds, agents.known, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.agent")
    parser.add_argument("what", choices=("polled", "country"))
    parser.add_argument("devices", type=int)
    parser.add_argument("interfaces", type=int)
    parser.add_argument("--port", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
