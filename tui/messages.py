"""What the feed tells the board: frozen values, one message class around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from store.happening import Happening
from store.questions import OutageRow, Reader, Snapshot

if TYPE_CHECKING:
    from tui.forms import Form
    from tui.reporter import Asked
    from tui.speaker import Saying, Spoken


@dataclass(frozen=True, slots=True)
class Reading:
    """What changed since the last reading; also sent unchanged, as a sign of life."""

    snapshot: Snapshot
    full: bool  # forget everything before: another record, or the first reading
    roots: tuple[OutageRow, ...] | None  # None: as before
    recent: tuple[Happening, ...] | None  # what happened in the last day, newest first


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of the record, and who hears the answer."""

    ask: Callable[[Reader], object]
    hear: Callable[[object], None]


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

    def __init__(self, said: Reading | Answered | Failing, feed: object) -> None:
        super().__init__()
        self.said = said
        self.feed = feed


class Chosen(Message):
    """The engineer pressed Enter on a thing."""

    def __init__(self, thing_id: int) -> None:
        super().__init__()
        self.thing_id = thing_id


class Walked(Message):
    """The cursor of a list stands on another row."""


class Wished(Message):
    """Something is asked of the record."""

    def __init__(self, wish: Wish) -> None:
        super().__init__()
        self.wish = wish


class Heard(Message):
    """What became of what somebody said in a form, or by a key alone."""

    def __init__(self, spoken: Spoken, form: Form | None) -> None:
        super().__init__()
        self.spoken = spoken
        self.form = form


class Sayable(Message):
    """The fields of a form, to be said; the form stays until it is told that they were."""

    def __init__(self, form: Form, said: Sequence[Saying]) -> None:
        super().__init__()
        self.form = form
        self.said = said


class ReportWished(Message):
    """The report of a month is wanted."""

    def __init__(self, asked: Asked) -> None:
        super().__init__()
        self.asked = asked


class LookedUp(Message):
    """The searcher or the reporter has an answer; `hear` takes it."""

    def __init__(self, hear: Callable[[], None]) -> None:
        super().__init__()
        self.hear = hear
