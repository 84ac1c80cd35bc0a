"""Hikvision recorders and cameras.

HIKVISION-MIB and HIK-DEVICE-MIB.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, coded, fixed

VENDOR = Vendor(
    name="hikvision",
    numbers=(50001, 39165),
    systems=(
        System(
            os="hikvision-nvr",
            numbers=("50001",),
            model=(coded({"1": "DVR", "2": "NVR", "3": "IPC"}, at("50001.1.100.0")), fixed("NVR")),
            serial=(at("50001.1.3.0"),),
        ),
        System(
            os="hikvision-cam",
            numbers=("39165.1",),
            model=(at("39165.1.1.0"),),
            version=(at("39165.1.3.0"),),
        ),
    ),
)
