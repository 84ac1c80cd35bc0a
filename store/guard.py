"""Keeps the file of the record in its place while the monitor runs, and room on its disk.

SQLite writes silently into a file that was deleted or moved away: whoever opens the path then
sees another truth, and at the end all is lost. So the path is compared with what is open.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from inventory.written import sync_folder
from store.ballast import Ballast, free_bytes
from store.changes import Happened
from store.engine import RecordError, hold, identity, open_writer, sqlite_path
from store.trouble import Trouble, sentence, size, trouble_of

log = logging.getLogger(__name__)
LOOK_S = 1.0
AGAIN_S = 10.0  # between two tries to bring the file back, or the ballast
ROOM = 3  # the ballast is laid again when so many times its size is free

Files = tuple[tuple[int, int] | None, ...]


class Guard:
    """Used by the writer's thread alone; on a server it has nothing to do.

    `engine` changes when the file had to be written anew. `fatal` is set, and `alarm` called, when
    the monitor must not go on; until then and after it nothing that is in memory is given up.
    """

    def __init__(self, engine: Engine, alarm: Callable[[], object]) -> None:
        self.engine = engine
        self.fatal: RecordError | None = None
        self._alarm = alarm
        path = sqlite_path(engine.url.render_as_string(hide_password=False))
        self.path = path.resolve() if path is not None else None
        self._ballast = Ballast(self.path.with_suffix(".ballast")) if self.path else None
        self._open: Files = ()
        self._displaced = False
        self._trouble: Trouble | None = None
        self._blocked = self._unsaved = False  # told so, once
        self._held: list[int] = []  # open to the end: closing one takes SQLite's locks away
        self._next_look = self._next_ballast = 0.0
        self._news: list[Happened] = []

    @property
    def full(self) -> bool:
        """The disk has no room but for what matters."""
        return self._trouble is Trouble.FULL

    @property
    def damaged(self) -> bool:
        """The file is not to be written any more."""
        return self._trouble is Trouble.DAMAGED

    def begin(self) -> None:
        """The writer has just written for the first time."""
        self.well()
        if self._ballast is not None:
            self._ballast.lay()

    def look(self) -> None:
        """Is the open file still the one at the path? Cheap; at most once a second."""
        now = time.monotonic()
        if self.path is None or now < self._next_look:
            return
        self._next_look = now + LOOK_S
        self._make_room(now)
        if self._displaced or not self._open or (found := _standing(self.path)) == self._open:
            return
        if found[0] not in (None, self._open[0]):
            self._displaced = True
            self.stop(
                f"another file stands at {self.path} now: this monitor stops rather than write "
                "into a file that nobody sees"
            )
            return
        self._bring_back(self.path, now)

    def troubled(self, error: BaseException) -> bool:
        """Tell it once. True: it may go at once, for the ballast has made room."""
        self._next_look = 0.0
        found = trouble_of(error, self.path)
        self._trouble = found
        where = str(self.path or self.engine.url.render_as_string())
        text = sentence(found, where, error)
        if found is Trouble.DAMAGED:
            self.stop(text)
            return False
        if found is Trouble.FULL and self._ballast is not None:
            freed = self._ballast.release()
            if freed:
                self._next_ballast = time.monotonic() + AGAIN_S
                self._happened("disk_full", path=where, freed=freed)
                log.error("%s; the ballast of %s is released", text, size(freed))
                return True
        if not self._blocked:
            self._blocked = True
            log.error("%s; until then all is kept in memory", text)
        return False

    def well(self) -> None:
        """A commit went through. A disk counts as full until the ballast can be laid again."""
        if not self._open and self.path is not None:
            self._open = _standing(self.path)
        if self._blocked:
            self._blocked = False
            log.error("the record can be written again")
        if not self.full:
            self._trouble = None

    def take_news(self) -> tuple[Happened, ...]:
        """What the record should tell of its own trouble."""
        news, self._news = tuple(self._news), []
        return news

    def stop(self, text: str) -> None:
        """The monitor must not go on; it is told at its end."""
        if self.fatal is None:
            self.fatal = RecordError(text)
            self._alarm()

    def close(self) -> None:
        """The last word is written. What stands in a file that nobody sees is put beside."""
        self._next_look = 0.0
        self.look()
        if self._displaced and self.path is not None:
            saved = self.path.with_suffix(f".saved-{time.time_ns() // 1_000_000}.db")
            try:
                self._copy(saved)
            except (OSError, sqlite3.Error) as error:
                self.fatal = RecordError(f"{self.fatal}; and it cannot be saved: {error}")
            else:
                self.fatal = RecordError(
                    f"{self.fatal}; what it had is saved in {saved}; remedy: see which of both is "
                    "the right one, put it there, start again"
                )
        self.engine.dispose()
        for handle in self._held:
            os.close(handle)

    def _happened(self, kind: str, **body: Any) -> None:
        self._news.append(Happened(kind=kind, body=body))

    def _make_room(self, now: float) -> None:
        """After a full disk: the ballast is laid again as soon as there is room for it."""
        if self._ballast is None or not self.full or now < self._next_ballast:
            return
        self._next_ballast = now + AGAIN_S
        wanted = max(self._ballast.bytes, 1 << 20) * ROOM
        if free_bytes(self._ballast.path.parent) >= wanted and self._ballast.lay():
            self._trouble = None
            laid = self._ballast.bytes
            self._happened("disk_room", path=str(self.path), laid=laid)
            log.error("the disk with %s has room again; the ballast of %s is laid again",
                      self.path, size(laid))  # fmt: skip

    # -- a file that is gone -------------------------------------------------------------------

    def _bring_back(self, path: Path, now: float) -> None:
        """Write all that the open connection holds to the path, and go on there."""
        what = "was deleted or moved away" if identity(path) is None else "lost its -wal or -shm"
        part = path.with_suffix(".part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.unlink(missing_ok=True)
            self._copy(part)
            self._take(part, path)
        except (OSError, sqlite3.Error) as error:
            with suppress(OSError):  # the folder itself may be shut
                part.unlink(missing_ok=True)
            self._next_look = now + AGAIN_S
            if not self._unsaved:
                self._unsaved = True
                log.error("the record %s %s under the running monitor, and cannot be written "
                          "again: %s; remedy: make room for it there, and do not stop the "
                          "monitor before", path, what, error)  # fmt: skip
            return
        self._unsaved = False
        self._happened("record_saved", path=str(path), what=what)
        log.error("the record %s %s under the running monitor: all of it is written to that path "
                  "again, and the monitor goes on", path, what)  # fmt: skip

    def _copy(self, target: Path) -> None:
        """One consistent copy of what the open connection sees, in one step, on disk."""
        raw = self.engine.raw_connection()
        try:
            source = raw.driver_connection
            assert isinstance(source, sqlite3.Connection)
            with closing(sqlite3.connect(target)) as copy:
                source.backup(copy)
        finally:
            raw.close()

    def _take(self, part: Path, path: Path) -> None:
        """Put the copy in place and open it. Replaying an old -wal onto it would change nothing."""
        handle = os.open(part, os.O_RDWR)
        self._held.append(handle)
        hold(handle)
        os.fsync(handle)
        if identity(path) is None:
            os.link(part, path)  # not over a file that somebody put there meanwhile
            part.unlink()
        else:
            part.replace(path)
        for stale in _beside(path):
            stale.unlink(missing_ok=True)
        sync_folder(path.parent)
        old = self.engine
        self.engine = open_writer(old.url.render_as_string(hide_password=False))
        self._open = ()  # its -wal comes with the next commit
        old.dispose()  # SQLite sees that its file has moved, and leaves the path alone


def _beside(path: Path) -> tuple[Path, Path]:
    return path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")


def _standing(path: Path) -> Files:
    return tuple(identity(one) for one in (path, *_beside(path)))
