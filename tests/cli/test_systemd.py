"""A service manager hears of readiness and of life, and nothing of a watch that stands still."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cli.systemd import Notify
from tests.acceptance.unit_file import Manager


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    with closing(Manager(tmp_path / "notify")) as found:
        yield found


def told(manager: Manager, **more: str) -> dict[str, str]:
    return {"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "200000"} | more


async def kept(notify: Notify, moves: Iterator[int], for_s: float) -> None:
    task = asyncio.create_task(notify.keep(lambda: next(moves)))
    await asyncio.sleep(for_s)
    task.cancel()


async def test_it_is_ready_when_the_watch_moves_and_lives_while_it_does(manager: Manager) -> None:
    await kept(Notify(told(manager)), itertools.count(), 0.5)
    words = manager.heard(0.1)
    assert words[:2] == ["READY=1", "STATUS=watching"]
    assert words.count("WATCHDOG=1") >= 2


async def test_a_watch_that_stands_still_is_not_told_as_alive(manager: Manager) -> None:
    moves = itertools.chain([1, 2, 3], itertools.repeat(3))
    await kept(Notify(told(manager)), moves, 0.8)
    assert manager.heard(0.1).count("WATCHDOG=1") <= 1
    await kept(Notify(told(manager)), itertools.repeat(1), 0.5)
    assert manager.heard(0.1) == [], "it never began"


async def test_a_watchdog_of_another_process_is_not_ours(manager: Manager) -> None:
    await kept(Notify(told(manager, WATCHDOG_PID="1")), itertools.count(), 0.4)
    assert manager.heard(0.1) == ["READY=1", "STATUS=watching"]
    await kept(Notify(told(manager, WATCHDOG_PID=str(os.getpid()))), itertools.count(), 0.4)
    assert "WATCHDOG=1" in manager.heard(0.1)


def test_an_abstract_address_is_understood_and_a_manager_that_is_gone_no_trouble() -> None:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as end:
        name = f"canh-test-{os.getpid()}"
        end.bind(f"\0{name}")
        notify = Notify({"NOTIFY_SOCKET": f"@{name}"})
        notify.say("STOPPING=1")
        assert end.recv(100) == b"STOPPING=1"
    notify.say("STOPPING=1")
    Notify({}).say("READY=1")
