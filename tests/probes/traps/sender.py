"""A program that sends traps at a steady rate: port, rate, seconds, `known` or `mixed`.

`known` sends all from the known device, `mixed` half of them from unknown addresses. Once a second
the known device tells of a fallen link, of another interface each time; interface and the time of
sending (monotonic nanoseconds) are printed. All else asks nothing of whoever hears it.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import time

from tests.probes.traps.datagrams import LINK_DOWN, link_binds, v2c
from wire import ber

MODULE = "tests.probes.traps.sender"
KNOWN, UNKNOWN = "127.0.0.1", tuple(f"127.66.0.{number}" for number in range(1, 6))
SYSLOG = "1.3.6.1.4.1.9.9.41.2.0.1"
FIRST_PORT = 1_000
TURN_S = 0.01


def noise() -> bytes:
    """What a device of Cisco tells for each line of its log."""
    texts = (b"LINEPROTO", b"UPDOWN", b"Line protocol on Interface Gi0/1 changed state to down")
    binds = [
        ber.varbind(ber.oid(f"1.3.6.1.4.1.9.9.41.1.2.3.1.{n}.7"), ber.OCTET_STRING, text)
        for n, text in enumerate(texts, start=2)
    ]
    return v2c(SYSLOG, binds)


def main(port: int, rate: int, seconds: float, mixed: bool) -> None:
    sockets = []
    for address in (KNOWN, *UNKNOWN) if mixed else (KNOWN,):
        sockets.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        sockets[-1].bind((address, 0))
        sockets[-1].connect((KNOWN, port))
    known, others = sockets[0], sockets[1:] or sockets
    sent, told, data = 0, 0, noise()
    began_s = time.monotonic()
    while (gone_s := time.monotonic() - began_s) < seconds:
        for n in range(sent, int(gone_s * rate)):
            with contextlib.suppress(ConnectionRefusedError):  # nobody listens: others will say so
                (known if n % 2 else others[n // 2 % len(others)]).send(data)
        sent = int(gone_s * rate)
        if told <= gone_s - 0.5:
            _say(FIRST_PORT + told, time.monotonic_ns())
            known.send(v2c(LINK_DOWN, link_binds(FIRST_PORT + told)))
            told += 1
        time.sleep(TURN_S)
    _say("sent", sent + told)


def _say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4] == "mixed")
