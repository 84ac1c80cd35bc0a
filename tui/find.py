"""Finding by key or name, typed with or without Vietnamese tones."""

from __future__ import annotations

from inventory.folding import fold

__all__ = ("fold", "matches")


def matches(wanted: str, *texts: str) -> bool:
    """Every word of `wanted` stands somewhere in one of the texts."""
    heap = "\n".join(fold(text) for text in texts)
    return all(word in heap for word in fold(wanted).split())
