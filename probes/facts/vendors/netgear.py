"""Netgear switches and storage.

MIBs: NETGEAR-SWITCHING, NETGEAR-SMART-SWITCHING, READYNAS, READYNASOS, ENTITY.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, chassis, descr

VENDOR = Vendor(
    name="netgear",
    numbers=(4526,),
    systems=(
        System(
            os="netgear",
            numbers=("4526", "89.1.1.1.3.6.1.4.1.4526"),
            model=(
                at("4526.10.1.1.1.3.0"),
                at("4526.11.1.1.1.3.0"),
                chassis("model"),
                descr(r"^(?:NETGEAR )?(\S*\d\S*)"),
            ),
            version=(
                at("4526.10.1.1.1.13.0"),
                at("4526.11.1.1.1.13.0"),
                chassis("software"),
                descr(r", (\d[^,]+)"),
            ),
            serial=(at("4526.10.1.1.1.4.0"), at("4526.11.1.1.1.4.0"), chassis("serial")),
        ),
        System(
            os="readynas",
            numbers=("4526", "8072.3.2.10"),
            descr=r"ReadyNAS",
            says=descr(r"(ReadyNAS)"),
            model=(descr(r"(ReadyNAS (?!OS\b)\S+)"), descr(r"(ReadyNAS)")),
            version=(at("4526.22.1.0"), at("4526.18.1.0"), descr(r"ReadyNAS OS (\d\S*)")),
        ),
    ),
)
