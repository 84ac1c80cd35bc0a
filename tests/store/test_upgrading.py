"""A record of an older format is saved before it is migrated, or it is not migrated."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from store.engine import RecordError, open_writer, sqlite_path
from store.migrate import HEAD, current
from store.upgrading import upgrade
from store.urls import sqlite_url
from tests.acceptance.monitor import ROOT
from tests.acceptance.small_disk import SmallDisk
from tests.cli.running import canh, folder
from tests.store.keeping import bring, network

OLDER = "0005"


def older(url: str) -> None:
    """A record as an earlier version left it, with things in it."""
    bring(url, network())
    config = Config()
    config.set_main_option("script_location", str(ROOT / "store" / "migrations"))
    engine = open_writer(url)
    with engine.begin() as conn:
        config.attributes["connection"] = conn
        command.downgrade(config, OLDER)
    engine.dispose()


def schema(url: str) -> str | None:
    engine = create_engine(url)
    with engine.connect() as conn:
        found = current(conn)
    engine.dispose()
    return found


def test_an_older_record_is_saved_whole_and_then_upgraded(url: str, tmp_path: Path) -> None:
    older(url)
    (tmp_path / "record.before-0001-to-0002.db").touch()
    (tmp_path / "record.before-mine.db").touch()
    engine = open_writer(url)
    saved = upgrade(engine, tmp_path)
    engine.dispose()
    assert schema(url) == HEAD
    assert saved is not None
    assert saved.stat().st_mode & 0o777 == 0o600
    assert saved.name.startswith(f"record.before-{OLDER}-to-{HEAD}.")
    assert not (tmp_path / "record.before-0001-to-0002.db").exists(), "that of the last upgrade"
    assert (tmp_path / "record.before-mine.db").exists()
    if sqlite_path(url) is None:
        told = subprocess.run(["pg_restore", "--list", saved], capture_output=True, text=True)
        assert "TABLE DATA public thing" in told.stdout
    else:
        assert schema(sqlite_url(saved)) == OLDER
        with closing(sqlite3.connect(saved)) as db:
            assert db.execute("SELECT count(*) FROM thing").fetchone()[0] > 5


def test_a_record_of_this_format_or_none_is_not_saved(url: str, tmp_path: Path) -> None:
    engine = open_writer(url)
    assert upgrade(engine, tmp_path) is None
    assert upgrade(engine, tmp_path) is None
    engine.dispose()
    assert schema(url) == HEAD
    assert [path for path in tmp_path.iterdir() if "before" in path.name] == []


def test_without_pg_dump_a_record_of_a_server_stays_as_it_is(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        conn.execute(text("CREATE DATABASE canh_upgrade"))
    url = postgres.replace("/postgres?", "/canh_upgrade?")
    older(url)
    monkeypatch.setenv("PATH", str(tmp_path))
    engine = open_writer(url)
    with pytest.raises(RecordError, match=r"is not upgraded.*needs pg_dump.*remedy"):
        upgrade(engine, tmp_path)
    engine.dispose()
    assert schema(url) == OLDER
    with admin.connect() as conn:
        conn.execute(text("DROP DATABASE canh_upgrade WITH (FORCE)"))
    admin.dispose()


def test_without_room_for_the_copy_the_record_stays_as_it_is(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "made" / "record.db")
    older(url)
    with SmallDisk(tmp_path / "data", 1) as disk:
        disk.run("sh", "-c", f"cp {tmp_path}/made/record.db {tmp_path}/data/")
        script = (
            "import sys; from pathlib import Path; from store.engine import open_writer;"
            " from store.upgrading import upgrade; from store.urls import sqlite_url;"
            " upgrade(open_writer(sqlite_url(Path(sys.argv[1]) / 'record.db')), Path(sys.argv[1]))"
        )
        done = subprocess.run(
            disk.inside(
                "env", f"PYTHONPATH={ROOT}", sys.executable, "-c", script, f"{tmp_path}/data"
            ),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert "is not upgraded" in done.stderr
        assert "make room" in done.stderr
        disk.copy_to(tmp_path / "after")
    assert schema(sqlite_url(tmp_path / "after" / "record.db")) == OLDER
    assert (
        sorted(path.suffix for path in (tmp_path / "after").iterdir() if "part" in path.name) == []
    )


def test_the_monitor_says_in_one_line_what_it_saved_and_refuses_a_newer_record(
    tmp_path: Path,
) -> None:
    folder(tmp_path)
    url = sqlite_url(tmp_path / "canh-data" / "record.db")
    older(url)
    code, _, err = canh(tmp_path, "run", "--for", "1", "--accept-retired")
    assert code == 0, err
    [line] = [line for line in err.splitlines() if "upgraded" in line]
    assert line.endswith(f" canh-data/record.before-{OLDER}-to-{HEAD}.db")
    with closing(sqlite3.connect(tmp_path / "canh-data" / "record.db")) as db, db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    code, _, err = canh(tmp_path, "run", "--for", "1")
    assert code == 1
    [line] = [line for line in err.splitlines() if line.startswith("canh: ")]
    assert "has schema 9999" in line
    assert "remedy" in line
    assert schema(url) == "9999"
