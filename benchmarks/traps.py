"""CPU per trap beside pysnmp, which hears the same; and the child at 5,000 traps a second."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config, engine
from pysnmp.entity.rfc3413 import ntfrcv

from benchmarks.child import ROOT, UselessError
from benchmarks.figures import Row, cpu_s, rss_mb, table, titled
from probes.traps.child import Child
from probes.traps.identity import Identity
from probes.traps.sift import Plan, Sift
from probes.traps.v3 import User, Versions3
from tests.probes.traps.datagrams import LINK_DOWN, SENDER, link_binds, v2c, v3
from tests.probes.traps.sender import KNOWN, MODULE, noise

PROGRAMS: tuple[str, ...] = ()
TITLE = "One trap, sifted and decoded"
RATE = 5_000
STEP_NS = 200_000  # as at 5,000 a second
CANH = User("canh", "sha256", "authauth", "aes128", "privpriv")
Take = Callable[[bytes, int], object]


@dataclass(frozen=True, slots=True)
class Load:
    """What comes, from a known source or not; `fresh` ones tell of another port each time."""

    name: str
    data: bytes
    source: str = KNOWN
    fresh: bool = False


LOADS = (
    Load("unknown source", noise(), "127.66.0.1"),
    Load("asks nothing of us", noise()),
    Load("linkDown told again and again", v2c(LINK_DOWN, link_binds(5))),
    Load("linkDown of another port each time", v2c(LINK_DOWN, link_binds(5)), fresh=True),
    Load("the same, v3 authPriv", v3(LINK_DOWN, link_binds(5)), fresh=True),
)


def compare(work: Path, *, quick: bool) -> str:
    """Each load in turn, then the child under a steady rate."""
    repeats, count = (2, 2_000) if quick else (5, 20_000)
    peers = {"pysnmp, v2c linkDown": LOADS[3].data, "pysnmp, v3 authPriv linkDown": LOADS[4].data}
    rows = [Row(f"canh: {load.name}", f"{count} traps") for load in LOADS]
    others = [Row(name, f"{count // 20} traps") for name in peers]
    for _ in range(repeats):
        for load, row in zip(LOADS, rows, strict=True):
            row.costs.append(_ours(load, count))
        for data, row in zip(peers.values(), others, strict=True):
            row.costs.append(_pysnmp(data, count // 20))
    flood = asyncio.run(_flood(work, 5.0 if quick else 60.0))
    return titled(TITLE, (table([*rows, *others], others[0], "µs"), "", str(flood)))


def _ours(load: Load, count: int) -> float:
    """CPU of what the child does between receiving and telling, in µs a trap."""
    sift = Sift(Versions3(b"\x80\0\0\0\x05bench", 1, [CANH]))
    sift.know(Plan(frozenset({KNOWN}), frozenset({b"public"})))
    told = 0
    before_ns = time.thread_time_ns()
    for n in range(count):
        # Fresh ones come in a rhythm that their rate allows; else each would be cut off.
        now_ns = n * (1_100_000_000 if load.fresh else STEP_NS)
        told += sift.take(load.data, load.source, now_ns).heard is not None
        if load.fresh:
            sift.again(now_ns + 1_050_000_000)
    spent_us = (time.thread_time_ns() - before_ns) / 1000
    if load.fresh and told < count // 100:
        raise UselessError(f"{load.name}: only {told} of {count} were told")
    return spent_us / count


def _pysnmp(data: bytes, count: int) -> float:
    """CPU of its receiver without a socket, for the same datagrams."""
    one = engine.SnmpEngine()
    config.add_v1_system(one, "any", "public")
    config.add_v3_user(
        one, CANH.name, config.USM_AUTH_HMAC192_SHA256, CANH.auth_key,
        config.USM_PRIV_CFB128_AES, CANH.priv_key, securityEngineId=SENDER.id,
    )  # fmt: skip
    heard: list[Any] = []
    ntfrcv.NotificationReceiver(one, lambda *_: heard.append(1))
    place = udp.UdpTransportAddress((KNOWN, 162))
    before_ns = time.thread_time_ns()
    for _ in range(count):
        one.message_dispatcher.receive_message(one, udp.SNMP_UDP_DOMAIN, place, data)
    spent_us = (time.thread_time_ns() - before_ns) / 1000
    if len(heard) != count:
        raise UselessError(f"pysnmp took {len(heard)} of {count} traps")
    return spent_us / count


# ---------------------------------------------------------------- a steady rate


@dataclass(slots=True)
class Flood:
    """What a child has made of so many traps, and how long each fallen link took to be known."""

    seconds: float
    sent: int = 0
    cpu_s: float = 0.0
    rss_mb: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    late_ms: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"The child at {self.sent / self.seconds:,.0f} traps a second for {self.seconds:g} s, "
            f"half of them of unknown sources: {100 * self.cpu_s / self.seconds:.1f} % of a core, "
            f"{self.rss_mb:.0f} MB; {len(self.late_ms)} fallen links known after "
            f"{median(self.late_ms):.0f} ms (median), {max(self.late_ms):.0f} ms (worst); "
            f"lost by the kernel: {self.counts['kernel']}; counted: "
            + ", ".join(f"{name} {number}" for name, number in sorted(self.counts.items()))
        )


async def _flood(work: Path, seconds: float) -> Flood:
    flood = Flood(seconds)
    child = Child(KNOWN, 0, Identity(work))
    child.know({"sources": [KNOWN], "communities": ["public"], "users": []})
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        while not flood.counts:  # it tells its counts once a second
            sock.sendto(b"", (KNOWN, child.port))
            await asyncio.sleep(0.1)
            flood.counts.update(child.counts())
    await asyncio.sleep(1.5)
    child.counts()
    flood.counts.clear()
    pid = child.pid
    before_s = cpu_s(pid)
    words = (str(child.port), str(RATE), str(seconds), "mixed")
    sender = await asyncio.create_subprocess_exec(
        sys.executable, "-m", MODULE, *words, cwd=ROOT, stdout=subprocess.PIPE
    )
    ended = asyncio.create_task(sender.communicate())
    known_ns: dict[int, int] = {}
    while not ended.done():
        known_ns |= {heard.if_index or 0: time.monotonic_ns() for heard in child.take()}
        flood.counts.update(child.counts())
        await asyncio.sleep(0.01)
    await asyncio.sleep(1.5)
    known_ns |= {heard.if_index or 0: time.monotonic_ns() for heard in child.take()}
    flood.counts.update(child.counts())
    flood.cpu_s = cpu_s(pid) - before_s
    flood.rss_mb = rss_mb(pid)
    said = ended.result()[0].decode().split()
    await child.close()
    *links, _, sent = said
    flood.sent = int(sent)
    for port, at_ns in zip(links[::2], links[1::2], strict=True):
        if int(port) not in known_ns:
            raise UselessError(f"the fallen link {port} was not heard: {dict(flood.counts)}")
        flood.late_ms.append((known_ns[int(port)] - int(at_ns)) / 1e6)
    return flood
