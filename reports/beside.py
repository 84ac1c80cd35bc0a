"""What a report tells beside its figures: each part is gathered on its own, and may be missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reports.trend import Trend


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """None: not gathered for this report."""

    trend: Trend | None = None
    places: Mapping[str, tuple[float, float]] | None = field(default=None, repr=False)
    """Site → degrees north and east."""


NOTHING = Beside()
