"""`canh demo`: a simulated province on loopback, monitored for real."""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cli.monitor import Job, Plan
    from demo.process import Simulation
    from inventory.model import Network
    from store.declare import Agreement

INTERVAL_S, TIMEOUT_S, SNMP_INTERVAL_S = 2.0, 1.0, 2.0  # quicker than in the field: to be watched
PINGS_A_SECOND, POLLS_A_SECOND = 2000, 430  # of a larger province: as in the field
LARGE = 5000  # devices that take a while to start
SETTLE_ROUNDS = 3  # before the faults begin


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--headless", action="store_true", help="lines instead of the board")
    parser.add_argument("--for", dest="for_s", type=float, metavar="SECONDS", help="stop by itself")
    parser.add_argument("--devices", type=int, metavar="N", help="grow the province to N devices")
    parser.add_argument("--seed", type=int, help="the same faults again")
    parser.add_argument("--lang", choices=("vi", "en"), help="the language of the board and lines")
    parser.add_argument("--web", type=int, metavar="PORT", help="show the pages at 127.0.0.1:PORT")
    parser.add_argument("--truth", type=Path, metavar="FILE", help="where the simulator tells all")


@dataclass(frozen=True, slots=True)
class _Stage:
    """Where this demo plays."""

    network: Network
    data: Path
    language: str
    seed: int
    for_s: float | None
    truth: Path
    web: int | None


def run(args: argparse.Namespace) -> int:
    from demo.process import SimulationError
    from probes.icmp_socket import NoIcmp
    from store.engine import RecordError

    stage = _stage(args)
    if stage is None:
        return 1
    try:
        on_screen = sys.stdout.isatty() and not args.headless
        return _board(stage) if on_screen else _headless(stage)
    except (RecordError, NoIcmp, SimulationError) as error:
        print(f"canh demo: {error}", file=sys.stderr)
        return 1


def _stage(args: argparse.Namespace) -> _Stage | None:
    from demo.process import sample
    from demo.province import grow
    from inventory.sites_toml import read

    reading = read(sample())
    if reading.network is None:
        for problem in reading.problems:
            print(problem, file=sys.stderr)
        return None
    network = reading.network
    if args.devices:
        network = grow(network, args.devices)
    network = _quick(network)
    _announce(network)
    if "://" in (args.data or ""):
        print("canh demo: --data must be a folder: a demo keeps to itself", file=sys.stderr)
        return None
    data = Path(args.data) if args.data else Path(tempfile.mkdtemp(prefix="canh-demo-"))
    data.mkdir(parents=True, exist_ok=True)
    return _Stage(
        network=network,
        data=data,
        language=args.lang or network.language,
        seed=args.seed if args.seed is not None else random.randrange(1, 10_000),
        for_s=args.for_s,
        truth=args.truth or data / "truth.json",
        web=args.web,
    )


def _quick(network: Network) -> Network:
    """All is asked often, as two cores bear it: on a simulated line no byte is paid for."""
    devices = len(network.devices)
    defaults = replace(
        network.defaults,
        ping_interval_s=max(INTERVAL_S, float(round(devices / PINGS_A_SECOND))),
        ping_timeout_s=TIMEOUT_S,
        snmp_interval_s=max(SNMP_INTERVAL_S, float(round(devices / POLLS_A_SECOND))),
    )
    free = {key: replace(link, metered=False) for key, link in network.links.items()}
    return replace(network, name=f"{network.name} (demo)", defaults=defaults, links=free)


def _announce(network: Network) -> None:
    """What starts slowly says so."""
    if len(network.devices) > LARGE:
        found = (
            f"{len(network.devices):,} devices, asked every {network.defaults.ping_interval_s:g} s"
        )
        print(f"canh demo: {found}; it starts within a minute", file=sys.stderr, flush=True)


def _simulate(stage: _Stage) -> Simulation:
    from demo.process import start

    duration = None if stage.for_s is None else max(10.0, stage.for_s - _settle_s(stage))
    return start(
        stage.network,
        seed=stage.seed,
        duration_s=duration,
        ping_interval_s=_interval_s(stage),
        truth=stage.truth,
    )


