"""`canh doctor` finds what is wrong with a machine and an installation, and says what helps."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import cli
from inventory.phrases import table
from store.urls import sqlite_url
from tests.acceptance.small_disk import SmallDisk
from tests.acceptance.unit_file import open_folder
from tests.cli.running import SITES, canh, folder
from tests.needs import need_program, need_root
from tests.rig import Node, need_rig
from tests.store.keeping import bring, network

CLI = Path(cli.__file__).parent
Checks = dict[str, dict[str, Any]]


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A sound configuration, and a record in canh-data."""
    folder(tmp_path)
    bring(url(tmp_path), network())
    return tmp_path


def url(where: Path) -> str:
    return sqlite_url(where / "canh-data" / "record.db")


def told(text: str) -> Checks:
    return {f"{one['check']}.{one['what']}": one for one in json.loads(text)["checks"]}


def doctor(where: Path, *around: str, **about: Any) -> tuple[int, Checks]:
    """(exit code, the checks by name); `around`: the words of a command that runs it."""
    if not around:
        code, out, err = canh(where, "doctor", "--json", "--lang", "en", **about)
        assert out, err
        return code, told(out)
    words = [*around, sys.executable, "-P", "-m", "cli.main", "doctor", "--json", "--lang", "en"]
    where_words = ["--config", str(where / "sites.toml"), "--data", str(where / "canh-data")]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(CLI.parent)} | about.get("env", {})
    done = subprocess.run(
        [*words, *where_words], cwd="/", env=env, capture_output=True, text=True, timeout=60
    )
    assert done.stdout, done.stderr
    return done.returncode, told(done.stdout)


def states(checks: Checks, *names: str) -> list[str]:
    return [checks[name]["state"] for name in names]


def sql(where: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(where / "canh-data" / "record.db")) as db, db:
        db.execute(statement, values)


def test_all_findings_have_their_words_and_remedies_in_both_languages() -> None:
    said = set()
    for path in CLI.glob("doctor_*.py"):
        calls = re.findall(r'(ok|warning|problem)\(\s*"(\w+)", "(\w+)"', path.read_text("utf-8"))
        said |= {(standing, f"doctor.{check}.{word}") for standing, check, word in calls}
    wanted = {key for _, key in said} | {f"{key}.do" for how, key in said if how != "ok"}
    wanted |= {key.rsplit(".", 1)[0] for _, key in said}
    assert len(wanted) > 60
    assert wanted - table().keys() == set()
    plain = {"doctor.ok", "doctor.warning", "doctor.problem", "doctor.sum"}
    unused = {key for key in table() if key.startswith("doctor.")} - wanted - plain
    assert unused - {"doctor.disk.young", "doctor.disk.room", "doctor.ping.icmp",
                     "doctor.ping.runs"} == set()  # fmt: skip


def test_a_sound_installation_has_no_problem_and_each_warning_a_remedy(here: Path) -> None:
    code, checks = doctor(here)
    assert code == 0, checks
    good = "record.sound", "config.sound", "zone.found", "secrets.none", "files.enough"
    assert states(checks, *good) == ["ok"] * len(good)
    assert states(checks, "monitor.stopped", "backups.none") == ["warning", "warning"]
    assert all(one["remedy"] for one in checks.values() if one["state"] != "ok")
    assert not any(one["remedy"] for one in checks.values() if one["state"] == "ok")


def test_it_speaks_the_language_of_the_network(here: Path) -> None:
    code, out, _ = canh(here, "doctor")
    assert code == 0
    assert "Hồ sơ giám sát: nguyên vẹn" in out
    code, out, _ = canh(here, "doctor", "--lang", "en")
    assert "Record: sound" in out


def test_without_a_record_it_says_how_to_get_one(tmp_path: Path) -> None:
    code, checks = doctor(folder(tmp_path))
    assert code == 0
    assert "canh run" in checks["record.none"]["remedy"]
    assert not (tmp_path / "canh-data").exists(), "looking makes nothing"


def test_errors_of_the_configuration_are_counted(here: Path) -> None:
    (here / "sites.toml").write_text(SITES.replace('site = "d"', 'site = "nowhere"'), "utf-8")
    code, checks = doctor(here)
    assert code == 1
    assert "1 error" in checks["config.errors"]["found"]


def test_secrets_that_others_can_read_are_a_problem(here: Path) -> None:
    path = here / "secrets.toml"
    path.write_text('office = "hush-hush"\n')
    path.chmod(0o644)
    code, out, _ = canh(here, "doctor", "--json", "--lang", "en")
    assert code == 1
    assert f"chmod 600 {path.name}" in out.replace(f"{here}/", "")
    assert "hush" not in out
    path.chmod(0o600)
    assert doctor(here)[0] == 0


def test_a_newer_an_older_and_a_damaged_record_are_told_apart(here: Path) -> None:
    sql(here, "UPDATE alembic_version SET version_num = '9999'")
    code, checks = doctor(here)
    assert (code, checks["record.newer"]["state"]) == (1, "problem")
    sql(here, "UPDATE alembic_version SET version_num = '0001'")
    code, checks = doctor(here)
    assert (code, checks["record.older"]["state"]) == (0, "warning")
    path = here / "canh-data" / "record.db"
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(os.urandom(60_000))
    before = path.read_bytes()
    code, checks = doctor(here)
    assert (code, checks["record.broken"]["state"]) == (1, "problem")
    assert "damaged" in checks["record.broken"]["found"]
    assert path.read_bytes() == before


