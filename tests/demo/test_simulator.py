"""The simulator on real sockets, asked by real programs, while a short script plays."""

from __future__ import annotations

import socket
import subprocess
import time
from random import Random
from typing import Any

import pytest

from demo.ports import ports
from demo.script import KINDS, Fault, Pace, compose, populate
from demo.victims import Victim
from demo.world import Change
from inventory.model import Network
from tests.demo.running import Pinger, Sent, blindness, cut, running
from tests.demo.small import province
from tests.needs import need_program
from wire import icmp

NETWORK = province(districts=1, communes=2, backups=False)
SYS_NAME = "1.3.6.1.2.1.1.5.0"
IF_NAME, IF_OPER_STATUS = "1.3.6.1.2.1.31.1.1.1.1", "1.3.6.1.2.1.2.2.1.8"


def address(device: str, network: Network = NETWORK) -> str:
    found = network.devices[device].address
    assert found
    return found


def snmp(program: str, port: int, device: str, oid: str) -> list[str]:
    """The values that a net-snmp program prints; empty = no answer."""
    need_program(program)
    words = [program, "-v2c", "-cpublic", "-Oqv", "-t1", "-r1", f"{address(device)}:{port}", oid]
    run = subprocess.run(words, capture_output=True, text=True, check=False, timeout=20)
    return run.stdout.split() if run.returncode == 0 else []


def oper_status(port: int, device: str) -> dict[str, str]:
    names = snmp("snmpbulkwalk", port, device, IF_NAME)
    return dict(zip(names, snmp("snmpbulkwalk", port, device, IF_OPER_STATUS), strict=True))


def test_an_echo_comes_back_from_the_very_address_that_was_asked() -> None:
    with running(NETWORK) as run:
        pinger = Pinger(run.ports["echo"])  # it refuses answers from any other address
        for device in NETWORK.devices.values():
            assert device.address
            pinger.send(device.address)
        assert all(sent.answered for sent in pinger.close())


def test_a_connected_socket_takes_the_answer() -> None:
    with running(NETWORK) as run, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(5)
        asker.connect((address("d1-2-sw"), run.ports["echo"]))
        asker.send(icmp.request(ident=7, sequence=3, payload=b"abc"))
        reply = icmp.parse(asker.recv(100))
    assert reply == (icmp.ECHO_REPLY_V4, 7, 3, b"abc")


def test_addresses_of_nobody_noise_and_the_one_never_there_get_silence() -> None:
    with running(NETWORK, absent=["d1-1-sw"]) as run:
        pinger = Pinger(run.ports["echo"])
        for asked in ("127.0.0.1", "127.99.1.1", address("d1-1-sw"), address("d1-1-gw")):
            pinger.send(asked)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as noise:
            for port in run.ports.values():
                noise.sendto(b"\x30\x82\xff\xff", (address("c-gw"), port))
        assert [sent.answered for sent in pinger.close()] == [False, False, False, True]


def test_snmp_programs_see_the_cut_at_the_hub_and_nothing_beyond_it() -> None:
    with running(NETWORK, [cut("L-d1-1", 2.0, 8.0)]) as run:
        port = run.ports["snmp"]
        assert snmp("snmpget", port, "d1-gw", SYS_NAME) == ['"d1-gw"']
        built = {p.if_name: p.oper_status for p in ports(NETWORK)["d1-gw"]}
        before = oper_status(port, "d1-gw")
        assert _as_numbers(before) == {f'"{name}"': status for name, status in built.items()}
        run.begin()
        begun = time.monotonic()
        time.sleep(2.5)
        during = oper_status(port, "d1-gw")
        far = snmp("snmpget", port, "d1-1-gw", SYS_NAME)
        time.sleep(begun + 8.5 - time.monotonic())
        after = oper_status(port, "d1-gw")
        back = snmp("snmpget", port, "d1-1-gw", SYS_NAME)
    changed = {name for name in before if before[name] != during[name]}
    assert changed == {'"to-L-d1-1"'}
    assert (far, after, back) == ([], before, ['"d1-1-gw"'])


