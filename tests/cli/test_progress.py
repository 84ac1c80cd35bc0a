"""Long work says what it is at; short work is silent."""

from __future__ import annotations

import time

import pytest

from cli.progress import Progress


def test_a_long_step_is_told_and_a_short_one_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("report") as progress:
        progress.step("reading the record")
    assert capsys.readouterr().err == ""
    with Progress("report", every_s=0.05) as progress:
        progress.step("making pdf")
        time.sleep(0.4)
    told = capsys.readouterr().err.splitlines()
    assert told[0] == "canh report: making pdf (0 s)"
    before = len(told)
    time.sleep(0.2)
    assert capsys.readouterr().err == ""
    assert before >= 1
