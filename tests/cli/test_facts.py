"""A monitor reads what a device is by SNMP and SSH; the commands tell it unharmed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.running import NETWORK, PLACES, answer, canh
from tests.needs import need_root
from tests.probes.facts.test_shell import ANSWERS, CONFIG
from tests.snmp_agent import Agent, if_table, table
from tests.ssh_server import PASSWORD, USER, Switch, running
from wire import ber

EVIL = "\x1b[2J<script>alert(1)</script>[red]=cmd|'/c calc'!A1\u202e"
LONG = "x" * 65_000
ENTITY = "1.3.6.1.2.1.47.1.1.1.1"
SITES = f"""\
{NETWORK}
anchor = ["sw1"]
[defaults]
ping_interval_s = 1
ping_timeout_s = 0.5
snmp_interval_s = 1
[snmp.office]
community = "public"
[ssh.login]
username = "{{user}}"
password = "secret:login"
port = {{ssh}}
{PLACES}
[[device]]
id = "sw1"
site = "p"
role = "switch"
address = "127.0.0.1"
port = {{snmp}}
snmp = "office"
ssh = "login"
platform = "cisco_ios"
serial = "DECLARED-1"
"""


@dataclass
class Place:
    where: Path
    switch: Switch

    def monitor(self) -> None:
        code, _, err = canh(self.where, "run", "--for", "12")
        assert code == 0, err


def parts() -> list[ber.VarBind]:
    evil = EVIL.encode()
    return [
        (ber.oid(f"{ENTITY}.5.1"), ber.INTEGER, 3),
        (ber.oid(f"{ENTITY}.7.1"), ber.OCTET_STRING, evil),
        (ber.oid(f"{ENTITY}.2.1"), ber.OCTET_STRING, LONG.encode()[:1300]),
        (ber.oid(f"{ENTITY}.11.1"), ber.OCTET_STRING, b"FOC1234X5YZ"),
    ]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The monitor ran twice; the configuration was changed in between."""
    need_root()
    where = tmp_path_factory.mktemp("facts")
    (where / "secrets.toml").write_text(f'login = "{PASSWORD}"\n')
    (where / "secrets.toml").chmod(0o600)
    agent = Agent(table([*if_table(3), *parts()]))
    try:
        with running(Switch(ANSWERS)) as switch:
            text = SITES.format(user=USER, ssh=switch.port, snmp=agent.port)
            (where / "sites.toml").write_text(text)
            here = Place(where, switch)
            here.monitor()
            switch.answers["show running-config"] = CONFIG.replace("hostname sw1", "hostname sw2")
            here.monitor()
            yield here
    finally:
        agent.close()


def test_show_tells_what_it_is_and_what_was_declared(place: Place) -> None:
    [told] = answer(place.where, "show", "sw1")["devices"]
    assert (told["model"], told["version"], told["serial"]) == (
        "WS-C2960X-24TS-L",
        "15.2(4)E7",
        "FOC1234X5YZ",
    )
    assert told["declared"]["serial"] == "DECLARED-1"
    [part] = told["modules"]
    assert (part["serial"], part["kind"]) == ("FOC1234X5YZ", "chassis")
    assert "<script>" in part["name"]
    assert [(m["mac"], m["port"]) for m in told["macs"]] == [("00:01:02:03:04:05", "Gi1/0/3")]


def test_people_read_measured_beside_declared(place: Place) -> None:
    out = canh(place.where, "show", "sw1")[1]
    assert "serial: FOC1234X5YZ (declared: DECLARED-1)" in out


def test_a_changed_configuration_is_an_event_with_its_diff_and_no_secret(place: Place) -> None:
    code, out, err = canh(place.where, "config", "sw1", "--diff")
    assert code == 0, err
    assert "-hostname sw1" in out
    assert "+hostname sw2" in out
    assert len(answer(place.where, "config", "sw1")["versions"]) == 2
    with sqlite3.connect(place.where / "canh-data" / "record.db") as record:
        events = record.execute("select body from event where kind = 'configuration'").fetchall()
    record.close()
    [body] = [json.loads(row[0]) for row in events]
    assert "+hostname sw2" in body["diff"]


@pytest.mark.parametrize(
    "words", [("--version", "9"), ("--version", "9" * 30), ("--diff", "1", "3")]
)
def test_a_version_that_is_not_there_is_one_clear_line(place: Place, words: tuple[str]) -> None:
    code, out, err = canh(place.where, "config", "sw1", *words)
    assert (code, out) == (1, "")
    assert err == "canh config: there are versions 1 to 2\n"


def test_no_secret_of_it_stands_anywhere(place: Place) -> None:
    """Neither in the record, nor in its log, nor in what the commands print."""
    words = [b"hidden7", b"$1$abc", PASSWORD.encode()]
    text = "".join(
        canh(place.where, *c)[1] for c in (("show", "sw1"), ("config", "sw1", "--version", "1"))
    )
    assert "hostname sw1" in text
    held = [path.read_bytes() for path in (place.where / "canh-data").rglob("*") if path.is_file()]
    assert held
    for word in words:
        assert all(word not in data for data in [text.encode(), *held])


def test_collect_reads_both_ways_now(place: Place) -> None:
    code, out, err = canh(place.where, "collect", "sw1", "--json")
    assert code == 0, err
    [told] = json.loads(out)["devices"]
    assert (told["ssh_status"], told["snmp_status"]) == ("ok", "ok")
    assert told["version"] == "15.2(4)E7"


def test_drift_names_what_was_declared_otherwise(place: Place) -> None:
    code, out, _ = canh(place.where, "drift", "--json")
    assert code == 1
    [found] = [each for each in json.loads(out)["drift"] if each["name"] == "serial"]
    assert (found["declared"], found["measured"]) == ("DECLARED-1", "FOC1234X5YZ")
    out = canh(place.where, "drift")[1]
    assert "device sw1: serial: declared DECLARED-1; measured FOC1234X5YZ" in out


def test_find_tells_the_port_of_a_mac(place: Place) -> None:
    [found] = answer(place.where, "find", "0001.0203.0405")["ports"]
    assert (found["device_key"], found["port"], found["uplink"]) == ("sw1", "Gi1/0/3", False)
    out = canh(place.where, "find", "0001.0203.0405")[1]
    assert "sw1 port Gi1/0/3, VLAN 10: 00:01:02:03:04:05 (alone there, last seen" in out
    code, out, err = canh(place.where, "find", "ff:ff:ff:ff:ff:fe")
    assert (code, out) == (1, "")
    assert "nothing here is like" in err


def test_what_a_device_says_steers_no_terminal(place: Place) -> None:
    for command in (("show", "sw1"), ("collect", "sw1")):
        out = canh(place.where, *command)[1]
        assert "<script>" in out, "it is shown as it is said"
        assert "\x1b" not in out
        assert "\u202e" not in out
        assert max(map(len, out.splitlines())) < 5_000
