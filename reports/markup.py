"""Text as it may stand in HTML and SVG: escaped, without signs that a page cannot show."""

from __future__ import annotations

import re

from markupsafe import escape

_DIGIT_SPACE = re.compile(r" (?<=\d )(?=[^\W\d]|%)")  # a literal sign first is found faster
# What HTML forbids, and signs that turn the reading direction of what follows them.
_FORBIDDEN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
)
_UNSHOWN = re.compile(f"[{_FORBIDDEN}]")
_SPECIAL = re.compile(f"[{_FORBIDDEN}&<>\"']")


def escaped(text: str) -> str:
    return str(escape(clean(text))) if _SPECIAL.search(text) else text


def clean(text: str) -> str:
    """What a page cannot show, or what would turn the text behind it round, is a mark instead."""
    return text if text.isprintable() else _UNSHOWN.sub("\ufffd", text)


def unbroken(text: str) -> str:
    """A number and its unit stay on one line."""
    return _DIGIT_SPACE.sub("\u00a0", text)
