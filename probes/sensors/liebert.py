"""LIEBERT-GP-ENVIRONMENTAL-MIB and LIEBERT-GP-POWER-MIB: cooling and UPS of Vertiv."""

from __future__ import annotations

from probes.sensors.gauges import below, gauged
from probes.sensors.measure import Kind, Turn

_TEMPERATURE = "1.3.6.1.4.1.476.1.42.3.4.1.3.3.1"  # lgpEnvTemperatureEntryDegC
_HUMIDITY = "1.3.6.1.4.1.476.1.42.3.4.2.2.3.1"  # lgpEnvHumidityEntryRel
_BATTERY = "1.3.6.1.4.1.476.1.42.3.5.1"  # lgpPwrBattery

CLIMATE = gauged(
    "liebert_climate",
    f"{_TEMPERATURE}.3",
    below(_TEMPERATURE, Kind.TEMPERATURE, 3, name="temperature", numbered=True),
    below(_HUMIDITY, Kind.HUMIDITY, 3, name="humidity", numbered=True),
)
UPS = gauged(
    "liebert_ups",
    f"{_BATTERY}.19",
    below(_BATTERY, Kind.UPS_RUNTIME, 18, name="runtime", turn=Turn(factor=60, none=(65535, -1))),
    below(_BATTERY, Kind.UPS_CHARGE, 19, name="charge"),
)
