"""The OIDs that we ask, and what their values say. Sources: SNMPv2-MIB, IF-MIB (RFC 2863)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from probes.results import InterfaceFacts, InterfaceStatus
from wire import ber
from wire.ber import Value

SYS_DESCR, SYS_OBJECT_ID, SYS_UPTIME, SYS_NAME = map(
    ber.oid,
    ("1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.1.5.0"),
)
BRIEF_SCALARS = (SYS_UPTIME, SYS_NAME)
SCALARS = (SYS_DESCR, SYS_OBJECT_ID, SYS_UPTIME, SYS_NAME)

_IF_ENTRY = "1.3.6.1.2.1.2.2.1."
_IFX_ENTRY = "1.3.6.1.2.1.31.1.1.1."
IF_DESCR, IF_TYPE, IF_SPEED, IF_MAC, IF_ADMIN, IF_OPER, IF_IN, IF_OUT = (
    ber.oid(_IF_ENTRY + column) for column in ("2", "3", "5", "6", "7", "8", "10", "16")
)
IFX_NAME, IFX_HC_IN, IFX_HC_OUT, IFX_HIGH_SPEED, IFX_ALIAS = (
    ber.oid(_IFX_ENTRY + column) for column in ("1", "6", "10", "15", "18")
)
STATUS_COLUMNS = (IF_ADMIN, IF_OPER, IFX_HC_IN, IFX_HC_OUT)
STATUS_COLUMNS_32 = (IF_ADMIN, IF_OPER, IF_IN, IF_OUT)  # v1 has no 64-bit counters
OCTETS_32 = (IF_IN, IF_OUT)
FACTS_COLUMNS = (IF_DESCR, IF_TYPE, IF_SPEED, IF_MAC, IFX_NAME, IFX_ALIAS, IFX_HIGH_SPEED)


@dataclass(slots=True)
class Column:
    """One column of a table, in the order of its rows."""

    indexes: list[int] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)


Table = Mapping[bytes, Column]
T = TypeVar("T")
_NOTHING = Column()
_FASTEST_MBPS = 10_000_000


def lacks_64_bit_octets(table: Table) -> bool:
    """Does an interface have no 64-bit counters, so that the old ones must be asked too?"""
    listed = table.get(IF_OPER, _NOTHING).indexes
    wide = (table.get(column, _NOTHING).indexes for column in (IFX_HC_IN, IFX_HC_OUT))
    return any(indexes != listed and set(listed) - set(indexes) for indexes in wide)


def interface_status(table: Table) -> tuple[InterfaceStatus, ...]:
    """One row per interface, by if_index. 64-bit octets win over 32-bit ones."""
    columns = [table.get(column, _NOTHING) for column in STATUS_COLUMNS]
    indexes = columns[0].indexes
    if all(column.indexes == indexes for column in columns):
        numbers = [_numbers(column.values) for column in columns]
        return tuple(map(InterfaceStatus, indexes, *numbers))
    return _uneven_status(table)


def _uneven_status(table: Table) -> tuple[InterfaceStatus, ...]:
    admin, oper = _by_index(table, IF_ADMIN, _number), _by_index(table, IF_OPER, _number)
    octets_in = _by_index(table, IF_IN, _number) | _by_index(table, IFX_HC_IN, _number)
    octets_out = _by_index(table, IF_OUT, _number) | _by_index(table, IFX_HC_OUT, _number)
    return tuple(
        InterfaceStatus(
            index, admin.get(index), oper.get(index), octets_in.get(index), octets_out.get(index)
        )
        for index in sorted({*admin, *oper, *octets_in, *octets_out})
    )


def interface_facts(table: Table) -> tuple[InterfaceFacts, ...]:
    """One row per interface, by if_index; a nameless one is called by its ifDescr or index."""
    descr, name, alias = (_by_index(table, c, text) for c in (IF_DESCR, IFX_NAME, IFX_ALIAS))
    kind = _by_index(table, IF_TYPE, _number)
    speed, high = (_by_index(table, c, _number) for c in (IF_SPEED, IFX_HIGH_SPEED))
    macs = _by_index(table, IF_MAC, mac)
    return tuple(
        InterfaceFacts(
            if_index=index,
            if_name=name.get(index) or descr.get(index) or str(index),
            if_descr=descr.get(index),
            if_alias=alias.get(index),
            if_type=kind.get(index),
            mac=macs.get(index),
            speed_bps=_speed_bps(speed.get(index), high.get(index)),
        )
        for index in sorted({*descr, *kind, *name})
    )


def _speed_bps(speed: int | None, high_mbps: int | None) -> int | None:
    """ifHighSpeed wins; but ifSpeed where it says the same more exactly, or where a device gives
    ifHighSpeed in bit/s by mistake."""
    if not high_mbps or high_mbps > _FASTEST_MBPS or (speed or 0) // 1_000_000 == high_mbps:
        return speed
    return high_mbps * 1_000_000


def _by_index(table: Table, column: bytes, read: Callable[[Value], T | None]) -> dict[int, T]:
    found = table.get(column, _NOTHING)
    pairs = ((index, read(value)) for index, value in zip(found.indexes, found.values, strict=True))
    return {index: value for index, value in pairs if value is not None}


def _numbers(values: Sequence[Value]) -> Iterable[int | None]:
    """The values as they are where all are sound numbers, which is checked at C's speed."""
    if set(map(type, values)) <= {int} and min(values, default=0) >= 0:  # type: ignore[operator, type-var]
        return values  # type: ignore[return-value]
    return [_number(value) for value in values]


def _number(value: Value) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


def text(value: Value) -> str | None:
    """An OCTET STRING as text; None where there is none. Devices pad with zero bytes."""
    if not isinstance(value, bytes):
        return None
    read = value.decode("utf-8", "replace").replace("\0", "").strip()
    return unicodedata.normalize("NFC", read) or None


def mac(value: Value) -> str | None:
    """`00:1a:2b:3c:4d:5e`; None for an empty address, as of a tunnel or loopback."""
    return value.hex(":") if isinstance(value, bytes) and value else None


def object_id(value: Value) -> str | None:
    """An OID as text; None where it is none or not sound."""
    try:
        return ber.dotted(value) if isinstance(value, bytes) else None
    except ber.Malformed:
        return None


def uptime_s(value: Value) -> float | None:
    ticks = _number(value)
    return None if ticks is None else ticks / 100
