"""PowerNet-MIB: temperature and humidity probes of APC, beside a UPS or by themselves."""

from __future__ import annotations

from probes.sensors.gauges import below, gauged
from probes.sensors.measure import Kind, Turn

_ENTRY = "1.3.6.1.4.1.318.1.1.25.1.2.1"  # uioSensorStatusEntry
_NOT_MINUS_1 = Turn(none=(-1,))

SOURCE = gauged(
    "apc_probes",
    f"{_ENTRY}.6",
    below(_ENTRY, Kind.TEMPERATURE, 6, label=f"{_ENTRY}.3", name="temperature", turn=_NOT_MINUS_1),
    below(_ENTRY, Kind.HUMIDITY, 7, label=f"{_ENTRY}.3", name="humidity", turn=_NOT_MINUS_1),
)
