"""The child that hears traps: `python -m probes.traps.receiver FD`, FD a bound UDP socket.

It is told on its standard input whom to believe, tells on its standard output what it heard, and
ends when its input does: with the monitor. It opens no file and no database.
"""

from __future__ import annotations

import contextlib
import os
import resource
import selectors
import signal
import socket
import sys
import time
from collections import Counter, deque
from pathlib import Path
from typing import Any

from probes import sockets
from probes.traps import frames
from probes.traps.sift import Plan, Sift
from probes.traps.v3 import User, Versions3

TURN_S = 0.25
BATCH = 1_000  # datagrams in a turn, so that the rest gets its turn too
COUNTS_NS = 1_000_000_000
UNTOLD = 2_000  # words that wait while the monitor does not read
HANG_S = 20  # a turn that takes so long is none
MEMORY = 1 << 30  # bytes of address space

KERNEL, UNTOLD_NAME = "kernel", "untold"
_DATAGRAM = 65_535
_CONTROL = socket.CMSG_SPACE(32)
_IP_PKTINFO = 8


class Receiver:
    def __init__(self, sock: socket.socket, inbox: int, outbox: int) -> None:
        self._sock, self._inbox, self._outbox = sock, inbox, outbox
        self._frames = frames.Frames(frames.TO_CHILD)
        self._sift: Sift | None = None
        self._words: deque[bytes] = deque()
        self._more: Counter[str] = Counter()
        self._kernel = sockets.dropped(sock)
        self._counted_ns = time.monotonic_ns()
        self._selector = selectors.DefaultSelector()
        self._selector.register(inbox, selectors.EVENT_READ)
        for fd in (sock.fileno(), inbox, outbox):
            os.set_blocking(fd, False)

    def run(self) -> None:
        """Until the monitor is gone."""
        while True:
            signal.alarm(HANG_S)  # without a handler: the end of a child that hangs
            ready = {key.fd for key, _ in self._selector.select(TURN_S)}
            if self._inbox in ready and not self._listen():
                self._last_words()
                return
            now_ns = time.monotonic_ns()
            if self._sift is not None:
                if self._sock.fileno() in ready:
                    self._drain(self._sift, now_ns)
                for heard in self._sift.again(now_ns):
                    self._tell(heard.document())
                self._count(self._sift, now_ns)
            if not self._write():
                return

    def _listen(self) -> bool:
        """What the monitor tells; False: it is gone."""
        try:
            data = os.read(self._inbox, 1 << 20)
        except BlockingIOError:
            return True
        for document in self._frames.feed(data):
            self._know(document)
        return bool(data)

    def _know(self, document: dict[str, Any]) -> None:
        """The first document makes us begin; users are those of the first."""
        if self._sift is None:
            users = [User(*each) for each in document["users"]]
            engine_id = bytes.fromhex(document["engine_id"])
            self._sift = Sift(Versions3(engine_id, document["boots"], users))
            self._selector.register(self._sock, selectors.EVENT_READ)
        communities = frozenset(text.encode() for text in document["communities"])
        self._sift.know(Plan(frozenset(document["sources"]), communities))

    def _drain(self, sift: Sift, now_ns: int) -> None:
        receive = self._sock.recvmsg
        for _ in range(BATCH):
            try:
                data, control, _, sender = receive(_DATAGRAM, _CONTROL)
            except (BlockingIOError, ConnectionError):
                return
            taken = sift.take(data, plain_address(sender[0]), now_ns)
            if taken.heard is not None:
                self._tell(taken.heard.document())
            for answer in taken.answers:
                self._send(answer, control, sender)

    def _send(self, answer: bytes, control: list[tuple[int, int, bytes]], sender: Any) -> None:
        """From the address that was asked: the sender believes no other, and else asks again."""
        try:
            self._sock.sendmsg([answer], [c for c in map(_reply, control) if c], 0, sender)
        except OSError:
            self._more["unanswered"] += 1

    def _tell(self, document: object) -> None:
        if len(self._words) >= UNTOLD:
            self._more[UNTOLD_NAME] += 1
        else:
            self._words.append(frames.encode(document))

    def _last_words(self) -> None:
        """What was heard and counted until the end, as far as somebody reads it."""
        if self._sift is not None:
            self._drain(self._sift, time.monotonic_ns())
            self._count(self._sift, self._counted_ns + COUNTS_NS)
            self._write()

    def _count(self, sift: Sift, now_ns: int) -> None:
        if now_ns - self._counted_ns < COUNTS_NS:
            return
        self._counted_ns = now_ns
        dropped = sockets.dropped(self._sock)
        self._more[KERNEL] += dropped - self._kernel
        self._kernel = dropped
        self._words.append(frames.encode({"counts": sift.counts() | +self._more}))
        self._more.clear()

    def _write(self) -> bool:
        """False: the monitor is gone. What the pipe does not take now it takes in a later turn."""
        while self._words:
            word = self._words.popleft()
            try:
                written = os.write(self._outbox, word)
            except BlockingIOError:
                written = 0
            except BrokenPipeError:
                return False
            if written < len(word):
                self._words.appendleft(word[written:])
                break
        return True


def plain_address(address: str) -> str:
    """As sites.toml has it: IPv4 on a socket of IPv6 looks different, link-local has a zone."""
    return address.removeprefix("::ffff:") if "." in address else address


def _reply(control: tuple[int, int, bytes]) -> tuple[int, int, bytes] | None:
    """Where a datagram came in → where its answer leaves; the way there is found by the kernel."""
    level, kind, data = control
    if level == socket.IPPROTO_IPV6 and kind == socket.IPV6_PKTINFO:
        link_local = data[:2] == b"\xfe\x80"
        return level, kind, data if link_local else data[:16] + bytes(4)  # address, index
    if level == socket.IPPROTO_IP and kind == _IP_PKTINFO:
        return level, kind, bytes(4) + data[4:8] + bytes(4)  # index, address, its old destination
    return None


def bound(host: str, port: int) -> socket.socket:
    """The socket of the child, which the monitor opens: OSError where it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)  # [::] hears IPv4 too
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        sock.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        sockets.raise_receive_buffer(sock)
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock


def main() -> int:
    """0: the monitor is gone; 1: broken, and said where, without any text of others."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the end of our input ends us, in order
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sock = socket.socket(fileno=int(sys.argv[1]))
    try:
        Receiver(sock, sys.stdin.fileno(), sys.stdout.fileno()).run()
    except Exception as error:
        with contextlib.suppress(OSError):
            os.write(sys.stdout.fileno(), frames.encode({"failed": _place(error)}))
        return 1
    return 0


def _place(error: Exception) -> str:
    """The kind of the error and where it arose."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
    return f"{type(error).__name__} at {where}"


if __name__ == "__main__":
    sys.exit(main())
