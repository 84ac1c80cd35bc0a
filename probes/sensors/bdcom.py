"""NMS-IF-MIB: transceivers of BDCOM switches and access nodes; power in 0.01 dBm."""

from __future__ import annotations

from probes.sensors.gauges import below, gauged
from probes.sensors.measure import Kind, Turn

_ENTRY = "1.3.6.1.4.1.3320.9.63.1.7.1"  # ifSfpParameterEntry
_DBM = Turn(factor=0.01)

SOURCE = gauged(
    "bdcom",
    f"{_ENTRY}.3",
    below(_ENTRY, Kind.TX_POWER, 2, name="tx", port=0, turn=_DBM),
    below(_ENTRY, Kind.RX_POWER, 3, name="rx", port=0, turn=_DBM),
    below(
        _ENTRY,
        Kind.TEMPERATURE,
        4,
        name="transceiver temperature",
        port=0,
        turn=Turn(factor=1 / 256, none=(-65535,)),
    ),
)
