"""What Prometheus reads: numbers in its text format 0.0.4, and what there is for its probers."""

from __future__ import annotations

import json
import os
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from aiohttp import web

from reports.web.api.health import Vital
from reports.web.api.operations import Call, Handle
from reports.web.scope import Scope
from store.questions import LiveRow, OutageRow, Snapshot
from store.states import Kind, State

CONTENT = "text/plain; version=0.0.4; charset=utf-8"
THINGS = {"sites": Kind.SITE, "links": Kind.LINK, "devices": Kind.DEVICE, "services": Kind.SERVICE}
_COUNTED = (Kind.UNIT, Kind.SITE, Kind.DEVICE, Kind.LINK, Kind.SERVICE)
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")

Labels = Mapping[str, str] | str  # text: written out already
Sample = tuple[Labels, float]


class Family(NamedTuple):
    """`samples`: labels and value."""

    name: str
    type: str
    help: str
    samples: Iterable[Sample]


def metrics(vital: Vital, lag_s: Callable[[], float]) -> Handle:
    """`lag_s`: how late the loop of the pages was lately."""

    async def ask(call: Call) -> web.StreamResponse:
        head, scope = await vital.head(), call.scope
        chosen = [THINGS[name] for name in THINGS if name in (call.values["things"] or ())]
        now_s, late = time.time(), lag_s()

        def write() -> bytes:
            families = [*_monitor(head, call.revision), *_process(late)]
            families += _counts(scope, now_s)
            for kind in chosen:
                families += _each(kind, scope)
            return text(families).encode()

        body = await call.site.desk.work(write)
        answer = web.Response(body=body)
        answer.headers["Content-Type"] = CONTENT
        answer.enable_compression()
        return answer

    return ask


def text(families: Iterable[Family]) -> str:
    """Families of one name are joined; one without samples is left out."""
    parts: list[str] = []
    for name, kind, about, samples in families:
        lines = [f"{name}{_labels(labels)} {value!r}" for labels, value in samples]
        if lines:
            parts += [f"# HELP {name} {about}", f"# TYPE {name} {kind}", *lines]
    return "\n".join(parts) + "\n"


def _labels(labels: Labels) -> str:
    if isinstance(labels, str):
        return labels
    if not labels:
        return ""
    told = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{told}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _gauge(name: str, about: str, value: float | None, **labels: str) -> Family:
    """One number; without it, no sample."""
    samples = [] if value is None else [(labels, float(value))]
    return Family(name, "gauge", about, samples)


def _monitor(head: Snapshot, revision: int) -> Iterator[Family]:
    watching = head.watching
    yield _gauge("canh_monitor_up", "Whether a monitor runs.", watching.running)
    yield _gauge("canh_monitor_blind", "Whether the monitor sees nothing.", watching.blind)
    about = "Age of the last sign of life of the writer, or how late questions are."
    yield _gauge("canh_monitor_late_seconds", about, watching.late_s)
    about = "Delay of questions that were due, 99th percentile of late."
    yield _gauge("canh_monitor_lag_seconds", about, watching.lag_s)
    seen_s = None if watching.seen_to_ms is None else watching.seen_to_ms / 1000
    about = "Until when the record is covered, in Unix time."
    yield _gauge("canh_record_seen_to_timestamp_seconds", about, seen_s)
    yield _gauge("canh_record_revision", "Revision of the record.", revision)
    about = "Whether the files as they stand are not taken up."
    yield _gauge("canh_config_refused", about, head.refused is not None)
    traps = [({"outcome": name}, float(n)) for name, n in sorted((watching.traps or {}).items())]
    about = "Traps of the last minute by what became of them."
    yield Family("canh_monitor_last_minute_traps", "gauge", about, traps)


def _process(lag_s: float) -> Iterator[Family]:
    """Of the web process; names as every Prometheus client has them."""
    about = "Version of Canh."
    yield _gauge("canh_build_info", about, 1.0, version=version("canh"))
    yield _gauge("canh_web_loop_lag_seconds", "Longest delay of the loop of the web lately.", lag_s)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu = usage.ru_utime + usage.ru_stime
    about = "Total user and system CPU time spent in seconds."
    yield Family("process_cpu_seconds_total", "counter", about, [({}, cpu)])
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    about = "Resident memory size in bytes."
    yield _gauge("process_resident_memory_bytes", about, pages * _PAGE)
    about = "Number of open file descriptors."
    yield _gauge("process_open_fds", about, sum(1 for _ in Path("/proc/self/fd").iterdir()))
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    yield _gauge("process_max_fds", "Maximum number of open file descriptors.", most)
    about = "Start time of the process since unix epoch in seconds."
    yield _gauge("process_start_time_seconds", about, _started_s())


