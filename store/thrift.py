"""Memory that lies free between what is held goes back to the system."""

from __future__ import annotations

import ctypes


def give_back() -> None:
    """With glibc alone; it takes some milliseconds, in which other threads go on."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
