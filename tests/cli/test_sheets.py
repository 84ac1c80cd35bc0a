"""What `canh show` tells of a device and its place, with what was measured there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from store.changes import Batch, FactsSaid, NeighbourFact
from tests.cli.running import folder
from tests.store.keeping import NOW, bring, network, writing


def record(where: Path, declared: dict[str, Any], said: dict[str, Any]) -> None:
    """A record in which the router of `p` is so declared, and said that of itself."""
    world = network()
    router = replace(world.devices["p-r"], **declared)
    url = f"sqlite:///{folder(where) / 'record.db'}"
    ids = bring(url, replace(world, devices={**world.devices, "p-r": router})).ids
    facts = FactsSaid(device_id=ids["device", "p-r"], **said)
    with writing(url) as writer:
        writer.submit(Batch(at_ms=NOW + 1, facts=(facts,))).result(timeout=30)


def shown(where: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    files = ("--config", str(where / "sites.toml"), "--data", str(where))
    assert main(["show", *words, *files]) == 0
    return capsys.readouterr().out


def test_a_case_or_blank_that_a_device_writes_otherwise_is_no_difference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    declared = {"vendor": "Cisco", "model": "C9200L 24T", "serial": "A1"}
    record(tmp_path, declared, {"vendor": "cisco", "model": "C9200L-24T", "serial": "A2"})
    device, place = (shown(tmp_path, capsys, key) for key in ("p-r", "p"))
    assert "serial: A2 (declared: A1)" in device
    assert device.count("(declared") == 1
    assert "Cisco C9200L 24T, serial A1 (measured: A2)" in place
    assert place.count("(measured") == 1


def test_a_neighbour_is_told_alike_of_a_device_and_of_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(tmp_path, {}, {"neighbours": (NeighbourFact("lldp", "Gi1", 1, None, "Eth7"),)})
    for key in ("p-r", "p"):
        assert "  port Gi1 → ? Eth7 (lldp)\n" in shown(tmp_path, capsys, key)
