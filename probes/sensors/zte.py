"""ZTE-AN-INTERFACE-MIB, ZTE-AN-OPTICAL-MODULE-MIB: optics of access nodes in 0.001 dBm.

Besides, their cards, and the boards of ZXR10 switches.
"""

from __future__ import annotations

from probes.sensors.gauges import below, gauged
from probes.sensors.measure import Kind, Turn

_OLD = "1.3.6.1.4.1.3902.1015.3.1.13.1"  # zxAnOpticalModuleMonEntry
_NEW = "1.3.6.1.4.1.3902.1082.30.40.2.4.1"  # zxAnOpticalModuleInfoEntry
_CARD = "1.3.6.1.4.1.3902.1082.10.10.2.1.6.1"  # zxAnCardEnvParamEntry
_BOARD = "1.3.6.1.4.1.3902.3.6002.2.5.1"  # zxr10BoardTempEntry
_MILLI = Turn(factor=0.001, none=(-80_000,))

OLD_OPTICS = gauged(
    "zte_optics",
    f"{_OLD}.1",
    below(_OLD, Kind.RX_POWER, 1, name="rx", port=0, turn=_MILLI),
    below(_OLD, Kind.TX_POWER, 4, name="tx", port=0, turn=_MILLI),
    below(_OLD, Kind.TEMPERATURE, 12, name="transceiver temperature", port=0, turn=_MILLI),
)
OPTICS = gauged(
    "zte_optical_module",
    f"{_NEW}.2",
    below(_NEW, Kind.RX_POWER, 2, name="rx", port=0, turn=_MILLI),
    below(_NEW, Kind.TX_POWER, 3, name="tx", port=0, turn=_MILLI),
    below(_NEW, Kind.TEMPERATURE, 8, name="transceiver temperature", port=0, turn=_MILLI),
)
CARDS = gauged(
    "zte_cards",
    f"{_CARD}.2",
    below(_CARD, Kind.TEMPERATURE, 2, name="card", numbered=True),
    below(_CARD, Kind.POWER, 3, name="card", numbered=True, turn=Turn(factor=0.001, none=(0,))),
)
BOARDS = gauged(
    "zxr10_boards",
    f"{_BOARD}.9",
    below(_BOARD, Kind.TEMPERATURE, 9, name="board", numbered=True, turn=Turn(none=(0,))),
)
