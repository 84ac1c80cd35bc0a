"""RAISECOM-OPTICAL-TRANSCEIVER-MIB: all measures in one column, in thousandths.

The last number of the index tells what is measured.
"""

from __future__ import annotations

from probes.sensors.gauges import below, gauged
from probes.sensors.measure import Kind, Turn

_ENTRY = "1.3.6.1.4.1.8886.1.18.2.2.1.1"  # raisecomOpticalTransceiverDDMEntry
_MILLI = Turn(factor=0.001)

SOURCE = gauged(
    "raisecom",
    f"{_ENTRY}.2",
    below(_ENTRY, Kind.TEMPERATURE, 2, name="transceiver temperature", port=0, rows=1, turn=_MILLI),
    below(_ENTRY, Kind.TX_POWER, 2, name="tx", port=0, rows=3, turn=_MILLI),
    below(_ENTRY, Kind.RX_POWER, 2, name="rx", port=0, rows=4, turn=_MILLI),
)
