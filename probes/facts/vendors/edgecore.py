"""Accton and Edgecore switches, also sold as SMC and others; the MIB of each series has a root.

MIBs: ECS2100, ECS3510, ECS4100-52T, ECS4110, ECS4120, ECS4210, ECS4510, ECS4610-24F, ES3510MA,
ES3528MO, ES3528MV2; ENTITY.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, chassis, descr, first

_MODEL = (descr(r"^(?:Edge-?[Cc]ore )?(\S*\d\S*)"), chassis("model"))
_SERIES = (
    *(f"259.10.1.{n}" for n in (5, 22, 24, 27, 39, 43, 45, 46, 51, 55, 57, 58, 74)),
    "259.10.1.42.101",
    *(f"259.8.1.{n}" for n in (4, 5, 11)),
    "259.8.2.4",
    "259.6.10.57",
    "259.6.10.94",
)


def _series(root: str) -> System:
    switch = f"{root}.1.1"  # switchMgt: 3 switchInfoTable, 5 switchProductId
    return System(
        os="edgecos",
        numbers=(root,),
        model=(at(f"{switch}.5.1.0"), *_MODEL),
        version=(first(f"{switch}.3.1.6"), chassis("software")),
        serial=(first(f"{switch}.3.1.10"), chassis("serial")),
    )


VENDOR = Vendor(
    name="edgecore",
    numbers=(259,),
    systems=(
        System(
            os="edgecos",
            numbers=("259",),
            model=_MODEL,
            version=(chassis("software"),),
            serial=(chassis("serial"),),
        ),
        System(
            os="edgecos",
            vendor="smc",
            numbers=("202",),
            model=_MODEL,
            version=(chassis("software"),),
            serial=(chassis("serial"),),
        ),
        *map(_series, _SERIES),
    ),
)
