"""Transceivers of Moxa EDS switches: text in dBm, °C and V."""

from __future__ import annotations

from probes.sensors.gauges import below, gauged
from probes.sensors.measure import Kind

_ENTRY = "1.3.6.1.4.1.8691.7.162.1.10.11.1"  # fiberCheckEntry

SOURCE = gauged(
    "moxa",
    f"{_ENTRY}.9",
    below(_ENTRY, Kind.VOLTAGE, 4, name="transceiver", port=0),
    below(_ENTRY, Kind.TEMPERATURE, 5, name="transceiver temperature", port=0),
    below(_ENTRY, Kind.TX_POWER, 7, name="tx", port=0),
    below(_ENTRY, Kind.RX_POWER, 9, name="rx", port=0),
)
