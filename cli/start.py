"""Reads the files and brings them into the record before a watch, in a process of its own.

For a country that takes a hundred MB which the monitor would keep for as long as it runs.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from cli import apart, logs
from store.thrift import no_collector

if TYPE_CHECKING:  # the child is to start first
    from inventory.model import Network
    from store.declare import Agreement

_READ, _GO = b"read\n", b"go\n"


class Started(NamedTuple):
    network: Network
    includes: tuple[str, ...]  # the patterns by which its file names others
    agreement: Agreement


class Start:
    """`read`, then `bring`. Each ends with SystemExit once the child has told what is wrong."""

    def __init__(self, config: Path, url: str, *, accept_retired: bool) -> None:
        self._before = signal.signal(signal.SIGINT, _leave)
        self._child = subprocess.Popen(
            apart.command("cli.start"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=apart.environment(),
        )
        order = {"config": str(config), "url": url, "accept_retired": accept_retired}
        self._say(json.dumps(order).encode() + b"\n")

    def read(self) -> None:
        """Until the files are read and sound; nothing is written yet."""
        assert self._child.stdout is not None
        if self._child.stdout.readline() != _READ:
            self._ended()

    def bring(self) -> Started:
        """Into the record, which the caller holds."""
        assert self._child.stdout is not None
        self._say(_GO)
        said = self._child.stdout.read()
        if self._child.wait():
            self._ended()
        with no_collector():
            return Started(*apart.taken_over(said))

    def _say(self, words: bytes) -> None:
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(words)
            self._child.stdin.flush()
        except BrokenPipeError:
            self._ended()

    def _ended(self) -> None:
        code = self._child.wait()
        if code < 0:
            sys.stderr.write(f"canh: the start was ended by signal {-code}\n")
        raise SystemExit(max(code, 1))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """The child ends with its standard input, whatever it does."""
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()
        self._child.wait()
        signal.signal(signal.SIGINT, self._before)


def _leave(*_: object) -> None:
    """At once: an exception may get lost where it meets an import, and nobody watches yet."""
    os._exit(130)


def main() -> int:
    """What the child does."""
    from cli.config import data_home, load_from
    from store.engine import RecordError

    for number in (signal.SIGINT, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    logs.to_stderr()
    if not (line := sys.stdin.buffer.readline()):  # the command has gone already
        return 1
    order = json.loads(line)
    network, includes = load_from(Path(order["config"]))
    os.write(sys.stdout.fileno(), _READ)
    if sys.stdin.buffer.readline() != _GO:
        return 1
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    from cli.prepare import prepare

    try:
        agreement = prepare(
            order["url"],
            network,
            accept_retired=order["accept_retired"],
            beside=data_home(Path(order["config"])),
        )
    except RecordError as error:
        sys.stderr.write(f"canh: {error}\n")
        return 1
    apart.hand_over((network, includes, agreement))
    return 0


def _end_with_stdin() -> None:
    """Nobody may write to a record that nobody holds: a transaction that is open is none."""
    while os.read(sys.stdin.fileno(), 1):  # what reads by a buffer cannot be left at the end
        pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
