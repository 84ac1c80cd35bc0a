"""What a report tells beside its figures: each part is gathered on its own, and may be missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reports.signing import Signing


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """None: not gathered for this report."""

    signing: Signing | None = None  # None: a draft


NOTHING = Beside()
