"""The makers: a file each, which holds a VENDOR. A new one is a new file and nothing else."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from probes.facts.rules import Vendor


@cache
def vendors() -> tuple[Vendor, ...]:
    """All of them, by their names."""
    found = [import_module(f"{__name__}.{module.name}").VENDOR for module in iter_modules(__path__)]
    return tuple(sorted(found, key=lambda vendor: vendor.name))