def test_samples_of_another_record_are_a_problem(here: Path, tmp_path: Path) -> None:
    from store import sample_file

    other = sqlite_url(tmp_path / "other" / "record.db")
    bring(other, network())
    sample_file.make(other)
    shutil.copy(tmp_path / "other" / "samples.db", here / "canh-data" / "samples.db")
    code, checks = doctor(here)
    assert code == 1
    assert "belong to record" in checks["samples.foreign"]["found"]


def test_jumps_of_the_clock_within_a_day_are_counted(here: Path) -> None:
    now_ms = time.time_ns() // 1_000_000
    for age_h, body in ((1, '{"jumped_ms": -4000}'), (2, '{"jumped_ms": 0}'),
                        (30, '{"jumped_ms": 9}')):  # fmt: skip
        sql(here, "INSERT INTO health (at, poller, boot_id, mono_ns, body) VALUES (?, 'x', 'y', 0,"
            " ?)", now_ms - age_h * 3_600_000, body)  # fmt: skip
    checks = doctor(here)[1]
    assert "1 times" in checks["clock.jumped"]["found"]


def test_a_port_that_another_program_has_is_a_problem(here: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{other.getsockname()[1]}"
        (here / "sites.toml").write_text(f'{SITES}\n[traps]\nlisten = "{listen}"\n', "utf-8")
        code, checks = doctor(here)
        assert code == 1
        assert "another program has the port" in checks["ports.refused"]["remedy"]
    assert doctor(here)[1]["ports.free"]["state"] == "ok"


def test_a_channel_that_cannot_be_used_is_a_problem_before_it_is_needed(here: Path) -> None:
    channel = '[[channel]]\nid = "noc"\nurl = "secret:noc"\n'
    (here / "sites.toml").write_text(f"{SITES}\n{channel}", "utf-8")
    (here / "secrets.toml").write_text('noc = "s3cret-word"\n')
    (here / "secrets.toml").chmod(0o600)
    try:
        code, checks = doctor(here)
        assert code == 1
        assert checks["channels.unusable"]["found"].startswith("noc cannot be used: ")
        assert "secrets.toml" in checks["channels.unusable"]["remedy"]
        assert "s3cret" not in str(checks)
    finally:
        (here / "secrets.toml").unlink()


def test_a_port_of_the_pages_and_a_channel_that_fails_are_told(here: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        listen = f"127.0.0.1:{other.getsockname()[1]}"
        channel = '[[channel]]\nid = "noc"\nurl = "json://127.0.0.1:1/"\n'
        text = f'{SITES}\n[web]\nlisten = "{listen}"\n{channel}'
        (here / "sites.toml").write_text(text, "utf-8")
        code, checks = doctor(here)
        assert code == 1
        assert checks["ports.refused"]["found"].startswith("web: ")
    assert doctor(here)[1]["channels.open"]["state"] == "ok"
    sql(here, "INSERT INTO event (at, kind, body, revision) VALUES (1, 'state', '{}', 1)")
    sql(here, "INSERT INTO delivery (event_id, channel, state, tries, message_id, changed, error)"
        " SELECT max(id), 'noc', 'queued', 3, 'outage:1', 1, 'no route' FROM event")  # fmt: skip
    code, checks = doctor(here)
    assert code == 1
    assert "noc" in checks["channels.failing"]["found"]
    assert "3" in checks["channels.failing"]["found"]
    assert checks["channels.failing"]["remedy"]


def test_the_age_of_the_newest_backup_is_told(here: Path) -> None:
    kept = here / "canh-data" / "backups"
    kept.mkdir()
    made = kept / "canh-20261120T020000Z.tar.gz"
    made.touch()
    assert doctor(here)[1]["backups.fresh"]["state"] == "ok"
    os.utime(made, (time.time() - 3 * 86_400,) * 2)
    assert doctor(here)[1]["backups.old"]["state"] == "warning"


def test_few_files_and_another_encoding_are_warned_of(here: Path) -> None:
    code, checks = doctor(
        here, "sh", "-c", 'ulimit -n 200; exec "$@"', "sh",
        env={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    )  # fmt: skip
    assert code == 0
    assert "200" in checks["files.few"]["found"]
    assert "LANG=C.UTF-8" in checks["letters.other"]["remedy"]


def test_a_nearly_full_disk_is_a_problem(tmp_path: Path) -> None:
    with SmallDisk(tmp_path / "canh-data", 12) as disk:
        code, checks = doctor(folder(tmp_path), *disk.inside())
        assert code == 1
        assert "nearly full" in checks["disk.full"]["found"]


def _as_nobody(node: Node) -> Sequence[str]:
    plain = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all"]
    return node.inside(*plain, "--inh-caps=-all")


def test_a_user_who_may_not_ping_is_told_and_how_to_mend_it() -> None:
    need_root()
    need_rig()
    need_program("setpriv")
    with open_folder() as where:
        bare = where / "bin"
        bare.mkdir()
        for name in ("setpriv", "nsenter"):
            (bare / name).symlink_to(str(shutil.which(name)))
        folder(where)
        node = Node()
        try:
            code, checks = doctor(where, *_as_nobody(node), env={"PATH": str(bare)})
            assert code == 1
            assert "CAP_NET_RAW" in checks["ping.tcp"]["remedy"]
            node.sysctl("net/ipv4/ping_group_range", "0 2147483647")  # type: ignore[arg-type]
            code, checks = doctor(where, *_as_nobody(node), env={"PATH": str(bare)})
            assert "datagram" in checks["ping.icmp"]["found"]
        finally:
            node.close()