def test_the_truth_is_what_the_sockets_really_did() -> None:
    power = (Change(0.9, "dark", "d1-2", 1), Change(2.0, "dark", "d1-2", 0))
    dark = Fault("power_cut", "d1-2", Victim(("d1-2",), "d1-2-gw", "d1-2-gw"), power)
    with running(NETWORK, [cut("L-d1-1", 0.3, 1.4), dark, blindness(2.5, 3.0)]) as run:
        pinger = Pinger(run.ports["echo"])
        run.begin()
        ends = time.monotonic() + 3.4
        while time.monotonic() < ends:
            for device in ("c-gw", "d1-1-gw", "d1-1-sw", "d1-2-sw"):
                pinger.send(address(device))
            pinger.read()
            time.sleep(0.004)
        heard = pinger.close()
    link, site = run.truth["faults"]
    (blind,) = run.truth["blind"]
    assert (link["root"], site["root"]) == ("L-d1-1", "d1-2-gw")
    for device, spells in {
        "c-gw": [blind],
        "d1-1-gw": [link, blind],
        "d1-1-sw": [link, blind],
        "d1-2-sw": [site, blind],
    }.items():
        own = [sent for sent in heard if sent.address == address(device)]
        told = [(_within(sent, spells), sent.answered) for sent in own]
        assert {(silent, answered) for silent, answered in told if silent is not None} == {
            (True, False),
            (False, True),
        }


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_whole_seeded_script_plays_as_its_truth_tells(seed: int) -> None:
    """Five kinds of fault in four seconds: far faster than any monitor could follow."""
    there = populate(province(), seed)
    played = compose(there, Random(seed), 0.0, 4.0, Pace(settle_s=0.4, loss_s=1.2))
    asked_of = {address(name, there.network): name for name in there.network.devices}
    with running(there.network, played.faults, there.absent) as run:
        pinger = Pinger(run.ports["echo"])
        run.begin()
        ends = time.monotonic() + 4.0
        while time.monotonic() < ends:
            for asked in asked_of:
                pinger.send(asked)
            pinger.read()
            time.sleep(0.03)
        heard = pinger.close()
    truth = run.truth
    assert sorted(fault["kind"] for fault in truth["faults"]) == sorted(set(KINDS) - {"blind"})
    lossy = {name for fault in truth["faults"] for name in fault["degraded"]}
    for sent in heard:
        device = asked_of[sent.address]
        silent = _silent(device, sent, truth)
        if silent is not None and device not in lossy:
            assert sent.answered is not silent, (device, sent, truth)


def _silent(device: str, sent: Sent, truth: dict[str, Any]) -> bool | None:
    """What the truth says of this ping; None = a change may have come before or after it."""
    if device == truth["never_seen"]:
        return True
    faults = [f for f in truth["faults"] if device in {f["root"], *f["unreachable"]}]
    return _within(sent, [*faults, *truth["blind"]])


def _within(sent: Sent, spells: list[dict[str, Any]]) -> bool | None:
    """Was it sent in one of them; None = not known, it was in the way of a change."""
    sides = [(sent.side(spell["from_ms"]), sent.side(spell["to_ms"])) for spell in spells]
    if (1, -1) in sides:
        return True
    return None if any(0 in pair for pair in sides) else False


def _loss(share: float) -> Fault:
    lossy = (Change(0.0, "loss", "L-d1-1", share), Change(50.0, "loss", "L-d1-1", 0))
    return Fault("loss", "L-d1-1", Victim(("L-d1-1",), "d1-1-gw", "d1-1-gw"), lossy)


def test_lost_round_trips_are_about_as_many_as_the_link_loses() -> None:
    with running(NETWORK, [_loss(0.3)]) as run:
        run.begin()
        time.sleep(0.3)
        pinger = Pinger(run.ports["echo"])
        for _ in range(1000):
            pinger.send(address("d1-1-gw"))
            pinger.send(address("d1-2-gw"))
            pinger.read()
            time.sleep(0.001)
        heard = pinger.close()
    lost = [sent.address for sent in heard if not sent.answered]
    assert set(lost) == {address("d1-1-gw")}
    assert 295 < len(lost) < 305


def test_pings_suffer_their_own_share_whatever_else_is_asked_in_turn() -> None:
    asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with running(NETWORK, [_loss(0.5)]) as run, asker:
        run.begin()
        time.sleep(0.3)
        pinger = Pinger(run.ports["echo"])
        for _ in range(200):
            pinger.send(address("d1-1-gw"))
            time.sleep(0.002)
            asker.sendto(b"?", (address("d1-1-gw"), run.ports["snmp"]))
            time.sleep(0.002)
            pinger.read()
        heard = pinger.close()
    assert sum(not sent.answered for sent in heard) == 100


def test_a_burst_of_pings_is_answered_in_full() -> None:
    with running(NETWORK) as run:
        pinger = Pinger(run.ports["echo"])
        for _ in range(20):
            for _ in range(100):  # as many replies as a stock receive buffer holds
                pinger.send(address("d1-gw"))
            pinger.wait(10.0)
        assert all(sent.answered for sent in pinger.close())


def _as_numbers(statuses: dict[str, str]) -> dict[str, int]:
    """net-snmp prints names for the numbers where it has the MIB."""
    names = {"up": 1, "down": 2}
    return {
        name: names[status] if status in names else int(status) for name, status in statuses.items()
    }
