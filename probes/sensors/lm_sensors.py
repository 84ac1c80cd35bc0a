"""LM-SENSORS-MIB of net-snmp: temperatures in 0.001 °C."""

from __future__ import annotations

from probes.sensors.gauges import below, gauged
from probes.sensors.measure import Kind, Turn

_TEMPERATURE = "1.3.6.1.4.1.2021.13.16.2.1"  # lmTempSensorsEntry

SOURCE = gauged(
    "lm_sensors",
    f"{_TEMPERATURE}.3",
    below(
        _TEMPERATURE,
        Kind.TEMPERATURE,
        3,
        label=f"{_TEMPERATURE}.2",
        turn=Turn(factor=0.001, none=(0,)),
    ),
)
