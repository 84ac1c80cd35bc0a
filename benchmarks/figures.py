"""Figures of several rounds, the table that shows them, and what a process takes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median


@dataclass(slots=True)
class Row:
    """One program under one load; `costs` has one figure a round, in the unit of its table."""

    name: str
    load: str = ""
    costs: list[float] = field(default_factory=list)

    def against(self, peer: Row) -> list[float]:
        """This row's cost as a share of the peer's, round by round."""
        return [own / other for own, other in zip(self.costs, peer.costs, strict=True)]


def table(rows: Sequence[Row], peer: Row, unit: str) -> str:
    """Markdown; the ratio is that of each round, so that a slow moment touches both sides."""
    ratio = f"ratio to {peer.name}: median (min to max)"
    lines = [_line("", "load", "rounds", f"min {unit}", "median", "max", ratio), _rule()]
    for row in rows:
        low, middle, high = _spread(row.costs)
        of = "1" if row is peer else "{1} ({0} to {2})".format(*_spread(row.against(peer)))
        lines.append(_line(row.name, row.load, str(len(row.costs)), low, middle, high, of))
    return "\n".join(lines)


def _spread(figures: Sequence[float]) -> tuple[str, str, str]:
    low, middle, high = min(figures), median(figures), max(figures)
    return _short(low), _short(middle), _short(high)


def _short(figure: float) -> str:
    """Three digits that mean something."""
    return f"{figure:.1f}" if figure >= 10 else f"{figure:.2f}" if figure >= 1 else f"{figure:.3f}"


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _rule() -> str:
    return "|---|---|" + "--:|" * 5


def titled(title: str, lines: Iterable[str]) -> str:
    return "\n".join((f"### {title}", "", *lines, ""))


def cpu_s(pid: int | None) -> float:
    """User and system time of a process with all its threads: clock_getcpuclockid(3)."""
    assert pid is not None
    return time.clock_gettime((~pid << 3) | 2)


def rss_mb(pid: int | None) -> float:
    """What a process holds in memory now."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [line] = [each for each in lines if each.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024


def descriptors(pid: int | None) -> int:
    """Files, sockets and pipes that a process holds open now."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def threads(pid: int | None) -> int:
    """Of a process, now."""
    return len(list(Path(f"/proc/{pid}/task").iterdir()))
