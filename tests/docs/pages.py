"""The pages of docs: their headings, blocks of code, and which have a Vietnamese twin."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
ENGLISH_ONLY = {  # and the decisions: the nav says so
    "performance.md",
    "looks.md",
    "colour.md",
    "web-security.md",
}
SETTINGS = ROOT / "mkdocs.yml"
GENERATED = {"commands.md"}  # its blocks are the program's own words, in either language
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#+) ", re.MULTILINE)


class Block(NamedTuple):
    language: str
    text: str


def settings() -> dict[str, Any]:
    """mkdocs.yml."""
    found: dict[str, Any] = yaml.safe_load(SETTINGS.read_text("utf-8"))
    return found


def english() -> list[Path]:
    """Every page that must have a twin: all but those that are English only."""
    pages = (page for page in DOCS.glob("*.md") if not page.name.endswith(".vi.md"))
    return sorted(page for page in pages if page.name not in ENGLISH_ONLY)


def twin(page: Path) -> Path:
    return page.with_suffix(".vi.md")


def blocks(page: Path) -> list[Block]:
    """Blocks of code; what is `text` may be in words of the page's language."""
    return [Block(*found) for found in _FENCE.findall(page.read_text("utf-8"))]


def levels(page: Path) -> list[int]:
    """The depth of each heading, in order."""
    bare = _FENCE.sub("", page.read_text("utf-8"))
    return [len(marks) for marks in _HEADING.findall(bare)]
