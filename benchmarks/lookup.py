"""The look-up over 20,000 devices: build, memory, each question; beside FTS5 with trigrams."""

from __future__ import annotations

import os
import random
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from sys import intern
from typing import TypeVar

from benchmarks.figures import rss_mb, titled
from inventory.acts import provinces
from inventory.folding import fold
from inventory.lookup import Entry, Index, Text
from inventory.model import Device, End, Link, Network, Provider, Site, Unit
from reports.web.site import SWITCH_S
from store.declare import agree
from store.engine import open_writer
from store.finding import entries
from store.migrate import migrate
from store.reader import open_questions
from store.thrift import no_collector
from store.urls import sqlite_url

PROGRAMS: tuple[str, ...] = ()
SITES, ROLES = 3_340, ("router", "switch", "switch", "ont", "ups", "ap")
QUESTIONS = 400
PORTS, DESCRIBED = 24, 4  # of each device; those with a description
T = TypeVar("T")
GOAL_MS, LATE_MS = 10.0, 20.0
LOOK_S = 0.0005


def compare(work: Path, *, quick: bool) -> str:
    """A table in Markdown."""
    network = country(SITES // 10 if quick else SITES)
    url = sqlite_url(work / "record.db")
    engine = open_writer(url, durable=False)
    migrate(engine)
    with engine.begin() as conn:
        agree(conn, network, 1_800_000_000_000)
    engine.dispose()
    reader = open_questions(url)
    before = rss_mb(os.getpid())
    with no_collector():
        with reader._read() as conn:
            read, read_s, read_late_s = _aside(lambda: entries(conn))
        reader.close()
        found = [_ported(entry, number) for number, entry in enumerate(read)]
        del read
        index, built_s, built_late_s = _aside(lambda: Index(found))
    grown = rss_mb(os.getpid()) - before
    asked = list(questions(network, random.Random(1)))
    peer = _peer(found)
    ours, theirs = (_times(ask, asked) for ask in (index.find, peer))
    rows = [
        f"| {name} | {median(times):.1f} | {_p95(times):.1f} | {max(times):.1f} |"
        for name, times in (("canh", ours), ("SQLite FTS5, trigrams, no slips", theirs))
    ]
    head = [
        f"{len(network.devices):,} devices with {PORTS} ports, {len(found):,} things; {len(asked)}"
        " questions: names with and without tones, slips, serials, addresses, MACs, circuits.",
        "",
        f"| ms a question (goal: under {GOAL_MS:g}) | median | p95 | highest |",
        "|---|--:|--:|--:|",
    ]
    tail = [
        "",
        f"Reading the record {read_s:.1f} s, building the index {built_s:.1f} s, once; together"
        f" {grown:.0f} MB. Another thread waits for its turn by {1000 * read_late_s:.0f} and"
        f" {1000 * built_late_s:.0f} ms at most (goal: {LATE_MS:g}).",
    ]
    return titled("Look-up", [*head, *rows, *tail])


def _ported(entry: Entry, number: int) -> Entry:
    """With what `store.finding` tells of the ports of a device: a MAC each, some descriptions."""
    if entry.kind != "device":
        return entry
    texts = list(entry.texts)
    for port in range(PORTS):
        nth = number * PORTS + port
        pairs = (0, 0x1B, nth >> 24, nth >> 16 & 255, nth >> 8 & 255, nth & 255)
        field = intern(f"port Gi0/{port}")
        texts.append(Text(field, ":".join(f"{pair:02x}" for pair in pairs), 0.9))
        if port < DESCRIBED:
            texts.append(Text(field, f"Đến {entry.where} {port}", 0.7))
    return entry._replace(texts=tuple(texts))


def country(sites: int) -> Network:
    """Offices named as communes are, with six devices and a circuit each."""
    said = [unit for units in provinces().values() for unit in units]
    units = {unit["id"]: Unit(**unit) for unit in said}  # type: ignore[arg-type]
    communes = [unit for unit in units.values() if unit.level == "commune"]
    places: dict[str, Site] = {}
    devices: dict[str, Device] = {}
    links: dict[str, Link] = {}
    for at in range(sites):
        unit = communes[at % len(communes)]
        ward = f" {at // len(communes)}" if at >= len(communes) else ""
        key = f"s{at}"
        places[key] = Site(id=key, name=f"Ủy ban nhân dân {unit.name}{ward}", unit=unit.id)
        for port, role in enumerate(ROLES):
            number = at * len(ROLES) + port
            high, middle, low = number >> 16, number >> 8 & 255, number & 255
            name = f"{key}-{role}{port}"
            devices[name] = Device(
                id=name,
                site=key,
                role=role,
                address=f"10.{high}.{middle}.{low}",
                serial=f"SN{number * 7919 % 10**7:07}",
                asset_tag=f"QNI-{number:06}",
                mac=f"00:1a:2b:{high:02x}:{middle:02x}:{low:02x}",
                vendor="Cisco",
                model="C9200L-24T",
            )
        if at:
            ends = End(site="s0"), End(site=key)
            links[f"L{at}"] = Link(
                id=f"L{at}", a=ends[0], b=ends[1], provider="vnpt", circuit_id=f"VNP-{at:05}"
            )
    return Network(
        name="Cả nước",
        timezone="Asia/Ho_Chi_Minh",
        providers={"vnpt": Provider(id="vnpt", name="VNPT")},
        units=units,
        sites=places,
        devices=devices,
        links=links,
    )


def questions(network: Network, dice: random.Random) -> Iterator[str]:
    """What people type, in turn."""
    names = [unit.name.split(" ", 1)[1] for unit in network.units.values()]
    devices, links = list(network.devices.values()), list(network.links.values())
    for number in range(QUESTIONS):
        name, device = dice.choice(names), dice.choice(devices)
        yield (
            name,
            fold(name),
            _slip(fold(name), dice),
            f"{device.role} {fold(name)}",
            str(device.serial),
            str(device.address),
            str(device.mac).replace(":", "-"),
            str(dice.choice(links).circuit_id),
        )[number % 8]


def _slip(word: str, dice: random.Random) -> str:
    at = dice.randrange(1, len(word))
    return word[:at] + dice.choice("aeinhgt") + word[at + 1 :]


def _peer(found: Sequence[Entry]) -> Callable[[str], object]:
    """All texts of a thing in one row, without tones, asked for all words of the question."""
    held = sqlite3.connect(":memory:")
    held.execute("CREATE VIRTUAL TABLE t USING fts5(x, tokenize='trigram')")
    rows = ((fold(" ".join(text.text for text in entry.texts)),) for entry in found)
    held.executemany("INSERT INTO t VALUES (?)", rows)

    def ask(question: str) -> object:
        words = [f'"{word}"' for word in fold(question).split() if len(word) > 2]
        wanted = "SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT 20"
        return held.execute(wanted, (" ".join(words) or '"   "',)).fetchall()

    return ask


def _times(ask: Callable[[str], object], asked: Sequence[str]) -> list[float]:
    times = []
    for question in asked:
        began = time.perf_counter()
        ask(question)
        times.append(1000 * (time.perf_counter() - began))
    return times


def _aside(make: Callable[[], T]) -> tuple[T, float, float]:
    """What it makes in a thread, its seconds, and by how many it held up this one at most."""
    sys.setswitchinterval(SWITCH_S)
    began = last = time.perf_counter()
    late_s = 0.0
    with ThreadPoolExecutor(1) as pool:
        making = pool.submit(make)
        while not making.done():
            time.sleep(LOOK_S)
            now = time.perf_counter()
            late_s, last = max(late_s, now - last - LOOK_S), now
    return making.result(), last - began, late_s


def _p95(times: Sequence[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]
