"""`canh footprint` measures a real monitor beside a real simulator, and says what is reckoned."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli import footprint
from cli.main import main
from cli.sample_day import bytes_a_day


def test_the_figures_are_those_of_a_monitor_that_every_device_answers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(footprint, "FIRST_CONTACT_S", 20.0)
    monkeypatch.setattr(footprint, "WINDOW_S", 2.0)
    assert main(["footprint", "--devices", "30", "--json"]) == 0
    said = capsys.readouterr()
    document = json.loads(said.out)
    (size,) = document["sizes"]
    assert size["devices"] == 30
    assert size["answering"] == 29  # one device of every simulated province was never there
    assert size["interfaces"] == 30 * document["interfaces_each"]
    assert 0 < size["cpu_pct"] < 100
    assert 0 < size["rss_mb"] <= size["peak_mb"]
    assert size["record_mb"] > 0
    day_gb = document["sample_bytes_a_device_and_day"] * 30 / 1e9
    assert size["month_gb"] == pytest.approx(30 * day_gb, abs=0.01)
    assert {"month_gb", "year_gb"} <= set(document["reckoned"])
    assert document["not_measured"]
    assert "30 devices" in said.err


def test_a_day_of_more_interfaces_takes_more_disk_and_none_is_left_out(tmp_path: Path) -> None:
    few, many = tmp_path / "few", tmp_path / "many"
    few.mkdir()
    many.mkdir()
    values = (24 - 4) * 1440 * 8  # counters and states of the interfaces that are more
    assert 0.1 * values < bytes_a_day(many, 24) - bytes_a_day(few, 4) < 1.5 * values


@pytest.mark.parametrize("devices", ["0", "20001", "-5"])
def test_other_sizes_are_refused(devices: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["footprint", "--devices", devices]) == 2
    assert "20,000" in capsys.readouterr().err
