"""The way in which a user may ask for life, each tested as the user it is for."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from probes.results import MISSED, UNSENT
from probes.tcp_ping import UNTOLD
from tests.needs import missing, need_program, need_root

NOBODY = 65_534
CLOSED_RANGE, OPEN_RANGE = "1 0", f"{NOBODY} {NOBODY}"
# 10.99.0.2 is silent, to 10.98.0.1 there is no route.
SET_UP = (
    "ip link set lo up; ip link add d0 type veth peer name d1; "
    "ip link set d0 up; ip link set d1 up; ip address add 10.99.0.1/24 dev d0; "
    'echo "{range}" >/proc/sys/net/ipv4/ping_group_range; '
)
ASKS = [(1, "127.0.0.1"), (2, "::1"), (3, "10.99.0.2"), (4, "10.98.0.1")]
ALIVE, SILENT = {1: True, 2: True}, {3: MISSED, 4: UNSENT}
AMBIENT = ("setpriv", "--inh-caps=+net_raw", "--ambient-caps=+net_raw")


def asked(
    group_range: str,
    *,
    user: int | None = NOBODY,
    path: str | None = None,
    through: tuple[str, ...] = (),
    **order: Any,
) -> Any:
    """What the best way told, in a namespace of its own. `through`: a program that starts it."""
    need_root()
    for program in ("unshare", "ip", "setpriv"):
        need_program(program)
    told = json.dumps(
        {"asks": ASKS, "user": None if through else user, "timeout_s": 0.5, "choose": True} | order
    )
    script = f'{SET_UP.format(range=group_range)}{"PATH=" + path if path else ""} exec "$@"'
    child = (*through, sys.executable, "-m", "tests.probes.ping_child", told)
    done = subprocess.run(
        ["unshare", "--net", "sh", "-ec", script, "sh", *child],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def results(told: Any) -> tuple[dict[int, bool], dict[int, int]]:
    """Who answered, and what became of the others."""
    rtts = {node: rtt for node, _, rtt in told["pings"]}
    assert len(told["pings"]) == len(rtts) == len(ASKS)
    return {n: True for n, r in rtts.items() if r >= 0}, {n: r for n, r in rtts.items() if r < 0}


@pytest.fixture
def no_fping(tmp_path: Path) -> str:
    """A path on which there is no fping."""
    need_program("fping")
    tmp_path.chmod(0o755)
    return str(tmp_path)


def test_a_user_within_ping_group_range_pings_over_datagram_sockets() -> None:
    told = asked(OPEN_RANGE)
    assert results(told) == (ALIVE, SILENT)
    assert told["said"] == "pings over ICMP sockets: ipv4 datagram, ipv6 datagram"


def test_a_user_with_ambient_cap_net_raw_pings_over_raw_sockets() -> None:
    ids = (f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    told = asked(CLOSED_RANGE, through=(*AMBIENT, *ids))
    assert results(told) == (ALIVE, SILENT)
    assert told["kinds"] == {"ipv4": "raw", "ipv6": "raw"}


def test_root_pings_over_raw_sockets_where_the_group_range_is_closed() -> None:
    told = asked(CLOSED_RANGE, user=None)
    assert results(told) == (ALIVE, SILENT)
    assert told["kinds"] == {"ipv4": "raw", "ipv6": "raw"}


def test_a_user_without_any_right_pings_by_fping_and_is_told_what_that_costs() -> None:
    need_fping_for_nobody()
    told = asked(CLOSED_RANGE)
    assert results(told) == (ALIVE, SILENT)
    assert told["kinds"] == {"ipv4": "fping", "ipv6": "fping"}
    assert "by fping: misses are known half a second later" in told["said"]
    assert "systemd AmbientCapabilities=CAP_NET_RAW" in told["said"]


def test_without_fping_a_refusal_by_tcp_proves_life_and_silence_nothing(no_fping: str) -> None:
    told = asked(CLOSED_RANGE, path=no_fping)
    assert results(told) == (ALIVE, {3: UNTOLD, 4: UNSENT})
    assert told["kinds"] == {"ipv4": "tcp", "ipv6": "tcp"}
    assert "silent there is unknown, never down" in told["said"]


def test_fping_that_may_not_ping_is_not_used(no_fping: str) -> None:
    """A copy of the program has no file capability."""
    shutil.copy(shutil.which("fping") or "", no_fping)
    told = asked(CLOSED_RANGE, path=no_fping)
    assert told["kinds"] == {"ipv4": "tcp", "ipv6": "tcp"}


def test_where_no_socket_may_be_opened_the_refusal_names_each_error(no_fping: str) -> None:
    told = asked(CLOSED_RANGE, path=no_fping, no_inet=True)
    refusal = told["refusal"]
    assert "datagram: Address family not supported by protocol (EAFNOSUPPORT)" in refusal
    assert "raw: Address family not supported by protocol (EAFNOSUPPORT)" in refusal
    assert "fping: it is not installed; TCP: EAFNOSUPPORT" in refusal


def need_fping_for_nobody() -> None:
    """Debian gives it a file capability; other systems let only root use it."""
    need_program("fping")
    words = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    ping = [*words, "fping", "-C1", "-q", "127.0.0.1"]
    if subprocess.run(ping, capture_output=True, check=False).returncode > 1:
        missing("fping has no cap_net_raw here: setcap cap_net_raw+ep $(which fping)")
