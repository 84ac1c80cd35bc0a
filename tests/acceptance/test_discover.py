"""`canh discover` of a real /24: all that answer are found, none is invented, its TOML is sound."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli import running
from tests.cli.running import answer, folder
from tests.needs import need_program
from tests.rig import Node, Rig, need_rig

NET = "10.9.0"
ALIVE = [f"{NET}.{n}" for n in range(1, 255, 7)]  # 37 of 254
MANAGED = ALIVE[::3]  # answer SNMP
HUSHED = ALIVE[3::9]  # of these, no ping
SHELLS = ALIVE[:5]
SITES = f"""\
{running.NETWORK}
[snmp.wrong]
community = "secret:wrong"
[snmp.office]
community = "public"
{running.PLACES}
[[device]]
id = "known"
site = "d"
role = "router"
address = "{ALIVE[0]}"
snmp = "office"
"""
BANNER = """
import socket, sys, threading
def serve(sock):
    while True:
        conn, _ = sock.accept()
        conn.sendall(b"SSH-2.0-Cisco-1.25\\r\\n")
        conn.close()
for address in sys.argv[1:]:
    sock = socket.create_server((address, 22))
    threading.Thread(target=serve, args=(sock,), daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def snmpd(node: Node, folder: Path) -> Iterator[None]:
    need_program("snmpd")
    (folder / "snmpd.conf").write_text("rocommunity public\nsysName sw-tầng.1\n", "utf-8")
    command = ["snmpd", "-C", "-c", str(folder / "snmpd.conf"), "-f", "-r", "-Ln"]
    command += [f"udp:{address}:161" for address in MANAGED]
    with subprocess.Popen(
        node.inside(*command),
        env={**os.environ, "SNMP_PERSISTENT_DIR": str(folder), "MIBS": ""},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as child:
        table = Path(f"/proc/{node.pid}/net/udp")
        until = time.monotonic() + 20
        while table.read_text("ascii").count(":00A1 ") < len(MANAGED):
            assert child.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        try:
            yield
        finally:
            child.kill()


@contextlib.contextmanager
def shells(node: Node) -> Iterator[None]:
    command = node.inside(sys.executable, "-c", BANNER, *SHELLS)
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        try:
            yield
        finally:
            child.kill()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Node, Path]]:
    """Where the monitor stands, and its folder."""
    need_rig()
    need_program("nft")
    where = tmp_path_factory.mktemp("discover")
    (where / "sites.toml").write_text(SITES, "utf-8")
    (where / "secrets.toml").write_text('wrong = "not-this-one"\n')
    (where / "secrets.toml").chmod(0o600)
    with Rig() as rig:
        watcher, peer = rig.node("10.0.0.1"), rig.node(*ALIVE)
        rig.wire(watcher, peer)
        watcher.sysctl("net/ipv4/ping_group_range", 0)
        hush = ", ".join(HUSHED)
        rules = f"""
table inet hush {{
  chain input {{
    type filter hook input priority 0;
    ip daddr {{ {hush} }} icmp type echo-request drop;
  }}
}}"""
        peer.run("nft", "-f", "-", told=rules)
        with snmpd(peer, where), shells(peer):
            yield watcher, where


def canh(world: tuple[Node, Path], *words: str) -> tuple[int, str, str]:
    node, where = world
    home = Path(__file__).parents[2]
    done = subprocess.run(
        node.inside(sys.executable, "-P", "-m", "cli.main", *words),
        cwd=where,
        env={**os.environ, "PYTHONPATH": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_all_that_answer_are_found_and_none_is_invented(world: tuple[Node, Path]) -> None:
    code, out, err = canh(world, "discover", f"{NET}.0/24", "--json")
    assert code == 0, err
    found = {one["address"]: one for one in json.loads(out)["found"]}
    hushed_for_good = {each for each in HUSHED if each not in MANAGED}
    assert set(found) == set(ALIVE) - hushed_for_good
    assert {a for a, one in found.items() if one["snmp"]} == set(MANAGED)
    assert {one["snmp"] for one in found.values()} == {"office", None}
    assert {a for a, one in found.items() if not one["ping"]} == set(HUSHED) & set(MANAGED)
    assert {a for a, one in found.items() if one["ssh"]} == set(SHELLS) - hushed_for_good
    assert found[ALIVE[0]]["id"] == "known"
    assert found[MANAGED[1]]["os"] == "linux"


def test_its_toml_passes_the_check_beside_what_is_there(world: tuple[Node, Path]) -> None:
    code, out, err = canh(world, "discover", f"{NET}.0/24", "--toml")
    assert code == 0, err
    assert f'"{ALIVE[0]}"' not in out, "that one is listed"
    with (world[1] / "sites.toml").open("a", encoding="utf-8") as config:
        config.write(out)
    code, out, err = canh(world, "check")
    assert code == 0, out + err
    code, out, err = canh(world, "discover", f"{NET}.0/24", "--json")
    assert all(one["id"] for one in json.loads(out)["found"]), "now all are listed"


def test_what_is_declared_by_its_name_is_listed(tmp_path: Path) -> None:
    where = folder(tmp_path, running.SITES.replace("127.77.0.2", "localhost"))
    [found] = answer(where, "discover", "127.0.0.1/32")["found"]
    assert (found["address"], found["id"]) == ("127.0.0.1", "r2")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["10.9.0"], "is no prefix"),
        (["10.0.0.0/8"], "more than 4096 addresses"),
        ([f"{NET}.0/30", "--site", "P1"], "there is no site 'P1'"),
        ([f"{NET}.0/30", "--profile", "offce"], "there is no SNMP profile 'offce'"),
    ],
)
def test_a_wrong_word_is_one_clear_line(
    world: tuple[Node, Path], words: list[str], told: str
) -> None:
    code, out, err = canh(world, "discover", *words)
    assert (code, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1


def test_nobody_there_is_an_exit_of_its_own(world: tuple[Node, Path]) -> None:
    code, out, err = canh(world, "discover", "10.10.0.0/29")
    assert (code, out) == (1, "")
    assert "0 of 6 answer" in err
