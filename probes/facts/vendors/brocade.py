"""Brocade and Ruckus: ICX and FastIron switches, fibre channel, VDX.

MIBs: FOUNDRY-SN-AGENT, SW, FCMGMT (FIBRE-CHANNEL), ENTITY.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, chassis, descr, first

VENDOR = Vendor(
    name="brocade",
    numbers=(1991, 1588),
    systems=(
        System(
            os="ironware",
            numbers=("1991",),
            model=(
                chassis("model"),
                descr(r"(?:ICX|FastIron|ServerIron|NetIron|TurboIron)\s?(\S+?),? ", "{0}"),
                chassis("descr"),
                descr(r"(ICX\S+|FCX\S*|FI-\S+)"),
            ),
            version=(descr(r"IronWare Version V?(\S+)"), at("1991.1.1.2.1.11.0")),
            serial=(at("1991.1.1.1.1.2.0"), chassis("serial"), first("1991.1.1.1.4.1.1.2")),
        ),
        System(
            os="fabos",
            numbers=("1588.2.1.1",),
            model=(first("1.3.6.1.3.94.1.6.1.7"), chassis("model"), descr(r"^(\S.*)")),
            version=(at("1588.2.1.1.1.1.6.0"),),
            serial=(first("1.3.6.1.3.94.1.6.1.8"), at("1588.2.1.1.1.1.10.0"), chassis("serial")),
        ),
        System(
            os="nos",
            numbers=("1588.2.2", "1588.3.3"),
            model=(chassis("model"), chassis("descr")),
            version=(descr(r"(?:Version|OS) (\d\S*)"), chassis("software")),
            serial=(chassis("serial"),),
        ),
    ),
)
