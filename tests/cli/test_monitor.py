"""`canh run` and the commands that read its record, on real ICMP over loopback."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from datetime import datetime
from pathlib import Path

import pytest

from tests.cli.running import SITES, answer, canh, folder, start
from tests.needs import need_program, need_root


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the monitor ran for a few rounds and stopped."""
    need_root()
    where = folder(tmp_path_factory.mktemp("watched"))
    code, _, err = canh(where, "run", "--for", "4")
    assert code == 0, err
    return where


def test_status_gives_every_kind_with_its_contract_keys(watched: Path) -> None:
    found = answer(watched, "status")
    assert {"at", "blind", "late_s", "units", "sites", "devices", "links", "services"} <= set(found)
    assert datetime.fromisoformat(found["at"]).tzinfo is not None
    states = {device["id"]: device["state"] for device in found["devices"]}
    assert states == {"r1": "up", "r2": "up"}
    for device in found["devices"]:
        assert {
            "id", "name", "state", "since", "maintenance", "flapping", "root",
            "site", "address", "rtt_ms", "loss",
        } <= set(device)  # fmt: skip
        assert datetime.fromisoformat(device["since"]).utcoffset() is not None
    assert {site["id"]: site["state"] for site in found["sites"]} == {"p": "up", "d": "up"}
    assert found["running"] is False
    assert found["blind"] is False


def test_show_gives_a_device_with_every_contract_key(watched: Path) -> None:
    [device] = answer(watched, "show", "r1")["devices"]
    assert {
        "id", "address", "vendor", "os", "model", "version", "serial", "sys_name",
        "sys_object_id", "uptime_s", "interfaces", "sensors", "ups", "modules",
        "neighbours", "macs", "arp",
    } <= set(device)  # fmt: skip
    assert (device["id"], device["address"]) == ("r1", "127.77.0.1")
    [site] = answer(watched, "show", "site:p")["sites"]
    assert [thing["id"] for thing in site["below"]] == ["r1"]


def test_show_of_an_unknown_thing_is_one_clear_line(watched: Path) -> None:
    code, out, err = canh(watched, "show", "nobody")
    assert (code, out) == (1, "")
    assert err == "canh show: nothing here is called 'nobody'; try `canh find`\n"


def test_outages_of_a_quiet_hour_are_none(watched: Path) -> None:
    assert answer(watched, "outages") == {"outages": []}


def test_a_bad_time_is_a_usage_error(watched: Path) -> None:
    code, _, err = canh(watched, "outages", "--from", "yesterday")
    assert code == 2
    assert "yesterday" in err


def test_reading_without_a_record_names_the_remedy(tmp_path: Path) -> None:
    code, _, err = canh(folder(tmp_path), "status")
    assert code == 1
    assert "remedy" in err
    assert "Traceback" not in err


def test_a_second_monitor_on_the_same_record_is_refused(tmp_path: Path) -> None:
    need_root()
    where = folder(tmp_path)
    first = start(where, "run")
    try:
        assert first.stderr is not None
        assert "record.db" in first.stderr.readline()
        code, _, err = canh(where, "run")
        assert code == 1
        assert "another monitor" in err
    finally:
        first.terminate()
        first.communicate(timeout=20)


def test_a_signal_stops_the_monitor_in_order_and_in_time(tmp_path: Path) -> None:
    need_root()
    where = folder(tmp_path)
    process = start(where, "run")
    assert process.stderr is not None
    process.stderr.readline()
    time.sleep(2.5)
    asked = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert time.monotonic() - asked < 5
    status = answer(where, "status")
    assert status["running"] is False
    assert {device["state"] for device in status["devices"]} == {"up"}


LOST = """table ip lost {
  chain in { type filter hook input priority 0; ip daddr 127.77.0.2 drop; }
}
"""


