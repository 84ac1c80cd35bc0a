"""What samples tell of links: the longest to read of a report, and all else need not wait for it.

Little is loaded here, so that the reading begins before a report has loaded what it needs itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from reports.at_once import begun
from store.reader import RecordReader, open_questions

if TYPE_CHECKING:
    from reports.capacity import Capacity
    from store.lines import EndLights
    from store.period import Interval


class Lines(NamedTuple):
    """Fields of what stands beside the figures."""

    capacity: Capacity
    optics: EndLights


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
    from reports.capacity import BEFORE, capacity

    return Lines(capacity(reader.traffic(*window, BEFORE)), reader.end_lights(*window))


def _lines_apart(url: str, window: Interval) -> Lines:
    """A copy of a process shares no connection with it."""
    with closing(open_questions(url)) as reader:
        return lines_of(reader, window)
