"""What a report tells beside its figures: each part is gathered on its own, and may be missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.lines import EndLights

if TYPE_CHECKING:
    from reports.capacity import Capacity
    from reports.other_side import Compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """None: not gathered for this report."""

    capacity: Capacity | None = None
    optics: EndLights | None = None
    other_side: tuple[Compared, ...] | None = None


NOTHING = Beside()
