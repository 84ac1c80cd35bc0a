"""`canh board` itself, on a real terminal line, over a real record."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from inventory.model import Network
from inventory.sites_toml import read
from store.changes import Batch, Seeing, Sight, Verdict
from store.declare import agree
from store.engine import open_writer
from store.migrate import migrate
from store.states import State
from store.urls import sqlite_url
from store.writer import Writer

ROOT = Path(__file__).parents[2]
PATIENCE_S = 30.0
SITES = """
[network]
name = "Mạng diện rộng tỉnh Quảng Ngãi"
timezone = "Asia/Ho_Chi_Minh"
language = "vi"
anchor = ["r1"]

[[unit]]
id = "51"
code = "51"
name = "Tỉnh Quảng Ngãi"
level = "province"

[[site]]
id = "p-ttdl"
name = "Trung tâm Dữ liệu tỉnh"
unit = "51"

[[device]]
id = "r1"
site = "p-ttdl"
role = "router"
address = "127.51.0.1"
"""


class Terminal:
    """The other end of a terminal line on which a command runs."""

    def __init__(self, process: subprocess.Popen[bytes], line: int) -> None:
        self.process = process
        self._line = line
        self.written = b""

    def read(self, seconds: float) -> bytes:
        """What the command writes within that time."""
        got = b""
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            if select.select([self._line], [], [], left)[0]:
                try:
                    got += os.read(self._line, 65536)
                except OSError:  # the command has left the line
                    break
        self.written += got
        return got

    def wait_for(self, words: str) -> float:
        """Seconds until the words were written."""
        began = time.monotonic()
        while words not in self.text():
            assert time.monotonic() - began < PATIENCE_S, f"no {words!r} in {self.text()[-3000:]}"
            self.read(0.05)
        return time.monotonic() - began

    def text(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.written.decode("utf-8", "replace"))

    def press(self, keys: str) -> None:
        os.write(self._line, keys.encode())


@contextmanager
def board(data: Path, *words: str, **environment: str) -> Iterator[Terminal]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    config = data / "sites.toml"
    command = [sys.executable, "-m", "cli.main", "board", "--config", str(config)]
    command += ["--data", str(data), *words]
    kept = {name: text for name, text in os.environ.items() if name != "NO_COLOR"}
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor", **environment},
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        os.close(ours)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "sites.toml").write_text(SITES, "utf-8")
    return tmp_path


def declared(data: Path) -> Network:
    network = read(data / "sites.toml").network
    assert network is not None
    return network


@contextmanager
def monitor(data: Path) -> Iterator[tuple[Writer, int]]:
    """A running writer that sees, and the thing id of the router, which is up."""
    engine = open_writer(sqlite_url(data / "record.db"))
    migrate(engine)
    now = now_ms()
    with engine.begin() as conn:
        ids = agree(conn, declared(data), now).ids
    writer = Writer(engine, "here")
    writer.start(now)
    router = ids["device", "r1"]
    up = Verdict(thing_id=router, state=State.UP, since_ms=now, reason="answers")
    sees = Seeing(sight=Sight.OPENED, at_ms=now)
    writer.submit(Batch(at_ms=now, verdicts=(up,), seeing=(sees,))).result(10)
    try:
        yield writer, router
    finally:
        writer.close(now_ms(), seen_ms=now_ms())


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def down(router: int) -> Batch:
    now = now_ms()
    verdict = Verdict(
        thing_id=router,
        state=State.DOWN,
        since_ms=now,
        reason="no_answer",
        first_bad_ms=now,
        last_bad_ms=now,
    )
    return Batch(at_ms=now, verdicts=(verdict,))


def up_again(router: int) -> Batch:
    now = now_ms()
    verdict = Verdict(
        thing_id=router,
        state=State.UP,
        since_ms=now,
        reason="answers",
        last_bad_ms=now - 1,
        first_good_ms=now,
    )
    return Batch(at_ms=now, verdicts=(verdict,))


def test_a_commit_reaches_the_terminal_within_a_second_and_an_idle_board_is_silent(
    data: Path,
) -> None:
    with monitor(data) as (writer, router), board(data) as terminal:
        terminal.wait_for("Mọi thứ bình thường")
        terminal.read(1.0)
        quiet = [len(terminal.read(1.0)) for _ in range(4)]
        assert quiet.count(0) >= 3, quiet  # the clock may step once, and then it moves two digits
        assert max(quiet) < 120
        terminal.written = b""
        writer.submit(down(router)).result(10)
        waited = [terminal.wait_for("r1")]
        assert "không trả lời" in terminal.text()
        terminal.written = b""
        writer.submit(up_again(router)).result(10)
        waited.append(terminal.wait_for("Mọi thứ bình thường"))
        assert min(waited) < 1.0, waited  # the better of two: the machine may be busy
        terminal.press("q")
        terminal.read(2.0)
        assert terminal.process.wait(10) == 0


def test_no_color_sends_no_colour(data: Path) -> None:
    with monitor(data), board(data, "--lang", "en", NO_COLOR="1") as terminal:
        terminal.wait_for("All is well")
        terminal.read(0.5)
        assert not re.search(rb"\x1b\[[0-9;]*[34]8;", terminal.written)
        assert not re.search(rb"\x1b\[(?:\d+;)*(?:3[1-7]|4[1-7]|9[0-7])[;m]", terminal.written)


def test_ascii_draws_the_signs_of_plain_ascii(data: Path) -> None:
    with monitor(data), board(data, "--lang", "en", "--ascii") as terminal:
        terminal.wait_for("All is well")
        assert "·" not in terminal.text()


def test_a_board_without_a_record_waits_for_one_and_follows_it(data: Path) -> None:
    with board(data, "--lang", "en") as terminal:
        terminal.wait_for("CANNOT READ THE RECORD")
        with monitor(data):
            terminal.wait_for("All is well")
        terminal.wait_for("THE MONITOR HAS STOPPED")


def test_a_record_that_is_replaced_by_another_is_followed(data: Path) -> None:
    with board(data, "--lang", "en") as terminal:
        with monitor(data):
            terminal.wait_for("All is well")
        terminal.wait_for("THE MONITOR HAS STOPPED")
        for file in data.glob("record.db*"):
            file.unlink()
        terminal.written = b""
        with monitor(data):
            terminal.wait_for("All is well")


def test_a_pipe_instead_of_a_terminal_is_told_what_to_use(data: Path) -> None:
    command = [sys.executable, "-m", "cli.main", "board", "--config", str(data / "sites.toml")]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "canh board: needs a terminal; without one use `canh status`\n"
