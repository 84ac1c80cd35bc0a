"""What every part of the screen shares: the knowledge, the language, the clock, the signs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rich.style import Style

from inventory.phrases import say, table
from store.questions import LiveRow
from tui import faces
from tui.cells import clean, fit
from tui.faces import Face
from tui.known import Known
from tui.themes import DARK

LATE_S = 15.0  # a sign of life older than this is said aloud
SILENT_FEED_S = 15.0  # so is a reader that no longer answers
_ASCII_SIGNS = str.maketrans({"·": "-", "…": "...", "–": "-", "≤": "<=", "→": "->", "○": "o"})


class Scene:
    """One object for the whole board; only the app changes it."""

    def __init__(self, language: str, ascii_only: bool, now_ms: Callable[[], int]) -> None:
        self.known = Known()
        self.language = language
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
        self.drawn_ms = now_ms()  # the moment that ages are told for; moves in steps
        self.steady_s = time.monotonic  # the wall clock may jump: silence is not told by it
        self.drawn_s = self.steady_s()  # the same moment
        self.heard_s: float | None = None  # when the feed last spoke

    def say(self, key: str, /, **values: object) -> str:
        return self.plain(say(self.language, key, **values))

    def plain(self, text: str) -> str:
        """With signs of plain ASCII where the terminal has no others."""
        return text.translate(_ASCII_SIGNS) if self.ascii_only else text

    def count(self, key: str, n: int) -> str:
        """`12 sites`, `1 site`: English has a form for one."""
        return self.say(f"{key}.one" if n == 1 else key, n=n)

    def many(self, key: str, n: int) -> str:
        return self.say(key) if n == 1 else self.say(f"{key}.many", n=n)

    def number(self, value: float) -> str:
        """Vietnamese writes a decimal comma."""
        text = f"{value:.1f}".removesuffix(".0")
        return text.replace(".", ",") if self.language == "vi" else text

    def joined(self, words: Iterable[str]) -> str:
        return (" - " if self.ascii_only else " · ").join(words)

    @property
    def dash(self) -> str:
        """Between two, and for nothing."""
        return "-" if self.ascii_only else "–"

    def say_if_known(self, prefix: str, word: str) -> str:
        """The phrase of a word of the record; a word without a phrase is shown as it is."""
        key = f"{prefix}.{word}"
        return self.say(key) if key in table() else clean(word)

    def fit(self, text: str, width: int, *, right: bool = False) -> str:
        return fit(clean(text), width, right=right, ellipsis="~" if self.ascii_only else "…")

    def short(self, name: str) -> str:
        """A name with the usual abbreviations, for lists."""
        return short(name)

    def sign(self, face: Face) -> str:
        return faces.sign(face, self.ascii_only)

    def style(self, face: Face) -> Style:
        return faces.colour(face, self.frozen)

    def word(self, face: Face) -> str:
        return self.say(faces.phrase(face))

    def kind(self, row: LiveRow) -> str:
        return self.say(f"kind.{row.kind}")

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

    def local(self, at_ms: int) -> datetime:
        return datetime.fromtimestamp(at_ms / 1000, self.zone)

    @property
    def zone(self) -> ZoneInfo:
        return _zone(self.known.timezone)

    def clock(self, at_ms: int) -> str:
        return self.local(at_ms).strftime("%H:%M:%S")

    def moment(self, at_ms: int) -> str:
        """`13:50:03`, with its date when that is not today."""
        at = self.local(at_ms)
        today = self.local(self.drawn_ms).date()
        return at.strftime("%H:%M:%S" if at.date() == today else "%H:%M:%S %d/%m/%Y")

    def since_day(self, at_ms: int) -> str:
        return self.local(at_ms).strftime("%d/%m/%Y")

    def dated(self, at_ms: int) -> str:
        return self.local(at_ms).strftime("%H:%M:%S %d/%m/%Y")

    def since(self, at_ms: int | None) -> str:
        """Five cells for a list: `13:50` today, `20/11` before."""
        if at_ms is None:
            return ""
        at = self.local(at_ms)
        return at.strftime("%H:%M" if at.date() == self.local(self.drawn_ms).date() else "%d/%m")

    def age(self, from_ms: int, to_ms: int | None = None) -> str:
        """How long: `42 min`, `3 h 10`, `2 d 4 h`."""
        return self.span(((self.drawn_ms if to_ms is None else to_ms) - from_ms) / 1000)

    def span(self, seconds: float) -> str:
        whole = max(0, int(seconds))
        if whole < 60:
            return self.say("board.age.s", s=whole)
        if whole < 3600:
            return self.say("board.age.m", m=whole // 60)
        if whole < 86400:
            return self.say("board.age.h", h=whole // 3600, m=f"{whole % 3600 // 60:02d}")
        return self.say("board.age.d", d=whole // 86400, h=whole % 86400 // 3600)


@lru_cache(4)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


_ABBREVIATIONS = (  # as the offices write them
    ("Ủy ban nhân dân", "UBND"),
    ("Hội đồng nhân dân", "HĐND"),
    ("People's Committee", "PC"),
    ("Thành phố ", "TP "),
    ("Thị xã ", "TX "),
    ("Huyện ", ""),
)


@lru_cache(16384)
def short(name: str) -> str:
    """A name with the usual abbreviations, for lists."""
    name = clean(name)
    for long, abbreviated in _ABBREVIATIONS:
        name = name.replace(long, abbreviated)
    return name
