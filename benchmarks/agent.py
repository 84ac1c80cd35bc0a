"""The load target: one UDP socket that answers as every device of a network, by v1 and v2c or v3.

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
from functools import lru_cache

from benchmarks import networks
from demo import sockets
from demo.agents import Agents
from demo.ports import FEW
from demo.world import Conditions
from inventory.model import Network
from wire import ber, usm
from wire.usm_keys import Keys, keys_at

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
            reply = name and self._reply(name, asked, at_s)
            if reply:
                sockets.answer(self.sock, reply, asked)

    def _reply(self, name: str, asked: sockets.Asked, at_s: float) -> bytes | None:
        return self.agents.answer(name, asked.data, at_s, _UNBROKEN)


class SealedTarget(LoadTarget):
    """The same by SNMPv3: each address is an engine of its own."""

    def _reply(self, name: str, asked: sockets.Asked, at_s: float) -> bytes | None:
        envelope = usm.parse(asked.data)
        engine = usm.Engine(b"\x80\0\x1f\x88\x01" + asked.address, 1, int(at_s))
        message_id, user = envelope.message_id, envelope.user
        if envelope.engine.id != engine.id:
            content = usm.scoped(engine.id, b"", _unknown_engine(message_id))
            return usm.message(message_id, 0, engine, user, content)
        keys = _keys(engine.id)
        inside = usm.opened(asked.data, envelope, keys)
        plain = ber.tlv(ber.SEQUENCE, _PUBLIC + inside.pdu)
        answer = self.agents.answer(name, plain, at_s, _UNBROKEN)
        if answer is None:
            return None
        start, _ = ber.enter(answer, 0, len(answer), ber.SEQUENCE)
        content = usm.scoped(engine.id, b"", answer[start + len(_PUBLIC) :])
        return usm.sealed(message_id, 3, engine, user, content, keys, os.urandom(8))


_PUBLIC = ber.integer(ber.V2C) + ber.tlv(ber.OCTET_STRING, b"public")


@lru_cache(maxsize=65_536)
def _keys(engine_id: bytes) -> Keys:
    p = networks.SEALED
    return keys_at(engine_id, str(p.auth), str(p.auth_key), str(p.priv), str(p.priv_key))


def _unknown_engine(message_id: int) -> bytes:
    counter = ber.varbind(usm.UNKNOWN_ENGINE, ber.COUNTER32, 1)
    numbers = ber.integer(message_id) + ber.integer(0) + ber.integer(0)
    return ber.tlv(usm.REPORT, numbers + ber.tlv(ber.SEQUENCE, counter))


def main() -> None:
    args = _arguments()
    if args.what in ("polled", "sealed"):
        kind = SealedTarget if args.what == "sealed" else LoadTarget
        target = kind(networks.polled(args.devices, args.interfaces, 60), FEW, args.port)
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
    parser.add_argument("what", choices=("polled", "sealed", "country"))
    parser.add_argument("devices", type=int)
    parser.add_argument("interfaces", type=int)
    parser.add_argument("--port", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
