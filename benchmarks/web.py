"""The overview under load: 100 requests a second and 200 readers while the record changes.

A child commits 500 changes a second to a record of 20,000 devices on 3,333 sites, four commits a
second; the pages run in a process of their own, and tell how late their loop was. wrk keeps no
rate: each of its connections waits so long before it asks again that together they ask about 100
times a second; how many it really were stands in the table. At last a real monitor watches as many
simulated devices beside them, and its record tells how late its questions were.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.board_storm import RECORD
from benchmarks.child import Child, UselessError, of_ours
from benchmarks.figures import titled
from cli.footprint import contact_s, watched
from store.reader import open_questions
from store.urls import sqlite_url

PROGRAMS = ("wrk",)
CONNECTIONS, WAIT_MS = 20, 380  # each waits up to so long, so that they do not march in step
WARM_S = 5
FILL_LIMIT_S = 300.0  # until the record is filled
_LUA = """
function delay() return math.random(%d) end
wrk.headers["Accept-Encoding"] = "gzip"
done = function(summary, latency, requests)
  io.write(string.format("%%d %%d %%d %%d %%d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), latency.max))
  local e = summary.errors
  io.write(string.format("%%d\\n", e.connect + e.read + e.write + e.status + e.timeout))
end
"""


_HEAD = (
    "| the record | readers | requests/s | p50 ms | p99 ms | most ms | errors | "
    "loop late p99 / p99.9 / most ms | CPU of the pages |",
    "|---|---|---|---|---|---|---|---|---|",
)
MINUTE_S = 70  # in which the monitor tells once of itself


@dataclass(frozen=True, slots=True)
class Load:
    devices: int
    per_site: int
    readers: int
    seconds: int


FULL = Load(20_000, 6, 200, 30)
QUICK = Load(2_000, 6, 20, 10)


def compare(work: Path, *, quick: bool) -> str:
    """First at rest, then while the record changes, then with readers of /live too."""
    load = QUICK if quick else FULL
    (work / "load.lua").write_text(_LUA % WAIT_MS)
    lines = [*_HEAD]
    words = (str(work), str(load.devices), str(load.per_site))
    with of_ours("board_storm", *words, said=work / "storm") as storm:
        storm.line(FILL_LIMIT_S)
        for changes, readers in ((False, 0), (True, 0), (True, load.readers)):
            if changes:
                storm.tell("storm")
            row = _row(work, load, readers)
            if changes:
                storm.tell("rest")
                told = json.loads(storm.line())
                rate = told["changes"] / told["seconds"]
                if rate < 300:
                    raise UselessError(f"only {rate:.0f} changes a second: the machine is full")
                row = row.replace("at rest", f"{rate:.0f} changes/s", 1)
            lines.append(row)
    busy = f"load average {os.getloadavg()[0]:.1f} at the end, all on the same cores"
    sites = load.devices // load.per_site
    head = f"**{load.devices:,} devices, {sites:,} sites; {busy}**"
    return titled("The overview", [head, "", *lines, "", *_beside_a_monitor(work, load)])


def _beside_a_monitor(work: Path, load: Load) -> list[str]:
    """The same overview while a monitor asks all devices, and how late it asks without and with."""
    data = work / str(load.devices)
    with watched(load.devices, work) as one:
        time.sleep(contact_s(load.devices))
        one.begin()
        time.sleep(MINUTE_S)
        alone_s, alone_pct = _late_s(data), one.cpu_pct()
        with of_ours("web_server", str(data), said=work / "beside") as server:
            one.begin()
            row = _measured(work, replace(load, seconds=MINUTE_S), server, int(server.line()), 0)
            late_s, pct = _late_s(data), one.cpu_pct()
    told = row.replace("at rest", "a monitor watches", 1)
    return [
        *_HEAD,
        told,
        "",
        f"Questions of the monitor were late by (p99 of a minute) {alone_s * 1000:.0f} ms alone and"
        f" {late_s * 1000:.0f} ms beside the pages; it took {alone_pct:.0f} and {pct:.0f} % of a"
        " core.",
    ]


def _late_s(data: Path) -> float:
    with closing(open_questions(sqlite_url(data / RECORD))) as reader:
        late_s = reader.snapshot().watching.lag_s
    if late_s is None:
        raise UselessError("the monitor tells nothing of its questions")
    return late_s


def _row(work: Path, load: Load, readers: int) -> str:
    with of_ours("web_server", str(work), said=work / "server") as server:
        port = int(server.line())
        if not readers:
            return _measured(work, load, server, port, 0)
        with of_ours("web_readers", str(port), str(readers), said=work / "readers") as crowd:
            crowd.line()
            row = _measured(work, load, server, port, readers)
            crowd.tell("end")
            least, most = crowd.line().split()
            return row.replace(f"| {readers} |", f"| {readers}, each heard {least} to {most} |", 1)


def _measured(work: Path, load: Load, server: Child, port: int, readers: int) -> str:
    _wrk(work, port, WARM_S)
    time.sleep(1)
    before = server.cpu_s()
    began = time.monotonic()
    requests, spent_us, p50_us, p99_us, most_us, errors = _wrk(work, port, load.seconds)
    cpu = 100 * (server.cpu_s() - before) / (time.monotonic() - began)
    server.tell("lag")
    _, late, later, latest = json.loads(server.line())["lag_ms"]
    rate = requests / (spent_us / 1e6)
    return (
        f"| at rest | {readers} | {rate:.0f} | {p50_us / 1000:.1f} | {p99_us / 1000:.1f} "
        f"| {most_us / 1000:.0f} | {errors} | {late:.1f} / {later:.1f} / {latest:.0f} "
        f"| {cpu:.0f} % |"
    )


def _wrk(work: Path, port: int, seconds: int) -> list[int]:
    """Requests, µs, p50, p99 and the longest in µs, errors."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(work / "load.lua")]
    url = f"http://127.0.0.1:{port}/"
    done = subprocess.run([*command, url], capture_output=True, text=True, check=True)
    numbers = re.findall(r"^\d[\d ]*$", done.stdout, re.MULTILINE)
    return [int(one) for line in numbers for one in line.split()]
