"""What a device or a person said, as it may stand in a file: NFC, nothing that is not seen."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=65536)
def shown(text: str) -> str:
    """Line ends and odd blanks become blanks; controls and signs that turn the reading go."""
    text = unicodedata.normalize("NFC", text)
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() else " " if sign.isspace() else "" for sign in text
    ).strip()
