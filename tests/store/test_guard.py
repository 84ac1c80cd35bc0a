"""The file of the record is deleted, moved, replaced, damaged under a writer: nothing is lost."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from store.ballast import Ballast
from store.changes import Batch
from store.engine import RecordError, alone, open_writer
from store.reader import open_questions
from store.trouble import examine
from store.writer import UnwrittenError, Writer
from tests.store.keeping import NOW, bring, commit, down, network, reading, up, writing

Logs = pytest.LogCaptureFixture


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A record with a network, its writer not yet started."""
    found = tmp_path / "data" / "record.db"
    bring(f"sqlite:///{found}", network())
    return found


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def device(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        found = db.execute("SELECT id FROM thing WHERE key = 'd-r'").fetchone()
    return int(found[0])


def query(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(sql).fetchall()


def past_the_next_look() -> None:
    time.sleep(1.1)


def beside(path: Path) -> list[Path]:
    return [path, path.with_name("record.db-wal"), path.with_name("record.db-shm")]


def delete(path: Path) -> None:
    for one in beside(path):
        one.unlink()


def rename(path: Path) -> None:
    path.rename(path.with_name("elsewhere.db"))


def lose_the_log(path: Path) -> None:
    beside(path)[1].unlink()


def lose_the_folder(path: Path) -> None:
    path.parent.rename(path.parent.with_name("gone"))


@pytest.mark.parametrize("fault", [delete, rename, lose_the_log, lose_the_folder])
def test_a_record_taken_away_is_written_back_with_all_that_was_told(
    path: Path, fault: Callable[[Path], None], caplog: Logs
) -> None:
    thing = device(path)
    with writing(url_of(path)) as writer, reading(url_of(path)) as reader:
        reader.snapshot()
        told = commit(writer, NOW, down(thing, NOW)).opened
        fault(path)
        commit(writer, NOW + 9000, up(thing, NOW + 8000))  # into a file that nobody sees
        past_the_next_look()
        again = commit(writer, NOW + 20_000, down(thing, NOW + 19_000)).opened
        found = {row.id: row.first_bad_ms for row in reader.outages()}
        assert found == {told[0]: NOW, again[0]: NOW + 19_000}, "an open reader follows"
        assert writer.fatal is None
    assert query(path, "PRAGMA integrity_check") == [("ok",)]
    assert query(path, "SELECT id, first_bad FROM outage ORDER BY id") == [
        (told[0], NOW),
        (again[0], NOW + 19_000),
    ]
    assert query(path, "SELECT count(*) FROM event WHERE kind = 'record_saved'") == [(1,)]
    assert query(path, "SELECT stopped FROM poller") == [(1,)]
    messages = [r.message for r in caplog.records if r.levelno >= logging.ERROR]
    assert len(messages) == 1, messages
    assert str(path) in messages[0]
    assert [one.name for one in path.parent.glob("*.part")] == []


def test_a_record_in_whose_place_another_stands_is_saved_beside_it_and_the_monitor_stops(
    path: Path, tmp_path: Path
) -> None:
    thing = device(path)
    other = tmp_path / "other.db"
    bring(url_of(other), network())
    with closing(sqlite3.connect(other)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
    alarmed = threading.Event()
    writer = Writer(open_writer(url_of(path)), "test", alarm=alarmed.set)
    writer.start(NOW)
    first = commit(writer, NOW, down(thing, NOW)).opened
    content = other.read_bytes()
    for one in beside(path):
        one.unlink()
    other.rename(path)
    past_the_next_look()
    commit(writer, NOW + 9000, up(thing, NOW + 8000))
    assert alarmed.wait(5)
    second = commit(writer, NOW + 20_000, down(thing, NOW + 19_000)).opened
    writer.close(NOW + 30_000, seen_ms=None)
    [saved] = path.parent.glob("record.saved-*.db")
    assert str(saved) in str(writer.fatal)
    assert str(path) in str(writer.fatal)
    kept = query(saved, "SELECT id, first_bad FROM outage ORDER BY id")
    assert kept == [(first[0], NOW), (second[0], NOW + 19_000)]
    assert query(saved, "SELECT stopped FROM poller") == [(1,)]
    assert path.read_bytes() == content, "what somebody put there is left alone"


def damage(path: Path) -> None:
    """Every page but the first is noise: what the cache does not hold cannot be read."""
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(4096)
        file.write(os.urandom(size - 4096))


def test_a_damaged_record_is_refused_untouched_with_its_remedy(path: Path) -> None:
    examine(url_of(path))
    damage(path)
    before = path.read_bytes()
    with pytest.raises(RecordError, match=r"damaged.*restore a backup.*\.recover") as told:
        examine(url_of(path))
    assert str(path) in str(told.value)
    assert "\n" not in str(told.value)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_untouched(path: Path) -> None:
    path.write_bytes(b"not a database at all, but long enough to have a header " * 100)
    before = path.read_bytes()
    with pytest.raises(RecordError, match="damaged"):
        examine(url_of(path))
    assert path.read_bytes() == before


def test_a_huge_record_is_examined_whole_only_after_an_unclean_stop(path: Path) -> None:
    with writing(url_of(path)) as writer:
        commit(writer, NOW, down(device(path), NOW))
    [(root,)] = query(path, "SELECT rootpage FROM sqlite_master WHERE name = 'audit'")
    assert isinstance(root, int)
    with path.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(os.urandom(4096))
    examine(url_of(path), huge_bytes=1000)
    with pytest.raises(RecordError, match="damaged"):
        examine(url_of(path))
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE poller SET stopped = 0")
    with pytest.raises(RecordError, match="damaged"):
        examine(url_of(path), huge_bytes=1000)


def test_a_record_damaged_under_the_monitor_stops_it_and_what_it_had_is_kept_as_text(
    path: Path,
) -> None:
    thing = device(path)
    alarmed = threading.Event()
    writer = Writer(open_writer(url_of(path)), "test", alarm=alarmed.set)
    writer.start(NOW)
    commit(writer, NOW, down(thing, NOW))
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damage(path)
    with pytest.raises(UnwrittenError):
        commit(writer, NOW + 9000, up(thing, NOW + 8000))
    with pytest.raises(UnwrittenError):
        commit(writer, NOW + 9500, down(thing, NOW + 9400))
    assert alarmed.is_set()
    writer.close(NOW + 10_000, seen_ms=NOW + 9900)
    assert "damaged" in str(writer.fatal)
    [kept] = path.parent.glob("record.pending-*.jsonl")
    batches = [json.loads(line) for line in kept.read_text("utf-8").splitlines()]
    states = [v["state"] for batch in batches for v in batch["verdicts"]]
    assert states == ["up", "down"]
    assert batches[-1]["seeing"] == [{"sight": "stopped", "at_ms": NOW + 9900}]


def test_a_record_that_stays_locked_at_the_end_leaves_its_batches_as_text(path: Path) -> None:
    thing = device(path)
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as blocker,
        writing(url_of(path)) as writer,
    ):
        blocker.execute("BEGIN IMMEDIATE")
        future = writer.submit(_batch(thing))
        writer.close(NOW + 10_000, seen_ms=None)
        with pytest.raises(UnwrittenError):
            future.result(1)
        [kept] = path.parent.glob("record.pending-*.jsonl")
        assert json.loads(kept.read_text("utf-8"))["verdicts"][0]["thing_id"] == thing
        blocker.execute("COMMIT")


def test_the_ballast_is_of_real_blocks_and_gone_when_it_is_released(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path / "record.ballast")
    assert ballast.lay()
    found = ballast.path.stat()
    assert found.st_blocks * 512 >= found.st_size == ballast.bytes > 0
    assert ballast.release() == found.st_size
    assert not ballast.path.exists()
    assert ballast.release() == 0


SECOND = """\
import sys
from store.engine import RecordError, alone
try:
    with alone(sys.argv[1]):
        print("held", flush=True)
        sys.stdin.read()
except RecordError as error:
    print(error)
    sys.exit(1)
"""


def second(url: str, cwd: Path) -> subprocess.Popen[str]:
    home = str(Path(__file__).parents[2])
    return subprocess.Popen(
        [sys.executable, "-c", SECOND, url],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": home},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("way", ["same", "relative", "symlink", "folder symlink", "hard link"])
def test_a_record_is_held_whatever_name_the_second_one_gives_it(
    path: Path, tmp_path: Path, way: str
) -> None:
    other = tmp_path / "another"
    if way == "folder symlink":
        other.symlink_to(path.parent)
    else:
        other.mkdir()
    named = other / "record.db"
    if way == "symlink":
        named.symlink_to(path)
    elif way == "hard link":
        named.hardlink_to(path)
    url = {"same": url_of(path), "relative": "sqlite:///data/record.db"}.get(way, url_of(named))
    with alone(url_of(path)):
        out, _ = second(url, tmp_path).communicate(timeout=30)
        assert out.startswith("another monitor holds")
        assert out.count("\n") == 1


def test_a_killed_holder_leaves_the_record_free_at_once(url: str, tmp_path: Path) -> None:
    first = second(url, tmp_path)
    assert first.stdout is not None
    assert first.stdout.readline() == "held\n"
    with pytest.raises(RecordError, match="another monitor"), alone(url):
        pass
    first.kill()
    first.communicate()
    deadline = time.monotonic() + 5  # a server needs a moment to see that its client is gone
    while True:
        try:
            with alone(url):
                return
        except RecordError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_server_that_cannot_be_reached_is_one_clear_error() -> None:
    with (
        pytest.raises(RecordError, match=r"cannot reach postgresql.*remedy") as told,
        alone("postgresql+psycopg://canh:bi-mat@127.0.0.1:1/canh"),
    ):
        pass
    assert "bi-mat" not in str(told.value)


def test_no_reader_makes_a_file_where_the_record_is_gone(path: Path) -> None:
    reader = open_questions(url_of(path))
    reader.snapshot()
    path.unlink()
    assert reader.snapshot().rows, "it goes on with what is open"
    reader.close()
    assert not path.exists()


def _batch(thing: int) -> Batch:
    return Batch(at_ms=NOW, verdicts=(down(thing, NOW),))
