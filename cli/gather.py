"""Gathers what a report tells beside its figures: each part has its own question to the record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from reports.capacity import BEFORE, Capacity
from reports.capacity import capacity as judged
from reports.document import Document
from reports.other_side import Compared, compared
from store.lines import EndLights
from store.reader import RecordReader

Part = Callable[[RecordReader, Document], Any]


def gather(reader: RecordReader, document: Document) -> Document:
    """The document with all that stands beside its figures; as of the same moment."""
    found = {name: part(reader, document) for name, part in PARTS}
    return replace(document, beside=replace(document.beside, **found))


def _capacity(reader: RecordReader, document: Document) -> Capacity:
    return judged(reader.traffic(document.from_ms, document.to_ms, BEFORE))


def _optics(reader: RecordReader, document: Document) -> EndLights:
    return reader.end_lights(document.from_ms, document.to_ms)


def _other_side(reader: RecordReader, document: Document) -> tuple[Compared, ...]:
    window = (document.from_ms, document.asked_to_ms)
    figures = reader.other_figures(*window, as_of_ms=document.as_of_ms)
    return compared(document, figures)


PARTS: tuple[tuple[str, Part], ...] = (  # the field of `Beside` that each fills
    ("capacity", _capacity),
    ("optics", _optics),
    ("other_side", _other_side),
)
