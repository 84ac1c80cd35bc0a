"""Cells as a reader of one language sees them, and as a program takes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from inventory.phrases import say, table
from reports import numbers
from reports.document import Document
from reports.drawn import drawn
from reports.drawn.shapes import Drawing
from reports.periods import Clock, local, whole_month
from reports.picture_numbers import numbers_of
from reports.pictures import Picture
from reports.shown import shown
from reports.tables import (
    Amount,
    At,
    Between,
    Cell,
    Column,
    Count,
    Lasting,
    Names,
    Percent,
    Points,
    Ratio,
    Share,
    Shares,
    Stack,
    Table,
    Target,
    Text,
    Word,
)
from store.ledger import Split, shares
from store.stretches import SHARES

_NOTHING = numbers.NOTHING


class Wording:
    """Of one document in one language, `vi` or `en`."""

    def __init__(self, document: Document, language: str) -> None:
        self.language, self.document = language, document
        self._phrases: dict[str, str] = {}
        zone = ZoneInfo(document.timezone)
        ends = (document.from_ms, document.to_ms)
        moving = len({local(moment, zone).utcoffset() for moment in ends}) > 1
        self.clock = Clock(zone, language, with_offset=moving)

    def say(self, key: str, **values: object) -> str:
        text = self._phrases.get(key)
        if text is None:
            known = f"report.{key}" if f"report.{key}" in table() else key
            text = self._phrases[key] = say(self.language, known)
        return text.format(**values) if values else text

    def heading(self, column: Column) -> str:
        """A share of the time is called so; everything else has a heading of its own."""
        return self.say(f"{'share' if column.key in SHARES else 'col'}.{column.key}")

    def text(self, cell: Cell) -> str:
        """On one line, with what stands in small print behind it; a dash for nothing."""
        match cell:
            case Percent() | Points() | Target() | Count() | Ratio() | Share() | Amount():
                return self._figure(cell)
            case Text(text):
                return shown(text)
            case Stack(main, small):
                return " · ".join(map(self.text, (main, *small)))
            case Word(key, values):
                return self.say(key, **{name: self._value(one) for name, one in values.items()})
            case Lasting() | At() | Between():
                return self._time(cell)
            case Shares(split):
                return "; ".join(f"{name}: {time}" for name, time in self.spent(split)) or _NOTHING
            case Names(groups):
                behind = (f"{self.behind(*group)}: {'; '.join(group[1])}" for group in groups)
                return "; ".join(behind) or _NOTHING
            case None:
                return _NOTHING

    def _figure(self, cell: Percent | Points | Target | Count | Ratio | Share | Amount) -> str:
        match cell:
            case Percent(value, limits, _, unlike):
                return numbers.percent(value, self.language, limits, unlike)
            case Points(then, now):
                return numbers.points(then, now, self.language)
            case Target(value):
                return numbers.target(value, self.language)
            case Count(value):
                return _NOTHING if value is None else numbers.number(value, self.language)
            case Ratio(part, whole):
                return "/".join(numbers.number(n, self.language) for n in (part, whole))
            case Share(part, whole):
                return numbers.share(part, whole, self.language)
            case Amount():
                return self._amount(cell)

    def _time(self, cell: Lasting | At | Between) -> str:
        match cell:
            case Lasting(ms, plain):
                told = ms if ms or plain else None
                return numbers.duration(None if told is None else told / 1000, self.language)
            case At(ms, day):
                if ms is None:
                    return _NOTHING
                return self.clock.day(ms) if day else self.clock.second(ms)
            case Between(earlier_ms, later_ms):
                return self.clock.between(earlier_ms, later_ms)

    def spent(self, split: Split) -> list[tuple[str, str]]:
        """The shares that are not empty, by their names."""
        found = shares(split)
        spent = ((share, Lasting(found[share])) for share in SHARES if found[share])
        return [(self.say(f"share.{share}"), self.text(time)) for share, time in spent]

    def behind(self, kind: str, names: Sequence[str]) -> str:
        """`12 sites`, of what was cut off behind an outage."""
        return self.say(f"behind.{kind}", n=numbers.number(len(names), self.language))

    def anchor(self, name: str) -> str:
        """The id of an element."""
        return name

    def drawing(self, picture: Picture) -> Drawing:
        return drawn(picture, self)

    def beside(self, picture: Picture) -> Table:
        """The numbers of a picture, which stand with it."""
        return numbers_of(picture)

    def title(self) -> str:
        """A calendar month by its name; any other period by its ends."""
        doc = self.document
        month = whole_month((doc.from_ms, doc.asked_to_ms), self.clock.zone)
        if month is None:
            begin, end = self.clock.minute(doc.from_ms), self.clock.minute(doc.asked_to_ms)
            return self.say("title.period", begin=begin, end=end)
        year, number = month.split("-")
        return self.say("title.month", month=self.say(f"month.{number}"), year=int(year))

    def _value(self, value: Cell | str | int) -> object:
        if isinstance(value, str):
            return shown(value)
        return value if isinstance(value, int) else self.text(value)

    def _amount(self, amount: Amount) -> str:
        if amount.value is None:
            return _NOTHING
        exact = round(Decimal(repr(amount.value)), amount.digits)
        sign = "+" if amount.signed and exact > 0 else ""
        return f"{sign}{numbers.number(exact, self.language)} {amount.unit}".strip()


def plain(cell: Cell, zone: ZoneInfo) -> str | int | float | datetime | None:
    """For a program: a number where the cell is one (seconds, percent, pieces), a moment, a text.

    A word is its key, so that a filter works in every language; what has parts is not plain: None.
    """
    match cell:
        case Text(text):
            return text
        case Stack(main, _):
            return plain(main, zone)
        case Word(key):
            return key.rpartition(".")[2]
        case Percent(value) | Target(value) | Count(value) | Amount(value):
            return value
        case Points(then, now):
            return None if then is None or now is None else now - then
        case Ratio(part, _):
            return part
        case Share(part, whole):
            return 100 * part / whole if whole else None
        case Lasting(ms):
            return None if ms is None else ms / 1000
        case At(ms):
            return None if ms is None else local(ms, zone)
        case Between(_, later_ms):
            return local(later_ms, zone)
        case _:
            return None
