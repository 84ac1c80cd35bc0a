"""How much memory and disk the monitor takes of what it may: told in its health, warned of once.

The budget of memory is that of its control group (MemoryHigh=, MemoryMax= of the unit, or of the
container); of the disk, what is free where the record stands.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path

from store.ballast import free_bytes

HIGH_PCT, CALM_PCT = 90, 80
LOW_MB, ROOMY_MB = 512, 1024
_PAGE = os.sysconf("SC_PAGE_SIZE")
log = logging.getLogger(__name__)


class Budget:
    """`folder` is where the record stands; None: on a server."""

    def __init__(self, folder: Path | None, groups: Path = Path("/sys/fs/cgroup")) -> None:
        self._folder = folder
        self._limit_mb = memory_limit_mb(groups)
        self._high = self._low = False

    def health(self) -> Mapping[str, int]:
        """For a row of the monitor's health; it warns where a budget is used up."""
        found = {"rss_mb": rss_mb()}
        if self._limit_mb is not None:
            found["limit_mb"] = self._limit_mb
        if self._folder is not None:
            found["disk_free_mb"] = free_bytes(self._folder) >> 20
        self._warn(found)
        return found

    def _warn(self, found: Mapping[str, int]) -> None:
        used_pct = 100 * found["rss_mb"] / found.get("limit_mb", 1 << 40)
        if used_pct >= HIGH_PCT and not self._high:
            self._high = True
            log.warning(
                "memory: %d of %d MB are used; remedy: raise MemoryHigh= and MemoryMax= of the"
                " unit (canh footprint says what a size takes)",
                found["rss_mb"], found["limit_mb"],
            )  # fmt: skip
        elif used_pct < CALM_PCT:
            self._high = False
        free_mb = found.get("disk_free_mb", ROOMY_MB)
        if free_mb < LOW_MB and not self._low:
            self._low = True
            log.error(
                "the disk with %s is nearly full: %d MB are free; remedy: make room, or lower"
                " samples_days in [retention]; the last room is kept for the record",
                self._folder, free_mb,
            )  # fmt: skip
        elif self._low and free_mb >= ROOMY_MB:
            self._low = False
            log.warning("the disk with %s has room again: %d MB are free", self._folder, free_mb)


def rss_mb() -> int:
    """Of this process, now."""
    pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    return int(pages) * _PAGE >> 20


def memory_limit_mb(groups: Path = Path("/sys/fs/cgroup")) -> int | None:
    """The lowest limit of our control group and those above it (cgroup v2); None: there is none."""
    try:
        mine = Path("/proc/self/cgroup").read_text("utf-8").strip().rpartition("::")[2]
    except OSError:
        return None
    inner = groups / mine.strip("/")
    found = []
    for group in (inner, *inner.parents):
        if not group.is_relative_to(groups):
            break
        for name in ("memory.high", "memory.max"):
            try:
                said = (group / name).read_text("ascii").strip()
            except OSError:
                continue
            if said.isdecimal():
                found.append(int(said) >> 20)
    return min(found, default=None)
