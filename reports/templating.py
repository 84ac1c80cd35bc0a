"""The one way in which the reports fill their templates."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from pickle import UnpicklingError

from jinja2 import Environment, FileSystemBytecodeCache, PackageLoader, StrictUndefined
from jinja2.bccache import Bucket

_TEMPLATES = Path(__file__).parent / "templates"


class _Beside(FileSystemBytecodeCache):
    """Templates are compiled once, as modules are; what cannot be read or kept is made again."""

    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError, EOFError, UnpicklingError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().dump_bytecode(bucket)


def environment(finalize: Callable[[object], object] | None = None) -> Environment:
    """Names of devices and sites are not ours: everything is escaped; a missing word fails."""
    return Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize,
        bytecode_cache=_cache(f"{version('jinja2')}-{getattr(finalize, '__module__', '')}-%s"),
    )


def _cache(pattern: str) -> _Beside | None:
    """None: the interpreter was told to keep none, or keeps it elsewhere, or may not write here."""
    kept = _TEMPLATES / "__pycache__"
    if sys.dont_write_bytecode or sys.pycache_prefix is not None:
        return None
    with suppress(OSError):
        kept.mkdir(exist_ok=True)
        if os.access(kept, os.W_OK | os.X_OK):
            return _Beside(str(kept), pattern)
    return None
