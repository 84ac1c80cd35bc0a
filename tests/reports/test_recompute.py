"""Two hundred figures of a month, recomputed from the record by a script that knows no Canh."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest

from inventory.model import Calendar, Network
from reports import json_form
from reports.figures import figures
from store.period import Period
from store.reader import open_questions
from tests.docs import month

SCRIPT = Path(__file__).parent / "recompute.py"
MANY = 200
OPEN = (("07:00", "11:30"), ("13:30", "17:00"))
WEEK = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), OPEN) | {"sat": OPEN[:1], "sun": ()}
OFFICE = Calendar(id="office", week=WEEK, days={date(2026, 10, 20): ()})


def with_hours(network: Network) -> Network:
    """Every third site and every fifth device is closed at night."""
    sites = {
        key: replace(site, calendar="office") if number % 3 == 0 else site
        for number, (key, site) in enumerate(network.sites.items())
    }
    devices = {
        key: replace(device, calendar="office") if number % 5 == 0 else device
        for number, (key, device) in enumerate(network.devices.items())
    }
    return replace(network, sites=sites, devices=devices, calendars={"office": OFFICE})


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Period]:
    folder = tmp_path_factory.mktemp("recompute")
    reader = open_questions(month.write(folder, 5, with_hours(month.province())))
    try:
        return folder / "record.db", reader.period(month.BEGIN, month.END, month.MADE)
    finally:
        reader.close()


def test_the_script_imports_nothing_of_canh() -> None:
    imported: set[str] = set()
    for node in ast.walk(ast.parse(SCRIPT.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module))
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names


def test_two_hundred_figures_are_the_same(found: tuple[Path, Period]) -> None:
    record, period = found
    told = json_form.form(figures(period))["things"]
    things = {f"{one['kind']}:{one['id']}": one for one in told if one["kind"] != "unit"}
    troubled = [key for key, one in things.items() if one["split_s"]["up"] != whole_s(one)]
    chosen = [key for key in things if key.startswith("service:")]
    chosen += Random(8).sample(troubled, MANY - 40) + Random(9).sample(sorted(things), 40)
    again = recomputed(record, period, chosen)
    for key in chosen:
        split = {share: ms for share, ms in again[key]["split_ms"].items() if ms}
        assert split == {
            share: round(1000 * seconds)
            for share, seconds in things[key]["split_s"].items()
            if seconds
        }, key
        for name in ("availability_pct", "service_pct", "seen_pct"):
            assert things[key][name] == pytest.approx(again[key][name], abs=1e-12), (key, name)
    kinds = {key.partition(":")[0] for key in chosen}
    assert kinds == {"site", "device", "link", "service"}
    spent = {share for key in chosen for share in again[key]["split_ms"]}
    assert spent >= {"up", "degraded", "down", "unreachable", "maintenance", "unknown", "off_hours"}


def test_a_tier_is_the_sum_of_its_sites(found: tuple[Path, Period]) -> None:
    record, period = found
    for tier in figures(period).tiers:
        sites = [row for row in tier.sites if row.sums.measured]
        again = recomputed(record, period, [f"site:{row.id}" for row in sites]).values()
        sums = {name: sum(one["split_ms"].get(name, 0) for one in again) for name in NAMES}
        served = sums["up"] + sums["degraded"]
        whole = served + sums["down"] + sums["unreachable"]
        assert tier.whole.sums.figures.service_pct == pytest.approx(100 * served / whole, abs=1e-12)


NAMES = ("up", "degraded", "down", "unreachable")


def whole_s(one: dict[str, Any]) -> float:
    return float(sum(one["split_s"].values()))


def recomputed(record: Path, period: Period, things: list[str]) -> dict[str, Any]:
    words = [record, period.timezone, period.from_ms, period.to_ms, *things]
    done = subprocess.run(
        [sys.executable, "-I", SCRIPT, *map(str, words)], capture_output=True, check=True
    )
    return dict(json.loads(done.stdout))
