"""Finding by key or name, typed with or without Vietnamese tones."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


@lru_cache(65536)
def fold(text: str) -> str:
    """Lower case without tones: `Đức Phổ` → `duc pho`."""
    lowered = text.casefold().replace("đ", "d")  # đ has no decomposition
    split = unicodedata.normalize("NFD", lowered)
    return "".join(sign for sign in split if unicodedata.category(sign) != "Mn")


def matches(wanted: str, *texts: str) -> bool:
    """Every word of `wanted` stands somewhere in one of the texts."""
    heap = "\n".join(fold(text) for text in texts)
    return all(word in heap for word in fold(wanted).split())
