"""CISCO-ENTITY-SENSOR-MIB: sensors with the thresholds of the transceiver or the board."""

from __future__ import annotations

from collections.abc import Mapping

from probes.sensors import entities as physical
from probes.sensors.entity_sensor import SensorTable, read_table
from probes.sensors.gauges import Columns, Index, Source, split
from probes.sensors.measure import Kind, Limits, Sensor, Turn
from wire import ber
from wire.ber import Value

_SENSOR = "1.3.6.1.4.1.9.9.91.1.1.1.1."
_THRESHOLD = "1.3.6.1.4.1.9.9.91.1.2.1.1."
SEVERITY, RELATION, LIMIT = (ber.oid(_THRESHOLD + column) for column in "234")

DBM = 14  # its SensorDataType goes on where RFC 3433 ends
BELOW, ABOVE = (1, 2), (3, 4)  # lessThan, lessOrEqual; greaterThan, greaterOrEqual
MAJOR = 20  # major(20) and critical(30) are alarms, minor(10) and other(1) warnings


def _read(values: Mapping[bytes, Value], ports: Mapping[int, str]) -> list[Sensor]:
    table = split(values, (*SHAPE, SEVERITY, RELATION, LIMIT))
    thresholds: dict[int, list[Index]] = {}
    for index in table[LIMIT]:
        thresholds.setdefault(index[0], []).append(index)

    def limits(entity: int, kind: Kind, turn: Turn) -> Limits:
        return _limits(table, thresholds.get(entity, []), kind, turn)

    return read_table(SHAPE, table, values, ports, limits, dbm=DBM)


def _limits(table: Columns, rows: list[Index], kind: Kind, turn: Turn) -> Limits:
    """Of several alarms or warnings on one side the one that is reached first counts."""
    sides: dict[tuple[bool, bool], list[float]] = {}
    for row in rows:
        severity, relation = table[SEVERITY].get(row), table[RELATION].get(row)
        limit = turn.limit(kind, table[LIMIT].get(row))
        if limit is None or not isinstance(severity, int) or relation not in (*BELOW, *ABOVE):
            continue
        sides.setdefault((relation in ABOVE, severity >= MAJOR), []).append(limit)
    return Limits(
        low_alarm=max(sides.get((False, True), ()), default=None),
        low_warn=max(sides.get((False, False), ()), default=None),
        high_warn=min(sides.get((True, False), ()), default=None),
        high_alarm=min(sides.get((True, True), ()), default=None),
    ).sound()


_SIX = [ber.oid(_SENSOR + column) for column in "12345"] + [b""]  # it has no text of the unit
SHAPE = SensorTable(*_SIX)
COLUMNS = (*SHAPE[:5], SEVERITY, RELATION, LIMIT)
SOURCE = Source("cisco_entity", SHAPE.value, (*COLUMNS, *physical.COLUMNS), _read)
