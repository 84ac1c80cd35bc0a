"""The report as a PDF for A4, compiled by typst with the fonts that it brings."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources

import typst

from reports.document import Document
from reports.pdf_plan import Draw, plan


def render(document: Document, language: str, draw: Draw | None = None) -> bytes:
    """The same report gives the same bytes. `draw` makes pictures among the parts; None: none."""
    told = json.dumps(plan(document, language, draw), ensure_ascii=False)
    made: bytes = typst.compile(
        _template(),
        format="pdf",
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"report": told},
        timestamp=document.made_ms // 1000,
    )
    return made


@cache
def _template() -> bytes:
    return resources.files("reports").joinpath("templates", "report.typ").read_bytes()


@cache
def _fonts() -> typst.Fonts:
    """Never those of the machine: the same report looks the same everywhere."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
