"""Tables of measures: which column holds what, so that most sources are only a list of columns."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from probes.mib import text
from probes.sensors.measure import OPTICAL, PLAIN, Kind, Limits, Sensor, Turn
from wire import ber
from wire.ber import Value

Index = tuple[int, ...]  # the numbers after a column in an OID
Columns = dict[bytes, dict[Index, Value]]
NAME_MAX = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """One column of measures. OIDs are dotted.

    `limits`: columns of low alarm, low warn, high warn, high alarm in the same rows ("" where there
    is none), turned by `limit_turn` (the value's own where None); `sorted_limits`: in whatever
    order these are, they rise. `port`: which number of the index is ifIndex; None: none is.
    `rows`: rows whose index ends so are meant, where one column holds several kinds.
    `label`: a column with the name of the row; `numbered`: the rest of the index is in the name.
    """

    kind: Kind
    column: str
    name: str = ""
    turn: Turn = PLAIN
    limits: tuple[str, str, str, str] = ("", "", "", "")
    limit_turn: Turn | None = None
    sorted_limits: bool = False
    port: int | None = None
    rows: int | None = None
    label: str = ""
    numbered: bool = False

    def columns(self) -> Iterable[bytes]:
        return (ber.oid(each) for each in (self.column, self.label, *self.limits) if each)


@dataclass(frozen=True, slots=True)
class Source:
    """`root`: a column that every device with this source has. `read` turns the values of `columns`
    (full encoded OIDs) into sensors; `ports`: names of the interfaces by ifIndex, as far as known.
    """

    name: str
    root: bytes
    columns: tuple[bytes, ...]
    read: Callable[[Mapping[bytes, Value], Mapping[int, str]], list[Sensor]] = field(repr=False)


def gauged(name: str, root: str, *gauges: Gauge) -> Source:
    """A source that is nothing but columns."""

    def read(values: Mapping[bytes, Value], ports: Mapping[int, str]) -> list[Sensor]:
        table = split(values, columns)
        return plugged([sensor for gauge in gauges for sensor in sensors(gauge, table, ports)])

    columns = tuple(dict.fromkeys(each for gauge in gauges for each in gauge.columns()))
    return Source(name, ber.oid(root), columns, read)


def split(values: Mapping[bytes, Value], columns: Iterable[bytes]) -> Columns:
    """Values by column and index; what belongs to none of the columns is left out."""
    found: Columns = {column: {} for column in columns}
    lengths = sorted({len(column) for column in found}, reverse=True)
    for oid, value in values.items():
        for length in lengths:
            rows = found.get(oid[:length])
            if rows is not None:
                with contextlib.suppress(ber.Malformed):
                    rows[ber.suffix_arcs(oid[length:])] = value
                break
    return found


def sensors(gauge: Gauge, table: Columns, ports: Mapping[int, str]) -> Iterable[Sensor]:
    """One for each row that has a value in some form; a row that lacks it has no sensor."""
    column = ber.oid(gauge.column)
    labels = table.get(ber.oid(gauge.label), {}) if gauge.label else {}
    for index, raw in table.get(column, {}).items():
        if raw is None or (gauge.rows is not None and index[-1:] != (gauge.rows,)):
            continue
        fits = gauge.port is not None and gauge.port < len(index)
        port = index[gauge.port] if fits and gauge.port is not None else None
        value = gauge.turn.value(gauge.kind, raw)
        limits = _limits(gauge, table, index)
        if value is None and limits == Limits() and not isinstance(raw, int):
            continue  # "N/A": nothing is there
        yield Sensor(
            kind=gauge.kind,
            name=_name(gauge, index, labels.get(index), port, ports),
            oid=column + ber.subids(index),
            turn=gauge.turn,
            value=value,
            limits=limits,
            if_index=port,
        )


def plugged(found: list[Sensor]) -> list[Sensor]:
    """Without the transceivers that are not there: their rows hold nothing, or zeros."""
    there = {sensor.if_index for sensor in found if sensor.value}
    light = {sensor.if_index for sensor in found if sensor.kind in OPTICAL}
    return [
        sensor
        for sensor in found
        if (sensor.value is not None or sensor.kind in OPTICAL)
        and (sensor.if_index is None or sensor.if_index not in light or sensor.if_index in there)
    ]


def _limits(gauge: Gauge, table: Columns, index: Index) -> Limits:
    turn = gauge.limit_turn or gauge.turn
    four = [
        turn.limit(gauge.kind, table.get(ber.oid(column), {}).get(index)) if column else None
        for column in gauge.limits
    ]
    if gauge.sorted_limits:
        known = [limit for limit in four if limit is not None]
        if len(known) < 4:
            return Limits()
        four = [*sorted(known)]
    return Limits(*four).sound()


def _name(
    gauge: Gauge, index: Index, label: Value, port: int | None, ports: Mapping[int, str]
) -> str:
    what = text(label) or (ports.get(port) or f"port {port}" if port is not None else "")
    rest = index[:-1] if gauge.rows is not None else index
    if port is not None and gauge.port is not None:
        rest = rest[gauge.port + 1 :]
    number = ".".join(map(str, rest)) if gauge.numbered else ""
    return " ".join(part for part in (what, gauge.name, number) if part)[:NAME_MAX]


def below(entry: str, kind: Kind, column: int, limits: tuple[int, ...] = (), **more: Any) -> Gauge:
    """A gauge of a table entry, its columns by their last number; 0: no such limit."""
    four = [f"{entry}.{number}" if number else "" for number in limits or (0, 0, 0, 0)]
    names = (four[0], four[1], four[2], four[3])
    return Gauge(kind=kind, column=f"{entry}.{column}", limits=names, **more)
