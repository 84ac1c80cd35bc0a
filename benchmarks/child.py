"""A program under measurement: a child process whose CPU time can be read while it runs."""

from __future__ import annotations

import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from benchmarks.figures import cpu_s

ROOT = Path(__file__).resolve().parent.parent
START_LIMIT_S = 60.0
STOP_LIMIT_S = 30.0


class UselessError(RuntimeError):
    """A measurement that cannot be used; the text says why."""


class Child:
    """Leaving the `with` block ends it. What it says on stderr is kept beside, in `said`."""

    def __init__(self, words: Sequence[str], said: Path) -> None:
        self.said = said
        self._name = " ".join(words[:3])
        with said.open("wb") as stderr:
            self._process = subprocess.Popen(
                words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def check(self) -> None:
        """UselessError where it has ended."""
        if self._process.poll() is not None:
            raise UselessError(f"{self._name} ended: {self._last_words()}")

    def cpu_s(self) -> float:
        """User and system time of all its threads until now, to the nanosecond.

        The sum is that of getrusage(2), which would tell it only after the end. None of the
        programs measured has children of its own.
        """
        return cpu_s(self._process.pid)

    def cpu_during(self, seconds: float) -> float:
        """CPU time of the coming seconds."""
        before = self.cpu_s()
        time.sleep(seconds)
        return self.cpu_s() - before

    def line(self, limit_s: float = START_LIMIT_S) -> str:
        """The next line that it prints."""
        out = self._process.stdout
        assert out is not None
        ready, _, _ = select.select([out], [], [], limit_s)
        line = out.readline().decode().strip() if ready else ""
        if not line:
            raise UselessError(
                f"{self._name} ended or said nothing for {limit_s:g} s: {self._last_words()}"
            )
        return line

    def tell(self, word: str) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        stdin.write(word.encode() + b"\n")
        stdin.flush()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end and wait; one that does not is killed."""
        if self._process.poll() is None:
            self._process.send_signal(how)
        try:
            self._process.communicate(timeout=STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def _last_words(self) -> str:
        lines = self.said.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"it said nothing (exit code {self._process.poll()})"

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.returncode is None:
            self.stop()


def of_ours(module: str, *arguments: str, said: Path) -> Child:
    """A module of this folder in an interpreter of its own."""
    return Child([sys.executable, "-m", f"benchmarks.{module}", *arguments], said)


def free_tcp_port() -> int:
    """On loopback; free at this moment."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
