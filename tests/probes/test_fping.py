"""fping as a way to ping: what it tells, and what becomes of one that hangs or fails."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from probes import fping
from probes.fping import FpingPinger, refused_by_fping
from probes.results import UNSENT, Ping

HANGS = "[1795685980.72230] 127.0.0.1 : [0], 64 bytes, 0.031 ms (0.031 avg, 0%% loss)"


def script(folder: Path, *lines: str) -> str:
    path = folder / "fping"
    path.write_text("\n".join(("#!/bin/sh", *lines, "")))
    path.chmod(0o755)
    return str(path)


def results(pinger: FpingPinger, count: int) -> list[Ping]:
    pings: list[Ping] = []
    ends = time.monotonic() + 10
    while len(pings) < count and time.monotonic() < ends:
        time.sleep(0.02)
        pings += pinger.drain()
    return pings


def test_what_one_that_hangs_has_told_counts_and_the_rest_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fping, "_GRACE_S", 0.3)
    pinger = FpingPinger(script(tmp_path, f"printf '{HANGS}\\n'", "exec sleep 60"), timeout_s=0.1)
    pinger.send([(1, "127.0.0.1"), (2, "127.0.0.2")])
    [(node, _, rtt)] = results(pinger, 1)
    assert (node, rtt) == (1, 31_000)
    assert pinger._running == []
    pinger.close()


def test_of_one_that_fails_nothing_was_sent(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    program = script(tmp_path, "echo 'can not create raw socket' >&2", "exit 4")
    assert refused_by_fping(program) == "can not create raw socket"
    pinger = FpingPinger(program, timeout_s=0.1)
    pinger.send([(1, "127.0.0.1"), (2, "no name"), (3, "127.0.0.3\n127.0.0.4")])
    assert sorted((node, rtt) for node, _, rtt in results(pinger, 3)) == [
        (1, UNSENT),
        (2, UNSENT),
        (3, UNSENT),
    ]
    assert "fping failed: can not create raw socket" in caplog.text
    pinger.close()


def test_one_that_vanished_is_no_crash(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone")
    assert "No such file" in (refused_by_fping(gone) or "")
    pinger = FpingPinger(gone, timeout_s=0.1)
    pinger.send([(1, "127.0.0.1")])
    assert [(node, rtt) for node, _, rtt in results(pinger, 1)] == [(1, UNSENT)]
    pinger.close()


def test_garbage_from_it_is_no_answer(tmp_path: Path) -> None:
    lines = ("[] 127.0.0.1 : [0], ", "[x] 127.0.0.1 : [0], 64 bytes, ms", "\\377", "] : [0], ")
    pinger = FpingPinger(script(tmp_path, *(f"printf '{line}\\n'" for line in lines)))
    pinger.send([(1, "127.0.0.1")])
    assert [(node, rtt) for node, _, rtt in results(pinger, 1)] == [(1, UNSENT)]
    pinger.close()


def test_its_processes_end_with_the_pinger(tmp_path: Path) -> None:
    pinger = FpingPinger(script(tmp_path, "exec sleep 60"))
    pinger.send([(1, "127.0.0.1")])
    while not pinger._running:
        results(pinger, 0)
        time.sleep(0.02)
        pinger.drain()
    process = pinger._running[0].process
    pinger.close()
    assert process.returncode is not None
