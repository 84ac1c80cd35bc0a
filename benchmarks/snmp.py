"""CPU per SNMP v2c device-poll beside snmp_exporter and pysnmp, which ask the same objects."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import cycle, islice
from pathlib import Path

from benchmarks import networks
from benchmarks.child import Child, UselessError, of_ours
from benchmarks.figures import Row, table, titled
from benchmarks.snmp_exporter import Exporter, configured
from cli.monitor import record_url
from probes import mib
from store.reader import RecordReader, open_questions
from store.states import Kind, State
from wire import ber

PROGRAMS = ("prometheus-snmp-exporter",)
TITLE = "One SNMP v2c device-poll"
FIRST_CONTACT_S = 60.0


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked of each device, how often, and how many polls of the peers are measured."""

    name: str
    devices: int
    interfaces: int
    facts: bool
    rounds: int = 4
    repeats: int = 3
    interval_s: float = 2.0
    scrapes: int = 400
    pysnmp: int = 40
    sealed: bool = False  # SNMPv3

    @property
    def scalars(self) -> list[str]:
        found = mib.SCALARS if self.facts else mib.BRIEF_SCALARS
        return [ber.dotted(oid).removesuffix(".0") for oid in found]

    @property
    def columns(self) -> list[str]:
        facts = mib.FACTS_COLUMNS if self.facts else ()
        return [ber.dotted(oid) for oid in (*facts, *mib.COLUMNS)]

    @property
    def varbinds(self) -> int:
        return len(self.scalars) + len(self.columns) * self.interfaces

    @property
    def walked(self) -> int:
        """With the row beyond the end of each column, which tells that it ends."""
        return self.varbinds + len(self.columns)


FULL = (
    Load("what is asked each minute", devices=150, interfaces=24, facts=False),
    Load("what is asked each hour", devices=150, interfaces=24, facts=True),
)
QUICK = (Load("what is asked each minute", 60, 24, facts=False, rounds=3, repeats=1),)


@dataclass(frozen=True, slots=True)
class Target:
    """The running load target."""

    child: Child
    port: int
    addresses: tuple[str, ...]

    def served(self) -> tuple[int, int]:
        """Requests and varbinds that it has answered so far."""
        self.child.tell("count")
        requests, varbinds, _ = self.child.line().split()
        return int(requests), int(varbinds)


@dataclass(frozen=True, slots=True)
class Measured:
    """Per poll, except `first_ms`: what the first contact with a device costs, start included."""

    cost_ms: float
    requests: float
    varbinds: float
    first_ms: float = 0.0

    def __str__(self) -> str:
        return f"{self.requests:.1f} requests, {self.varbinds:.0f} varbinds a poll"


def compare(work: Path, *, quick: bool) -> str:
    """All loads; our monitor and each peer in turn."""
    parts = [_one_load(load, work) for load in (QUICK if quick else FULL)]
    return titled(TITLE, parts)


def _one_load(load: Load, work: Path) -> str:
    measures = {"canh": of_canh, "snmp_exporter": _exporter, "pysnmp": _pysnmp}
    rows = {name: Row(name) for name in measures}
    first = Row("")
    for number in range(load.repeats):
        data = work / f"{load.name}-{number}"
        data.mkdir()
        with load_target(load, data) as target:
            for name, measure in measures.items():
                measured = measure(load, target, data)
                rows[name].load = str(measured)
                rows[name].costs.append(measured.cost_ms)
                if measured.first_ms:
                    first.costs.append(measured.first_ms)
    shown = table(list(rows.values()), rows["snmp_exporter"], "ms")
    return "\n".join((heading(load), "", shown, "", _first_contact(first), ""))


def heading(load: Load) -> str:
    return (
        f"**{load.name[0].upper()}{load.name[1:]}**: {load.devices} devices every "
        f"{load.interval_s:g} s, each {len(load.scalars)} scalars and {load.interfaces} interfaces "
        f"× {len(load.columns)} columns = {load.varbinds} varbinds"
    )


def _first_contact(first: Row) -> str:
    spent = ", ".join(f"{ms:.0f}" for ms in first.costs)
    return f"Not in the table: canh's start with its first contact, {spent} ms CPU a device."


