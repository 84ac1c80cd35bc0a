"""What a report tells beside its figures, asked of the record part by part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reports.document import Document
    from store.reader import RecordReader

    Gathering = Callable[[RecordReader, Document], Any]


def gather(reader: RecordReader, document: Document) -> Document:
    """The document with every part beside its figures."""
    beside = {field: gathering(reader, document) for field, gathering in _parts()}
    return replace(document, beside=replace(document.beside, **beside))


def _parts() -> tuple[tuple[str, Gathering], ...]:
    """Fields of `reports.beside.Beside` and what fills them; each sees only its figures."""
    from reports.trend import gather_trend

    return (("places", _places), ("trend", gather_trend))


def _places(reader: RecordReader, document: Document) -> dict[str, tuple[float, float]]:
    return reader.places.coordinates(document.to_ms)
