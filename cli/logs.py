"""Where log lines go: standard error, the journal with its priorities, a file that is rotated.

What devices and files say may hold anything: a record is one line in each form, and its control
characters are escaped.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Literal, TextIO

Form = Literal["text", "json"]
FORMS: tuple[Form, ...] = ("text", "json")
MEGABYTES, OLD_ONES = 10, 5
CHANGES = "canh.changes"  # what is told to people, for the file alone
_PRIORITIES = (  # syslog(3), as sd-daemon(3) puts them before a line
    (logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6),
)  # fmt: skip


def to_stderr(environment: Mapping[str, str] = os.environ) -> None:
    """All from WARNING on, as ever; in the journal each line has its priority."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines(priorities=_is_journal(sys.stderr, environment)))
    handler.addFilter(lambda record: record.levelno >= logging.WARNING)
    logging.basicConfig(handlers=[handler], level=logging.WARNING)


def to_file(path: Path, form: Form, *, megabytes: int, old_ones: int) -> None:
    """Besides, and with the changes that people are told. OSError where it cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = _File(path, maxBytes=megabytes << 20, backupCount=old_ones, encoding="utf-8")
    handler.setFormatter(_Json() if form == "json" else _Dated())
    logging.getLogger().addHandler(handler)
    logging.getLogger(CHANGES).setLevel(logging.INFO)


def change(line: str) -> None:
    """What is told to people stands in the file, too."""
    logging.getLogger(CHANGES).info("%s", line)


def escaped(text: str) -> str:
    """One line, whatever it holds; letters of all languages stay."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


class _Lines(logging.Formatter):
    def __init__(self, *, priorities: bool = False) -> None:
        super().__init__()
        self._priorities = priorities

    def format(self, record: logging.LogRecord) -> str:
        lines = [f"{record.levelname} {record.name}: {escaped(record.getMessage())}"]
        lines += [f"  {escaped(line)}" for line in self._trace(record)]
        if self._priorities:
            sign = next((n for level, n in _PRIORITIES if record.levelno >= level), 7)
            lines = [f"<{sign}>{line}" for line in lines]
        return "\n".join(lines)

    def _trace(self, record: logging.LogRecord) -> list[str]:
        return self.formatException(record.exc_info).splitlines() if record.exc_info else []


class _Dated(_Lines):
    def format(self, record: logging.LogRecord) -> str:
        return f"{_at(record)} {super().format(record)}"


class _Json(_Lines):
    def format(self, record: logging.LogRecord) -> str:
        told = {
            "at": _at(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if trace := self._trace(record):
            told["exception"] = "\n".join(trace)
        return json.dumps(told)


class _File(RotatingFileHandler):
    """A full disk under the log is told once, and is no reason to stop."""

    def __init__(self, *args: object, **about: object) -> None:
        super().__init__(*args, **about)  # type: ignore[arg-type]
        self._told = False

    def handleError(self, _: logging.LogRecord) -> None:  # noqa: N802  its name
        if not self._told:
            self._told = True
            sys.stderr.write(f"canh: the log {self.baseFilename} cannot be written:"
                             f" {sys.exc_info()[1]}\n")  # fmt: skip


def _at(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _is_journal(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """systemd.exec(5): $JOURNAL_STREAM names the device and inode of what goes to the journal."""
    named = environment.get("JOURNAL_STREAM", "")
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return named == f"{found.st_dev}:{found.st_ino}"
