"""Memory that is not used does not stay ours, with glibc and Linux; what stays is not searched."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager

_THP_DISABLE = 41  # PR_SET_THP_DISABLE of linux/prctl.h
_ARENA_MAX, _MMAP_THRESHOLD = -8, -3  # of malloc.h
LARGE = 128 << 10  # bytes


def be_sparing() -> None:
    """Of this process, before its first thread.

    One heap for all threads, and what is LARGE goes back to the system when it is freed: with a
    heap for each, what a thread makes and another frees leaves holes. No huge pages, which numpy
    asks for: an hour later the kernel makes 2 MB of each stretch of which a part is in use.
    """
    library = ctypes.CDLL(None)
    mallopt, prctl = (getattr(library, name, None) for name in ("mallopt", "prctl"))
    if mallopt is not None:
        mallopt(_ARENA_MAX, 1)
        mallopt(_MMAP_THRESHOLD, LARGE)  # without it the threshold follows what was freed
    if prctl is not None:
        prctl(_THP_DISABLE, 1, 0, 0, 0)


def give_back() -> None:
    """What lies free between what is held goes back to the system; it takes some milliseconds, in
    which other threads go on."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


@contextmanager
def no_collector() -> Iterator[None]:
    """A million new objects that stay must not be searched for cycles again and again."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
