"""The one way in which the reports fill their templates."""

from __future__ import annotations

from collections.abc import Callable

from jinja2 import Environment, PackageLoader, StrictUndefined


def environment(finalize: Callable[[object], object] | None = None) -> Environment:
    """Names of devices and sites are not ours: everything is escaped; a missing word fails."""
    return Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize,
    )
