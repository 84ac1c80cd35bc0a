"""What every part of the screen shares: the knowledge, the language, the clock, the signs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from zoneinfo import ZoneInfo

from rich.style import Style

from inventory.phrases import say
from store.questions import LiveRow
from store.teller import Teller, zone_named
from tui import cells, faces
from tui.faces import Face
from tui.known import Known
from tui.themes import DARK

LATE_S = 15.0  # a sign of life older than this is said aloud
SILENT_FEED_S = 15.0  # so is a reader that no longer answers
_ASCII_SIGNS = str.maketrans({"·": "-", "…": "...", "–": "-", "≤": "<=", "→": "->", "○": "o"})


class Scene(Teller):
    """One object for the whole board; only the app changes it."""

    def __init__(self, language: str, ascii_only: bool, now_ms: Callable[[], int]) -> None:
        super().__init__(language, now_ms())
        self.known = Known()
        self.ascii_only = ascii_only
        self.theme = DARK
        self.now_ms = now_ms
        self.bound: dict[str, str] = {}  # key → how people bound it
        self.speaks = False  # may people say something here?
        self.painted = False  # is something new on its way to the terminal?
        self.notice = ""  # what was just done, until the next key or for some seconds
        self.noticed_s = 0.0  # when, of the monotonic clock
        self.wall = False  # nobody sits at the keys: the screens go round
        self.replaying_ms: int | None = None  # the past moment that is shown
        self.paused = False  # the lists stand still
        self.failing: str | None = None  # why the record cannot be read
        self.steady_s = time.monotonic  # the wall clock may jump: silence is not told by it
        self.drawn_s = self.steady_s()  # the same moment
        self.heard_s: float | None = None  # when the feed last spoke

    def say(self, key: str, /, **values: object) -> str:
        return self.plain(say(self.language, key, **values))

    def plain(self, text: str) -> str:
        """With signs of plain ASCII where the terminal has no others."""
        return text.translate(_ASCII_SIGNS) if self.ascii_only else text

    def many(self, key: str, n: int) -> str:
        return self.say(key) if n == 1 else self.say(f"{key}.many", n=n)

    def joined(self, words: Iterable[str]) -> str:
        return (" - " if self.ascii_only else " · ").join(words)

    def quoted(self, text: str) -> str:
        return f'"{text}"' if self.ascii_only else super().quoted(text)

    @property
    def dash(self) -> str:
        """Between two, and for nothing."""
        return "-" if self.ascii_only else "–"

    def fit(self, text: str, width: int, *, right: bool = False) -> str:
        return cells.fit(
            cells.clean(text), width, right=right, ellipsis="~" if self.ascii_only else "…"
        )

    def sign(self, face: Face) -> str:
        return faces.sign(face, self.ascii_only)

    def style(self, face: Face) -> Style:
        return faces.colour(face, self.frozen)

    @property
    def frozen(self) -> bool:
        """The board does not follow the network now; its colours must not claim that it does."""
        watching = self.known.watching
        if watching is None or self.failing is not None or self.feed_silent:
            return True
        return watching.blind or not watching.running

    @property
    def looks(self) -> tuple[object, ...]:
        """What every line is drawn from, beside the things that it tells of."""
        said = self.language, self.ascii_only, self.wall, self.drawn_ms, self.known.names_at
        return *said, self.frozen

    @property
    def feed_silent(self) -> bool:
        return self.heard_s is not None and self.drawn_s - self.heard_s > SILENT_FEED_S

    def heard(self) -> None:
        """The feed spoke just now."""
        self.heard_s = self.steady_s()

    def tick(self) -> None:
        """From here on ages are told for this moment."""
        self.drawn_ms, self.drawn_s = self.now_ms(), self.steady_s()

    @property
    def zone(self) -> ZoneInfo:
        return zone_named(self.known.timezone)

    @property
    def rows(self) -> Mapping[int, LiveRow]:
        return self.known.rows

    clean = staticmethod(cells.clean)

    def since_day(self, at_ms: int) -> str:
        return self.local(at_ms).strftime("%d/%m/%Y")
