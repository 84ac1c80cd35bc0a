"""RUIJIE-FIBER-MIB and RUIJIE-SYSTEM-MIB: power in 0.01 dBm, -10000 where there is no light."""

from __future__ import annotations

from probes.sensors.gauges import below, gauged
from probes.sensors.measure import Kind, Turn

_FIBRE = "1.3.6.1.4.1.4881.1.1.10.2.105.1.1.1"  # ruijieFiberEntry
_TEMPERATURE = "1.3.6.1.4.1.4881.1.1.10.2.1.1.44.1"  # ruijieSystemMultipleTemperatureEntry
_DBM = Turn(factor=0.01, none=(-10_000,))

TRANSCEIVERS = gauged(
    "ruijie",
    f"{_FIBRE}.76",
    below(
        _FIBRE,
        Kind.TEMPERATURE,
        17,
        name="transceiver temperature",
        port=0,
        turn=Turn(none=(0,)),
    ),
    below(_FIBRE, Kind.RX_POWER, 76, (93, 91, 92, 94), name="rx", port=0, turn=_DBM),
    below(_FIBRE, Kind.TX_POWER, 81, (97, 95, 96, 98), name="tx", port=0, turn=_DBM),
)
BOARDS = gauged(
    "ruijie_boards",
    f"{_TEMPERATURE}.5",
    below(
        _TEMPERATURE, Kind.TEMPERATURE, 5, name="temperature", numbered=True, turn=Turn(none=(0,))
    ),
)
