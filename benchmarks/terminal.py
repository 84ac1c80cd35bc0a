"""The far end of a terminal line: draws what a program writes, answers it, presses keys."""

from __future__ import annotations

import codecs
import fcntl
import math
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
import zlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType

from benchmarks.child import ROOT, UselessError
from benchmarks.figures import cpu_s, descriptors, rss_mb, threads

_NOT_OURS = ("NO_COLOR", "PYTHONDONTWRITEBYTECODE")  # what is installed is compiled
PIECE = 256  # bytes that a slow line lets through at a time
_TOKEN = re.compile(
    r"\x1b\[(?P<mark>[<>=?]?)(?P<numbers>[0-9;:]*)(?P<between>[ !$]?)(?P<last>[@-~])"
    r"|\x1b[\]P][^\x07\x1b]*(?:\x07|\x1b\\)"  # a title, a question for capabilities
    r"|\x1b[()][A-Z0-9]|\x1b[78=>c]"
    r"|(?P<ends>[\r\n])|(?P<text>[^\x1b\r\n]+)"
)
SYNC = "2026"  # the mode in which a terminal shows a frame at once


@dataclass(frozen=True, slots=True)
class Line:
    """What lies between the program and the one who sees it."""

    rate: float = math.inf  # bytes a second towards the eye; what waits has room without end
    delay_s: float = 0.0  # each way


class Screen:
    """The text of a screen; every sign is taken for one cell, colours are left out."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns = columns
        self.lines = [[" "] * columns for _ in range(rows)]
        self._x = self._y = 0
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._rest = ""

    def write(self, data: bytes) -> str:
        """Draw it; the answer is what a terminal says to the questions in it."""
        text, at, answer = self._rest + self._decode(data), 0, ""
        while found := _TOKEN.match(text, at):
            at = found.end()
            if words := found["text"]:
                self._put(words)
            elif found["ends"]:
                self._x, self._y = 0, self._y + (found["ends"] == "\n")
            elif found["last"]:
                answer += self._obey(found)
        self._rest = text[at:]
        return answer

    def _put(self, words: str) -> None:
        room = self.columns - self._x
        if self._y < len(self.lines) and room > 0:
            words = words[:room]
            self.lines[self._y][self._x : self._x + len(words)] = words
        self._x += len(words)

    def _obey(self, found: re.Match[str]) -> str:
        numbers = found["numbers"]
        match found["mark"], found["between"], found["last"]:
            case "", "", "H" | "f":
                y, _, x = numbers.partition(";")
                self._y, self._x = int(y or 1) - 1, int(x or 1) - 1
            case "", "", "J":
                self.lines = [[" "] * self.columns for _ in self.lines]
            case "", "", "n" if numbers == "6":
                return f"\x1b[{self._y + 1};{self._x + 1}R"
            case "?", "$", "p":
                return f"\x1b[?{numbers};{2 if numbers == SYNC else 0}$y"
        return ""


class Terminal:
    """A program on a real terminal line; leaving the `with` block kills it."""

    def __init__(
        self, words: Sequence[str], columns: int, rows: int, line: Line | None = None
    ) -> None:
        self.screen = Screen(columns, rows)
        self.began = time.monotonic()
        self.written = self.squeezed = 0  # bytes, and after compression as of `ssh -C`
        self.most_waiting = 0  # bytes on the slow line
        self._line = line or Line()
        self._zlib = zlib.compressobj(6)
        self._free = 0.0  # when the line has let everything through
        self._coming: deque[tuple[float, bytes]] = deque()
        self._going: deque[tuple[float, bytes]] = deque()
        self._waiting = 0
        self._open(words, columns, rows)

    def _open(self, words: Sequence[str], columns: int, rows: int) -> None:
        self._end, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        told = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
        if self._line.rate < math.inf:
            told["SSH_CONNECTION"] = "127.0.0.1 1 127.0.0.1 22"  # as sshd(8) says of such lines
        self._process = subprocess.Popen(
            words,
            cwd=ROOT,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={name: text for name, text in os.environ.items() if name not in _NOT_OURS} | told,
            start_new_session=True,
        )
        os.close(theirs)

    def press(self, key: str) -> None:
        self._going.append((time.monotonic() + self._line.delay_s, key.encode()))

    def run(self, seconds: float, done: Callable[[], bool] = lambda: False) -> float | None:
        """Seconds until `done`, which is asked whenever something came; None: never."""
        began = time.monotonic()
        until = began + seconds
        while (now := time.monotonic()) < until:
            if self._arrive(now) and done():
                return time.monotonic() - began
            self._send(now)
            due = min([until, *(queue[0][0] for queue in (self._coming, self._going) if queue)])
            if select.select([self._end], [], [], max(0.0, due - time.monotonic()))[0]:
                self._read()
        return None

    def _read(self) -> None:
        try:
            data = os.read(self._end, 65536)
        except OSError as error:
            said = " ".join("".join(line).strip() for line in self.screen.lines).strip()
            raise UselessError(f"what is measured has ended: {said[-300:]}") from error
        self.written += len(data)
        self.squeezed += len(self._zlib.compress(data) + self._zlib.flush(zlib.Z_SYNC_FLUSH))
        self._waiting += len(data)
        self.most_waiting = max(self.most_waiting, self._waiting)
        for start in range(0, len(data), PIECE):
            piece = data[start : start + PIECE]
            self._free = max(time.monotonic(), self._free) + len(piece) / self._line.rate
            self._coming.append((self._free + self._line.delay_s, piece))

    def _arrive(self, now: float) -> bool:
        """Draw what has come through; the answers go back the same way."""
        came = False
        while self._coming and self._coming[0][0] <= now:
            piece = self._coming.popleft()[1]
            self._waiting -= len(piece)
            if answer := self.screen.write(piece):
                self.press(answer)
            came = True
        return came

    def _send(self, now: float) -> None:
        while self._going and self._going[0][0] <= now:
            os.write(self._end, self._going.popleft()[1])

    def cpu_s(self) -> float:
        """User and system time of the program, with all its threads."""
        return cpu_s(self._process.pid)

    def rss_mb(self) -> float:
        return rss_mb(self._process.pid)

    def held(self) -> tuple[int, int]:
        """Descriptors and threads of the program."""
        return descriptors(self._process.pid), threads(self._process.pid)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._end)
