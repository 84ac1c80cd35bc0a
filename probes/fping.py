"""Pings by the program fping, where we may open no ICMP socket but it may."""

from __future__ import annotations

import logging
import os
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from time import monotonic_ns, time_ns
from typing import BinaryIO

from probes.refusals import Refused
from probes.results import MISSED, UNSENT, Ping

log = logging.getLogger(__name__)

SLICE_NS = 500_000_000  # what is asked within it goes to one process
SPREAD_NS = 400_000_000  # over which that process sends
AT_ONCE = 400
_RUNNING_MAX = 16  # at most; what is asked meanwhile waits
_GRACE_S = 5.0  # beyond its own time, before it is killed
_OUTPUT_MAX = 1 << 20  # bytes
_PERMITTED = (0, 1, 2)  # exit: all answered; some silent; some not found (fping(8))
_TEST_MS = 1000


def refused_by_fping(program: str) -> str | None:
    """Why it cannot ping on this machine; None where it can. Takes some milliseconds."""
    words = [program, "-C", "1", "-q", "-t", str(_TEST_MS), "127.0.0.1"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=_GRACE_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode in _PERMITTED:
        return None
    return done.stderr.strip() or f"exit code {done.returncode}"


@dataclass(frozen=True, slots=True)
class _Slice:
    """One process, and whom it asks: `nodes` by address."""

    process: subprocess.Popen[bytes]
    said: BinaryIO
    errors: BinaryIO
    nodes: dict[str, list[int]]
    timeout_ns: int
    began_ns: int
    ends_ns: int


class FpingPinger:
    """Like `Pinger`; what was asked within half a second is told once all of it has ended.

    It costs some milliseconds twice a second. Misses are known by up to half a second later, and
    nobody tells who said "unreachable".
    """

    overflowed = 0
    at_once = AT_ONCE
    kinds = {"ipv4": "fping", "ipv6": "fping"}  # noqa: RUF012, it is a constant

    def __init__(self, program: str, *, timeout_s: float = 2.0) -> None:
        self._program = program
        self._timeout_ns = int(timeout_s * 1e9)
        self._waiting: dict[str, list[int]] = {}
        self._waits_since = 0
        self._running: list[_Slice] = []
        self._unsent: list[Ping] = []

    def send(self, asks: Iterable[tuple[int, str]]) -> None:
        """Ping (node, address) each; an address is an IPv4 or IPv6 literal."""
        for node, address in asks:
            if not _literal(address):
                self._unsent.append((node, monotonic_ns(), UNSENT))
                continue
            if not self._waiting:
                self._waits_since = monotonic_ns()
            self._waiting.setdefault(address, []).append(node)

    def drain(self) -> list[Ping]:
        """What has ended since the last drain; and the next process begins when it is time."""
        pings, self._unsent = self._unsent, []
        now = monotonic_ns()
        for one in list(self._running):
            code = one.process.poll()
            if code is None and now < one.ends_ns:
                continue
            self._running.remove(one)
            pings += self._ended(one, code)
        due = self._waiting and now - self._waits_since >= SLICE_NS
        if due and len(self._running) < _RUNNING_MAX:
            self._start(now)
        return pings

    def wait(self, timeout_s: float) -> None:
        """How long an answer may take from now on."""
        self._timeout_ns = int(timeout_s * 1e9)

    def refusals(self) -> list[Refused]:
        return []

    def close(self) -> None:
        for one in self._running:
            one.process.kill()
            one.process.wait()
            one.said.close()
            one.errors.close()
        self._running.clear()

    def _start(self, now: int) -> None:
        nodes, self._waiting = self._waiting, {}
        gap_ns = SPREAD_NS // len(nodes)
        words = [self._program, "-C", "1", "-D", "-i", f"{gap_ns / 1e6:.3f}"]
        words += ["-t", str(self._timeout_ns // 1_000_000)]
        said, errors = _in_memory(b""), _in_memory(b"")
        with _in_memory("".join(f"{address}\n" for address in nodes).encode()) as listed:
            try:
                process = subprocess.Popen(
                    words, stdin=listed, stdout=said, stderr=errors, start_new_session=True
                )
            except OSError as error:
                log.warning("fping does not start: %s", error)
                said.close()
                errors.close()
                self._unsent += [(n, now, UNSENT) for some in nodes.values() for n in some]
                return
        takes_ns = len(nodes) * max(gap_ns, 1_000_000) + self._timeout_ns
        ends_ns = now + takes_ns + int(_GRACE_S * 1e9)
        self._running.append(_Slice(process, said, errors, nodes, self._timeout_ns, now, ends_ns))

    def _ended(self, one: _Slice, code: int | None) -> list[Ping]:
        """Of one that hung, or that failed half way, we know what it has said by then."""
        if code is None:
            one.process.kill()
            one.process.wait()
            log.warning("fping hung and was killed: what it did not tell is unknown")
        elif code not in _PERMITTED:
            log.warning("fping failed: %s", _read(one.errors).strip() or f"exit code {code}")
        told = self._told(one)
        one.errors.close()
        pings = []
        for address, nodes in one.nodes.items():
            found = told.get(address)
            if found is None and code is not None:
                found = (one.began_ns, UNSENT)  # it is silent of what could not be sent
            if found is not None:
                pings += [(node, *found) for node in nodes]
        return pings

    def _told(self, one: _Slice) -> dict[str, tuple[int, int]]:
        """Address → (sent, rtt) as in a `Ping`. Its own stamps tell when an answer came or when
        it gave up: `[1795685980.72230] 127.0.0.1 : [0], 64 bytes, 0.031 ms (…`."""
        now, to_monotonic = monotonic_ns(), monotonic_ns() - time_ns()
        told: dict[str, tuple[int, int]] = {}
        for line in _read(one.said).splitlines():
            stamp, bracket, rest = line.removeprefix("[").partition("] ")
            address, colon, words = rest.partition(" : [0], ")
            if not bracket or not colon or address.strip() not in one.nodes:
                continue
            with suppress(ValueError, IndexError):
                at = int(float(stamp) * 1e9) + to_monotonic
                missed = words.startswith("timed out")
                rtt = MISSED if missed else int(float(words.split(", ")[1].split()[0]) * 1e6)
                sent = at - (one.timeout_ns if missed else rtt)
                told[address.strip()] = (min(max(sent, one.began_ns), now), rtt)
        one.said.close()
        return told


def _literal(address: str) -> bool:
    try:
        ip_address(address)
    except ValueError:
        return False
    return "\n" not in address


def _in_memory(content: bytes) -> BinaryIO:
    """A file without a name, which no pipe can block on."""
    file = os.fdopen(os.memfd_create("fping"), "w+b")
    file.write(content)
    file.seek(0)
    return file


def _read(file: BinaryIO) -> str:
    file.seek(0)
    return file.read(_OUTPUT_MAX).decode(errors="replace")
