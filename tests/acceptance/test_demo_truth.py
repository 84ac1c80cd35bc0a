"""The record of the demo is compared with what the simulator really did, for three seeds."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from store.period import Period
from store.questions import OutageRow
from store.reader import open_questions
from store.states import Mark, State

SEEDS = (3, 14, 159)
RUN_S = 60
SLACK_MS = 150  # a question on its way while the simulator changes, on a busy machine
FOUND_MS = 12_000  # interval 2 s, timeout 1 s, five quick questions, an ancestor waited for
BACK_MS = 8_000


@dataclass(frozen=True)
class Played:
    seed: int
    truth: dict[str, Any]
    outages: tuple[OutageRow, ...]
    period: Period
    marks: dict[str, frozenset[Mark]]
    output: str

    def of(self, key: str) -> list[OutageRow]:
        return [row for row in self.outages if row.key == key and row.kind != "site"]

    def fault(self, kind: str) -> dict[str, Any]:
        [found] = [fault for fault in self.truth["faults"] if fault["kind"] == kind]
        return dict(found)


@pytest.fixture(scope="module")
def all_played(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Played]:
    """Three demos side by side, as a user starts them."""
    folders = {seed: tmp_path_factory.mktemp(f"seed{seed}") for seed in SEEDS}
    running = {
        seed: subprocess.Popen(
            [
                sys.executable,
                "-m",
                "cli.main",
                "demo",
                "--headless",
                "--for",
                str(RUN_S),
                "--seed",
                str(seed),
                "--data",
                str(folder),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for seed, folder in folders.items()
    }
    played = {}
    for seed, process in running.items():
        output, _ = process.communicate(timeout=RUN_S + 60)
        assert process.returncode == 0, output
        played[seed] = _read(seed, folders[seed], output)
    return played


@pytest.fixture(params=SEEDS)
def played(request: pytest.FixtureRequest, all_played: dict[int, Played]) -> Played:
    return all_played[request.param]


def _read(seed: int, folder: Path, output: str) -> Played:
    truth = json.loads((folder / "truth.json").read_text())
    reader = open_questions(f"sqlite:///{folder / 'record.db'}")
    started, ended = truth["started_ms"] - 60_000, truth["ended_ms"]
    found = Played(
        seed=seed,
        truth=truth,
        outages=reader.outages(),
        period=reader.period(started, ended, ended),
        marks={row.key: row.marks for row in reader.snapshot().rows if row.kind != "site"},
        output=output,
    )
    reader.close()
    return found


def _brackets(row: OutageRow, from_ms: int, to_ms: int) -> None:
    """Start and end lie where the simulator really changed, and were found in time."""
    if row.last_good_ms is not None:
        assert row.last_good_ms <= from_ms + SLACK_MS, row
    assert from_ms - SLACK_MS <= row.first_bad_ms <= from_ms + FOUND_MS, row
    assert row.first_good_ms is not None, row
    assert row.last_bad_ms <= to_ms + SLACK_MS, row
    assert to_ms - SLACK_MS <= row.first_good_ms <= to_ms + BACK_MS, row


def test_every_kind_of_fault_was_played(played: Played) -> None:
    assert {fault["kind"] for fault in played.truth["faults"]} == {
        "fibre_cut",
        "power_cut",
        "loss",
        "flapping",
    }
    assert len(played.truth["blind"]) == 1
    assert played.truth["left_out"] == []


@pytest.mark.parametrize("kind", ["fibre_cut", "power_cut"])
def test_one_root_and_exactly_its_children_behind_it(played: Played, kind: str) -> None:
    fault = played.fault(kind)
    [root] = played.of(fault["root"])
    assert (root.state, root.root_thing_id) == (State.DOWN, None)
    _brackets(root, fault["from_ms"], fault["to_ms"])
    behind = [
        row for row in played.outages if row.kind == "device" and row.root_key == fault["root"]
    ]
    assert {row.key for row in behind} == set(fault["unreachable"])
    for row in behind:
        assert row.state == State.UNREACHABLE
        assert row.root_id == root.id
        _brackets(row, fault["from_ms"], fault["to_ms"])


def test_loss_is_degraded_and_never_down(played: Played) -> None:
    fault = played.fault("loss")
    rows = [row for key in fault["degraded"] for row in played.of(key)]
    assert rows, "the loss was not seen at all"
    assert {row.state for row in rows} == {State.DEGRADED}


def test_each_flap_of_the_port_is_an_outage_of_its_link(played: Played) -> None:
    fault = played.fault("flapping")
    changes = [change["at_ms"] for change in fault["changes"]]
    rows = sorted(played.of(fault["root"]), key=lambda row: row.first_bad_ms)
    assert len(rows) == len(changes) // 2
    for row, off, on in zip(rows, changes[::2], changes[1::2], strict=True):
        _brackets(row, off, on)


def test_the_monitors_blindness_is_unknown_time_and_nobodys_outage(played: Played) -> None:
    [spell] = played.truth["blind"]
    gaps = list(
        zip(
            [end for _, end in played.period.coverage],
            [start for start, _ in played.period.coverage[1:]],
            strict=False,
        )
    )
    assert any(a <= spell["from_ms"] + SLACK_MS and spell["to_ms"] <= b for a, b in gaps), gaps
    assert len(gaps) == 1
    begun = [
        row for row in played.outages if spell["from_ms"] <= row.first_bad_ms <= spell["to_ms"]
    ]
    assert begun == []


def test_what_never_answered_is_never_seen(played: Played) -> None:
    key = played.truth["never_seen"]
    assert Mark.NEVER_SEEN in played.marks[key]
    [history] = [h for h in played.period.histories if h.key == key and h.kind == "device"]
    assert (history.service, history.spans) == ((), ())


def test_nothing_else_is_said_to_have_failed(played: Played) -> None:
    known = {played.truth["never_seen"]}
    for fault in played.truth["faults"]:
        known |= {fault["root"], fault["device"], *fault["unreachable"]}
        known |= {*fault["degraded"], *fault["also"]}
    roots = {fault["root"] for fault in played.truth["faults"]}
    false = [
        row
        for row in played.outages
        if row.kind != "site" and row.key not in known and row.root_key not in roots
    ]
    assert false == []


def test_the_demo_names_its_record_and_a_report_that_opens(played: Played) -> None:
    named = [line.split()[-1] for line in played.output.splitlines() if "/" in line]
    record = next(Path(path) for path in named if path.endswith("record.db"))
    report = next(Path(path) for path in named if path.endswith(".html"))
    assert record.is_file()
    assert report.read_text("utf-8").startswith("<!DOCTYPE html>")