@contextmanager
def load_target(load: Load, data: Path) -> Iterator[Target]:
    kind = "sealed" if load.sealed else "polled"
    words = (kind, str(load.devices), str(load.interfaces))
    network = networks.polled(load.devices, load.interfaces, load.interval_s)
    asked = tuple(device.address or "" for device in network.devices.values())
    with of_ours("agent", *words, said=data / "agent.log") as child:
        yield Target(child, int(child.line()), asked)


def cost_of(child: Child, target: Target, polls: int, run: Callable[[], object]) -> Measured:
    """What `run` costs the child, and what the load target has seen of it."""
    requests, varbinds = target.served()
    before_s = child.cpu_s()
    run()
    spent_s = child.cpu_s() - before_s
    requests_after, varbinds_after = target.served()
    return Measured(
        spent_s * 1000 / polls,
        (requests_after - requests) / polls,
        (varbinds_after - varbinds) / polls,
    )


def of_canh(load: Load, target: Target, data: Path) -> Measured:
    """Each device is asked once an interval; the first contact fills the record with its ports."""
    words = ["--devices", str(load.devices), "--interfaces", str(load.interfaces)]
    words += ["--interval", str(load.interval_s), "--port", str(target.port)]
    words += [*(["--facts"] if load.facts else []), *(["--sealed"] if load.sealed else [])]
    with of_ours("monitor", "snmp", str(data), *words, said=data / "monitor.log") as child:
        child.line()
        _await_facts(load, data)
        first_ms = child.cpu_s() * 1000 / load.devices
        time.sleep(load.interval_s)
        polls = load.devices * load.rounds
        window_s = load.interval_s * load.rounds
        measured = cost_of(child, target, polls, partial(time.sleep, window_s))
        child.stop()
    if abs(measured.varbinds / load.walked - 1) > 0.05:
        raise UselessError(f"canh asked {measured.varbinds:.0f} of {load.walked} varbinds")
    return replace(measured, first_ms=first_ms)


def _await_facts(load: Load, data: Path) -> None:
    """Until every device is up and on record with all its interfaces."""
    reader = open_questions(record_url(data))
    until = time.monotonic() + FIRST_CONTACT_S
    while (known := _known(reader)) != {load.interfaces: load.devices}:
        if time.monotonic() > until:
            raise UselessError(f"canh knows only (interfaces: devices) {known}")
        time.sleep(1)
    reader.close()


def _known(reader: RecordReader) -> Counter[int]:
    """How many devices are up with so many interfaces on record."""
    rows = reader.snapshot().rows
    up = [r.thing_id for r in rows if r.kind == Kind.DEVICE and r.state == State.UP]
    return Counter(len(reader.sheet(thing_id).interfaces) for thing_id in up)


def _exporter(load: Load, target: Target, data: Path) -> Measured:
    config = configured(data / "snmp.yml", load.scalars, load.columns, load.interfaces)
    exporter = Exporter(config, data / "exporter.log")
    places = cycle(f"{address}:{target.port}" for address in target.addresses)

    def scrape(count: int) -> None:
        for place in islice(places, count):
            _check_scrape(load, exporter.scrape(place))

    try:
        scrape(load.scrapes // 4)
        return cost_of(exporter.child, target, load.scrapes, partial(scrape, load.scrapes))
    finally:
        exporter.close()


def _check_scrape(load: Load, metrics: bytes) -> None:
    """Every object that was asked is a line of its own."""
    lines = sum(line.startswith(b"m_1_3") for line in metrics.splitlines())
    if lines != load.varbinds:
        raise UselessError(f"snmp_exporter gives {lines} of {load.varbinds} metrics")


def _pysnmp(load: Load, target: Target, data: Path) -> Measured:
    addresses = ",".join(target.addresses[: load.pysnmp])
    columns = ",".join(load.columns)
    words = (str(target.port), addresses, str(load.interfaces), ",".join(load.scalars), columns)
    with of_ours("pysnmp_polls", *words, said=data / "pysnmp.log") as child:
        child.line()

        def batch() -> None:
            child.tell(str(load.pysnmp))
            if int(child.line()) < load.varbinds * load.pysnmp:
                raise UselessError("pysnmp got less than it asked")

        batch()  # the first contact with each device costs it more
        return cost_of(child, target, load.pysnmp, batch)
