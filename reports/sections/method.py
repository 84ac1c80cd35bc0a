"""How every figure is made, in words."""

from __future__ import annotations

from reports.document import Document
from reports.sections.signing import chained
from reports.tables import Section, Word

_PARTS = ("order", "service", "availability", "seen", "rollup", "outages", "bracket", "rounding")


def method(document: Document) -> Section:
    parts = [Word("method.intro")]
    for part in _PARTS:
        parts += [Word(f"method.{part}.title", mark="title"), Word(f"method.{part}")]
    return Section("method", (*parts, *chained(document)), apart=True)
