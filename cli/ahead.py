"""Work that begins in a process of its own while this one still loads what it needs itself."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def ahead(work: Callable[[], T]) -> Callable[[], T | None]:
    """Begin `work` now; what is returned waits for its outcome, once: None if it failed.

    To be called before the first thread is started: the new process is a fork of this one.
    """
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(ours)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # who asks anew will say what is wrong
            with os.fdopen(theirs, "wb") as pipe:
                pickle.dump(work(), pipe, pickle.HIGHEST_PROTOCOL)
        finally:
            os._exit(0)
    os.close(theirs)

    def outcome() -> T | None:
        with os.fdopen(ours, "rb") as pipe:
            try:
                return pickle.load(pipe)  # type: ignore[no-any-return]  # noqa: S301  our own
            except (EOFError, pickle.UnpicklingError):
                return None
            finally:
                os.waitpid(child, 0)

    return outcome
