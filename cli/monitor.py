"""Builds the monitor once, runs it in one TaskGroup, and takes it down in order."""

from __future__ import annotations

import asyncio
import signal
import socket
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from cli.apart import spare_the_collector
from cli.budget import Budget
from cli.follow import Files, Follower
from cli.leaving import Deadline, leave
from cli.shell import ask
from cli.systemd import Notify
from cli.traps import desk
from inventory.model import Network
from probes.watch import Watch
from store.declare import Agreement
from store.engine import open_writer, sqlite_path
from store.reader import open_questions
from store.sample_keeper import SampleKeeper
from store.thrift import be_sparing
from store.trouble import prepared
from store.urls import sqlite_url
from store.writer import Writer

Job = Callable[[asyncio.Event], Coroutine[Any, Any, None]]  # runs until the event is set
RECORD = "record.db"
GIVE_BACK_S = 60.0  # between two times: it takes some 10 ms
YOUNG = 10_000  # new objects before the collector looks among them for cycles


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to watch and where to keep it. The ports are given by the simulator alone."""

    network: Network
    url: str
    echo_port: int | None = None
    snmp_port: int | None = None
    files: Files | None = None  # followed while it runs
    also: Sequence[Callable[[Network], object]] = ()  # who hears of each change of them
    tell: Callable[[str], None] = lambda _: None  # a line at the start, for people
    notify: Notify = field(default_factory=partial(Notify, {}))
    deadline: Deadline | None = None


def record_url(data: Path) -> str:
    return sqlite_url(data / RECORD)


async def monitor(plan: Plan, agreement: Agreement, stop: asyncio.Event) -> None:
    """Watch until `stop`, then commit what is left and say that we stopped."""
    name = socket.gethostname()[:64]
    loop = asyncio.get_running_loop()
    alarm = partial(loop.call_soon_threadsafe, stop.set)
    writer = Writer(open_writer(plan.url), name, alarm=alarm)
    keeper = SampleKeeper(plan.url, name, writer.beside, plan.network.retention)
    path = sqlite_path(plan.url)
    ears = desk(plan.network, None if path is None else path.parent)
    watch = Watch(
        plan.network,
        agreement.ids,
        writer.submit,
        keeper.keep,
        echo_port=plan.echo_port,
        snmp_port=plan.snmp_port,
        waiting=lambda: writer.waiting,
        tell=plan.tell,
        traps=ears,
        ask=ask,
    )
    watch.tell_of("budget", Budget(None if path is None else path.parent).health)
    reader = open_questions(plan.url)
    outages = reader.outages(open_only=True)
    watch.restore(reader.snapshot(), outages, reader.sensors())
    reader.close()
    prepared(plan.url, partial(writer.start, _now_ms()))
    spare_the_collector(YOUNG)
    also = (keeper.retain, *plan.also)
    follower = Follower(plan.files, plan.network, watch, writer, plan.url, also)
    following = asyncio.create_task(follower.run(stop))
    following.add_done_callback(lambda _: stop.set())
    thrift = asyncio.create_task(_give_back(writer))
    alive = asyncio.create_task(plan.notify.keep(lambda: watch.ticked_ns))
    seen: int | None = None
    try:
        seen = await watch.run(stop)
    finally:
        plan.notify.say("STOPPING=1")
        for task in (alive, thrift, following):
            task.cancel()
        [failed] = await asyncio.gather(following, return_exceptions=True)
        with plan.deadline.put_off() if plan.deadline else nullcontext():
            await asyncio.to_thread(writer.close, _now_ms(), seen_ms=seen)
        keeper.close()
    if writer.fatal is not None:
        raise writer.fatal
    if isinstance(failed, Exception):
        raise failed


async def _give_back(writer: Writer) -> None:
    """First of all what asking everybody for the first time took."""
    while True:
        await asyncio.sleep(GIVE_BACK_S)
        writer.give_back()


async def supervise(*jobs: Job, for_s: float | None, deadline: Deadline | None = None) -> None:
    """Run the jobs side by side until a signal, the time limit, or the first one that ends.

    A second signal ends the process at once; `deadline`, where the first has not after a while.
    """
    be_sparing()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def signalled(number: int) -> None:
        if stop.is_set():
            leave(128 + number)
        stop.set()
        if deadline is not None:
            deadline.begin()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, signalled, number)
    if for_s is not None:
        loop.call_later(for_s, stop.set)

    async def until_stopped(job: Job) -> None:
        try:
            await job(stop)
        finally:
            stop.set()

    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(until_stopped(job))
    except BaseExceptionGroup as failed:
        if len(failed.exceptions) == 1:  # one clear refusal is told as itself
            raise failed.exceptions[0] from None
        raise


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