def test_what_falls_and_returns_is_told_line_by_line(tmp_path: Path) -> None:
    """r2 is an address of a namespace's own loopback that falls silent and speaks again."""
    need_root()
    need_program("ip")
    need_program("nft")
    where = folder(tmp_path)
    name = f"canhcli{os.getpid()}"
    ip = ["ip", "-n", name]
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        subprocess.run([*ip, "link", "set", "lo", "up"], check=True)
        process = subprocess.Popen(
            ["ip", "netns", "exec", name, *_monitor(where, "30")],
            cwd=where,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        process.stderr.readline()
        time.sleep(4)
        nft = ["ip", "netns", "exec", name, "nft"]  # what asks there is lost on its way
        subprocess.run([*nft, "-f", "-"], input=LOST, text=True, check=True)
        time.sleep(6)
        subprocess.run([*nft, "delete", "table", "ip", "lost"], check=True)
        time.sleep(3)
        process.terminate()
        out, err = process.communicate(timeout=20)
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)
    assert process.returncode == 0, err
    told = [line.split(maxsplit=1)[1] for line in out.splitlines() if "r2" in line]
    assert len(told) == 2, out
    assert told[0].startswith("mất kết nối")
    assert told[1].startswith("hoạt động")
    [outage, site] = sorted(answer(where, "outages")["outages"], key=lambda o: str(o["kind"]))
    assert (outage["thing"], outage["state"], outage["root"]) == ("r2", "down", None)
    assert (site["thing"], site["root"]) == ("d", "r2")
    assert outage["last_good"] < outage["started"] <= outage["last_bad"] < outage["ended"]
    assert outage["members"] == 1


def _monitor(where: Path, seconds: str) -> list[str]:
    import sys

    home = Path(__file__).parents[2]
    word = f"import sys; sys.path.insert(0, {str(home)!r}); from cli.main import main; "
    return [
        sys.executable,
        "-c",
        word + f"sys.exit(main(['run', '--for', {seconds!r}, '--config', 'sites.toml']))",
    ]


def test_without_the_right_to_ping_the_next_way_is_taken_and_three_remedies_are_told(
    tmp_path: Path,
) -> None:
    need_root()
    need_program("ip")
    need_program("setpriv")
    where = folder(tmp_path)
    for path in (*tmp_path.parents[:3], tmp_path):
        os.chmod(path, 0o777)
    name = f"canhuser{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        user += [f"--{caps}-caps=+dac_read_search" for caps in ("inh", "ambient")]  # this checkout
        done = subprocess.run(
            ["ip", "netns", "exec", name, *user, *_monitor(where, "5")],
            cwd=where,
            capture_output=True,
            text=True,
            timeout=60,
        )
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)
    assert done.returncode == 0, done.stderr
    for word in ("EPERM", "EACCES", "AmbientCapabilities", "ping_group_range", "NET_RAW"):
        assert word in done.stderr
    assert "pings by " in done.stderr
    assert "Traceback" not in done.stderr


def test_the_whole_watch_works_on_postgresql_and_hides_its_password(
    tmp_path: Path, postgres: str
) -> None:
    need_root()
    where = folder(tmp_path)
    url = postgres.replace("canh@", "canh:tuyệt-mật@")
    code, _, err = canh(where, "run", "--for", "4", "--data", url)
    assert code == 0, err
    assert "tuyệt-mật" not in err
    states = {device["state"] for device in answer(where, "status", "--data", url)["devices"]}
    assert states == {"up"}


def test_a_second_monitor_on_the_same_server_is_refused(tmp_path: Path, postgres: str) -> None:
    need_root()
    where = folder(tmp_path)
    first = start(where, "run", "--data", postgres)
    try:
        assert first.stderr is not None
        assert "postgresql" in first.stderr.readline()
        code, _, err = canh(where, "run", "--data", postgres)
        assert code == 1
        assert "another monitor" in err
    finally:
        first.terminate()
        first.communicate(timeout=20)


def test_the_demo_keeps_its_hands_off_a_real_record(watched: Path) -> None:
    code, _, err = canh(watched, "demo", "--headless", "--for", "5", "--data", "canh-data")
    assert code == 1
    assert "Mạng thử" in err
    assert "remedy" in err
    assert {d["id"] for d in answer(watched, "status")["devices"]} == {"r1", "r2"}


def test_one_name_that_does_not_resolve_leaves_the_others_watched(tmp_path: Path) -> None:
    need_root()
    text = SITES.replace("127.77.0.1", "nobody.invalid").replace("127.77.0.2", "localhost")
    where = folder(tmp_path, text)
    code, _, err = canh(where, "run", "--for", "4")
    assert code == 0, err
    assert "cannot resolve nobody.invalid" in err
    states = {device["id"]: device["state"] for device in answer(where, "status")["devices"]}
    assert states == {"r1": "unknown", "r2": "up"}


def test_a_bad_configuration_lists_its_problems_and_starts_nothing(tmp_path: Path) -> None:
    where = folder(tmp_path, SITES.replace('role = "router"', 'rolle = "router"', 1))
    code, _, err = canh(where, "run")
    assert code == 1
    assert "rolle" in err
    assert "did you mean" in err
    assert not (where / "canh-data").exists()
