"""FORTINET-FORTIGATE-MIB: hardware sensors as text; the name tells which are temperatures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from probes.sensors.gauges import Source, below, gauged
from probes.sensors.measure import Kind, Sensor
from wire.ber import Value

_ENTRY = "1.3.6.1.4.1.12356.101.4.3.2.1"  # fgHwSensorEntry
_ALL = gauged("fortinet", f"{_ENTRY}.3", below(_ENTRY, Kind.TEMPERATURE, 3, label=f"{_ENTRY}.2"))


def _read(values: Mapping[bytes, Value], ports: Mapping[int, str]) -> list[Sensor]:
    return [s for s in _ALL.read(values, ports) if "temp" in s.name.lower()]


SOURCE: Source = replace(_ALL, read=_read)
