"""HUAWEI-ENTITY-EXTENT-MIB: transceivers with their limits, temperatures of boards.

The MIB gives power in 0.01 dBm, and switches do so for lanes and limits; the power itself they give
in µW in many versions. What is not negative is therefore µW, unless a lane or a fellow tells that
this device speaks in dBm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from probes.sensors import entities as physical
from probes.sensors.gauges import Columns, Index, Source, plugged, split
from probes.sensors.measure import NO_LIGHT, Kind, Limits, Sensor, Turn
from wire import ber
from wire.ber import Value

_OPTICAL = "1.3.6.1.4.1.2011.5.25.31.1.1.3.1."  # hwOpticalModuleInfoEntry
_STATE = "1.3.6.1.4.1.2011.5.25.31.1.1.1.1."  # hwEntityStateEntry
TEMPERATURE, VOLTAGE, BIAS, RX, TX = (ber.oid(_OPTICAL + column) for column in "56789")
RX_LIMITS = tuple(ber.oid(_OPTICAL + column) for column in ("13", "20", "21", "14"))
TX_LIMITS = tuple(ber.oid(_OPTICAL + column) for column in ("15", "22", "23", "16"))
RX_LANES, TX_LANES = (ber.oid(_OPTICAL + column) for column in ("32", "33"))
BOARD, BOARD_LIMIT = (ber.oid(_STATE + column) for column in ("11", "12"))
COLUMNS = (
    *(TEMPERATURE, VOLTAGE, BIAS, RX, TX, RX_LANES, TX_LANES),
    *RX_LIMITS,
    *TX_LIMITS,
    *physical.COLUMNS,
)

DBM, MICROWATTS = Turn(factor=0.01), Turn(factor=1e-3, milliwatts=True)
_LANES_MAX = 8
_POWERS = (
    (Kind.RX_POWER, "rx", RX, RX_LANES, RX_LIMITS),
    (Kind.TX_POWER, "tx", TX, TX_LANES, TX_LIMITS),
)


def _read(values: Mapping[bytes, Value], ports: Mapping[int, str]) -> list[Sensor]:
    table = split(values, COLUMNS)
    known = physical.entities(values)
    called = {name: index for index, name in ports.items()}
    in_dbm = _speaks_dbm(table)
    found = []
    for index in table[RX]:
        if len(index) != 1:
            continue
        entity = index[0]
        port = known.port(entity, called, optical=True)
        name = known.name(entity)
        mine: list[Sensor] = []
        for kind, word, column, lanes, limits in _POWERS:
            mine += _power(kind, f"{name} {word}", table, index, column, lanes, limits, in_dbm)
        mine += _beside(name, table, index)
        if any(sensor.value for sensor in mine):
            found += [_placed(sensor, port, entity) for sensor in mine]
    return plugged(found)


def _power(
    kind: Kind,
    name: str,
    table: Columns,
    index: Index,
    column: bytes,
    lanes: bytes,
    limit_columns: tuple[bytes, ...],
    in_dbm: bool,
) -> list[Sensor]:
    limits = Limits(*(DBM.limit(kind, table[c].get(index)) for c in limit_columns)).sound()
    told = table[lanes].get(index)
    count = told.count(b",") + 1 if isinstance(told, bytes) and told.strip() else 0
    raw = table[column].get(index)
    if count > 1 and not (isinstance(raw, int) and raw > 0):
        return [
            _sensor(
                kind,
                f"{name} lane {lane + 1}",
                lanes,
                index,
                told,
                Turn(factor=0.01, part=lane),
                limits,
            )
            for lane in range(min(count, _LANES_MAX))
        ]
    return [_sensor(kind, name, column, index, raw, _turn(kind, raw, told, in_dbm), limits)]


def _turn(kind: Kind, raw: Value, lane: Value, in_dbm: bool) -> Turn:
    """The reading that comes nearest to what the lane says."""
    if not isinstance(raw, int) or raw in NO_LIGHT:
        return DBM if in_dbm else MICROWATTS
    if raw < 0:
        return DBM
    told = DBM.value(kind, lane)
    if told is None:
        return DBM if in_dbm else MICROWATTS
    read = {turn: turn.value(kind, raw) for turn in (MICROWATTS, DBM)}
    return min(read, key=lambda turn: abs((read[turn] or 99.0) - told))


def _speaks_dbm(table: Columns) -> bool:
    raws = [raw for column in (RX, TX) for raw in table[column].values()]
    return any(isinstance(raw, int) and raw < 0 and raw not in NO_LIGHT for raw in raws)


def _beside(name: str, table: Columns, index: Index) -> list[Sensor]:
    gauges = (
        (Kind.TEMPERATURE, "transceiver temperature", TEMPERATURE, Turn(none=(0,))),
        (Kind.VOLTAGE, "transceiver", VOLTAGE, Turn(factor=0.001, none=(0, -1))),
        (Kind.BIAS, "bias", BIAS, Turn(factor=1e-6, none=(0, -1))),  # µA, whatever the MIB says
    )
    return [
        _sensor(kind, f"{name} {word}", column, index, table[column][index], turn, Limits())
        for kind, word, column, turn in gauges
        if index in table[column]
    ]


def _sensor(
    kind: Kind, name: str, column: bytes, index: Index, raw: Value, turn: Turn, limits: Limits
) -> Sensor:
    return Sensor(
        kind=kind,
        name=name,
        oid=column + ber.subids(index),
        turn=turn,
        value=turn.value(kind, raw),
        limits=limits,
    )


def _placed(sensor: Sensor, port: int | None, entity: int) -> Sensor:
    return replace(sensor, if_index=port, entity=entity)


def _boards(values: Mapping[bytes, Value], ports: Mapping[int, str]) -> list[Sensor]:
    table = split(values, (BOARD, BOARD_LIMIT))
    known = physical.entities(values)
    turn = Turn(none=(0,))
    found = []
    for index, raw in table[BOARD].items():
        value = turn.value(Kind.TEMPERATURE, raw)
        if value is None or len(index) != 1:
            continue
        limit = turn.limit(Kind.TEMPERATURE, table[BOARD_LIMIT].get(index))
        name = f"{known.name(index[0])} temperature"
        limits = Limits(high_alarm=limit).sound()
        sensor = _sensor(Kind.TEMPERATURE, name, BOARD, index, raw, turn, limits)
        found.append(_placed(sensor, None, index[0]))
    return found


TRANSCEIVERS = Source("huawei", RX, COLUMNS, _read)
BOARDS = Source("huawei_boards", BOARD, (BOARD, BOARD_LIMIT, *physical.COLUMNS), _boards)
