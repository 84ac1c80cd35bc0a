"""The words for why something failed and on whose side the fault lay."""

from __future__ import annotations

CAUSES = ("fibre", "power", "device", "far_end", "provider", "planned", "undetermined")
SIDES = ("provider", "office", "power_company", "third_party", "other")
