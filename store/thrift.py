"""Memory that is not used does not stay ours."""

from __future__ import annotations

import ctypes

_THP_DISABLE = 41  # PR_SET_THP_DISABLE of linux/prctl.h


def no_huge_pages() -> None:
    """Of this process: numpy asks for them, and an hour later the kernel makes 2 MB of each
    stretch of which a part is in use. Pages that stood still for an hour grew by 16 MB."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(_THP_DISABLE, 1, 0, 0, 0)


def give_back() -> None:
    """What lies free between what is held goes back to the system, with glibc alone; it takes
    some milliseconds, in which other threads go on."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
