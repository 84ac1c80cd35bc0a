"""What runs beside the watch follows the files: begun, begun anew, ended, and nothing is left."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli.companions import Companion
from inventory.model import Network, Web
from store.engine import open_reader
from store.tables import delivery
from tests.acceptance.monitor import Monitor, until
from tests.cli.running import SITES
from tests.sinks import webhook

if TYPE_CHECKING:
    from cli.monitor import Job

PLAIN = Network(name="Mạng thử", timezone="Asia/Ho_Chi_Minh")
PAGES = replace(PLAIN, web=Web(listen="127.0.0.1:8000"))


class Jobs:
    """What was begun, and with which listen; how each ended."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.running = 0
        self.fail = asyncio.Event()

    def begin(self, network: Network) -> Job:
        async def run(stop: asyncio.Event) -> None:
            self.begun.append(network.web.listen)
            self.running += 1
            waits = [asyncio.ensure_future(one.wait()) for one in (stop, self.fail)]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for one in waits:
                one.cancel()
            await asyncio.sleep(0)
            self.running -= 1
            if self.fail.is_set():
                raise OSError("broken")

        return run


def about(network: Network) -> object:
    return network.web if network.web.listen else None


@contextlib.asynccontextmanager
async def companion(network: Network, jobs: Jobs) -> AsyncIterator[Companion]:
    one, stop = Companion(network, about, jobs.begin), asyncio.Event()
    running = asyncio.create_task(one.run(stop))
    await asyncio.sleep(0.01)
    yield one
    stop.set()
    async with asyncio.timeout(5):
        await running


async def take_up(one: Companion, network: Network) -> None:
    one.take_up(network)
    await asyncio.sleep(0.01)


async def test_a_job_runs_while_the_files_want_it_and_anew_when_they_say_otherwise() -> None:
    jobs = Jobs()
    async with companion(PLAIN, jobs) as one:
        assert jobs.begun == []
        await take_up(one, PAGES)
        await take_up(one, replace(PAGES, name="Mạng khác"))  # that is nothing to it
        assert (jobs.begun, jobs.running) == (["127.0.0.1:8000"], 1)
        await take_up(one, replace(PAGES, web=Web(listen="127.0.0.1:9000")))
        assert (jobs.begun[1:], jobs.running) == (["127.0.0.1:9000"], 1)
        await take_up(one, PLAIN)
        assert jobs.running == 0
        await take_up(one, PAGES)
        assert jobs.running == 1
    assert (len(jobs.begun), jobs.running) == (3, 0)


async def test_a_job_that_fails_is_told_to_who_runs_it() -> None:
    jobs = Jobs()
    with pytest.raises(OSError, match="broken"):
        async with companion(PAGES, jobs):
            jobs.fail.set()


class Loopback:
    def inside(self, *command: str) -> list[str]:
        return list(command)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def answers(port: int) -> bool:
    with contextlib.suppress(urllib.error.URLError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
        return True
    return False


def channels(url: str) -> set[str]:
    engine = open_reader(url)
    with engine.begin() as conn:
        found = {row.channel for row in conn.execute(delivery.select())}
    engine.dispose()
    return found


@pytest.mark.timeout(240)
def test_pages_messages_and_exports_begin_and_end_with_a_reload(tmp_path: Path) -> None:
    first, second = free_port(), free_port()
    with webhook() as calls:
        monitor = Monitor(Loopback(), tmp_path, SITES)
        more = f'''
[[rule]]
id = "all"
to = ["hook"]
[[channel]]
id = "hook"
url = "{calls.url}"
[[export]]
id = "soc"
url = "syslog+udp://127.0.0.1:{free_port()}"
'''
        pages = '\n[web]\nlisten = "127.0.0.1:{}"\n'
        try:
            monitor.start("--quiet")
            assert until(lambda: "pings over" in monitor.log, 60) is not None, monitor.log
            assert not answers(first)
            monitor.sites.write_text(SITES + more + pages.format(first), "utf-8")
            assert until(lambda: answers(first), 60) is not None, monitor.log
            told = {"hook", "export:soc"}
            assert until(lambda: channels(monitor.url) == told, 60) is not None, monitor.log
            monitor.sites.write_text(SITES + pages.format(second), "utf-8")
            assert until(lambda: answers(second), 60) is not None, monitor.log
            assert until(lambda: len(children(monitor.pid)) == 1, 60) is not None, monitor.log
            assert not answers(first)
            monitor.sites.write_text(SITES, "utf-8")
            assert until(lambda: not children(monitor.pid), 60) is not None, monitor.log
            assert not answers(second)
            assert monitor.kill(signal.SIGTERM) == 0
        finally:
            monitor.kill()
        assert not re.search("starts again|next start|Traceback", monitor.log), monitor.log


def test_a_hang_up_while_it_starts_does_not_end_it(tmp_path: Path) -> None:
    monitor = Monitor(Loopback(), tmp_path, SITES)
    try:
        monitor.start("--quiet")
        assert until(lambda: "record.db" in monitor.log, 60) is not None, monitor.log
        while "pings over" not in monitor.log:
            assert monitor.running
            monitor.hang_up()
            time.sleep(0.02)
        assert monitor.kill(signal.SIGTERM) == 0
    finally:
        monitor.kill()


def children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()
