"""How every figure is made, in words."""

from __future__ import annotations

from reports.document import Document
from reports.sections.capacity import capacity
from reports.sections.optics import optics
from reports.sections.other_side import other_side
from reports.sections.signing import chained
from reports.tables import Section, Word

_PARTS = ("order", "service", "availability", "seen", "rollup", "outages", "bracket", "rounding")
_BESIDE = {"capacity": capacity, "optics": optics, "other_side": other_side}


def method(document: Document) -> Section:
    parts = [Word("method.intro")]
    beside = [name for name, section in _BESIDE.items() if section(document).parts]
    for part in (*_PARTS, *beside):
        parts += [Word(f"method.{part}.title", mark="title"), Word(f"method.{part}")]
    return Section("method", (*parts, *chained(document)), apart=True)
