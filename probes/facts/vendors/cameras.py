"""Cameras, intercoms and their recorders.

DAHUA-SNMP-MIB; of the others only what stands in sysDescr.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, descr

VENDOR = Vendor(
    name="cameras",
    systems=(
        System(
            os="axiscam",
            vendor="axis",
            numbers=("368",),
            model=(descr(r"AXIS (\S+)"),),
            version=(descr(r"; (\d+\.\d+[^;\s]*)"),),
        ),
        System(
            os="dahua-nvr",
            vendor="dahua",
            numbers=("1004849",),
            model=(at("1004849.2.1.2.6.0"),),
            version=(at("1004849.2.1.1.1.0", r"^([^,\s]+)"), at("1004849.2.1.2.5.0")),
            serial=(at("1004849.2.1.2.4.0"),),
        ),
        System(
            os="avigilon-camera", vendor="avigilon", numbers=("46202",), model=(descr(r"^(\S+)"),)
        ),
        System(os="vivotek", vendor="vivotek", numbers=("23465",), model=(descr(r"^(\S+)"),)),
        System(
            os="mobotix-cam",
            vendor="mobotix",
            numbers=("21701",),
            model=(descr(r"^(?:MOBOTIX )?(\S+)"),),
        ),
    ),
)
