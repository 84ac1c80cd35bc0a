"""A backup is whole or none; what is restored is what was saved."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from store import archive, backup, restoring
from store.engine import RecordError, alone, sqlite_path
from store.sample_keeper import SampleKeeper
from store.samples import HOUR_MS, Samples
from store.urls import sqlite_url
from tests.acceptance.monitor import ROOT
from tests.acceptance.small_disk import SmallDisk
from tests.needs import missing, need_program
from tests.store.keeping import NOW, commit, down, up, writing
from tests.store.sampling import keep
from tests.store.saving import END, judged, lived, standing, told


def test_what_is_restored_tells_the_same_and_the_old_is_kept(url: str, tmp_path: Path) -> None:
    kept = lived(url)
    before = told(url, kept.device)
    assert before[1]
    about, size = backup.make(url, tmp_path / "b.tar.gz")
    assert size == (tmp_path / "b.tar.gz").stat().st_size
    with writing(url) as writer:  # life goes on, and goes wrong
        commit(writer, NOW + 130_000, down(kept.device, NOW + 130_000))
    after = told(url, kept.device)
    assert after != before
    found, aside = restoring.restore(tmp_path / "b.tar.gz", url, replace=True)
    assert found == about
    assert told(url, kept.device) == before
    assert aside is not None
    if sqlite_path(url) is not None:
        assert told(sqlite_url(Path(aside) / "record.db"), kept.device) == after
    else:
        engine = create_engine(url)
        with engine.connect() as conn:
            schema = aside.split()[1]
            row = conn.execute(text(f"SELECT revision FROM {schema}.record")).one()
            assert row.revision > about.revision
        engine.dispose()


def test_a_copy_taken_while_the_writer_commits_is_sound_and_its_samples_fit(
    here: str, tmp_path: Path
) -> None:
    kept = lived(here)
    stop = threading.Event()
    samples = Samples()
    with writing(here) as writer, closing(SampleKeeper(here, "test", writer.beside)) as keeper:

        def load() -> None:
            at = END
            while not stop.is_set():
                at += 61_000
                samples.pings([(kept.device, at, 1)])
                commit(writer, at, down(kept.device, at))
                commit(writer, at + 1000, up(kept.device, at + 1000))
                if flush := samples.flush(at):
                    keeper.keep(flush)

        thread = threading.Thread(target=load)
        thread.start()
        try:
            made = [backup.make(here, tmp_path / f"{n}.tar.gz")[0] for n in range(5)]
        finally:
            stop.set()
            thread.join()
    assert len({about.revision for about in made}) > 1, "there was no load"
    for n in range(5):
        url = sqlite_url(tmp_path / f"new{n}" / "record.db")
        restoring.restore(tmp_path / f"{n}.tar.gz", url, replace=False)
        assert judged(url) == judged(here) != {}
        assert told(url, kept.device)[1] == told(here, kept.device)[1]


def test_what_is_written_between_the_two_copies_leaves_them_fitting(
    here: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The samples that come meanwhile know a newer record."""
    kept, copy = lived(here), backup.copy_file
    written: list[str] = []

    def copy_and_write(source: Path, target: Path) -> None:
        copy(source, target)
        samples = Samples()
        with writing(here) as writer:
            commit(writer, END, down(kept.device, END))
        samples.pings([(kept.device, END + len(written), 1)])
        keep(here, samples.flush(END + HOUR_MS, last=True))
        written.append(source.name)

    monkeypatch.setattr(backup, "copy_file", copy_and_write)
    backup.make(here, tmp_path / "b.tar.gz")
    assert sorted(written) == ["record.db", "samples.db"]
    restoring.check(tmp_path / "b.tar.gz", tmp_path)


def test_it_is_not_restored_over_a_record_nor_under_a_monitor(
    saved: Path, here: str, data: Path, tmp_path: Path
) -> None:
    before = standing(data)
    with pytest.raises(RecordError, match=r"is there already.*--replace"):
        restoring.restore(saved, here, replace=False)
    with alone(here), pytest.raises(RecordError, match="another monitor holds"):
        restoring.restore(saved, here, replace=True)
    assert standing(data) == before
    elsewhere = sqlite_url(tmp_path / "new" / "record.db")
    with alone(elsewhere), pytest.raises(RecordError, match="another monitor holds"):
        restoring.restore(saved, elsewhere, replace=False)


def test_where_the_new_cannot_be_put_the_old_is_put_back(
    saved: Path, here: str, data: Path
) -> None:
    need_program("chattr")
    before = standing(data)
    done = subprocess.run(["chattr", "+i", data / "samples.db"], capture_output=True, text=True)
    if done.returncode:
        missing(f"files cannot be made immutable here: {done.stderr.strip()}")
    try:
        with pytest.raises(RecordError, match="all is as it was"):
            restoring.restore(saved, here, replace=True)
    finally:
        subprocess.run(["chattr", "-i", data / "samples.db"], check=True)
    assert standing(data) == before


def test_photos_come_back_and_what_was_added_since_is_kept_aside(
    here: str, data: Path, tmp_path: Path
) -> None:
    lived(here)
    photos = data / "photos" / "Trà Bồng"
    photos.mkdir(parents=True)
    (photos / "tủ 1.jpg").write_bytes(b"one")
    (photos / "link").symlink_to("/etc/passwd")
    backup.make(here, tmp_path / "b.tar.gz")
    (photos / "tủ 1.jpg").write_bytes(b"changed")
    (photos / "2.jpg").write_bytes(b"two")
    _, aside = restoring.restore(tmp_path / "b.tar.gz", here, replace=True)
    assert [path.name for path in photos.iterdir()] == ["tủ 1.jpg"]
    assert (photos / "tủ 1.jpg").read_bytes() == b"one"
    assert (Path(str(aside)) / "photos" / "Trà Bồng" / "2.jpg").read_bytes() == b"two"


