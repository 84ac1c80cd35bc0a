"""Arista EOS and MOS.

MIBs: ENTITY alone.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, chassis, descr

VENDOR = Vendor(
    name="arista",
    numbers=(30065,),
    systems=(
        System(
            os="arista_eos",
            numbers=("30065.1",),
            model=(chassis("model"), descr(r"running on an? (?:Arista Networks )?(\S+)")),
            version=(descr(r"EOS version (\S+)"), chassis("software")),
            serial=(chassis("serial"),),
        ),
        System(
            os="arista-mos",
            vendor="arista",
            numbers=("43191",),
            model=(chassis("model"), descr(r"^(\S+)")),
            version=(descr(r"MOS[- ](\S+)"),),
            serial=(chassis("serial"),),
        ),
    ),
)
