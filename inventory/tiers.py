"""The tiers of the administration, in their order."""

LEVELS = ("province", "district", "commune")
TRANSIT = "transit"  # what still stands in an office that is none any more belongs to no tier
TIERS = (*LEVELS, TRANSIT)
