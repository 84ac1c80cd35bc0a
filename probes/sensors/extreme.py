"""EXTREME-SYSTEM-MIB: temperature of the chassis."""

from __future__ import annotations

from probes.sensors.gauges import below, gauged
from probes.sensors.measure import Kind

_SYSTEM = "1.3.6.1.4.1.1916.1.1.1"  # extremeSystemCommonInfo

SOURCE = gauged(
    "extreme", f"{_SYSTEM}.8", below(_SYSTEM, Kind.TEMPERATURE, 8, name="chassis temperature")
)
