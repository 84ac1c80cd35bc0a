"""Long lists in portions that one question to a database can hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
MOST = 500  # values in one question


def portions(values: Sequence[T], most: int = MOST) -> Iterator[Sequence[T]]:
    """In their order; none is empty."""
    return (values[start : start + most] for start in range(0, len(values), most))
