"""Recorded devices tell who they are, through the command. `-s` prints the table."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from inventory.model import SnmpProfile
from probes.facts.collector import Collector
from probes.facts.identity import Identity
from tests.probes.facts import score
from tests.probes.facts.disguise import disguised, expected
from tests.snmpd import free_udp_port
from tests.walks import SHARED, WALKS, Place, names, need_walks, replayed, walk
from wire import ber

CORPUS = SHARED / "corpus"
STANDARD = ber.oid("1.3.6.1.2.1")
_HEAD = """
[network]
name = "Corpus"
timezone = "Asia/Ho_Chi_Minh"
[snmp.all]
community = "public"
timeout_s = 5.0
[[unit]]
id = "u"
code = "1"
name = "U"
level = "province"
[[site]]
id = "s"
name = "S"
unit = "u"
"""


def collected(folder: Path, only: Sequence[str], walks: Path = WALKS) -> dict[str, Any]:
    """Device → what `canh collect --json` told of it."""
    config = folder / "sites.toml"
    with replayed(only, {}, first="127.71.0.1", port=free_udp_port(), walks=walks) as places:
        devices = (
            f'[[device]]\nid = "{place.name}"\nsite = "s"\nrole = "switch"\nsnmp = "all"\n'
            f'address = "{place.address}"\nport = {place.port}\n'
            for place in places
        )
        config.write_text(_HEAD + "".join(devices), "utf-8")
        command = [sys.executable, "-m", "cli.main", "collect", "--json", "--config", str(config)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr + done.stdout[:2000]
    return {device["id"]: device for device in json.loads(done.stdout)["devices"]}


KINDS = ("vendor", "os", "model", "version", "serial")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[score.Field]:
    need_walks()
    told = score.expected(CORPUS)
    got = collected(tmp_path_factory.mktemp("corpus"), names())
    fields = [each for name in told for each in score.fields(name, told[name], got[name])]
    sys.stdout.write(f"\n{score.table(fields)}\n")
    return fields


def test_who_they_are_is_read_as_others_read_it(found: list[score.Field]) -> None:
    assert score.share(found, *KINDS) >= 0.97


def test_every_interface_comes_with_status_speed_and_counters(found: list[score.Field]) -> None:
    assert score.share(found, "interface") == 1.0


def test_the_serials_of_entities_are_read(found: list[score.Field]) -> None:
    assert score.share(found, "entity serial") >= 0.98


def test_light_and_batteries_are_read(found: list[score.Field]) -> None:
    assert score.share(found, "dBm") >= 0.97
    assert score.share(found, "UPS") == 1.0


def test_in_disguise_they_are_read_as_well(found: list[score.Field], tmp_path: Path) -> None:
    told, there = score.expected(CORPUS), tmp_path / "walks"
    there.mkdir()
    changed = {n: disguised(WALKS / f"{n}.snmprec", there / f"{n}.snmprec", 5) for n in names()}
    got = collected(tmp_path, names(), there)
    again = [
        each
        for name, swaps in changed.items()
        for each in score.fields(name, dict(expected(told[name], *swaps)), got[name])
    ]
    sys.stdout.write(f"\n{score.table(again)}\n")
    for kinds in (KINDS, ("interface",), ("entity serial",), ("dBm",), ("UPS",)):
        assert abs(score.share(again, *kinds) - score.share(found, *kinds)) <= 0.01, kinds


def test_without_its_vendor_file_the_standard_tables_tell_most_of_it() -> None:
    """Of what the walk holds in standard tables at all."""
    need_walks()
    told = score.expected(CORPUS)
    with replayed(names(), {}, first="127.72.0.1", port=free_udp_port()) as places:
        got = asyncio.run(_generic(places))
    found = [each for name in told for each in _standard(name, told[name], got[name])]
    sys.stdout.write(f"\n{score.table(found)}\n")
    assert score.share(found, "model", "version", "serial") >= 0.8


async def _generic(places: Sequence[Place]) -> dict[str, Identity]:
    collector, profile = Collector(()), SnmpProfile(id="p", community="public", timeout_s=5.0)

    async def one(place: Place) -> Identity:
        facts = await collector.collect(place.address, [profile], port=place.port)
        assert facts is not None
        return facts.identity

    try:
        found = await asyncio.gather(*map(one, places))
    finally:
        collector.close()
    return dict(zip((place.name for place in places), found, strict=True))


def _standard(name: str, told: Mapping[str, Any], got: Identity) -> list[score.Field]:
    """The fields whose value stands somewhere in a standard table of the walk."""
    held = " ".join(
        text.casefold()
        for oid, value in walk(name).items()
        if oid.startswith(STANDARD) and isinstance(value, bytes)
        for text in [" ".join(value.decode("utf-8", "replace").split())]
    )
    said = {kind: getattr(got, kind) for kind in KINDS}
    return [
        each
        for each in score.identity(name, told, said)
        if each.kind in ("model", "version", "serial") and score.texts_of(each.wanted) in held
    ]
