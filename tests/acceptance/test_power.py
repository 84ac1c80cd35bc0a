"""A power loss, modelled: of the log only what was synced is sure; every acknowledged outage is.

The main file is as it stood at that moment; of the -wal all up to its length at the commit was
synced (synchronous = FULL). What was written after may be missing, torn, zero, or full of holes.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from store.engine import open_writer
from store.urls import sqlite_url
from tests.store.keeping import NOW, bring, commit, down, network, up, writing

ROUNDS = int(os.environ.get("CANH_CUTS", "60"))
SEED = int(os.environ.get("CANH_SEED", str(time.time_ns() % 1_000_000)))
HOLE = 4096
HEAD_BYTES = 32  # of the -wal; a frame is 24 bytes and a page


@dataclass(frozen=True)
class Moment:
    """A commit was acknowledged: the sure length of the log, and what must be found again."""

    generation: bytes  # the salts in the head of the log: it begins anew after a checkpoint
    synced: int
    main_ns: int  # when the main file was last written
    told: dict[int, int]


def log_of(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def synced_bytes(path: Path) -> tuple[bytes, int]:
    """The salts of the log, and the end of its last frame that carries them."""
    content = log_of(path).read_bytes()
    salts, page = content[16:24], 4096 + 24
    end = HEAD_BYTES
    while content[end + 8 : end + 16] == salts and len(content) >= end + page:
        end += page
    return salts, end


def cut(log: Path, sure: int, dice: random.Random) -> str:
    """Do to the unsure end of the log what a power loss may do to it."""
    content = bytearray(log.read_bytes())
    assert len(content) >= sure
    how = dice.choice(("cut", "zero", "holes", "noise"))
    at = dice.randint(sure, len(content))
    if how == "cut":
        del content[at:]
    elif how == "zero":
        content[at:] = bytes(len(content) - at)
    elif how == "noise":
        content[at:] = dice.randbytes(len(content) - at)
    else:
        for start in range(sure, len(content), HOLE):
            if dice.random() < 0.5:
                piece = len(content[start : start + HOLE])
                content[start : start + HOLE] = bytes(piece)
    log.write_bytes(content)
    return how


def test_every_acknowledged_outage_survives_whatever_happens_to_the_unsynced_log(
    tmp_path: Path,
) -> None:
    dice = random.Random(SEED)
    path = tmp_path / "data" / "record.db"
    url = sqlite_url(path)
    ids = bring(url, network()).ids
    things = [ids["device", "p-r"], ids["device", "d-r"], ids["link", "L1"]]
    told: dict[int, int] = {}
    at, cuts, how = NOW, 0, dict.fromkeys(("cut", "zero", "holes", "noise"), 0)
    with writing(url) as writer:
        for _ in range(ROUNDS):
            thing = dice.choice(things)
            opened = commit(writer, at, down(thing, at)).opened
            told |= dict.fromkeys(opened, at)
            moment = Moment(*synced_bytes(path), path.stat().st_mtime_ns, dict(told))
            for n in range(dice.randint(0, 5)):  # more, of which nobody has been told
                commit(writer, at + 1000 + n, up(thing, at + 900 + n))
                again = commit(writer, at + 2000 + n, down(thing, at + 1990 + n)).opened
                told |= dict.fromkeys(again, at + 1990 + n)
            commit(writer, at + 9000, up(thing, at + 8000))
            at += 20_000
            if (synced_bytes(path)[0], path.stat().st_mtime_ns) != (
                moment.generation,
                moment.main_ns,
            ):
                continue  # checkpointed meanwhile, and before that the log was synced
            copy = tmp_path / f"cut{cuts}" / "record.db"
            copy.parent.mkdir()
            shutil.copy(path, copy)
            shutil.copy(log_of(path), log_of(copy))
            how[cut(log_of(copy), moment.synced, dice)] += 1
            cuts += 1
            with closing(sqlite3.connect(copy)) as db:
                found = dict(db.execute("SELECT id, first_bad FROM outage"))
                lost = {i: start for i, start in moment.told.items() if found.get(i) != start}
                assert lost == {}, f"seed {SEED}, {how}"
                assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)], SEED
                assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    assert cuts > ROUNDS // 2, "most were really cut"
    assert min(how.values()) > 0, how


def test_the_writer_of_the_record_syncs_its_log_with_every_commit(tmp_path: Path) -> None:
    """What the model rests on; 2 is FULL (https://sqlite.org/pragma.html#pragma_synchronous)."""

    engine = open_writer(sqlite_url(tmp_path / "record.db"))
    with engine.connect() as conn:
        assert conn.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert conn.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    engine.dispose()
