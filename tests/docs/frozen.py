"""A demo stopped in the middle of its fibre cut: a copy of the record and the moment of it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from store.actions import open_actions
from store.engine import RecordError
from store.questions import OutageRow, Reader, Snapshot, Watching
from store.reader import RecordReader, open_questions
from store.states import Kind, State
from store.urls import sqlite_url

SEED, FOR_S = 67, 120  # a cut with 23 sites behind it, a power cut and a loss beside it
INTO_THE_CUT_MS = 40_000
HUB_OF = 3


@dataclass(frozen=True, slots=True)
class Moment:
    url: str
    now_ms: int
    hub: tuple[str, ...]  # keys to type that find the site behind the cut
    watching: Watching

    def reader(self) -> Reader:
        return _Then(open_questions(self.url), self.watching)


class _Then(RecordReader):
    """The reader as it answered at that moment: whether a monitor runs is told by today's clock."""

    def __init__(self, now: RecordReader, watching: Watching) -> None:
        super().__init__(now._engine)
        self._then = watching

    def snapshot(self, since: int = 0) -> Snapshot:
        return replace(super().snapshot(since), watching=self._then)


def catch(folder: Path) -> Moment:
    """Run the demo until its fibre cut is well open, copy the record, and take one root over."""
    live = folder / "demo"
    command = [sys.executable, "-P", "-m", "cli.main", "demo", "--headless", "--data", str(live)]
    demo = subprocess.Popen(
        [*command, "--seed", str(SEED), "--for", str(FOR_S)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        return _catch(demo, live / "record.db", folder / "frozen.db")
    finally:
        demo.terminate()
        demo.wait(60)


def _catch(demo: subprocess.Popen[bytes], live: Path, copy: Path) -> Moment:
    while demo.poll() is None:
        time.sleep(0.5)
        if not _cut(live):
            continue
        now_ms = time.time_ns() // 1_000_000
        with closing(sqlite3.connect(live)) as here, closing(sqlite3.connect(copy)) as there:
            here.backup(there)
        watching = _watching(copy)
        _take_over(copy)
        return Moment(sqlite_url(copy), now_ms, _hub(copy), watching)
    raise RuntimeError("the demo ended without a long fibre cut")


def _cut(path: Path) -> OutageRow | None:
    """The open link fault with sites behind it, once it has stood for a while."""
    try:
        with closing(open_questions(sqlite_url(path))) as reader:
            roots = reader.roots()
    except RecordError:  # not made yet
        return None
    late = time.time_ns() // 1_000_000 - INTO_THE_CUT_MS
    return next(
        (
            root
            for root in roots
            if root.members_by_kind.get(Kind.SITE, 0) >= HUB_OF and root.first_bad_ms <= late
        ),
        None,
    )


def _hub(path: Path) -> tuple[str, ...]:
    """The far end of the cut link, as its key is typed."""
    root = _cut(path)
    assert root is not None
    with closing(open_questions(sqlite_url(path))) as reader:
        site_id = reader.sheet(root.thing_id).row.site_id
        key = next(row.key for row in reader.snapshot().rows if row.thing_id == site_id)
    return tuple("minus" if sign == "-" else sign for sign in key)


def _watching(path: Path) -> Watching:
    with closing(open_questions(sqlite_url(path))) as reader:
        return reader.snapshot().watching


def _take_over(path: Path) -> None:
    """Somebody is on the dark commune already; the copy shows it."""
    with closing(open_questions(sqlite_url(path))) as reader:
        (dark, *_) = [
            root for root in reader.roots() if root.kind is Kind.DEVICE and root.state is State.DOWN
        ]
        expected = reader.revision()[1]
    with closing(open_actions(sqlite_url(path))) as actions:
        actions.acknowledge(dark.id, actor="truc-mang-tinh", expected=expected)
