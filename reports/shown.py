"""Text of people and devices, made harmless for every form."""

from __future__ import annotations

import re

# Control characters end a document; signs of direction turn what stands beside a name.
_UNSHOWN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\ufffe\uffff"
    "\ud800-\udfff]+"
)


def clean(text: str) -> str:
    """On one line, without what is not shown as it stands there."""
    return _UNSHOWN.sub(" ", text)
