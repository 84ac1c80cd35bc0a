"""What a report tells beside its figures: each part is gathered on its own, and may be missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reports.capacity import Capacity
    from reports.changes import Changes
    from reports.comparison import Comparison
    from reports.document import Row
    from reports.offices import Offices
    from reports.other_side import Compared
    from reports.signing import Signing
    from reports.trend import Trend
    from reports.works import Works
    from store.lines import EndLights


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """None: not gathered for this report."""

    comparison: Comparison | None = None
    trend: Trend | None = None
    places: Mapping[str, tuple[float, float]] | None = field(default=None, repr=False)
    """Site → degrees north and east."""
    classes: tuple[Row, ...] | None = None  # of devices, by their role
    offices: Offices | None = None
    changes: Changes | None = None
    works: Works | None = None
    capacity: Capacity | None = None
    optics: EndLights | None = None
    other_side: tuple[Compared, ...] | None = None
    signing: Signing | None = None  # None: a draft


NOTHING = Beside()
