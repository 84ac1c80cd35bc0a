"""Commands beside the monitor: started again when they end, gone when we are."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from cli import apart, children
from cli.children import Child

ENDLESS = "import signal, sys, time\nprint('here', file=sys.stderr, flush=True)\ntime.sleep(600)"
STUBBORN = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + ENDLESS

ALONE = """
import signal, sys, time
from cli.children import end_with_parent
def end(*_):
    print("alone", file=sys.stderr, flush=True)
    sys.exit()
signal.signal(signal.SIGTERM, end)
end_with_parent()
print("here", file=sys.stderr, flush=True)
time.sleep(600)
"""


def running(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """In the place of `canh`: a real process of Python."""
    monkeypatch.setattr(apart, "command", lambda *_: [sys.executable, "-c", program])


async def test_a_child_that_ends_is_told_of_and_started_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    running(monkeypatch, "raise SystemExit(3)")
    monkeypatch.setattr(children, "FIRST_WAIT_S", 0.01)
    told: list[str] = []
    stop = asyncio.Event()

    def tell(line: str) -> None:
        told.append(line)
        if len(told) == 3:
            stop.set()

    await Child("web", tell=tell).run(stop)
    assert len(told) == 3
    assert all("`canh web` ended with 3" in line for line in told)


@pytest.mark.parametrize("program", [ENDLESS, STUBBORN])
async def test_it_ends_with_us_even_where_it_will_not(
    monkeypatch: pytest.MonkeyPatch, program: str, capfd: pytest.CaptureFixture[str]
) -> None:
    running(monkeypatch, program)
    monkeypatch.setattr(children, "END_S", 0.5)
    stop = asyncio.Event()
    task = asyncio.create_task(Child("web", tell=print).run(stop))
    while "here" not in capfd.readouterr().err:  # noqa: ASYNC110  another process tells
        await asyncio.sleep(0.02)
    stop.set()
    await asyncio.wait_for(task, 30)


async def test_a_child_notices_that_the_monitor_was_killed() -> None:
    """Nobody can ask it then: its input closes."""
    reading, writing = os.pipe()
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ALONE, stdin=reading, stderr=asyncio.subprocess.PIPE
    )
    os.close(reading)
    assert child.stderr is not None
    assert await child.stderr.readline() == b"here\n"
    os.close(writing)
    assert await asyncio.wait_for(child.stderr.readline(), 30) == b"alone\n"
    assert await child.wait() == 0


async def test_a_child_that_ends_by_itself_ends_well_while_its_input_is_open() -> None:
    ending = "from cli.children import end_with_parent\nend_with_parent()\n"
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ending, stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert child.stderr is not None
    assert await child.stderr.read() == b""
    assert await child.wait() == 0