def _started_s() -> float:
    ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    booted = next(
        int(line.split()[1])
        for line in Path("/proc/stat").read_text().splitlines()
        if line.startswith("btime")
    )
    return booted + ticks / _TICKS


def _counts(scope: Scope, now_s: float) -> Iterator[Family]:
    rows = scope.rows().values()
    count = Counter((row.kind, row.state) for row in rows)
    samples = [
        ({"kind": str(kind), "state": str(state)}, float(count[kind, state]))
        for kind in _COUNTED
        for state in State
    ]
    yield Family("canh_things", "gauge", "Number of things by kind and state.", samples)
    marks = Counter((row.kind, mark) for row in rows for mark in row.marks)
    told = [({"kind": str(kind), "mark": str(mark)}, float(n)) for (kind, mark), n in marks.items()]
    about = "Number of things by kind and mark, such as maintenance or flapping."
    yield Family("canh_marked_things", "gauge", about, sorted(told, key=str))
    yield from _roots(scope.roots(), now_s)


def _roots(roots: Sequence[OutageRow], now_s: float) -> Iterator[Family]:
    count = Counter((row.kind, row.acknowledged) for row in roots)
    samples = [
        ({"kind": str(kind), "acknowledged": str(taken).lower()}, float(count[kind, taken]))
        for kind in (Kind.DEVICE, Kind.LINK, Kind.SERVICE, Kind.BEYOND)
        for taken in (False, True)
    ]
    about = "Number of open outages that are their own root."
    yield Family("canh_open_root_outages", "gauge", about, samples)
    waiting = [row.first_bad_ms / 1000 for row in roots if not row.acknowledged]
    about = "Age of the oldest root outage that nobody took; 0 where there is none."
    age = max(0.0, now_s - min(waiting)) if waiting else 0.0
    yield _gauge("canh_oldest_unacknowledged_outage_seconds", about, age)


def _each(kind: Kind, scope: Scope) -> Iterator[Family]:
    """A series a thing: only where they were asked for by name."""
    rows = [row for row in scope.rows().values() if row.kind == kind]
    names = {thing_id: row.key for thing_id, row in scope.rows().items()}
    named = [(_labels(_name(row, names)), row) for row in rows]
    word = str(kind)
    about = f"State of a {word}; the label says which, the value is always 1."
    states = [(f'{labels[:-1]},state="{row.state}"}}', 1.0) for labels, row in named]
    yield Family(f"canh_{word}_state", "gauge", about, states)
    about = f"Whether a {word} is up or degraded; absent where it is not known."
    up = [
        (labels, float(row.state in (State.UP, State.DEGRADED)))
        for labels, row in named
        if row.state not in (State.UNKNOWN, State.NOT_MONITORED)
    ]
    yield Family(f"canh_{word}_up", "gauge", about, up)
    about = f"Whether planned work holds for a {word}."
    works = [(labels, float("maintenance" in row.marks)) for labels, row in named]
    yield Family(f"canh_{word}_maintenance", "gauge", about, works)
    rtt = [(labels, row.rtt_us / 1e6) for labels, row in named if row.rtt_us is not None]
    about = f"Round trip to a {word}."
    yield Family(f"canh_{word}_rtt_seconds", "gauge", about, rtt)
    loss = [(labels, row.loss_pct / 100) for labels, row in named if row.loss_pct is not None]
    about = f"Part of the lately sent questions that a {word} did not answer."
    yield Family(f"canh_{word}_loss_ratio", "gauge", about, loss)


def _name(row: LiveRow, names: Mapping[int, str]) -> dict[str, str]:
    labels = {str(row.kind): row.key}
    for name, thing_id in (("site", row.site_id), ("unit", row.unit_id)):
        if thing_id is not None and thing_id in names:
            labels.setdefault(name, names[thing_id])
    return labels


async def targets(call: Call) -> Any:
    """Devices for http_sd_configs: the address is the target, what is known of it are labels."""
    scope, state = call.scope, call.values["state"]

    def find() -> web.Response:
        rows = scope.rows()
        names = {thing_id: row.key for thing_id, row in rows.items()}
        found = []
        for row in rows.values():
            if row.kind != Kind.DEVICE or not row.address or (state and row.state not in state):
                continue
            about = {**_name(row, names), "name": row.name, "level": row.level}
            labels = {f"__meta_canh_{name}": value for name, value in about.items() if value}
            found.append({"targets": [row.address], "labels": labels})
        told = ",\n".join(json.dumps(one, ensure_ascii=False) for one in found)
        return web.Response(text=f"[{told}]\n", content_type="application/json")

    return await call.site.desk.work(find)