def test_a_damaged_record_is_not_saved_over_a_good_backup(saved: Path, here: str) -> None:
    path = sqlite_path(here)
    assert path is not None
    before = saved.read_bytes()
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(os.urandom(40_000))
    with pytest.raises(RecordError, match="remedy"):
        backup.make(here, saved)
    assert saved.read_bytes() == before
    assert sorted(path.name for path in saved.parent.iterdir()) == ["b.tar.gz", "data"]


def test_samples_of_another_record_are_not_saved_as_its_own(here: str, tmp_path: Path) -> None:
    lived(here)
    other = sqlite_url(tmp_path / "other" / "record.db")
    lived(other)
    shutil.copy(tmp_path / "other" / "samples.db", tmp_path / "data" / "samples.db")
    with pytest.raises(RecordError, match="belong to record"):
        backup.make(here, tmp_path / "b.tar.gz")
    assert not (tmp_path / "b.tar.gz").exists()


def test_no_file_of_somebody_is_overwritten(here: str, tmp_path: Path) -> None:
    lived(here)
    (tmp_path / "sites.toml").write_text("mine")
    with pytest.raises(RecordError, match="is no backup"):
        backup.make(here, tmp_path / "sites.toml")
    assert (tmp_path / "sites.toml").read_text() == "mine"


def test_without_room_none_is_made_and_the_old_one_stays(here: str, tmp_path: Path) -> None:
    lived(here)
    with SmallDisk(tmp_path / "small", 1) as disk:
        done = subprocess.run(
            disk.inside(
                sys.executable, "-m", "cli.main", "backup", str(tmp_path / "small" / "b.tar.gz"),
                "--config", str(ROOT / "demo/sites.toml"), "--data", str(tmp_path / "data"),
            ),
            capture_output=True,
            text=True,
            timeout=60,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert done.returncode == 1
        assert "remedy: make room" in done.stderr
        assert disk.run("ls", "-A", str(tmp_path / "small")) == ""


def test_what_a_killed_backup_left_goes_and_what_a_running_one_needs_stays(
    here: str, tmp_path: Path
) -> None:
    lived(here)
    left = tmp_path / ".canh-backup-left"
    left.mkdir()
    (left / "record.db").write_text("half")
    with backup.staged(tmp_path) as running:
        (running / "mine").touch()
        backup.make(here, tmp_path / "b.tar.gz")
        assert (running / "mine").exists()
    assert not left.exists()
    assert not running.exists()


def test_rotation_keeps_the_newest_and_leaves_what_is_not_its_own(tmp_path: Path) -> None:
    names = [f"canh-2026112{n}T020000Z.tar.gz" for n in range(1, 6)]
    others = ["canh-mine.tar.gz", "b.tar.gz", "canh-20261121T020000Z.tar.gz.old"]
    for name in (*names, *others):
        (tmp_path / name).touch()
    removed = backup.drop_old(tmp_path, 2)
    assert sorted(path.name for path in removed) == names[:3]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*names[3:], *others])


def test_the_record_alone_restores_without_samples(here: str, tmp_path: Path) -> None:
    kept = lived(here)
    about, _ = backup.make(here, tmp_path / "b.tar.gz", samples=False)
    assert about.samples_format is None
    url = sqlite_url(tmp_path / "new" / "record.db")
    restoring.restore(tmp_path / "b.tar.gz", url, replace=False)
    assert not (tmp_path / "new" / "samples.db").exists()
    assert told(url, kept.device)[0] == told(here, kept.device)[0]


@pytest.fixture
def database(postgres: str) -> Iterator[str]:
    name = "canh_backup"
    admin = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        conn.execute(text(f"CREATE DATABASE {name}"))
    yield postgres.replace("/postgres?", f"/{name}?")
    with admin.connect() as conn:
        conn.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def test_a_backup_fits_its_own_engine_alone(
    saved: Path, database: str, here: str, tmp_path: Path
) -> None:
    with pytest.raises(RecordError, match="is a backup of sqlite"):
        restoring.restore(saved, database, replace=True)
    lived(database)
    backup.make(database, tmp_path / "pg.tar.gz")
    with pytest.raises(RecordError, match="is a backup of postgresql"):
        restoring.restore(tmp_path / "pg.tar.gz", here, replace=True)
    with pytest.raises(RecordError, match=r"is not empty.*--replace"):
        restoring.restore(tmp_path / "pg.tar.gz", database, replace=False)


def test_without_the_programs_of_postgresql_it_says_so(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived(database)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RecordError, match=r"needs pg_dump.*remedy: install postgresql-client"):
        backup.make(database, tmp_path / "b.tar.gz")


def test_a_dump_that_does_not_go_in_leaves_the_old_tables(database: str, tmp_path: Path) -> None:
    kept = lived(database)
    before = told(database, kept.device)
    backup.make(database, tmp_path / "b.tar.gz")
    cut = tmp_path / "cut.dump"
    folder = tmp_path / "un"
    folder.mkdir()
    archive.unpack(tmp_path / "b.tar.gz", folder)
    content = (folder / "record.dump").read_bytes()
    cut.write_bytes(content[: len(content) * 2 // 3])
    with pytest.raises(RecordError, match="pg_restore"):
        restoring._into_server(cut, database, replace=True)
    assert told(database, kept.device) == before
