"""The monitor's keeping of samples, in a process of its own, told line by line what to do.

`feed`: a day of polls, a minute at a time, as the writer's thread keeps them; `end`: the day is
over; `read`: some days of one series; each is answered with a line.
"""

from __future__ import annotations

import argparse
import sys
import time
from array import array
from collections import deque
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
from sqlalchemy import select

from benchmarks import networks, sample_data
from cli.apart import spare_the_collector
from cli.monitor import YOUNG
from store.changes import Batch, DeviceSaid, Interface
from store.declare import agree
from store.engine import open_reader, open_writer
from store.migrate import migrate
from store.sample_file import place
from store.sample_keeper import SampleKeeper
from store.sample_reader import open_samples
from store.samples import DAY_MS, MINUTE_MS, Flush, Measure, Pings, Roster, Samples
from store.tables import interface_fact
from store.urls import sqlite_url
from store.writer import Writer

READS = 200


class Keeping:
    def __init__(
        self, work: Path, devices: int, ports: int, polls: int, start_ms: int, *, busy_only: bool
    ) -> None:
        self.url = sqlite_url(work / "record.db")
        self.start_ms = start_ms
        self.names = tuple(f"ge-0/0/{k}" for k in range(ports))
        self.devices = _recorded(self.url, devices, self.names, start_ms)
        indexes = tuple(range(1, ports + 1))
        self.rosters = [Roster(i, indexes, self.names, bytes(ports)) for i in self.devices]
        self.load = sample_data.load(devices, ports, start_ms, polls, busy_only=busy_only)
        self.polls = self._as_the_poller_has_them()
        self.work: deque[Callable[[], None]] = deque()
        self.samples = Samples()
        self.keeper = SampleKeeper(self.url, "bench", self.work.append)
        self.dice = np.random.default_rng(7)

    def feed(self) -> str:
        for minute in self.polls:
            for at_ms, d, up, admin, oper, counters in minute:
                self.samples.ports(at_ms, self.rosters[d], up, admin, oper, counters)
            self._keep(self.samples.flush(minute[-1][0] + MINUTE_MS))
        return str(self.load.samples)

    def end(self) -> str:
        """Bytes of the file that are in use; a backup of it has that size."""
        for k in range(3):
            nothing = Pings(array("Q"), array("q"), array("Q"))
            self._keep(Flush(self.start_ms + DAY_MS + (5 + k) * MINUTE_MS, nothing, (), ()))
        self.keeper.close()
        engine = open_reader(place(self.url).render_as_string(hide_password=False))
        with engine.connect() as conn:
            pages, free, size = (
                int(conn.exec_driver_sql(f"PRAGMA {what}").scalar_one())
                for what in ("page_count", "freelist_count", "page_size")
            )
        engine.dispose()
        return str((pages - free) * size)

    def read(self) -> str:
        """p50 and p95 of the milliseconds that reading a day of one series takes, when warm."""
        things = self._interfaces()
        took = []
        with closing(open_samples(self.url)) as reader:
            for thing_id in self.dice.choice(things, READS):
                began = time.perf_counter()
                points = reader.series(
                    int(thing_id), Measure.IN_OCTETS, self.start_ms, self.start_ms + DAY_MS
                )
                took.append(time.perf_counter() - began)
                assert len(points) == self.load.at_ms.shape[1], len(points)
        return ", ".join(f"{1000 * float(np.percentile(took[10:], p)):.1f}" for p in (50, 95))

    def _keep(self, flush: Flush | None) -> None:
        if flush is not None:
            self.keeper.keep(flush)
        while self.work:
            self.work.popleft()()

    def _as_the_poller_has_them(self) -> list[list[tuple[int, int, int, bytes, bytes, bytes]]]:
        """Minute after minute, each poll as bytes."""
        load, found = self.load, []
        for k in range(load.at_ms.shape[1]):
            minute = [
                (
                    int(load.at_ms[d, k]),
                    d,
                    int(load.at_ms[d, k] - self.start_ms) // 1000 + 1_000_000,
                    b"\x01" * load.status.shape[1],
                    load.status[d].tobytes(),
                    load.counters[d, k].tobytes(),
                )
                for d in range(len(load.at_ms))
            ]
            found.append(sorted(minute))
        return found

    def _interfaces(self) -> list[int]:
        engine = open_reader(self.url)
        with engine.connect() as conn:
            found = list(conn.execute(select(interface_fact.c.thing_id)).scalars())
        engine.dispose()
        return found


def _recorded(url: str, devices: int, names: tuple[str, ...], start_ms: int) -> list[int]:
    """A record that knows the devices and their interfaces → the devices' ids."""
    network = networks.as_declared(networks.polled(devices, networks.LAN_PORTS + 1, 60))
    engine = open_writer(url)
    migrate(engine)
    with engine.begin() as conn:
        ids = agree(conn, network, start_ms).ids
    found = [ids["device", key] for key in network.devices]
    rows = tuple(_interface(k, name) for k, name in enumerate(names, 1))
    writer = Writer(engine, "bench")
    writer.start(start_ms)
    said = tuple(DeviceSaid(thing_id=i, status="ok", detail="", interfaces=rows) for i in found)
    writer.submit(Batch(at_ms=start_ms, said=said)).result()
    writer.close(start_ms, seen_ms=None)
    return found


def _interface(index: int, name: str) -> Interface:
    return Interface(
        if_index=index,
        if_name=name,
        if_descr=None,
        if_alias=None,
        if_type=6,
        mac=None,
        speed_bps=10**9,
        admin_status=1,
        oper_status=1,
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.sample_monitor")
    parser.add_argument("work", type=Path)
    parser.add_argument("--devices", type=int, required=True)
    parser.add_argument("--ports", type=int, required=True)
    parser.add_argument("--polls", type=int, default=1440)
    parser.add_argument("--start", type=int, required=True)
    parser.add_argument("--busy", action="store_true")
    args = parser.parse_args()
    sizes = (args.devices, args.ports, args.polls, args.start)
    keeping = Keeping(args.work, *sizes, busy_only=args.busy)
    jobs = {"feed": keeping.feed, "end": keeping.end, "read": keeping.read}
    spare_the_collector(YOUNG)
    print("ready", flush=True)
    for line in sys.stdin:
        print(jobs[line.strip()](), flush=True)


if __name__ == "__main__":
    main()
