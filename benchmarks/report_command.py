"""`canh report` from the record to the file: of the sample province, and of a country."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import insert, update

from benchmarks import month_samples
from benchmarks.child import ROOT, UselessError
from demo.province import grow
from inventory.model import Network
from store.bulk import run_many
from store.declare import agree
from store.engine import open_writer
from store.migrate import migrate
from store.states import State
from store.tables import coverage, live, outage, span
from store.urls import sqlite_url
from tests.docs import month

RUNS = 5
_OURS = {"poller": "bench", "revision": 1}


def told(work: Path, devices: int, intervals: int) -> list[str]:
    """Rows of a table: what the whole command took, at the median."""
    small, large = work / "province", work / "country"
    month.write(small, 7)
    bare = _took(small)
    sampled = month_samples.fill(small)
    counts = _country(large, grow(month.province(), devices), intervals)
    whole = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    return [
        f"| `canh report` of the sample province, nothing sampled | {bare} | 1 s |",
        f"| … with a month of samples: {sampled} | {_took(small)} | 1 s |",
        f"| `canh report` of a record of {whole} | {_took(large)} | |",
    ]


def _took(folder: Path) -> str:
    took, spent = [], []
    for _ in range(RUNS):
        began, before = time.monotonic(), _children_s()
        words = ["report", "--month", "2026-10", "--data", str(folder), "-o", str(folder / "told")]
        done = subprocess.run(
            [sys.executable, "-m", "cli.main", *words],
            cwd=ROOT,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": ""},
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise UselessError(f"canh report ended: {done.stderr.decode()}")
        took.append(time.monotonic() - began)
        spent.append(_children_s() - before)
    return f"{statistics.median(took):.2f} s, {statistics.median(spent):.2f} s CPU"


def _country(folder: Path, network: Network, intervals: int) -> dict[str, int]:
    """A month in which everything fails now and then; straight into the tables, for the writer
    would take as long as the month's changes."""
    folder.mkdir()
    engine = open_writer(sqlite_url(folder / "record.db"))
    migrate(engine)
    with engine.begin() as conn:
        ids = agree(conn, network, month.WATCHED_FROM).ids
        things = [n for (kind, _), n in ids.items() if kind in ("site", "device", "link")]
        spans, outages = list[dict[str, Any]](), list[dict[str, Any]]()
        for bad, row in _spans(Random(1), things, intervals):
            at = {**_OURS, "seq": len(spans) + 1}
            spans.append({**row, **at})
            if bad:
                outages.append(_outage(row) | at)
        run_many(conn, insert(span), spans)
        run_many(conn, insert(outage), outages)
        watched = {"started": month.WATCHED_FROM, "ended": month.MADE, "poller": "bench", "seq": 1}
        conn.execute(insert(coverage).values(thing_id=None, **watched))
        conn.execute(update(live).values(state=State.UP.value))
    engine.dispose()
    return {
        "sites": len(network.sites),
        "devices": len(network.devices),
        "intervals": len(spans),
        "outages": len(outages),
    }


def _spans(
    dice: Random, things: list[int], intervals: int
) -> Iterator[tuple[bool, Mapping[str, Any]]]:
    """Up, and between now and then down for some minutes; True: down."""
    each = intervals / len(things) / 2
    for thing_id in things:
        faults = int(each) + (dice.random() < each % 1)
        cuts = sorted(dice.sample(range(month.BEGIN // 1000, month.END // 1000), 2 * faults))
        at = month.WATCHED_FROM
        row = {"thing_id": thing_id, "root_thing_id": None}
        up, down = (
            row | {"state": state.value, "reason": reason}
            for state, reason in ((State.UP, "answers"), (State.DOWN, "silent"))
        )
        for begin, later in zip(cuts[0::2], cuts[1::2], strict=True):
            end = min(later, begin + dice.randrange(60, 3_600))
            if begin * 1000 > at:
                yield False, up | {"started": at, "ended": begin * 1000}
                yield True, down | {"started": begin * 1000, "ended": end * 1000}
                at = end * 1000
        yield False, up | {"started": at, "ended": None}


def _outage(row: Mapping[str, Any]) -> dict[str, Any]:
    begin, end = row["started"], row["ended"]
    told = {name: row[name] for name in ("thing_id", "state", "reason", "root_thing_id")}
    brackets = {"last_good": begin - 1_000, "first_bad": begin, "last_bad": end - 1_000}
    return told | brackets | {"first_good": end, "root_id": None}


def _children_s() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime
