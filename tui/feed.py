"""The thread that owns the reader: it polls the record and posts what changed."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from store.happening import Happening
from store.questions import OutageRow, Reader, Snapshot
from tui.messages import Answered, Failing, Reading, Wish

POLL_S = 0.5  # a change must be on screen within a second of its commit
BUSY_S = 0.75  # while so many rows change that nobody reads them faster
BUSY_ROWS = 10
WATCH_S = 2.0  # a monitor that died commits nothing: ask for its sign of life beside the revision
RETRY_S = 1.0
REOPEN_S = 5.0  # while no monitor runs: the file may have been replaced by a new one
BEHIND_S = 2.0  # how much is behind a root
RECENT_S = 5.0
RECENT_SPAN_MS = 24 * 3600 * 1000
RECENT_ROWS = 100
ROOTS_S = 10.0  # what people took for a time runs out without a change


First = tuple[Snapshot, tuple[OutageRow, ...]]  # all things, and the open roots


class Feed:
    """`tell` is called from the feed's own thread; `ask` from any. `lives` False: a past record,
    which nobody replaces. `first` waits for what somebody else reads meanwhile; None: he failed.
    """

    def __init__(
        self,
        open_reader: Callable[[], Reader],
        tell: Callable[[Reading | Answered | Failing], object],
        now_ms: Callable[[], int],
        *,
        lives: bool = True,
        first: Callable[[], First | None] | None = None,
    ) -> None:
        self._open_reader = open_reader
        self._tell = tell
        self._now_ms = now_ms
        self._lives = lives
        self._first = first
        self._wishes: queue.SimpleQueue[Wish | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="board-feed", daemon=True)
        self._at: tuple[str, int] | None = None  # record and revision that the board has
        self._recent_stale = True
        self._recent_due = 0.0
        self._roots_due = 0.0
        self._pause_s = POLL_S
        self._failed: dict[int, bool] = {}  # things in an outage when last read: as its root?

    def start(self) -> None:
        self._thread.start()

    def stop(self, wait_s: float = 2.0) -> None:
        self._stopping.set()
        self._wishes.put(None)
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(wait_s)

    def ask(self, wish: Wish) -> None:
        """`Answered` answers it."""
        self._wishes.put(wish)

    def _run(self) -> None:
        first = self._first() if self._first is not None else None
        if first is not None:
            snapshot, roots = first
            self._keep(snapshot, full=True)
            self._roots_due = time.monotonic() + ROOTS_S
            self._say(Reading(snapshot, True, roots, None))
        while not self._stopping.is_set():
            try:
                reader = self._open_reader()
                try:
                    self._follow(reader)
                finally:
                    reader.close()
            except Exception as error:  # a record fails in many ways; the one remedy is to retry
                self._say(Failing(f"{error}".splitlines()[0] if f"{error}" else repr(error)))
                self._stopping.wait(RETRY_S)

    def _follow(self, reader: Reader) -> None:
        """Poll until told to stop, or until the record should be opened anew."""
        opened = time.monotonic()
        look_due = opened
        while not self._stopping.is_set():
            at = reader.revision()
            now = time.monotonic()
            if at != self._at or now >= look_due:
                look_due = now + WATCH_S
                running = self._read(reader, at).watching.running
                if self._lives and not running and now - opened > REOPEN_S:
                    return
            self._answer(reader)

    def _read(self, reader: Reader, at: tuple[str, int]) -> Snapshot:
        had = self._at
        full = had is None or at[0] != had[0] or at[1] < had[1]
        since = 0 if full or had is None else had[1]
        snapshot = reader.snapshot(since)
        self._keep(snapshot, full=full)
        now, roots = time.monotonic(), None
        if now >= self._roots_due:
            roots, self._roots_due = reader.roots(), now + ROOTS_S
        self._recent_stale = self._recent_stale or roots is not None
        self._say(Reading(snapshot, full, roots, None if full else self._recent(reader)))
        if full:  # the rows do not wait for what happened before them
            behind = replace(snapshot, rows=(), gone=())
            self._say(Reading(behind, False, None, self._recent(reader)))
        return snapshot

    def _keep(self, snapshot: Snapshot, *, full: bool) -> None:
        """What the next reading is measured by."""
        self._at = (snapshot.record_id, snapshot.revision)
        self._pause_s = BUSY_S if len(snapshot.rows) > BUSY_ROWS and not full else POLL_S
        now = time.monotonic()
        if full:
            rows = snapshot.rows
            self._failed = {row.thing_id: row.root_id is None for row in rows if row.outage_id}
            self._roots_due = self._recent_due = now  # of another record nothing stands
        else:
            self._roots_due = min(self._roots_due, now + self._roots_wait_s(snapshot))

    def _roots_wait_s(self, snapshot: Snapshot) -> float:
        """What begins, changes or ends an open outage raises the row of its thing; most rows that
        change are round trips. Ended ones also change without it: these wait for ROOTS_S."""
        wait_s = 0.0 if snapshot.gone else ROOTS_S
        for row in snapshot.rows:
            was_root = self._failed.pop(row.thing_id, None)
            is_root = None if row.outage_id is None else row.root_id is None
            if is_root is not None:
                self._failed[row.thing_id] = is_root
            if is_root or was_root:
                wait_s = 0.0
            elif is_root is not None or was_root is not None:
                wait_s = min(wait_s, BEHIND_S)
        return wait_s

    def _recent(self, reader: Reader) -> tuple[Happening, ...] | None:
        """Asked rarely: in a storm the list is long and nobody reads it that fast."""
        now = time.monotonic()
        if not self._recent_stale or now < self._recent_due:
            return None
        self._recent_stale, self._recent_due = False, now + RECENT_S
        return reader.happenings(self._now_ms() - RECENT_SPAN_MS, RECENT_ROWS)

    def _answer(self, reader: Reader) -> None:
        """Serve wishes until the next poll is due; a wish is served at once."""
        try:
            wish = self._wishes.get(timeout=self._pause_s)
        except queue.Empty:
            return
        if wish is None:
            return
        try:
            self._say(Answered(wish, wish.ask(reader)))
        except KeyError:
            self._say(Answered(wish, None))

    def _say(self, said: Reading | Answered | Failing) -> None:
        if not self._stopping.is_set():
            self._tell(said)
