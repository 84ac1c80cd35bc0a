"""TPLINK-DDMSTATUS-MIB: transceivers as text; power in mW."""

from __future__ import annotations

from probes.sensors.gauges import Gauge, below, gauged
from probes.sensors.measure import Kind, Turn

_DDM = "1.3.6.1.4.1.11863.6.96.1."
_STATUS = f"{_DDM}7.1.1"  # ddmStatusEntry
_RX_LIMITS = tuple(f"{_DDM}6.1.1.{column}" for column in (3, 5, 4, 2))  # ddmRxPowThresholdEntry
_MILLIWATTS = Turn(milliwatts=True)

SOURCE = gauged(
    "tp_link",
    f"{_STATUS}.6",
    below(_STATUS, Kind.TEMPERATURE, 2, name="transceiver temperature", port=0),
    below(_STATUS, Kind.VOLTAGE, 3, name="transceiver", port=0),
    below(_STATUS, Kind.BIAS, 4, name="bias", port=0, turn=Turn(factor=0.001)),
    below(_STATUS, Kind.TX_POWER, 5, name="tx", port=0, turn=_MILLIWATTS),
    Gauge(
        kind=Kind.RX_POWER,
        column=f"{_STATUS}.6",
        name="rx",
        port=0,
        turn=_MILLIWATTS,
        limits=(_RX_LIMITS[0], _RX_LIMITS[1], _RX_LIMITS[2], _RX_LIMITS[3]),
    ),
)
