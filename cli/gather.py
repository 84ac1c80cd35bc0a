"""Gathers what a report tells beside its figures: a function a field, but for what samples tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from cli.lines import Lines, lines_of
from reports.beside import Beside
from reports.changes import Changes, changes
from reports.classes import by_class
from reports.comparison import KINDS, Comparison, compare
from reports.document import Document, Row
from reports.offices import Offices, covered
from reports.other_side import Compared, compared
from reports.periods import before
from reports.trend import Trend, gather_trend
from reports.works import Works, planned_works
from store.period import Period
from store.reader import RecordReader
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

    @cached_property
    def earlier(self) -> Period:
        """How time was spent in the period before."""
        document = self.document
        return self.reader.month.splits(
            *before((document.from_ms, document.asked_to_ms), ZoneInfo(document.timezone)),
            self.period.now_ms,
            KINDS,
            as_of_ms=document.as_of_ms,
            on_today=document.on_today,
        )


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


def _comparison(source: Source) -> Comparison:
    earlier = source.earlier
    signed = source.reader.signed(earlier.from_ms, earlier.to_ms)
    return compare(source.period, source.document, earlier, signed)


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
    return gather_trend(source.reader, source.document, source.earlier)


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
