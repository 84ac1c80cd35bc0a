"""EQUIPMENT-MIB and DLINKSW-ENTITY-EXT-MIB: temperatures of D-Link switches."""

from __future__ import annotations

from probes.sensors.gauges import below, gauged
from probes.sensors.measure import Kind

_OLD = "1.3.6.1.4.1.171.12.11.1.8.1"  # swTemperatureEntry
_NEW = "1.3.6.1.4.1.171.14.5.1.1.1.1"  # dEntityExtEnvTempEntry

OLD = gauged(
    "d_link",
    f"{_OLD}.2",
    below(_OLD, Kind.TEMPERATURE, 2, name="temperature", numbered=True),
)
NEW = gauged(
    "d_link_entity",
    f"{_NEW}.4",
    below(_NEW, Kind.TEMPERATURE, 4, name="temperature", numbered=True),
)
