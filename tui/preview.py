"""A month's report as the board shows it: tables of text, the figures as the report prints them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRow:
    cells: tuple[str, ...]  # the first says what the row is about
    verdict: str = ""  # met, missed, unsure
    thing: tuple[str, str] | None = None  # kind and key of what Enter opens


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewTable:
    heads: tuple[str, ...]
    rows: tuple[PreviewRow, ...]
    judged: int  # the column of the verdict
    spare: tuple[int, ...] = ()  # columns that leave a narrow terminal, the first of them first


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """In one language. Without tables there is nothing to report, and `notes` say so."""

    title: str
    notes: tuple[str, ...]
    tables: tuple[PreviewTable, ...] = ()
    remarks: tuple[str, ...] = ()


Previews = Mapping[str, Preview]  # by language
MakePreviews = Callable[[str, int], Previews]  # of a month as 2026-10, up to a moment in UTC ms
