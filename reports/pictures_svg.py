"""A picture as one SVG document that stands alone: for the PDF, and for files beside a page."""

from __future__ import annotations

from functools import cache

from jinja2 import Template

from reports.pictures import Picture
from reports.templating import environment
from reports.wording import Wording


def svg(part: Picture, wording: Wording) -> str:
    """Drawn by the macros of the page; 760 units wide, no style and no font from outside."""
    return str(_template().module.svg(part, wording, alone=True)).strip()  # type: ignore[attr-defined]


@cache
def _template() -> Template:
    return environment().get_template("pictures.html.j2")
