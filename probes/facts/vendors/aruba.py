"""Aruba: AOS-CX and Instant On switches, ArubaOS controllers and access points, ClearPass.

MIBs: WLSX-SWITCH, WLSX-SYSTEMEXT, AI-AP, CPPM, ENTITY.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, body, chassis, descr, first

_CONTROLLER = "14823.2.2.1.1.1"  # wlsxSystemXGroup
_INSTANT = "14823.2.3.3.1"  # AI-AP-MIB
_CLEARPASS = "14823.1.6.1.1.1.1.1"  # cppmSystemTableEntry of CPPM-MIB

VENDOR = Vendor(
    name="aruba",
    numbers=(14823, 47196),
    systems=(
        System(
            os="arubaos-cx",
            numbers=("47196.4.1.1",),
            model=(chassis("descr"), chassis("model"), body(9, "model")),
            version=(chassis("software"), descr(r"([A-Z]{2}\.\d+\.\d+\.\w+)")),
            serial=(chassis("serial"), body(9, "serial")),
        ),
        System(
            os="arubaos",
            numbers=("14823.1.1", "6486.800.1.1.2.2.2"),
            model=(descr(r"MODEL: ([^)\s]+)"), at(f"{_CONTROLLER}.2.0")),
            version=(descr(r"Version (\S+)"),),
            serial=(
                at("14823.2.2.1.2.1.29.0"),
                at(f"{_CONTROLLER}.12.0"),
                chassis("serial"),
            ),
        ),
        System(
            os="aruba-instant-on",
            descr=r"^(?:Aruba|HPE Networking) Instant On ",
            model=(descr(r"Instant On ([^,]+)"), chassis("model")),
            version=(descr(r"InstantOn_\d+_(\d[\d.]*)"), chassis("software")),
            serial=(chassis("serial"), body(9, "serial")),
        ),
        System(
            os="aruba-instant",
            numbers=("14823.1.2",),
            model=(descr(r"MODEL: ([^)\s]+)"), first(f"{_INSTANT}.2.1.1.6")),
            version=(descr(r"Version (\S+)"),),
            serial=(first(f"{_INSTANT}.2.1.1.4"),),
        ),
        System(
            os="clearpass",
            numbers=("14823.1.6",),
            model=(first(f"{_CLEARPASS}.1"),),
            version=(first(f"{_CLEARPASS}.3"), descr(r"(\d+\.\d+\.\d+\S*)")),
            serial=(first(f"{_CLEARPASS}.2"),),
        ),
    ),
)
