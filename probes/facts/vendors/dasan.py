"""DASAN and DZS: switches and access nodes.

DASAN-SWITCH-MIB.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, descr

_SYSTEM = "6296.9.1.1.1"  # dsSwitchSystem

VENDOR = Vendor(
    name="dasan",
    numbers=(6296,),
    systems=(
        System(
            os="dasan-nos",
            numbers=("6296",),
            model=(descr(r"^(\S+)"),),
            version=(
                at(f"{_SYSTEM}.3.0"),
                descr(r"(?:NOS|OS|Version)\s*v?(\d[^\s/]*)"),
                at(f"{_SYSTEM}.20.0"),
            ),
            serial=(at(f"{_SYSTEM}.19.0"),),
        ),
    ),
)
