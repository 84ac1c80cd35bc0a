"""MIKROTIK-MIB: transceivers, gauges, and the older health group. Power is in 0.001 dBm."""

from __future__ import annotations

from collections.abc import Mapping

from probes.mib import text
from probes.sensors.gauges import Source, below, gauged, split
from probes.sensors.measure import Kind, Sensor, Turn
from wire import ber
from wire.ber import Value

_OPTICAL = "1.3.6.1.4.1.14988.1.1.19.1.1"  # mtxrOpticalEntry
_GAUGE = "1.3.6.1.4.1.14988.1.1.3.100.1."  # mtxrGaugeEntry
_HEALTH = "1.3.6.1.4.1.14988.1.1.3."
GAUGE_NAME, GAUGE_VALUE, GAUGE_UNIT = (ber.oid(_GAUGE + column) for column in "234")
_UNITS = {  # mtxrGaugeUnit
    1: (Kind.TEMPERATURE, Turn()),
    2: (Kind.FAN, Turn()),
    3: (Kind.VOLTAGE, Turn(factor=0.1)),
    4: (Kind.CURRENT, Turn(factor=0.1)),
    5: (Kind.POWER, Turn(factor=0.1)),
}
_DBM = Turn(factor=0.001)
_TENTHS = Turn(factor=0.1, none=(0,))


def _read(values: Mapping[bytes, Value], ports: Mapping[int, str]) -> list[Sensor]:
    table = split(values, (GAUGE_NAME, GAUGE_VALUE, GAUGE_UNIT))
    found = []
    for index, raw in table[GAUGE_VALUE].items():
        unit = table[GAUGE_UNIT].get(index)
        known = _UNITS.get(unit) if isinstance(unit, int) else None
        if known is None:
            continue
        kind, turn = known
        found.append(
            Sensor(
                kind=kind,
                name=text(table[GAUGE_NAME].get(index)) or kind.value,
                oid=GAUGE_VALUE + ber.subids(index),
                turn=turn,
                value=turn.value(kind, raw),
            )
        )
    return found


TRANSCEIVERS = gauged(
    "mikrotik",
    f"{_OPTICAL}.10",
    below(_OPTICAL, Kind.TEMPERATURE, 6, name="transceiver temperature", port=0),
    below(_OPTICAL, Kind.VOLTAGE, 7, name="transceiver", port=0, turn=Turn(factor=0.001)),
    below(_OPTICAL, Kind.BIAS, 8, name="bias", port=0, turn=Turn(factor=0.001)),
    below(_OPTICAL, Kind.TX_POWER, 9, name="tx", port=0, turn=_DBM),
    below(_OPTICAL, Kind.RX_POWER, 10, name="rx", port=0, turn=_DBM),
)
GAUGES = Source("mikrotik_gauges", GAUGE_VALUE, (GAUGE_NAME, GAUGE_VALUE, GAUGE_UNIT), _read)
HEALTH = gauged(
    "mikrotik_health",
    f"{_HEALTH}8",
    below(_HEALTH[:-1], Kind.VOLTAGE, 8, name="voltage", turn=_TENTHS),
    below(_HEALTH[:-1], Kind.TEMPERATURE, 10, name="temperature", turn=_TENTHS),
    below(_HEALTH[:-1], Kind.TEMPERATURE, 11, name="processor temperature", turn=_TENTHS),
    below(_HEALTH[:-1], Kind.POWER, 12, name="power", turn=_TENTHS),
)
