"""A child that fills a record with a network in trouble, and changes it on demand.

    python -m benchmarks.board_storm FOLDER DEVICES [DEVICES_A_SITE]

It prints "ready". From "storm" on it commits 500 changes a second; to "rest" it answers with one
line of JSON: how many changes, in how many seconds, and when each new root was committed. Any other
word, or the end of stdin, stops it: it closes the record and prints "stopped".
"""

from __future__ import annotations

import json
import random
import select
import sys
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from inventory.acts import provinces
from inventory.model import Device, End, Link, Network, Provider, Site, Unit
from store.changes import Batch, Reading, Seeing, Sight, Verdict
from store.declare import agree
from store.engine import open_writer
from store.migrate import migrate
from store.states import State
from store.urls import sqlite_url
from store.writer import Writer

RECORD = "record.db"
PER_SITE, HUBS = 33, 12
CHANGES, EVERY_S = 125, 0.25  # of each commit
BEAT_S = 10.0  # as the monitor
STANDING, CUT = 90, 10  # roots before we begin: devices at the edge, sites that are cut off
MEMBERS, MEMBER_LASTS = 3, 8  # behind cut sites: so many go a commit, for so many commits
ROOT_EVERY, ROOT_LASTS = 8, 12  # commits
HOUR_MS = 3_600_000


def network(devices: int, per_site: int = PER_SITE) -> Network:
    """Offices of a province below twelve hubs and one centre, `per_site` devices and a circuit
    each."""
    units = {said["id"]: Unit(**said) for said in provinces()["51"]}  # type: ignore[arg-type]
    communes = [unit for unit in units.values() if unit.level == "commune"]
    sites = {"s0": Site(id="s0", name="Trung tâm Dữ liệu tỉnh", unit="51")}
    links: dict[str, Link] = {}
    for at in range(1, devices // per_site):
        unit, above = communes[at % len(communes)], f"s{0 if at <= HUBS else 1 + at % HUBS}"
        name = f"Ủy ban nhân dân {unit.name} {at}"
        sites[f"s{at}"] = Site(
            id=f"s{at}", name=name, unit=unit.id, uplink=(above,), **_degrees(at)
        )
        ends = End(site=above), End(site=f"s{at}")
        links[f"L{at}"] = Link(id=f"L{at}", a=ends[0], b=ends[1], provider="vnpt")
    return Network(
        name="Đo bảng",
        timezone="Asia/Ho_Chi_Minh",
        anchor=(device_key(0),),
        providers={"vnpt": Provider(id="vnpt", name="VNPT")},
        units=units,
        sites=sites,
        devices={device_key(n): _device(n, len(sites), per_site) for n in range(devices)},
        links=links,
    )


def device_key(number: int) -> str:
    return f"d{number:05}"


def _degrees(at: int) -> dict[str, float]:
    dice = random.Random(at)
    return {"lat": 14.5 + dice.random(), "lon": 108.2 + 0.8 * dice.random()}


def _device(number: int, sites: int, per_site: int) -> Device:
    """The first of each site is its router."""
    return Device(
        id=device_key(number),
        site=f"s{min(number // per_site, sites - 1)}",
        role="switch" if number % per_site else "router",
        address=f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}",
    )


