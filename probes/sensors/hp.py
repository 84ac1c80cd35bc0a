"""HP-ICF-TRANSCEIVER-MIB: transceivers of ProCurve and ArubaOS switches.

Power is in 0.001 dBm, its limits in 0.1 µW.
"""

from __future__ import annotations

from probes.sensors.gauges import below, gauged
from probes.sensors.measure import Kind, Turn

_ENTRY = "1.3.6.1.4.1.11.2.14.11.5.1.82.1.1.1.1"  # hpicfXcvrInfoEntry
_DBM = Turn(factor=0.001, none=(-99_999_999,))
_TENTHS_OF_MICROWATTS = Turn(factor=1e-4, milliwatts=True)
_MILLI = Turn(factor=0.001)

SOURCE = gauged(
    "hp_transceivers",
    f"{_ENTRY}.15",
    below(
        _ENTRY,
        Kind.TEMPERATURE,
        11,
        (19, 21, 20, 18),
        name="transceiver temperature",
        port=0,
        turn=_MILLI,
    ),
    below(_ENTRY, Kind.VOLTAGE, 12, name="transceiver", port=0, turn=Turn(factor=1e-4, none=(0,))),
    below(_ENTRY, Kind.BIAS, 13, name="bias", port=0, turn=Turn(factor=1e-6)),
    below(
        _ENTRY,
        Kind.TX_POWER,
        14,
        (31, 33, 32, 30),
        name="tx",
        port=0,
        turn=_DBM,
        limit_turn=_TENTHS_OF_MICROWATTS,
    ),
    below(
        _ENTRY,
        Kind.RX_POWER,
        15,
        (35, 37, 36, 34),
        name="rx",
        port=0,
        turn=_DBM,
        limit_turn=_TENTHS_OF_MICROWATTS,
    ),
)
