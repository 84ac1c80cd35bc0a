"""UBNT-AirMAX-MIB: temperature of a radio, in 10⁻⁷ °C."""

from __future__ import annotations

from probes.sensors.gauges import below, gauged
from probes.sensors.measure import Kind, Turn

_HOST = "1.3.6.1.4.1.41112.1.4.8"  # ubntHostInfo

SOURCE = gauged(
    "ubiquiti",
    f"{_HOST}.4",
    below(_HOST, Kind.TEMPERATURE, 4, name="temperature", turn=Turn(factor=1e-7, none=(0,))),
)
