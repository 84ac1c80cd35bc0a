"""The one way in which the reports fill their templates."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from pickle import UnpicklingError

from jinja2 import Environment, FileSystemBytecodeCache, PackageLoader, StrictUndefined
from jinja2.bccache import Bucket

_KEPT = Path(__file__).parent / "templates" / "__pycache__"


class _Beside(FileSystemBytecodeCache):
    """Templates are compiled once, as modules are; what cannot be read or kept is made again."""

    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError, EOFError, UnpicklingError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        if not sys.dont_write_bytecode:
            with suppress(OSError):
                Path(self.directory).mkdir(exist_ok=True)
                super().dump_bytecode(bucket)


def environment(finalize: Callable[[object], object] | None = None) -> Environment:
    """Names of devices and sites are not ours: everything is escaped; a missing word fails."""
    pattern = f"{version('jinja2')}-{getattr(finalize, '__module__', '')}-%s"
    return Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize,
        bytecode_cache=None if sys.pycache_prefix else _Beside(str(_KEPT), pattern),
    )
