"""JUNIPER-DOM-MIB: transceivers with their limits, and lanes; JUNIPER-MIB: temperatures."""

from __future__ import annotations

from probes.sensors.gauges import below, gauged
from probes.sensors.measure import Kind, Turn

_DOM = "1.3.6.1.4.1.2636.3.60.1.1.1.1"  # jnxDomCurrentEntry
_LANE = "1.3.6.1.4.1.2636.3.60.1.2.1.1"  # jnxDomCurrentLaneEntry
_OPERATING = "1.3.6.1.4.1.2636.3.1.13.1"  # jnxOperatingEntry
_DBM = Turn(factor=0.01)
_MILLIAMPERES = Turn(factor=1e-6)  # in thousandths

TRANSCEIVERS = gauged(
    "juniper_dom",
    f"{_DOM}.5",
    below(_DOM, Kind.RX_POWER, 5, (10, 12, 11, 9), name="rx", port=0, turn=_DBM),
    below(_DOM, Kind.BIAS, 6, (14, 16, 15, 13), name="bias", port=0, turn=_MILLIAMPERES),
    below(_DOM, Kind.TX_POWER, 7, (18, 20, 19, 17), name="tx", port=0, turn=_DBM),
    below(_DOM, Kind.TEMPERATURE, 8, (22, 24, 23, 21), name="transceiver temperature", port=0),
)
LANES = gauged(
    "juniper_lanes",
    f"{_LANE}.6",
    below(_LANE, Kind.RX_POWER, 6, name="rx lane", port=0, numbered=True, turn=_DBM),
    below(_LANE, Kind.BIAS, 7, name="bias lane", port=0, numbered=True, turn=_MILLIAMPERES),
    below(_LANE, Kind.TX_POWER, 8, name="tx lane", port=0, numbered=True, turn=_DBM),
)
OPERATING = gauged(
    "juniper_operating",
    f"{_OPERATING}.7",
    below(
        _OPERATING,
        Kind.TEMPERATURE,
        7,
        name="temperature",
        label=f"{_OPERATING}.5",
        turn=Turn(none=(0,)),
    ),
)
