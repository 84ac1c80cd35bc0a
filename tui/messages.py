"""What the feed tells the board: frozen values, one message class around them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual.message import Message

from store.questions import OutageRow, Reader, Snapshot


@dataclass(frozen=True, slots=True)
class Reading:
    """What changed since the last reading; also sent unchanged, as a sign of life."""

    snapshot: Snapshot
    full: bool  # forget everything before: another record, or the first reading
    roots: tuple[OutageRow, ...] | None  # None: as before
    recent: tuple[OutageRow, ...] | None  # closed roots of the last hours, newest first


@dataclass(frozen=True, slots=True)
class Wish:
    """What a screen asks of the record; `name` tells its wishes apart."""

    screen: object
    name: str
    ask: Callable[[Reader], object]


@dataclass(frozen=True, slots=True)
class Answered:
    """`value` None: there is no such thing any more."""

    wish: Wish
    value: object


@dataclass(frozen=True, slots=True)
class Failing:
    """The record cannot be read; the feed keeps trying."""

    why: str


class FromRecord(Message):
    """Posted to the app by the feed's thread."""

    bubble = False

    def __init__(self, said: Reading | Answered | Failing) -> None:
        super().__init__()
        self.said = said


class Chosen(Message):
    """The engineer pressed Enter on a thing."""

    def __init__(self, thing_id: int) -> None:
        super().__init__()
        self.thing_id = thing_id


class Wished(Message):
    """A screen asks something of the record."""

    def __init__(self, wish: Wish) -> None:
        super().__init__()
        self.wish = wish
