"""ARUBAWIRED-PM-MIB and ARUBAWIRED-TEMPSENSOR-MIB: power of each lane in mW as text."""

from __future__ import annotations

from probes.sensors.gauges import below, gauged
from probes.sensors.measure import Kind, Turn

_LANE = "1.3.6.1.4.1.47196.4.1.1.3.27.1.2.2.1"  # arubaWiredPmXcvrLaneDomEntry
_TEMPERATURE = "1.3.6.1.4.1.47196.4.1.1.3.11.3.1.1"  # arubaWiredTempSensorEntry
_MILLIWATTS = Turn(milliwatts=True)

TRANSCEIVERS = gauged(
    "aruba_cx",
    f"{_LANE}.12",
    below(_LANE, Kind.BIAS, 2, name="bias lane", port=0, numbered=True, turn=Turn(factor=0.001)),
    below(_LANE, Kind.TX_POWER, 7, name="tx lane", port=0, numbered=True, turn=_MILLIWATTS),
    below(_LANE, Kind.RX_POWER, 12, name="rx lane", port=0, numbered=True, turn=_MILLIWATTS),
)
BOARDS = gauged(
    "aruba_cx_boards",
    f"{_TEMPERATURE}.7",
    below(
        _TEMPERATURE,
        Kind.TEMPERATURE,
        7,
        name="temperature",
        numbered=True,
        turn=Turn(factor=0.001),
    ),
)
