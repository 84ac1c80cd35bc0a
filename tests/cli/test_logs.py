"""Log lines: one a record, nothing hidden in them, in a file that stays small, with priorities."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import logs
from tests.acceptance.monitor import ROOT
from tests.acceptance.small_disk import SmallDisk
from tests.cli.running import SITES, canh, folder
from tests.needs import need_root

HOSTILE = "tên \x1b[2J\r\nERROR store: forged \u202e đảo"


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger as it was, afterwards."""
    logger = logging.getLogger()
    before, level = list(logger.handlers), logger.level
    yield logger
    for handler in set(logger.handlers) - set(before):
        logger.removeHandler(handler)
        handler.close()
    logger.setLevel(level)


def test_a_hostile_message_stays_one_line_and_shows_what_it_holds(
    root: logging.Logger, tmp_path: Path
) -> None:
    text, lines = tmp_path / "text.log", tmp_path / "json.log"
    for path, form in ((text, "text"), (lines, "json")):
        logs.to_file(path, form, megabytes=1, old_ones=1)  # type: ignore[arg-type]
    logging.getLogger("probes.x").error("said %s", HOSTILE)
    [line] = text.read_text("utf-8").splitlines()
    assert "\\x1b[2J\\r\\nERROR store: forged \\u202e đảo" in line
    assert line.split(" ", 1)[1].startswith("ERROR probes.x: said tên")
    [told] = lines.read_text("utf-8").splitlines()
    assert "\x1b" not in told
    document = json.loads(told)
    assert document["message"] == f"said {HOSTILE}"
    assert (document["level"], document["logger"]) == ("error", "probes.x")
    assert document["at"].endswith("+00:00")


def test_a_traceback_keeps_its_lines_and_forges_none(root: logging.Logger, tmp_path: Path) -> None:
    path = tmp_path / "text.log"
    logs.to_file(path, "text", megabytes=1, old_ones=1)
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        logging.getLogger("x").exception("failed")
    first, *rest = path.read_text("utf-8").splitlines()
    assert "ERROR x: failed" in first
    assert all(line.startswith("  ") for line in rest)
    assert "\x1b" not in path.read_text("utf-8")


def test_the_file_stays_within_its_size_and_so_many_old_ones_are_kept(
    root: logging.Logger, tmp_path: Path
) -> None:
    logs.to_file(tmp_path / "log", "json", megabytes=1, old_ones=2)
    for number in range(5000):
        logging.getLogger("x").error("%d %s", number, "đ" * 500)
    files = sorted(tmp_path.iterdir())
    assert [path.name for path in files] == ["log", "log.1", "log.2"]
    assert all(path.stat().st_size <= 1 << 20 for path in files)
    assert "4999 " in (tmp_path / "log").read_text("utf-8").splitlines()[-1]


def test_in_the_journal_each_line_has_its_priority(tmp_path: Path) -> None:
    script = (
        "import logging, os, sys; from cli import logs;"
        " s = os.fstat(2); logs.to_stderr({'JOURNAL_STREAM': f'{s.st_dev}:{s.st_ino}'});"
        " logging.warning('one'); logging.error('two\\nthree'); logging.info('never')"
    )
    run = [sys.executable, "-c", script]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True)
    assert done.stderr.splitlines() == ["<4>WARNING root: one", "<3>ERROR root: two\\nthree"]
    elsewhere = script.replace("{s.st_ino}", "1")
    done = subprocess.run([*run[:2], elsewhere], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr.splitlines() == ["WARNING root: one", "ERROR root: two\\nthree"]


def test_a_full_disk_under_the_log_is_told_once_and_stops_nobody(tmp_path: Path) -> None:
    with SmallDisk(tmp_path / "small", 1) as disk:
        script = (
            "import logging, sys; from pathlib import Path; from cli import logs;"
            " logs.to_file(Path(sys.argv[1]), 'text', megabytes=50, old_ones=1);"
            " [logging.error('x' * 1000) for _ in range(3000)]; print('went on')"
        )
        done = subprocess.run(
            disk.inside("env", f"PYTHONPATH={ROOT}", sys.executable, "-c", script,
                        str(tmp_path / "small" / "log")),
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
    assert done.stdout == "went on\n"
    [line] = done.stderr.splitlines()
    assert "cannot be written" in line
    assert "No space left" in line


def test_the_monitor_writes_changes_and_no_secret_to_its_log(tmp_path: Path) -> None:
    need_root()
    where = folder(
        tmp_path,
        SITES.replace('address = "127.77.0.2"', 'address = "127.77.0.2"\nsnmp = "office"')
        + '\n[snmp.office]\nversion = "2c"\ncommunity = "secret:office"\n',
    )
    secret = where / "secrets.toml"
    secret.write_text('office = "hush-hush-42"\n')
    secret.chmod(0o600)
    words = ("--log", "logs/canh.log", "--log-format", "json", "--for", "6")
    code, out, err = canh(where, "run", "--on-outage", "true", *words)
    assert code == 0, err
    text = (where / "logs" / "canh.log").read_text("utf-8")
    documents = [json.loads(line) for line in text.splitlines()]
    changes = [one["message"] for one in documents if one["logger"] == logs.CHANGES]
    assert changes == out.splitlines()
    assert "hush-hush" not in text + err


def test_a_log_that_cannot_be_opened_is_one_clear_line(tmp_path: Path) -> None:
    where = folder(tmp_path)
    (where / "file").touch()
    code, _, err = canh(where, "run", "--log", "file/canh.log", "--for", "1")
    assert code == 2
    assert err == "canh run: --log file/canh.log: File exists\n" or "Not a directory" in err


def test_stderr_without_a_file_behind_it_is_no_journal() -> None:
    assert not logs._is_journal(io.StringIO(), os.environ)
