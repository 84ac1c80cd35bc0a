"""Tells of the network in one language: words, moments, ages, numbers, places."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from inventory import moments
from inventory.phrases import say, table
from store.faces import Face, face_of_outage, phrase
from store.questions import LiveRow, OutageRow

_ABBREVIATIONS = (  # as the offices write them
    ("Ủy ban nhân dân", "UBND"),
    ("Hội đồng nhân dân", "HĐND"),
    ("People's Committee", "PC"),
    ("Thành phố ", "TP "),
    ("Thị xã ", "TX "),
    ("Huyện ", ""),
)


class Teller(ABC):
    """`drawn_ms`: the moment for which ages are told, UTC milliseconds."""

    def __init__(self, language: str, drawn_ms: int) -> None:
        self.language, self.drawn_ms = language, drawn_ms

    @property
    @abstractmethod
    def rows(self) -> Mapping[int, LiveRow]:
        """Everything that is told of, by its id."""

    @property
    @abstractmethod
    def zone(self) -> ZoneInfo:
        """In which the network keeps its days."""

    @staticmethod
    @abstractmethod
    def clean(text: str) -> str:
        """What a device or a file said, as it may be shown."""

    def say(self, key: str, /, **values: object) -> str:
        return say(self.language, key, **values)

    def count(self, key: str, n: int) -> str:
        """`12 sites`, `1 site`: English has a form for one."""
        return self.say(f"{key}.one" if n == 1 else key, n=n)

    def number(self, value: float) -> str:
        """Vietnamese writes a decimal comma."""
        text = f"{value:.1f}".removesuffix(".0")
        return text.replace(".", ",") if self.language == "vi" else text

    def joined(self, words: Iterable[str]) -> str:
        return " · ".join(words)

    def quoted(self, text: str) -> str:
        return f"“{text}”"

    @property
    def dash(self) -> str:
        """Between two, and for nothing."""
        return "–"

    def say_if_known(self, prefix: str, word: str) -> str:
        """The phrase of a word of the record; a word without a phrase is shown as it is."""
        key = f"{prefix}.{word}"
        return self.say(key) if key in table() else self.clean(word)

    def word(self, face: Face) -> str:
        return self.say(phrase(face))

    def kind(self, row: LiveRow) -> str:
        return self.say(f"kind.{row.kind}")

    def face(self, outage: OutageRow) -> Face:
        """Of an open outage: that of its thing now, else its worst."""
        return face_of_outage(outage, self.rows.get(outage.thing_id))

    def name_of(self, thing_id: int | None) -> str:
        row = self.rows.get(thing_id) if thing_id is not None else None
        return row.name if row is not None else ""

    def short(self, name: str) -> str:
        """A name with the usual abbreviations, for lists."""
        return short(self.clean(name))

    def local(self, at_ms: int) -> datetime:
        return moments.local(at_ms, self.zone)

    def clock(self, at_ms: int) -> str:
        return self.local(at_ms).strftime("%H:%M:%S")

    def moment(self, at_ms: int) -> str:
        """`13:50:03`, with its date when that is not today."""
        at = self.local(at_ms)
        today = self.local(self.drawn_ms).date()
        return at.strftime("%H:%M:%S" if at.date() == today else "%H:%M:%S %d/%m/%Y")

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
def zone_named(name: str) -> ZoneInfo:
    """UTC for one that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


@lru_cache(16384)
def short(name: str) -> str:
    """A name with the usual abbreviations, for lists."""
    for long, abbreviated in _ABBREVIATIONS:
        name = name.replace(long, abbreviated)
    return name
