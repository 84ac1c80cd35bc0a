"""What answers and is not listed, as TOML to take over."""

from __future__ import annotations

import tomllib

import pytest

from cli.discover import as_toml
from inventory.kinds import text as text_of
from probes.discovery import Answering
from probes.facts.collector import Facts
from probes.facts.identity import Identity
from probes.results import SnmpPoll, SnmpStatus
from tests.store.keeping import network


def answering(address: str, identity: Identity, *, pings: bool = True) -> Answering:
    facts = Facts(poll=SnmpPoll(0, 0, 0, SnmpStatus.OK), identity=identity)
    return Answering(address=address, pings=pings, profile="o", facts=facts, ssh="")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("S-1", "S-1"),
        ('a "b" \\ c', 'a "b" \\ c'),
        ("\x1b[2J\x9b2J", "[2J2J"),  # the files hold no such signs
        ("\u202ecilbup", "cilbup"),
        ("a\N{NO-BREAK SPACE}b", "a\N{NO-BREAK SPACE}b"),
        ("\U000e0001", "\U000e0001"),
    ],
)
def test_what_a_device_says_is_read_as_it_said_it_and_steers_no_terminal(
    said: str, kept: str
) -> None:
    text = "\n".join(as_toml(network(), [answering("127.51.0.9", Identity(serial=said))], None))
    assert all(line.isprintable() for line in text.splitlines())
    assert tomllib.loads(text)["device"] == [
        {
            "id": "h-127-51-0-9",
            "site": "p",
            "role": "host",
            "address": "127.51.0.9",
            "snmp": "o",
            "serial": kept,
        }
    ]
    assert text_of(kept) == kept, "canh check takes it"


def test_what_answers_no_ping_is_watched_by_snmp() -> None:
    found = [answering("127.51.1.9", Identity(vendor="cisco", os="ios"), pings=False)]
    [device] = tomllib.loads("\n".join(as_toml(network(), found, "d")))["device"]
    assert (device["site"], device["vendor"], device["platform"]) == ("d", "cisco", "cisco_ios")
    assert device["monitor"] == "snmp"
