"""SYNOLOGY-SYSTEM-MIB and SYNOLOGY-DISK-MIB: temperatures in °C."""

from __future__ import annotations

from probes.sensors.gauges import below, gauged
from probes.sensors.measure import Kind

_SYSTEM = "1.3.6.1.4.1.6574.1"
_DISK = "1.3.6.1.4.1.6574.2.1.1"  # diskEntry

SOURCE = gauged(
    "synology",
    f"{_SYSTEM}.2",
    below(_SYSTEM, Kind.TEMPERATURE, 2, name="system temperature"),
    below(_DISK, Kind.TEMPERATURE, 6, label=f"{_DISK}.2", name="temperature"),
)
