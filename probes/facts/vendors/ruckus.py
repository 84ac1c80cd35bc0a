"""Ruckus wireless.

MIBs: RUCKUS-ZD-SYSTEM, RUCKUS-UNLEASHED-SYSTEM, RUCKUS-HWINFO, RUCKUS-SWINFO, RUCKUS-CTRL,
RUCKUS-SZ-SYSTEM.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, descr, first

_HARDWARE = "25053.1.1.2.1.1.1"  # ruckusHwInfo
_SOFTWARE = "25053.1.1.3.1.1.1.1.1.3"  # ruckusSwRevision
_DIRECTOR = "25053.1.2.1.1.1.1"  # ruckusZDSystemInfo
_UNLEASHED = "25053.1.15.1.1.1.1"  # ruckusUnleashedSystemInfo, laid out as that
_NODE = "25053.1.8.1.1.1.1.1.1"  # ruckusCtrlSystemNodeEntry
_DESCR = descr(r"Ruckus Wireless (?:Inc )?(?:\(C\) \d+ )?(\S+)")

VENDOR = Vendor(
    name="ruckus",
    numbers=(25053,),
    systems=(
        System(
            os="ruckuswireless",
            numbers=("25053.3.1.5",),
            model=(at(f"{_DIRECTOR}.9.0"), at(f"{_HARDWARE}.1.0"), _DESCR),
            version=(at(f"{_DIRECTOR}.18.0"), first(_SOFTWARE)),
            serial=(at(f"{_DIRECTOR}.15.0"), at(f"{_HARDWARE}.2.0")),
        ),
        System(
            os="ruckuswireless-unleashed",
            numbers=("25053.3.1.5", "25053.3.1.4"),
            says=at(f"{_UNLEASHED}.9.0"),
            model=(at(f"{_UNLEASHED}.9.0"), _DESCR),
            version=(at(f"{_UNLEASHED}.18.0"),),
            serial=(at(f"{_UNLEASHED}.15.0"),),
        ),
        System(
            os="ruckuswireless-hotzone",
            numbers=("25053.3",),
            model=(at(f"{_HARDWARE}.1.0"), _DESCR),
            version=(first(_SOFTWARE),),
            serial=(at(f"{_HARDWARE}.2.0"),),
        ),
        System(
            os="ruckuswireless-sz",
            numbers=("25053.3.1.10", "25053.3.1.11", "25053.3.1.13"),
            model=(first(f"{_NODE}.3"),),
            version=(first(f"{_NODE}.9"),),
            serial=(at("25053.1.4.1.1.1.15.13.0"),),
        ),
    ),
)
