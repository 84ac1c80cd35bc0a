"""What a report tells beside its figures: each part is gathered on its own, and may be missing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """None: not gathered for this report."""


NOTHING = Beside()
