"""HH3C-TRANSCEIVER-INFO-MIB and HH3C-ENTITY-EXT-MIB, also under the older number of H3C.

Power is in 0.01 dBm, its older limits in 0.1 µW; newer software tells them in 0.01 dBm too.
"""

from __future__ import annotations

from collections.abc import Mapping

from probes.sensors.entities import CLASS, NAME
from probes.sensors.gauges import Source, below, gauged, sensors, split
from probes.sensors.measure import Kind, Sensor, Turn
from wire import ber
from wire.ber import Value

_CLASSES = (3, 8, 9)  # entPhysicalClass: chassis, sensor, module
_DBM = Turn(factor=0.01)
_TENTHS_OF_MICROWATTS = Turn(factor=1e-4, milliwatts=True)


def _transceivers(name: str, entry: str) -> Source:
    old = {"port": 0, "turn": _DBM, "limit_turn": _TENTHS_OF_MICROWATTS}
    return gauged(
        name,
        f"{entry}.12",
        below(entry, Kind.TX_POWER, 9, (31, 33, 32, 30), name="tx", **old),
        below(entry, Kind.RX_POWER, 12, (35, 37, 36, 34), name="rx", **old),
        below(entry, Kind.TEMPERATURE, 15, name="transceiver temperature", port=0),
        below(entry, Kind.BIAS, 17, name="bias", port=0, turn=Turn(factor=1e-5)),
    )


def _boards(name: str, entry: str) -> Source:
    """hh3cEntityExtStateEntry: every entity repeats the temperature of its board, so that only
    chassis, sensors and modules with a name count; 0 and 65535 stand for no sensor."""
    gauge = below(
        entry,
        Kind.TEMPERATURE,
        12,
        (0, 0, 0, 13),
        name="temperature",
        label=ber.dotted(NAME),
        turn=Turn(none=(0, 65535)),
    )
    columns = (*gauge.columns(), CLASS)

    def read(values: Mapping[bytes, Value], _: Mapping[int, str]) -> list[Sensor]:
        table = split(values, columns)
        meant = {i for i, kind in table[CLASS].items() if kind in _CLASSES and table[NAME].get(i)}
        table[ber.oid(gauge.column)] = {
            index: raw for index, raw in table[ber.oid(gauge.column)].items() if index in meant
        }
        return [sensor for sensor in sensors(gauge, table, {}) if sensor.value is not None]

    return Source(name, ber.oid(gauge.column), columns, read)


TRANSCEIVERS = _transceivers("comware", "1.3.6.1.4.1.25506.2.70.1.1.1")
OLD_TRANSCEIVERS = _transceivers("h3c", "1.3.6.1.4.1.2011.10.2.70.1.1.1")
BOARDS = _boards("comware_boards", "1.3.6.1.4.1.25506.2.6.1.1.1.1")
OLD_BOARDS = _boards("h3c_boards", "1.3.6.1.4.1.2011.10.2.6.1.1.1.1")
