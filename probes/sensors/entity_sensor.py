"""ENTITY-SENSOR-MIB (RFC 3433), with the thresholds of ARISTA-ENTITY-SENSOR-MIB."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import NamedTuple

from probes.mib import text
from probes.sensors import entities as physical
from probes.sensors.gauges import Columns, Source, split
from probes.sensors.measure import OPTICAL, Kind, Limits, Sensor, Turn
from wire import ber
from wire.ber import Value

_ENTRY = "1.3.6.1.2.1.99.1.1.1."
_ARISTA = "1.3.6.1.4.1.30065.3.12.1.1.1."
# low critical, low warning, high warning, high critical
THRESHOLDS = tuple(ber.oid(_ARISTA + column) for column in ("2", "1", "3", "4"))

WORKS, BROKEN = 1, 3  # EntitySensorStatus: ok, nonoperational
KINDS: Mapping[int, Kind] = {  # EntitySensorDataType
    3: Kind.VOLTAGE,
    4: Kind.VOLTAGE,
    5: Kind.CURRENT,
    6: Kind.POWER,
    7: Kind.FREQUENCY,
    8: Kind.TEMPERATURE,
    9: Kind.HUMIDITY,
    10: Kind.FAN,
}
WATTS = 6
UNITS_SCALE = 9  # EntitySensorDataScale: each step is a factor of 1000
_LIGHT = re.compile(
    r"\b(?:dom|optic\w*|laser|xcvr|transceiver|lane|sfp\w*|[rt]x|receive|transmit)\b"
)
_MODULE = re.compile(r"\b(?:dom|optic\w*|laser|xcvr|transceiver|sfp\w*|bias)\b")
_RECEIVED = re.compile(r"\b(?:rx|receive\w*|input)\b")
_BIAS = re.compile(r"\bbias\b")


def factor(scale: Value, precision: Value) -> float | None:
    """What a raw number is multiplied with: 10^(3·(scale - 9)) / 10^precision; None: no such."""
    if not isinstance(scale, int) or not 1 <= scale <= 17:
        return None
    places = precision if isinstance(precision, int) and -8 <= precision <= 9 else 0
    exponent = 3 * (scale - UNITS_SCALE) - places
    return float(10**exponent) if exponent >= 0 else 1 / 10**-exponent


def kind_of(sensor_type: Value, name: str, unit: str = "", *, dbm: int = 0) -> Kind | None:
    """What it measures; light is told from other power by the name. `dbm`: the number of that type.

    Some agents give a type `other` and the unit as text.
    """
    lower = name.lower()
    kind = KINDS.get(sensor_type) if isinstance(sensor_type, int) else None
    light = (dbm and sensor_type == dbm) or unit.strip().lower() == "dbm"
    if light or (kind is Kind.POWER and is_light(lower)):
        return Kind.RX_POWER if _RECEIVED.search(lower) else Kind.TX_POWER
    return Kind.BIAS if kind is Kind.CURRENT and _BIAS.search(lower) else kind


def is_light(name: str) -> bool:
    lower = name.lower()
    return "power" in lower and "supply" not in lower and _LIGHT.search(lower) is not None


def in_module(name: str) -> bool:
    """Does the name say that it is in a transceiver?"""
    return _MODULE.search(name.lower()) is not None


def turn_for(sensor_type: Value, kind: Kind, by: float, *, watts: int = WATTS) -> Turn:
    """Watts of light become dBm."""
    light = kind in (Kind.RX_POWER, Kind.TX_POWER)
    if sensor_type == watts and light:
        return Turn(factor=by * 1000, milliwatts=True)
    return Turn(factor=by)


class SensorTable(NamedTuple):
    """A table shaped like entPhySensorTable."""

    type: bytes
    scale: bytes
    precision: bytes
    value: bytes
    status: bytes
    display: bytes


def read_table(
    shape: SensorTable,
    table: Columns,
    values: Mapping[bytes, Value],
    ports: Mapping[int, str],
    limits: Callable[[int, Kind, Turn], Limits],
    dbm: int = 0,
) -> list[Sensor]:
    """The sensors that work, or may; `limits`: those of an entity. `dbm`: see `kind_of`."""
    known = physical.entities(values)
    called = {name: index for index, name in ports.items()}
    found = []
    for index, raw in table[shape.value].items():
        status = table[shape.status].get(index, WORKS)
        if len(index) != 1 or status == BROKEN:
            continue
        name = known.name(index[0])
        sensor_type, unit = table[shape.type].get(index), text(table[shape.display].get(index))
        kind = kind_of(sensor_type, name, unit or "", dbm=dbm)
        scale, precision = (table[each].get(index) for each in (shape.scale, shape.precision))
        by = factor(UNITS_SCALE if scale is None else scale, precision)
        if kind is None or by is None:
            continue
        turn = turn_for(sensor_type, kind, by)
        found.append(
            Sensor(
                kind=kind,
                name=name,
                oid=shape.value + ber.subids(index),
                turn=turn,
                value=turn.value(kind, raw) if status == WORKS else None,
                limits=limits(index[0], kind, turn),
                if_index=known.port(index[0], called, optical=kind in OPTICAL or in_module(name)),
                entity=index[0],
                guard=shape.status + ber.subids(index) if index in table[shape.status] else None,
            )
        )
    return found


def _read(values: Mapping[bytes, Value], ports: Mapping[int, str]) -> list[Sensor]:
    table = split(values, (*SHAPE, *THRESHOLDS))

    def limits(entity: int, kind: Kind, turn: Turn) -> Limits:
        four = [turn.limit(kind, table[column].get((entity,))) for column in THRESHOLDS]
        known = [limit for limit in four if limit is not None]
        rises = all(low <= high for low, high in pairwise(known))
        return Limits(*four).sound() if rises else Limits()

    return read_table(SHAPE, table, values, ports, limits)


SHAPE = SensorTable(*(ber.oid(_ENTRY + column) for column in "123456"))
SOURCE = Source("entity_sensor", SHAPE.value, (*SHAPE, *THRESHOLDS, *physical.COLUMNS), _read)
