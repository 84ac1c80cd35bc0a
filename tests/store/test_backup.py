"""A backup is whole or none; what is restored is what was saved; a damaged one touches nothing."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from store import archive, backup, restoring
from store.changes import Sight
from store.engine import RecordError, alone, sqlite_path
from store.sample_keeper import SampleKeeper
from store.samples import HOUR_MS, Measure, Samples
from store.urls import sqlite_url
from tests.acceptance.monitor import ROOT, claimed_ms
from tests.acceptance.small_disk import SmallDisk
from tests.needs import missing, need_program
from tests.store.keeping import NOW, commit, down, reading, up, writing
from tests.store.sampling import Kept, keep, looking, stock

END = NOW + HOUR_MS
Told = tuple[object, object]


def lived(url: str) -> Kept:
    """An hour with an outage, and pings of it."""
    kept = stock(url)
    with writing(url) as writer:
        commit(writer, NOW, up(kept.device, NOW), up(kept.other, NOW), sight=Sight.OPENED)
        commit(writer, NOW + 60_000, down(kept.device, NOW + 60_000))
        at = NOW + 120_000
        commit(writer, at, up(kept.device, at), sight=Sight.SEEN)
    samples = Samples()
    for at in range(NOW, END, 10_000):
        samples.pings([(kept.device, at, at % 997)])
    keep(url, samples.flush(END, last=True))
    return kept


def told(url: str, device: int) -> Told:
    """Every figure of the hour rests on this."""
    with reading(url) as reader, looking(url) as samples:
        series = list(samples.series(device, Measure.RTT_US, NOW, END))
        return reader.period(NOW, END, END), series


def judged(url: str) -> dict[str, int]:
    """Of that hour alone, whatever became of what was open at its end."""
    with reading(url) as reader:
        return claimed_ms(reader.period(NOW, END, END), (NOW, END))


def standing(folder: Path) -> dict[str, str]:
    """Every file of a folder, by its hash."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def here(data: Path) -> str:
    return sqlite_url(data / "record.db")


@pytest.fixture
def saved(here: str, tmp_path: Path) -> Path:
    """A backup of an hour that was lived in `data`."""
    lived(here)
    backup.make(here, tmp_path / "b.tar.gz")
    return tmp_path / "b.tar.gz"


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


def test_one_that_is_cut_or_has_a_wrong_byte_anywhere_is_refused_or_is_the_same(
    saved: Path, here: str, data: Path, tmp_path: Path
) -> None:
    sound, before = saved.read_bytes(), standing(data)
    dice = random.Random(7)
    bad = tmp_path / "bad.tar.gz"
    whole = tmp_path / "whole"
    whole.mkdir()
    archive.unpack(saved, whole)
    for number in range(60):
        at = dice.randrange(len(sound))
        if number % 2:
            bad.write_bytes(sound[:at])
        else:
            bad.write_bytes(
                sound[:at] + bytes([sound[at] ^ 1 << dice.randrange(8)]) + sound[at + 1 :]
            )
        (folder := tmp_path / f"un{number}").mkdir()
        try:
            archive.unpack(bad, folder)
        except archive.BackupError:
            pass
        else:  # a byte of gzip's own header, which says nothing
            assert standing(folder) == standing(whole)
            continue
        with pytest.raises(RecordError, match="nothing was touched"):
            restoring.restore(bad, here, replace=True)
    assert standing(data) == before
    assert [path.name for path in data.iterdir() if path.name.startswith(".canh")] == []


def _rewritten(saved: Path, change: Callable[[dict[str, bytes]], object], target: Path) -> Path:
    """The archive with other members; its list is made by `change`, too."""
    with tarfile.open(saved, "r:gz") as tar:
        members = {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr]
    change(members)
    with gzip.open(target, "wb") as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return target


def _listed(name: str, content: bytes) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        told = json.loads(members[archive.LIST])
        sha256 = hashlib.sha256(content).hexdigest()
        told["members"].append({"name": name, "size": len(content), "sha256": sha256})
        members[archive.LIST] = json.dumps(told).encode()
        members[name] = content

    return change


def _said(**words: object) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        members[archive.LIST] = json.dumps(json.loads(members[archive.LIST]) | words).encode()

    return change


HOSTILE: dict[str, tuple[Callable[[dict[str, bytes]], object], str]] = {
    "a name that leads out": (_listed("files/../../evil", b"x"), "no name of a member"),
    "an absolute name": (_listed("/etc/evil", b"x"), "no name of a member"),
    "a name with control characters": (_listed("files/a\x1b[2J", b"x"), "no name of a member"),
    "a member that is not listed": (lambda m: m.update({"files/photos/x": b"x"}), "in its list"),
    "a member that is missing": (lambda m: m.pop("samples.db"), "it lacks samples.db"),
    "another content": (
        lambda m: m.update({"samples.db": bytes(len(m["samples.db"]))}),
        "sha256 is another",
    ),
    "no list": (lambda m: m.pop(archive.LIST), "first member"),
    "a list that is no JSON": (lambda m: m.update({archive.LIST: b"{"}), "damaged"),
    "a newer form": (_said(canh_backup=99), "has format 99"),
    "a newer schema": (_said(schema="9999"), "has schema 9999"),
    "another record": (_said(record_id="x" * 36), "another record"),
}


@pytest.mark.parametrize("how", HOSTILE)
def test_an_archive_that_is_not_as_its_list_says_is_refused(
    how: str, saved: Path, here: str, data: Path, tmp_path: Path
) -> None:
    change, word = HOSTILE[how]
    before = standing(tmp_path / "data")
    bad = _rewritten(saved, change, tmp_path / "bad.tar.gz")
    with pytest.raises(RecordError, match=word):
        restoring.restore(bad, here, replace=True)
    assert standing(data) == before
    assert not (tmp_path / "evil").exists()


def test_a_link_in_an_archive_is_not_followed(saved: Path, here: str, tmp_path: Path) -> None:
    bad = tmp_path / "bad.tar.gz"
    with tarfile.open(saved, "r:gz") as old, tarfile.open(bad, "w:gz") as new:
        for entry in old:
            if entry.name == "samples.db":
                entry = tarfile.TarInfo("samples.db")
                entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
                new.addfile(entry)
            else:
                new.addfile(entry, old.extractfile(entry))
    with pytest.raises(RecordError, match="not as its list says"):
        restoring.restore(bad, here, replace=True)


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
