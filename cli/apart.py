"""Work in a process of its own: what it took of memory is given back when it ends."""

from __future__ import annotations

import gc
import os
import pickle
import sys
from typing import Any


def command(module: str, *words: str) -> list[str]:
    """-P: a folder named "cli" where the user happens to stand is not ours."""
    return [sys.executable, "-P", "-m", module, *words]


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def hand_over(found: object) -> None:
    """The child's result, to its standard output."""
    sys.stdout.buffer.write(pickle.dumps(found, pickle.HIGHEST_PROTOCOL))
    sys.stdout.buffer.flush()


def taken_over(said: bytes) -> Any:
    """A child's result."""
    return pickle.loads(said)  # noqa: S301  it is our own word


def spare_the_collector(young: int) -> None:
    """What we built lives as long as we do: it is not searched for cycles while others wait.
    `young`: so many new objects come before the collector looks among them."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(young)
