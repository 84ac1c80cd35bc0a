"""Text as people type it in a hurry: without case and tones."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_STROKE = str.maketrans("đĐ", "dD")


def fold(text: str) -> str:
    """Without case, tones and needless blanks: `Đức Phổ` → `duc pho`."""
    return " ".join(text.lower().split()) if text.isascii() else _folded(text)


@lru_cache(65536)  # the names of a network are folded again and again
def _folded(text: str) -> str:
    bare = unicodedata.normalize("NFD", text.translate(_STROKE).casefold())
    return " ".join("".join(c for c in bare if not unicodedata.combining(c)).split())


def matches(wanted: str, *texts: str) -> bool:
    """Every word of `wanted` stands somewhere in one of the texts."""
    heap = "\n".join(fold(text) for text in texts)
    return all(word in heap for word in fold(wanted).split())
