"""The monitor says once when its memory or its disk is nearly used up, and in its health always."""

from __future__ import annotations

import json
import logging
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from cli.budget import Budget, memory_limit_mb, rss_mb
from tests.acceptance.monitor import ROOT
from tests.acceptance.small_disk import SmallDisk
from tests.cli.running import canh, folder
from tests.needs import need_root


def group(folder: Path, **values: str) -> Path:
    """A tree of control groups in which ours has these limits."""
    mine = Path("/proc/self/cgroup").read_text("utf-8").strip().rpartition("::")[2]
    inner = folder / mine.strip("/")
    inner.mkdir(parents=True, exist_ok=True)
    for name, value in values.items():
        (inner / name.replace("_", ".")).write_text(value)
    return folder


def test_the_lowest_limit_of_the_control_group_is_the_budget(tmp_path: Path) -> None:
    assert memory_limit_mb(group(tmp_path, memory_high="max\n", memory_max="max\n")) is None
    group(tmp_path, memory_high=f"{300 << 20}\n", memory_max=f"{400 << 20}\n")
    assert memory_limit_mb(tmp_path) == 300
    (tmp_path / "memory.max").write_text(f"{200 << 20}\n")  # of one above it, or its own
    assert memory_limit_mb(tmp_path) == 200


def test_a_budget_of_memory_that_is_used_up_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    budget = Budget(None, group(tmp_path, memory_high=f"{rss_mb() << 20}"))
    with caplog.at_level(logging.WARNING):
        found = [budget.health() for _ in range(3)]
    [record] = caplog.records
    assert "remedy: raise MemoryHigh=" in record.getMessage()
    assert found[0]["rss_mb"] > 10
    assert found[0]["limit_mb"] == rss_mb() or found[0]["limit_mb"] > 10
    roomy = Budget(None, group(tmp_path, memory_high=f"{rss_mb() << 22}"))
    with caplog.at_level(logging.WARNING):
        roomy.health()
    assert len(caplog.records) == 1


def test_a_disk_that_is_nearly_full_is_told_once(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from cli.budget import Budget;"
        " b = Budget(Path(sys.argv[1])); [b.health() for _ in range(3)]"
    )
    with SmallDisk(tmp_path / "small", 8) as disk:
        done = subprocess.run(
            disk.inside("env", f"PYTHONPATH={ROOT}", sys.executable, "-c", script,
                        str(tmp_path / "small")),
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
    [line] = done.stderr.splitlines()
    assert "is nearly full" in line
    assert "remedy: make room" in line


def test_the_health_of_the_monitor_has_what_it_takes(tmp_path: Path) -> None:
    need_root()
    code, _, err = canh(folder(tmp_path), "run", "--for", "3")
    assert code == 0, err
    with closing(sqlite3.connect(tmp_path / "canh-data" / "record.db")) as db:
        [body] = db.execute("SELECT body FROM health ORDER BY id DESC LIMIT 1").fetchone()
    budget = json.loads(body)["budget"]
    assert budget["rss_mb"] > 10
    assert budget["disk_free_mb"] > 0
