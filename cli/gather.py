"""Gathers what a report tells beside its figures: a function a field, but for what samples tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from reports.at_once import begun
from reports.beside import Beside
from reports.capacity import BEFORE, Capacity
from reports.capacity import capacity as judged
from reports.changes import Changes, changes
from reports.classes import by_class
from reports.comparison import KINDS, Comparison, compare
from reports.document import Document, Row
from reports.offices import Offices, covered
from reports.other_side import Compared, compared
from reports.periods import before
from reports.trend import Trend, gather_trend
from reports.works import Works, planned_works
from store.lines import EndLights
from store.period import Interval, Period
from store.reader import RecordReader, open_questions
from store.standing import Standing


@dataclass(kw_only=True)
class Source:
    """The period that the document was made of, and the record to ask for more."""

    reader: RecordReader
    period: Period
    document: Document = field(repr=False)

    @cached_property
    def standing(self) -> Standing:
        """The inventory at the last moment of the period."""
        return self.reader.month.standing(self.document.to_ms - 1)


class Lines(NamedTuple):
    """What samples tell of links; they take the longest to read, and need nothing else."""

    capacity: Capacity
    optics: EndLights


def gather(
    reader: RecordReader,
    period: Period,
    document: Document,
    lines: Callable[[], Lines] | None = None,
) -> Document:
    """The document with everything beside its figures. `lines`: where they are read already."""
    source = Source(reader=reader, period=period, document=document)
    found = {name: made(source) for name, made in _PARTS}
    told = lines() if lines else lines_of(reader, (document.from_ms, document.to_ms))
    return replace(document, beside=Beside(**found, **told._asdict()))


@contextmanager
def lines_ahead(url: str, reader: RecordReader, window: Interval) -> Iterator[Callable[[], Lines]]:
    """Begin with the samples now, beside all else, where there are any."""
    here = partial(lines_of, reader, window)
    if not reader.has_samples():
        yield here
        return
    with begun(partial(_lines_apart, url, window), here) as told:
        yield told


def lines_of(reader: RecordReader, window: Interval) -> Lines:
    return Lines(judged(reader.traffic(*window, BEFORE)), reader.end_lights(*window))


def _lines_apart(url: str, window: Interval) -> Lines:
    """A copy of a process shares no connection with it."""
    with closing(open_questions(url)) as reader:
        return lines_of(reader, window)


def _comparison(source: Source) -> Comparison:
    document, period = source.document, source.period
    zone = ZoneInfo(document.timezone)
    earlier = before((document.from_ms, document.asked_to_ms), zone)
    splits = source.reader.month.splits(
        *earlier, period.now_ms, KINDS, as_of_ms=document.as_of_ms, on_today=document.on_today
    )
    return compare(period, document, splits, source.reader.signed(*earlier))


def _classes(source: Source) -> tuple[Row, ...]:
    return by_class(source.document)


def _offices(source: Source) -> Offices:
    return covered(source.standing)


def _changes(source: Source) -> Changes:
    document = source.document
    edits = source.reader.month.edits(document.from_ms, document.to_ms)
    return changes(document, source.standing, edits)


def _works(source: Source) -> Works:
    return planned_works(source.period, source.document, source.reader.works())


def _trend(source: Source) -> Trend:
    return gather_trend(source.reader, source.document)


def _places(source: Source) -> dict[str, tuple[float, float]]:
    return source.reader.month.coordinates(source.document.to_ms)


def _other_side(source: Source) -> tuple[Compared, ...]:
    document = source.document
    window = (document.from_ms, document.asked_to_ms)
    figures = source.reader.other_figures(*window, as_of_ms=document.as_of_ms)
    return compared(document, figures)


_PARTS: tuple[tuple[str, Callable[[Source], Any]], ...] = (
    ("comparison", _comparison),
    ("trend", _trend),
    ("places", _places),
    ("classes", _classes),
    ("offices", _offices),
    ("changes", _changes),
    ("works", _works),
    ("other_side", _other_side),
)
