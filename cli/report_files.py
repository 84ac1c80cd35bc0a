"""The files of a report: each form by its own renderer, told on a terminal while it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reports.document import Document

FORMATS = ("html", "pdf", "xlsx", "csv", "json")
Files = dict[str, bytes]


def files(
    document: Document,
    name: str,
    formats: list[str],
    languages: list[str],
    signed: Mapping[str, Any],
    begin: Callable[[str], object],
) -> Files:
    """Name → content; `begin` hears each form. CSV and JSON know no language."""
    made: Files = {}
    for form in formats:
        begin(f"making {form}")
        match form:
            case "html":
                made |= _pages(document, name, languages)
            case "pdf":
                made |= _papers(document, name, languages)
            case "xlsx":
                made |= _books(document, name, languages)
            case "csv":
                made |= _tables(document, name)
            case "json":
                made |= _json(document, name, signed)
    return made


def _pages(document: Document, name: str, languages: list[str]) -> Files:
    """One page, in a language or with a switch; of a large network a zip of several."""
    from reports import page
    from reports.at_once import processors

    pages = page.files(document, languages, processes=processors())
    if len(pages) > 1:
        return {f"{name}.zip": page.zipped(pages, document.made_ms)}
    language = f".{languages[0]}" if len(languages) == 1 else ""
    return {f"{name}{language}.html": content for content in pages.values()}


def _papers(document: Document, name: str, languages: list[str]) -> Files:
    from reports import pdf_form
    from reports.pictures_svg import svg

    return {f"{name}.{lang}.pdf": pdf_form.render(document, lang, svg) for lang in languages}


def _books(document: Document, name: str, languages: list[str]) -> Files:
    from reports import xlsx_form

    return {f"{name}.{lang}.xlsx": xlsx_form.render(document, lang) for lang in languages}


def _tables(document: Document, name: str) -> Files:
    from reports import csv_form

    return {f"{name}.csv.zip": csv_form.packed(document)}


def _json(document: Document, name: str, signed: Mapping[str, Any]) -> Files:
    from reports import json_form

    return {f"{name}.json": json_form.render(document, **signed).encode()}
