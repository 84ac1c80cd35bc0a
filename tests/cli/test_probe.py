"""`canh probe` asks a real device and explains what it found; the exit code says the state."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.needs import need_program, need_root
from tests.snmpd import AUTH_KEY, COMMUNITY, NAME, PRIV_KEY, free_udp_port, running_snmpd

SITES = """
[network]
name = "Mạng thử"
timezone = "Asia/Ho_Chi_Minh"
anchor = ["r1"]
[defaults]
ping_timeout_s = 0.5
[snmp.old]
version = "1"
community = "secret:wrong"
port = {port}
timeout_s = 0.2
retries = 0
[snmp.office]
community = "secret:office"
port = {port}
[snmp.core]
version = "3"
user = "sha256aes128"
auth = "sha256"
auth_key = "secret:wrong"
priv = "aes128"
priv_key = "secret:priv"
port = {port}
timeout_s = 0.3
[snmp.closed]
community = "public"
port = {closed}
[[unit]]
id = "51"
code = "51"
name = "Tỉnh Quảng Ngãi"
level = "province"
[[site]]
id = "s"
name = "Trụ sở"
unit = "51"
[[device]]
id = "r1"
site = "s"
role = "router"
address = "127.0.0.1"
snmp = ["old", "office"]
[[device]]
id = "r2"
site = "s"
role = "router"
address = "::1"
snmp = "core"
[[device]]
id = "r3"
site = "s"
role = "router"
address = "no-such-name.invalid"
snmp = false
[[device]]
id = "r4"
site = "s"
role = "router"
address = "127.0.0.4"
snmp = "closed"
"""
SECRETS = {"OFFICE": COMMUNITY, "WRONG": "not the right one", "AUTH": AUTH_KEY, "PRIV": PRIV_KEY}


@dataclass(frozen=True)
class Place:
    """A folder with a sites.toml, whose first two devices are one snmpd."""

    folder: Path

    def probe(self, *words: str, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        command = [*before, sys.executable, "-m", "cli.main", "probe", *words]
        named = {f"CANH_SECRET_{name}": value for name, value in SECRETS.items()}
        checkout = str(Path(__file__).parents[2])
        return subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, **named, "PYTHONPATH": checkout},
            capture_output=True,
            text=True,
            timeout=60,
        )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("place")
    with running_snmpd(tmp_path_factory.mktemp("snmpd")) as agent:
        sites = SITES.format(port=agent.port, closed=free_udp_port())
        (folder / "sites.toml").write_text(sites, "utf-8")
        yield Place(folder)


def sane(done: subprocess.CompletedProcess[str], code: int) -> str:
    """The exit code, and no secret in what it said."""
    assert done.returncode == code, done.stderr
    assert not any(secret in done.stdout + done.stderr for secret in SECRETS.values())
    return done.stdout


def test_a_device_that_answers_is_up_and_its_profiles_are_tried_in_order(place: Place) -> None:
    told: dict[str, Any] = json.loads(sane(place.probe("r1", "--json"), 0))
    assert (told["device"], told["address"], told["state"]) == ("r1", "127.0.0.1", "up")
    assert told["ping"]["received"] == 3
    old, office = told["snmp"]
    assert (old["profile"], old["status"]) == ("old", "no_answer")
    assert (office["profile"], office["status"], office["sys_name"]) == ("office", "ok", NAME)
    assert any(each["if_name"] == "lo" for each in office["interfaces"])
    assert told["marks"] == []


def test_the_explanation_is_for_people(place: Place) -> None:
    lines = sane(place.probe("r1"), 0).splitlines()
    assert lines[0] == "r1 (127.0.0.1): up"
    assert "3 of 3 answered" in lines[1]
    assert "wrong community, source not allowed or agent off" in lines[2]
    assert lines[3].startswith(f"  SNMP v2c, profile office: {NAME}, running for 0:")


def test_a_wrong_key_is_a_mark_beside_the_state(place: Place) -> None:
    told = sane(place.probe("r2"), 0)
    assert told.startswith("r2 (::1): up, management silent\n")
    assert "wrong auth key: wrong authentication key or protocol (sha256)" in told


def test_a_device_behind_a_name_that_does_not_resolve_is_unknown(place: Place) -> None:
    told = sane(place.probe("r3"), 3)
    assert "the name no-such-name.invalid does not resolve" in told


def test_an_address_of_the_configuration_is_asked_as_its_device(place: Place) -> None:
    assert sane(place.probe("127.0.0.4"), 0).startswith("r4 (127.0.0.4): up, management silent\n")


def test_a_bare_address_needs_no_configuration(tmp_path: Path) -> None:
    lonely = Place(tmp_path)
    told = sane(lonely.probe("127.0.0.77", "--community", "anything"), 0)
    assert told.startswith("127.0.0.77: up")
    assert "anything" not in told


def test_what_is_neither_device_nor_address_is_told_with_the_nearest_id(place: Place) -> None:
    done = place.probe("r1x")
    sane(done, 2)
    assert "'r1x' is neither a device, a service nor an address; did you mean" in done.stderr


def test_a_device_that_nobody_answers_for_is_down_and_one_without_a_route_unknown(
    tmp_path: Path,
) -> None:
    need_root()
    need_program("unshare")
    need_program("ip")
    set_up = (
        "ip link set lo up; ip link add d0 type veth peer name d1; ip link set d0 up; "
        'ip link set d1 up; ip address add 10.99.0.1/24 dev d0; exec "$0" "$@"'
    )
    inside = ("unshare", "--net", "sh", "-ec", set_up)
    lonely = Place(tmp_path)
    assert sane(lonely.probe("10.99.0.2", before=inside), 2).startswith("10.99.0.2: down\n")
    assert "no route" in sane(lonely.probe("10.98.0.1", before=inside), 3)