def _interval_s(stage: _Stage) -> float:
    return stage.network.defaults.ping_interval_s


def _settle_s(stage: _Stage) -> float:
    """The first rounds, before the faults begin."""
    return SETTLE_ROUNDS * _interval_s(stage)


def _plan(stage: _Stage, simulation: Simulation) -> Plan:
    from cli.monitor import Plan, record_url

    return Plan(
        network=stage.network,
        url=record_url(stage.data),
        echo_port=simulation.ports.echo,
        snmp_port=simulation.ports.snmp,
    )


def _prepare(plan: Plan) -> Agreement:
    """Bring the simulated province into its own record, and into no other."""
    from cli.prepare import prepare
    from store.engine import RecordError, sqlite_path
    from store.reader import open_questions

    path = sqlite_path(plan.url)
    if path is not None and path.exists() and path.stat().st_size:
        reader = open_questions(plan.url)
        known = reader.snapshot().network
        reader.close()
        if known not in ("", plan.network.name):
            raise RecordError(f"{path} is the record of {known}; remedy: another --data")
    return prepare(plan.url, plan.network, accept_retired=True)


def _headless(stage: _Stage) -> int:
    """Lines on stdout; at the end the record, the truth and a report are named."""
    with _simulate(stage) as simulation:
        asyncio.run(_watch(stage, simulation, narrate=True))
    print(f"truth:  {stage.truth}", file=sys.stderr)
    print(f"record: {stage.data / 'record.db'}", file=sys.stderr, flush=True)
    return _report(stage)


async def _watch(stage: _Stage, simulation: Simulation, *, narrate: bool) -> None:
    from cli.monitor import monitor, supervise
    from cli.narrate import Narrator
    from store.engine import alone

    plan = _plan(stage, simulation)
    with alone(plan.url):
        agreement = _prepare(plan)
        print(f"seed:   {stage.seed}", file=sys.stderr, flush=True)
        asyncio.get_running_loop().call_later(_settle_s(stage), simulation.start_script)
        jobs: list[Job] = [partial(monitor, plan, agreement)]
        if narrate:
            jobs.append(Narrator(plan.url, stage.language, partial(print, flush=True)).run)
        if stage.web is not None:
            jobs.append(_pages(stage, stage.web, plan.url))
        await supervise(*jobs, for_s=stage.for_s)


def _pages(stage: _Stage, port: int, url: str) -> Job:
    from cli.serve import beside
    from demo.process import sample
    from inventory.model import Web

    tell = partial(print, file=sys.stderr, flush=True)
    shown = replace(stage.network, web=Web(listen=f"127.0.0.1:{port}"))
    return beside(sample(), shown, url, tell)


def _board(stage: _Stage) -> int:
    """The board in this terminal; the monitor and the simulator run beside it."""
    from cli.board import Shown, watch_board
    from cli.monitor import Plan, record_url
    from store.engine import alone

    url = record_url(stage.data)
    with alone(url):  # the board finds a record from the first moment
        _prepare(Plan(network=stage.network, url=url))
    log = stage.data / "demo.log"
    with log.open("w") as out:
        child = subprocess.Popen(_again(stage), stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        try:
            return watch_board(url, Shown(stage.language), for_s=stage.for_s)
        finally:
            child.send_signal(signal.SIGINT)
            child.wait()
            _, word, where = log.read_text().rpartition("truth:")
            print(word + where, end="", file=sys.stderr)


def _again(stage: _Stage) -> list[str]:
    """This very demo without its board."""
    words = [sys.executable, "-P", "-m", "cli.main", "demo", "--headless"]
    words += ["--data", str(stage.data), "--seed", str(stage.seed), "--lang", stage.language]
    words += ["--truth", str(stage.truth), "--devices", str(len(stage.network.devices))]
    words += ["--for", str(stage.for_s)] if stage.for_s is not None else []
    return words + (["--web", str(stage.web)] if stage.web is not None else [])


def _report(stage: _Stage) -> int:
    """The month so far, as anybody would ask for it."""
    from cli.main import main
    from demo.process import sample

    where = ["--config", str(sample()), "--data", str(stage.data)]
    return main(["report", *where, "--lang", stage.language, "-o", str(stage.data)])
