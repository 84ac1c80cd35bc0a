"""What a report tells beside its figures: each part is gathered on its own, and may be missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reports.changes import Changes
    from reports.comparison import Comparison
    from reports.document import Row
    from reports.offices import Offices
    from reports.works import Works


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """None: not gathered for this report."""

    comparison: Comparison | None = None
    classes: tuple[Row, ...] | None = None  # of devices, by their role
    offices: Offices | None = None
    changes: Changes | None = None
    works: Works | None = None


NOTHING = Beside()
