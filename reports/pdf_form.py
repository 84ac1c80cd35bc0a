"""The report as a PDF for A4, compiled by typst with the fonts that it brings."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources

import typst

from reports.document import Document
from reports.pdf_plan import Draw, plan

MOST_TAGGED_ROWS = 2000  # tags for screen readers: beyond this they are nine tenths of the file


def render(document: Document, language: str, draw: Draw | None = None) -> bytes:
    """The same report gives the same bytes. `draw` makes pictures among the parts; None: none."""
    planned = plan(document, language, draw)
    rows = sum(len(part["lines"]) for part in planned["appendices"])
    made: bytes = typst.compile(
        _template(),
        format="pdf",
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"report": json.dumps(planned, ensure_ascii=False)},
        timestamp=document.made_ms // 1000,
        pdf_tags=rows <= MOST_TAGGED_ROWS,
    )
    return made


@cache
def _template() -> bytes:
    return resources.files("reports").joinpath("templates", "report.typ").read_bytes()


@cache
def _fonts() -> typst.Fonts:
    """Never those of the machine: the same report looks the same everywhere."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
