"""A line with delay, for the rig: frames pass through a process that knows how long they took.

`python -m tests.slow_line DELAY_MS`, in a namespace with the ports `near` and `far`, until its
standard input is closed; then it prints what it saw of echo requests as JSON, a list of
[payload size, sequence, ns from the request's arrival at `near` to the reply's return there].
"""

from __future__ import annotations

import heapq
import itertools
import json
import select
import socket
import struct
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.rig import Fibre, Wire

_ALL = 3  # ETH_P_ALL
_SOL_PACKET, _PACKET_IGNORE_OUTGOING = 263, 23
_SO_RCVBUFFORCE, _SO_TIMESTAMPNS = 33, 35
_ETHERNET, _IPV6 = 14, 40
_ECHO = struct.Struct("!BBHHH")
_TIMESPEC = struct.Struct("@qq")
_ROOT = Path(__file__).resolve().parent.parent


@dataclass(slots=True)
class SlowLine(Fibre):
    """Each way takes `delay_ms`. There is no netem in every kernel, and it would tell nothing."""

    delay_ms: float = 10.0
    _relay: list[subprocess.Popen[str]] = field(default_factory=list)

    def lay(self) -> None:
        near, far = self.ends
        self.pole.ip(
            f"link add near type veth peer name down{self.number} netns {self.upper.pid}",
            f"link add far type veth peer name {self._up} netns {self.lower.pid}",
        )
        self.upper.ip(f"addr add {near}/31 dev down{self.number}")
        self.lower.ip(f"addr add {far}/31 dev {self._up}")
        self.pole.ip(*(f"link set {port} up" for port in ("near", "far")))
        words = self.pole.inside(sys.executable, "-m", "tests.slow_line", str(self.delay_ms))
        pipe = subprocess.PIPE
        relay = subprocess.Popen(words, cwd=_ROOT, stdin=pipe, stdout=pipe, text=True)
        self._relay.append(relay)
        assert relay.stdout is not None
        assert relay.stdout.readline() == "carrying\n"
        Wire.connect(self)

    def seen(self) -> list[tuple[int, int, int]]:
        """End it: (payload size, sequence, true round trip in ns) of each answered ping."""
        out, _ = self._relay.pop().communicate(timeout=10)
        return [(size, sequence, ns) for size, sequence, ns in json.loads(out)]


class _Port:
    """One end, and the echo requests that came in there, by (ident, sequence)."""

    def __init__(self, name: str) -> None:
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL))
        self.sock.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 4 << 20)
        self.sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self.sock.bind((name, _ALL))
        self.sock.setblocking(False)

    def receive(self) -> tuple[int, bytes] | None:
        """(wall time of arrival in ns, frame)."""
        try:
            frame, control, _, _ = self.sock.recvmsg(65_535, 64)
        except BlockingIOError:
            return None
        if not control:
            return time.time_ns(), frame
        seconds, nanoseconds = _TIMESPEC.unpack_from(control[0][2])
        return seconds * 1_000_000_000 + nanoseconds, frame


def carry(delay_ns: int) -> list[tuple[int, int, int]]:
    """Until standard input ends."""
    near, far = _Port("near"), _Port("far")
    beyond = {near: far, far: near}
    poll = select.poll()
    for file in (sys.stdin.fileno(), near.sock.fileno(), far.sock.fileno()):
        poll.register(file, select.POLLIN)
    waiting: list[tuple[int, int, _Port, bytes]] = []
    numbers = itertools.count()
    asked: dict[tuple[int, int], int] = {}
    seen: list[tuple[int, int, int]] = []
    sys.stdout.write("carrying\n")
    sys.stdout.flush()
    while True:
        pause = max(0.0, (waiting[0][0] - time.time_ns()) / 1e6) if waiting else None
        if any(file == sys.stdin.fileno() for file, _ in poll.poll(pause)):
            return seen
        for port, other in beyond.items():
            while got := port.receive():
                at, frame = got
                if port is near and (echo := _echo(frame)) and echo[0] in (8, 128):
                    asked[echo[1:3]] = at
                heapq.heappush(waiting, (at + delay_ns, next(numbers), other, frame))
        while waiting and waiting[0][0] <= time.time_ns():
            *_, port, frame = heapq.heappop(waiting)
            now = time.time_ns()
            port.sock.send(frame)
            if port is near and (echo := _echo(frame)) and echo[1:3] in asked:
                seen.append((echo[3], echo[2], now - asked.pop(echo[1:3])))


def _echo(frame: bytes) -> tuple[int, int, int, int] | None:
    """(type, ident, sequence, payload size) of an echo request or reply."""
    kind = frame[12:14]
    if kind == b"\x08\x00" and frame[23] == socket.IPPROTO_ICMP:
        at, end = _ETHERNET + (frame[14] & 15) * 4, _ETHERNET + int.from_bytes(frame[16:18], "big")
    elif kind == b"\x86\xdd" and frame[20] == socket.IPPROTO_ICMPV6:
        at = _ETHERNET + _IPV6
        end = at + int.from_bytes(frame[18:20], "big")
    else:
        return None
    message, _, _, ident, sequence = _ECHO.unpack_from(frame, at)
    return (message, ident, sequence, end - at - 8) if message in (0, 8, 128, 129) else None


if __name__ == "__main__":
    found = carry(int(float(sys.argv[1]) * 1e6))
    json.dump(found, sys.stdout)
