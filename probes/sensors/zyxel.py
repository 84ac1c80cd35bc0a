"""ZYXEL-TRANSCEIVER-MIB: the last number of the index tells what is measured, in hundredths."""

from __future__ import annotations

from probes.sensors.gauges import below, gauged
from probes.sensors.measure import Kind, Turn

_ENTRY = "1.3.6.1.4.1.890.1.15.3.84.1.2.1"  # zyxelTransceiverDdmiEntry
_HUNDREDTHS = Turn(factor=0.01)

SOURCE = gauged(
    "zyxel",
    f"{_ENTRY}.6",
    below(
        _ENTRY,
        Kind.TEMPERATURE,
        6,
        name="transceiver temperature",
        port=0,
        rows=1,
        turn=_HUNDREDTHS,
    ),
    below(_ENTRY, Kind.TX_POWER, 6, name="tx", port=0, rows=4, turn=_HUNDREDTHS),
    below(_ENTRY, Kind.RX_POWER, 6, name="rx", port=0, rows=5, turn=_HUNDREDTHS),
)