class Storm:
    """What each commit holds; times are UTC milliseconds."""

    def __init__(
        self, ids: Mapping[tuple[str, str], int], devices: int, per_site: int = PER_SITE
    ) -> None:
        self._dice = random.Random(7)
        self._ids, self._per_site = ids, per_site
        self._devices = [ids["device", device_key(n)] for n in range(devices)]
        self._router_of: dict[int, int] = {}  # member → root
        self._up: list[int] = []
        self._away: deque[list[int]] = deque()  # members that are back for a while
        self._roots: deque[int] = deque()
        self._commits = 0

    def standing(self, now_ms: int) -> Batch:
        """All up, but for the roots that stand already, and what is behind them."""
        edge, sites = (
            range(1, len(self._devices), self._per_site),
            len(self._devices) // self._per_site,
        )
        roots = {self._devices[n] for n in self._dice.sample(edge, min(STANDING, len(edge) // 4))}
        verdicts = [_down(root, now_ms - self._dice.randrange(HOUR_MS)) for root in roots]
        for site in self._dice.sample(range(HUBS + 1, sites), CUT):
            router, *members = self._devices[site * self._per_site : (site + 1) * self._per_site]
            members = [member for member in members if member not in roots]
            at = now_ms - self._dice.randrange(HOUR_MS)
            hidden = [*members, self._ids["site", f"s{site}"]]
            verdicts += [_down(router, at), *(_down(one, at, router) for one in hidden)]
            self._router_of |= dict.fromkeys(members, router)
        wrong = {verdict.thing_id for verdict in verdicts}
        right = [thing for thing in self._ids.values() if thing not in wrong]
        self._up = [device for device in self._devices[1:] if device not in wrong]
        self._dice.shuffle(self._up)
        verdicts += [
            Verdict(thing_id=thing, state=State.UP, since_ms=now_ms - HOUR_MS, reason="answers")
            for thing in right
        ]
        sees = Seeing(sight=Sight.OPENED, at_ms=now_ms)
        return Batch(at_ms=now_ms, verdicts=tuple(verdicts), seeing=(sees,))

    def next(self, now_ms: int) -> tuple[Batch, int | None]:
        """125 changes, and the root among them, if one is new."""
        away = {member for each in self._away for member in each}
        back = self._dice.sample(sorted(self._router_of.keys() - away), MEMBERS)
        verdicts = [_up(member, now_ms) for member in back]
        self._away.append(back)
        if len(self._away) > MEMBER_LASTS:
            gone = self._away.popleft()
            verdicts += [_down(member, now_ms, self._router_of[member]) for member in gone]
        root = self._up.pop() if self._commits % ROOT_EVERY == 0 else None
        self._roots.append(root or 0)
        if root is not None:
            verdicts.append(_down(root, now_ms))
        if len(self._roots) > ROOT_LASTS and (well := self._roots.popleft()):
            verdicts.append(_up(well, now_ms))
        self._commits += 1
        read = self._dice.sample(self._up, CHANGES - len(verdicts))
        readings = tuple(map(self._reading, read))
        return Batch(at_ms=now_ms, verdicts=tuple(verdicts), readings=readings), root

    def _reading(self, thing_id: int) -> Reading:
        rtt_us = self._dice.randrange(1_000, 30_000)
        loss_pct = float(self._dice.choice((0, 0, 0, 2, 5)))
        return Reading(thing_id=thing_id, rtt_us=rtt_us, loss_pct=loss_pct, jitter_us=rtt_us // 9)


def _down(thing_id: int, at_ms: int, root: int | None = None) -> Verdict:
    return Verdict(
        thing_id=thing_id,
        state=State.DOWN if root is None else State.UNREACHABLE,
        since_ms=at_ms,
        reason="no_answer",
        root_thing_id=root,
        last_good_ms=at_ms - 1_000,
        first_bad_ms=at_ms,
        last_bad_ms=at_ms,
    )


def _up(thing_id: int, at_ms: int) -> Verdict:
    return Verdict(
        thing_id=thing_id,
        state=State.UP,
        since_ms=at_ms,
        reason="answers",
        last_bad_ms=at_ms - 1,
        first_good_ms=at_ms,
    )


def run(folder: Path, devices: int, per_site: int = PER_SITE) -> None:
    """Until it is told to stop."""
    engine = open_writer(sqlite_url(folder / RECORD))
    migrate(engine)
    with engine.begin() as conn:
        ids = agree(conn, network(devices, per_site), _now_ms()).ids
    things = {pair: thing for pair, thing in ids.items() if pair[0] in ("device", "site", "link")}
    storm, writer = Storm(things, devices, per_site), Writer(engine, "bench")
    writer.start(_now_ms())
    writer.submit(storm.standing(_now_ms())).result()
    print("ready", flush=True)
    try:
        _serve(storm, writer, {thing: key for (_, key), thing in things.items()})
    finally:
        writer.close(_now_ms(), seen_ms=_now_ms())
    print("stopped", flush=True)


def _serve(storm: Storm, writer: Writer, keys: Mapping[int, str]) -> None:
    began: float | None = None  # None: at rest
    roots: dict[str, float] = {}
    changes, due, beat = 0, 0.0, time.monotonic() + BEAT_S
    while True:
        wake = min(due, beat) if began is not None else beat
        if select.select([sys.stdin], [], [], max(0.0, wake - time.monotonic()))[0]:
            word = sys.stdin.readline().strip()
            if word == "storm":
                began, changes, roots = time.monotonic(), 0, {}
                due = began
            elif word == "rest" and began is not None:
                told = {"changes": changes, "seconds": time.monotonic() - began, "roots": roots}
                print(json.dumps(told), flush=True)
                began = None
            else:
                return
            continue
        if time.monotonic() >= beat:
            beat += BEAT_S
            sees = Seeing(sight=Sight.SEEN, at_ms=_now_ms())
            writer.submit(Batch(at_ms=_now_ms(), seeing=(sees,))).result()
        if began is not None and time.monotonic() >= due:
            due += EVERY_S
            batch, root = storm.next(_now_ms())
            writer.submit(batch).result()
            changes += CHANGES
            if root is not None:
                roots[keys[root]] = time.monotonic()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


if __name__ == "__main__":
    run(Path(sys.argv[1]), *map(int, sys.argv[2:4]))
