"""A board stands through a storm of 500 changes a second: memory, descriptors, threads stay.

CANH_BOARD_MINUTES gives the length (60 in `make soak`), CANH_BOARD_DEVICES the size.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pytest

from benchmarks.board import Storm
from benchmarks.child import of_ours
from benchmarks.terminal import Terminal

MINUTES = float(os.environ.get("CANH_BOARD_MINUTES", "1"))
DEVICES = int(os.environ.get("CANH_BOARD_DEVICES", "1000"))
GROWTH_MB = 12.0  # texts are remembered, 16,384 of a kind; after ten minutes the look-up is remade
ENTER, ESC = "\r", "\x1b"
WALK = (  # a shift at the board: every screen, a sheet, the reasons, a search, colours, languages
    *("j", "j", ENTER, "j", ESC, "i", ESC, "\t", "l", "h"),
    *("2", "j", "f", "f", "f", "s", ENTER, ESC, "3", "j", "G", ENTER, ESC),
    *("4", "j", "j", "5", "1", "/", "d", "0", "0", "7", ESC, "?", ESC),
    *("x", "X", "t", "t", "t", "l", "l", "p", "p"),
)
LOOK_S = min(1.0, MINUTES * 60 / 5 / len(WALK))  # from key to key: once round in the first quarter


class Look(NamedTuple):
    """What the board holds at one moment."""

    rss_mb: float
    descriptors: int
    threads: int


def shift(terminal: Terminal, seconds: float) -> Iterator[Look]:
    """Somebody walks through the screens, and after each key we look at the process."""
    ends = time.monotonic() + seconds
    for key in cycle(WALK):
        terminal.press(key)
        terminal.run(LOOK_S)
        yield Look(terminal.rss_mb(), *terminal.held())
        if time.monotonic() >= ends:
            return


def told(looks: Sequence[Look]) -> str:
    """For who reads the log of the long form."""
    tenths = [looks[n * len(looks) // 10] for n in range(10)] + [looks[-1]]
    rss = " ".join(f"{look.rss_mb:.1f}" for look in tenths)
    return (
        f"{MINUTES:g} min, {DEVICES} devices; RSS in MB, tenth by tenth: {rss}; descriptors "
        f"{looks[0].descriptors} to {looks[-1].descriptors}, threads {looks[-1].threads}"
    )


@pytest.mark.timeout(int(MINUTES * 60) + 240)
def test_an_hour_of_storm_leaves_the_board_as_large_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "sites.toml").write_text("[network]\n", "utf-8")
    board = [sys.executable, "-m", "cli.main", "board", "--config", str(tmp_path / "sites.toml")]
    board += ["--data", str(tmp_path), "--settings", str(tmp_path / "board.toml")]
    (tmp_path / "board.toml").write_text("", "utf-8")
    with of_ours("board_storm", str(tmp_path), str(DEVICES), said=tmp_path / "storm") as child:
        child.line()
        storm = Storm(child)
        with Terminal(board, 120, 40) as terminal:
            assert terminal.run(60, lambda: "Đo bảng" in _text(terminal)) is not None
            storm.begin()
            looks = list(shift(terminal, MINUTES * 60))
            storm.end()
            terminal.press("1")
            assert terminal.run(10, lambda: "Đo bảng" in _text(terminal)) is not None
    sys.stderr.write(f"{told(looks)}\n")
    quarter = looks[: len(looks) // 4]
    end = looks[-max(1, len(looks) // 10) :]
    grown = median(look.rss_mb for look in end) - max(look.rss_mb for look in quarter)
    assert grown <= GROWTH_MB, told(looks)
    for held in ("descriptors", "threads"):
        assert getattr(looks[-1], held) <= max(getattr(look, held) for look in quarter), held


def _text(terminal: Terminal) -> str:
    return "\n".join("".join(line) for line in terminal.screen.lines)
