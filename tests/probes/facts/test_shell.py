"""A login ends within its limit whatever the device does, says how, and sends what only reads."""

from __future__ import annotations

import time

import pytest

from inventory.model import SshProfile
from probes.shell import reading, session
from probes.shell.ask import ask
from probes.shell.platforms import READ_ONLY
from probes.shell.session import speak
from probes.shell.values import ShellAim, ShellStatus
from tests.snmpd import free_udp_port
from tests.ssh_server import CUT, DRIP, ENDLESS, HANG, PASSWORD, USER, Switch, running

VERSION = """\
Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(4)E7, RELEASE SOFTWARE
Technical Support: http://www.cisco.com/techsupport

ROM: Bootstrap program is C2960X boot loader

sw1 uptime is 1 year, 2 weeks, 3 days, 4 hours, 5 minutes
System returned to ROM by power-on
System image file is "flash:c2960x-universalk9-mz.152-4.E7.bin"

cisco WS-C2960X-24TS-L (APM86XXX) processor (revision V02) with 524288K bytes of memory.
Processor board ID FOC1234X5YZ
Last reset from power-on

Configuration register is 0xF
"""
INVENTORY = """\
NAME: "1", DESCR: "WS-C2960X-24TS-L"
PID: WS-C2960X-24TS-L  , VID: V02  , SN: FOC1234X5YZ
"""
CONFIG = (
    "version 15.2\nhostname sw1\nenable secret 5 $1$abc\nsnmp-server community hidden7 RO\nend\n"
)
MACS = """\
          Mac Address Table
-------------------------------------------

Vlan    Mac Address       Type        Ports
----    -----------       --------    -----
  10    0001.0203.0405    DYNAMIC     Gi1/0/3
"""
ANSWERS = {
    "show version": VERSION,
    "show inventory": INVENTORY,
    "show running-config": CONFIG,
    "show mac address-table": MACS,
}


def profile(port: int, **more: object) -> SshProfile:
    words: dict[str, object] = {"id": "p", "username": USER, "password": PASSWORD, "port": port}
    return SshProfile(**words | more)  # type: ignore[arg-type]


def asked(port: int, **more: object) -> ShellAim:
    return ShellAim(
        address="127.0.0.1",
        platform="cisco_ios",
        profile=profile(port, **more),
        secrets=("hidden7",),
    )


def test_a_device_tells_all_and_no_secret_of_it_is_kept() -> None:
    with running(Switch(ANSWERS)) as switch:
        heard = ask(asked(switch.port))
    assert (heard.status, heard.detail) == (ShellStatus.OK, "")
    facts = heard.facts
    assert facts is not None
    told = facts.identity
    assert (told.model, told.version, told.serial) == (
        "WS-C2960X-24TS-L",
        "15.2(4)E7",
        "FOC1234X5YZ",
    )
    assert [part.serial for part in facts.modules] == ["FOC1234X5YZ"]
    assert [(s.mac, s.vlan, s.port) for s in facts.macs] == [("00:01:02:03:04:05", 10, "Gi1/0/3")]
    assert facts.config is not None
    assert "hostname sw1" in facts.config
    assert "$1$abc" not in facts.config
    assert "hidden7" not in facts.config
    lines = set(switch.heard) - {"terminal width 511", "terminal length 0", "exit", ""}
    assert lines <= READ_ONLY


@pytest.mark.parametrize(
    ("misdeed", "status"),
    [
        (CUT, ShellStatus.CUT),
        (HANG, ShellStatus.TOO_SLOW),
        (DRIP, ShellStatus.TOO_SLOW),
        (ENDLESS, ShellStatus.TOO_MUCH),
    ],
)
def test_whatever_it_does_the_session_ends_and_says_how(
    misdeed: str, status: ShellStatus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "MOST_BYTES", 1 << 20)
    answers = {"show version": VERSION, "show inventory": misdeed}
    with running(Switch(answers)) as switch:
        began = time.monotonic()
        said = speak(
            "127.0.0.1",
            "cisco_ios",
            profile(switch.port),
            ["show version", "show inventory"],
            limit_s=6,
        )
        took_s = time.monotonic() - began
    assert said.status is status
    assert said.detail
    assert took_s < 12
    assert [command for command, _ in said.answers] == ["show version"], "what came before counts"
    assert reading.facts("cisco_ios", said.answers).identity.version == "15.2(4)E7"


def test_a_wrong_password_is_told_as_such() -> None:
    with running(Switch({})) as switch:
        heard = ask(asked(switch.port, password="wrong"))
    assert heard.status is ShellStatus.DENIED
    assert USER in heard.detail
    assert "wrong" not in heard.detail.replace("wrong password", "")


def test_nobody_there_is_told_as_such() -> None:
    heard = ask(asked(free_udp_port()))
    assert heard.status is ShellStatus.REFUSED


@pytest.mark.filterwarnings("ignore:.*Diffie-Hellman.*")  # old, which is what is tested
def test_old_algorithms_only_where_they_are_allowed() -> None:
    with running(Switch(ANSWERS), legacy=True) as switch:
        heard = ask(asked(switch.port))
        allowed = ask(asked(switch.port, legacy=True))
    assert heard.status is ShellStatus.LEGACY
    assert "legacy = true" in heard.detail
    assert allowed.status is ShellStatus.OK


def test_a_command_that_is_not_on_the_list_is_never_sent() -> None:
    with running(Switch({})) as switch, pytest.raises(ValueError, match="only read"):
        speak("127.0.0.1", "cisco_ios", profile(switch.port), ["reload"], limit_s=5)
    assert switch.heard == []


def test_what_netmiko_itself_would_change_is_not_sent() -> None:
    """Its class for Comware enters the configuration to get more rights."""
    bounds = session._Bounds("hp_comware", ("canh",), time.monotonic() + 5)
    bounds.write("screen-length disable\n")
    for line in ("system-view", "configure terminal", "set output standard", "sudo -s", "Y", "y"):
        with pytest.raises(session._Ended) as refused:
            bounds.write(f"{line}\n")
        assert refused.value.status is ShellStatus.FORBIDDEN


def test_an_unknown_platform_names_those_that_are_known() -> None:
    aim = ShellAim(address="127.0.0.1", platform="acme_os", profile=profile(22))
    heard = ask(aim)
    assert heard.status is ShellStatus.UNKNOWN_PLATFORM
    assert "cisco_ios" in heard.detail


def test_a_configuration_that_is_an_error_is_none() -> None:
    for text in ("% Invalid input detected", "", "Error: Unrecognized command\nx\ny\nz"):
        assert reading.facts("cisco_ios", [("show running-config", text)]).config is None


def test_what_nobody_can_understand_is_a_word_and_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise IndexError("a template of theirs")

    monkeypatch.setattr(reading, "facts", broken)
    with running(Switch(ANSWERS)) as switch:
        heard = ask(asked(switch.port))
    assert heard.status is ShellStatus.CUT
    assert "IndexError" in heard.detail
