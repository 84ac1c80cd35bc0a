"""Extreme: EXOS, VOSS, wireless, and the ERS and VSP switches of Nortel and Avaya.

MIBs: EXTREME-SYSTEM, RAPID-CITY, S5-CHASSIS, AH-SYSTEM, WING, ENTITY.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, chassis, descr, first

_CHASSIS = "2272.1.4"  # rcChassis of RAPID-CITY: 2 serial, 67 model
_VOSS_MODEL = (at(f"{_CHASSIS}.67.0"), descr(r"^(\S+)"), chassis("model"))
_VOSS_VERSION = (
    descr(r"\((\d+(?:\.\d+)+)"),
    descr(r"(\d+\.\d+\.\d+\.\d+)"),
    at("2272.1.1.7.0", r"^(\d\S*)"),
)
_VOSS_SERIAL = (at(f"{_CHASSIS}.2.0"), chassis("serial"))
_HIVE = "26928.1.2"  # ahSystem of AH-SYSTEM-MIB

VENDOR = Vendor(
    name="extreme",
    numbers=(1916, 2272, 45, 5624, 26928),
    systems=(
        System(
            os="xos",
            numbers=("1916.2",),
            model=(chassis("model"), descr(r"ExtremeXOS \(([^)]+)\)"), chassis("descr")),
            version=(descr(r"version (\d\S*)"), chassis("software")),
            serial=(chassis("serial"), at("1916.1.1.1.16.0")),
        ),
        System(
            os="voss",
            numbers=("2272",),
            model=_VOSS_MODEL,
            version=_VOSS_VERSION,
            serial=_VOSS_SERIAL,
        ),
        System(
            os="voss",
            numbers=("1916.2",),
            descr=r"VSP|VOSS|Fabric ?Engine|XA14[48]0",
            model=_VOSS_MODEL,
            version=_VOSS_VERSION,
            serial=_VOSS_SERIAL,
        ),
        System(
            os="boss",
            numbers=("45",),
            model=(
                descr(r"^(?:Ethernet Routing Switch|ERS|BayStack|Business Policy Switch)?\s*(\S+)"),
                chassis("model"),
            ),
            version=(descr(r"SW:v?(\S+)"),),
            serial=(at("45.1.6.3.1.6.0"), first("45.1.6.3.3.1.1.7"), chassis("serial")),
        ),
        System(
            os="enterasys",
            numbers=("5624",),
            model=(chassis("model"), descr(r"Inc\. ([^,]+?)(?: Rev| Firmware|,|$)")),
            version=(descr(r"(?:Rev|Firmware Revision:?|Version:?) (\d\S*)"),),
            serial=(chassis("serial"),),
        ),
        System(
            os="hiveos-wireless",
            numbers=("26928.1",),
            model=(descr(r"(AP\d+\w*|SR\d+\w*)"), at(f"{_HIVE}.6.0")),
            version=(descr(r"(?:HiveOS|IQ Engine)\s*(\d\S*)"), at(f"{_HIVE}.12.0")),
            serial=(at(f"{_HIVE}.5.0"),),
        ),
        System(
            os="ewc",
            numbers=("4329.15.1.1",),
            model=(descr(r"Controller - ([^,]+)"), chassis("model")),
            version=(descr(r"Version (\d\S*)"),),
            serial=(chassis("serial"),),
        ),
        System(
            os="wing",
            numbers=("388.50",),
            model=(descr(r"^(\S+)"),),
            version=(descr(r"WiNG (\d\S*)"), first("388.50.1.4.2.4.1.1.3")),
            serial=(first("388.50.1.4.2.1.1.5"),),
        ),
    ),
)
