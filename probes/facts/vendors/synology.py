"""Synology: DiskStation and routers, which answer with net-snmp's number.

SYNOLOGY-SYSTEM-MIB.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at

_SYSTEM = "6574.1.5"

VENDOR = Vendor(
    name="synology",
    numbers=(6574,),
    systems=(
        System(
            os="dsm",
            numbers=("8072.3.2.10", "6574"),
            says=at(f"{_SYSTEM}.3.0", "(DSM)"),
            model=(at(f"{_SYSTEM}.1.0"),),
            version=(at(f"{_SYSTEM}.3.0", r"DSM (\S+)"),),
            serial=(at(f"{_SYSTEM}.2.0"),),
        ),
        System(
            os="srm",
            numbers=("8072.3.2.10", "6574"),
            says=at(f"{_SYSTEM}.3.0", "(SRM)"),
            model=(at(f"{_SYSTEM}.1.0"),),
            version=(at(f"{_SYSTEM}.3.0", r"SRM (\S+)"),),
            serial=(at(f"{_SYSTEM}.2.0"),),
        ),
    ),
)
