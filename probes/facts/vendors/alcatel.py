"""Alcatel-Lucent Enterprise: OmniSwitch, and Stellar, whose MIBs stand below each model.

MIBs: ENTITY, ALCATEL-NGOAW-DEVICES, OAW-AP1101 and its kin.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, chassis, descr

_STELLAR = "6486.802.1.1.2.1.2"  # familyNGOAWWirelessAP
_POINTS = (*range(1, 18), 19)  # AP1101 to AP1201BG; AP1301


def _point(number: int) -> System:
    base = f"{_STELLAR}.{number}.1.1"  # apBaseInfo
    return System(
        os="stellar",
        numbers=(f"{_STELLAR}.{number}",),
        model=(at(f"{base}.5.0"), descr(r"(OAW-\S+)")),
        version=(descr(r"(\d+\.\d+\.\d+\.\d+)"),),
        serial=(at(f"{base}.6.0"),),
    )


VENDOR = Vendor(
    name="alcatel-lucent",
    numbers=(6486, 800),
    systems=(
        System(
            os="aos7",
            numbers=("6486.801",),
            model=(chassis("model"), descr(r"(?:Alcatel-Lucent(?: Enterprise)? )?(OS\S+)")),
            version=(descr(r"(\d+\.\d+\.\d+\.\w+\.\w+)"), chassis("software")),
            serial=(chassis("serial"),),
        ),
        System(
            os="aos6",
            numbers=("6486.800",),
            model=(chassis("model"), descr(r"(?:Alcatel-Lucent )?(OS\S+)")),
            version=(descr(r"(\d+\.\d+\.\d+\.\w+\.\w+)"), chassis("software")),
            serial=(chassis("serial"),),
        ),
        System(
            os="stellar",
            numbers=("6486.802",),
            model=(descr(r"(OAW-\S+)"),),
            version=(descr(r"(\d+\.\d+\.\d+\.\d+)"),),
        ),
        *map(_point, _POINTS),
    ),
)
