"""CISCO-ENVMON-MIB: temperatures of older routers and switches; the threshold shuts them down."""

from __future__ import annotations

from probes.sensors.gauges import below, gauged
from probes.sensors.measure import Kind

_TEMPERATURE = "1.3.6.1.4.1.9.9.13.1.3.1"  # ciscoEnvMonTemperatureStatusEntry

SOURCE = gauged(
    "cisco_envmon",
    f"{_TEMPERATURE}.3",
    below(_TEMPERATURE, Kind.TEMPERATURE, 3, (0, 0, 0, 4), label=f"{_TEMPERATURE}.2"),
)
