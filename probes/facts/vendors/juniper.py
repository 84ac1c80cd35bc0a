"""Juniper: Junos, Junos Evolved, ScreenOS and the E series.

MIBs: JUNIPER, JUNIPER-VIRTUALCHASSIS, NETSCREEN-SET-GEN, HOST-RESOURCES.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, descr, first

VENDOR = Vendor(
    name="juniper",
    numbers=(2636, 3224, 4874),
    systems=(
        System(
            os="junos",
            numbers=("2636",),
            model=(at("2636.3.1.2.0"), descr(r"Juniper Networks, Inc\. (\S+)")),
            version=(
                first("2636.3.40.1.4.1.1.1.5"),
                descr(r"(?:kernel )?JUNOS (\d[^\s,\]]*)"),
                first("1.3.6.1.2.1.25.6.3.1.2", r"JUNOS[^\[]*Release \[([^\]]+)\]"),
                first("1.3.6.1.2.1.25.6.3.1.2", r"JUNOS.*\[([^\]]+)\]"),
            ),
            serial=(at("2636.3.1.3.0"),),
        ),
        System(
            os="screenos",
            numbers=("3224", "674.3224"),
            model=(descr(r"^(?:Netscreen|NS|SSG)?\s?(\S+)"),),
            version=(descr(r"version (\d[^\s,]+)"), at("3224.7.1.5.0")),
            serial=(descr(r"SN: ([^,\s)]+)"),),
        ),
        System(
            os="junose",
            numbers=("4874",),
            model=(descr(r"Juniper Networks, Inc\. (\S+)"),),
            version=(descr(r"SW Version : \((\S+?)\s"),),
        ),
    ),
)
