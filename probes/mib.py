"""The OIDs that we ask, and what their values say. Sources: SNMPv2-MIB, IF-MIB (RFC 2863)."""

from __future__ import annotations

import unicodedata
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar

from probes.results import NO_VALUE, InterfaceFacts, Ports
from wire import ber
from wire.ber import Value

(
    SYS_DESCR,
    SYS_OBJECT_ID,
    SYS_UPTIME,
    SYS_NAME,
    IF_NUMBER,
    IF_TABLE_CHANGED,
    ENTITIES_CHANGED,
    ENGINE_BOOTS,
    ENGINE_TIME,
) = map(
    ber.oid,
    (
        "1.3.6.1.2.1.1.1.0",
        "1.3.6.1.2.1.1.2.0",
        "1.3.6.1.2.1.1.3.0",
        "1.3.6.1.2.1.1.5.0",
        "1.3.6.1.2.1.2.1.0",
        "1.3.6.1.2.1.31.1.5.0",  # ifTableLastChange, RFC 2863
        "1.3.6.1.2.1.47.1.4.1.0",  # entLastChangeTime, RFC 6933
        "1.3.6.1.6.3.10.2.1.2.0",  # snmpEngineBoots, RFC 3411
        "1.3.6.1.6.3.10.2.1.3.0",
    ),
)
# The same for months.
STEADY_SCALARS = (SYS_NAME, IF_NUMBER, IF_TABLE_CHANGED, ENTITIES_CHANGED, ENGINE_BOOTS)
RUNNING_SCALARS = (SYS_UPTIME, ENGINE_TIME)
BRIEF_SCALARS = (*STEADY_SCALARS, *RUNNING_SCALARS)
SCALARS = (SYS_DESCR, SYS_OBJECT_ID, *BRIEF_SCALARS)

_IF_ENTRY = "1.3.6.1.2.1.2.2.1."
_IFX_ENTRY = "1.3.6.1.2.1.31.1.1.1."
IF_DESCR, IF_TYPE, IF_SPEED, IF_MAC, IF_ADMIN, IF_OPER, IF_IN, IF_OUT = (
    ber.oid(_IF_ENTRY + column) for column in ("2", "3", "5", "6", "7", "8", "10", "16")
)
IF_IN_DISCARDS, IF_IN_ERRORS, IF_OUT_DISCARDS, IF_OUT_ERRORS = (
    ber.oid(_IF_ENTRY + column) for column in ("13", "14", "19", "20")
)
IFX_NAME, IFX_HC_IN, IFX_HC_OUT, IFX_HIGH_SPEED, IFX_ALIAS = (
    ber.oid(_IFX_ENTRY + column) for column in ("1", "6", "10", "15", "18")
)
STATUS = (IF_ADMIN, IF_OPER)
OCTETS = (IFX_HC_IN, IFX_HC_OUT)
OCTETS_32 = (IF_IN, IF_OUT)  # v1 has no 64-bit counters, and some interfaces have none
ERRORS = (IF_IN_ERRORS, IF_OUT_ERRORS, IF_IN_DISCARDS, IF_OUT_DISCARDS)
FACTS_COLUMNS = (IF_DESCR, IF_TYPE, IF_SPEED, IF_MAC, IFX_NAME, IFX_ALIAS, IFX_HIGH_SPEED)
COLUMNS = (*STATUS, *OCTETS, *ERRORS)  # asked at each poll


@dataclass(slots=True)
class Column:
    """One column of a table: the encoded index of each row, in their order, and its value."""

    suffixes: list[bytes] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)


Table = Mapping[bytes, Column]
T = TypeVar("T")
_NOTHING = Column()
_FASTEST_MBPS = 10_000_000
_LONGEST = 1024  # bytes of a text; a DisplayString has at most 255
_LONGEST_MAC = 32
HIGHEST_STATUS = 127


class NotAnIndexError(ValueError):
    """A row of ifTable whose index is no single number."""


def groups(version: int, *, facts: bool) -> list[tuple[bytes, ...]]:
    """The columns that are asked together, the first ones last."""
    octets = OCTETS_32 if version == ber.V1 else OCTETS
    found = [ERRORS, octets, STATUS]
    return [*found, FACTS_COLUMNS] if facts else found


def lacks_64_bit_octets(table: Table) -> bool:
    """Does an interface have no 64-bit counters, so that the old ones must be asked too?"""
    listed = table.get(IF_OPER, _NOTHING).suffixes
    wide = (table.get(column, _NOTHING).suffixes for column in OCTETS)
    return any(suffixes != listed and set(listed) - set(suffixes) for suffixes in wide)


def ports(table: Table) -> Ports:
    """One entry per interface, by if_index. 64-bit octets win over 32-bit ones."""
    octets = tuple(_numbers(table, column) for column in OCTETS)
    old = tuple(_numbers(table, column) for column in OCTETS_32)
    errors = tuple(_numbers(table, column) for column in ERRORS)
    admin, oper = (_numbers(table, column) for column in STATUS)
    listed = (table.get(column, _NOTHING).suffixes for column in (*STATUS, *OCTETS, *OCTETS_32))
    indexes = tuple(sorted({if_index(suffix) for suffixes in listed for suffix in suffixes}))
    narrow = bytes(i in old[0] and i not in octets[0] for i in indexes)
    lanes = [{**old[0], **octets[0]}, {**old[1], **octets[1]}, *errors]
    values = array("Q", [lane.get(i, NO_VALUE) for lane in lanes for i in indexes])
    said = [bytes(status(lane.get(i)) for i in indexes) for lane in (admin, oper)]
    return Ports(indexes, said[0], said[1], narrow, values.tobytes())


def status(number: int | None) -> int:
    """A status of IF-MIB as a byte; 0 for what is none."""
    return number if number is not None and 0 < number <= HIGHEST_STATUS else 0


def interface_facts(table: Table) -> tuple[InterfaceFacts, ...]:
    """One row per interface, by if_index; a nameless one is called by its ifDescr or index."""
    descr, name, alias = (_by_index(table, c, text) for c in (IF_DESCR, IFX_NAME, IFX_ALIAS))
    kind = _by_index(table, IF_TYPE, number)
    speed, high = (_by_index(table, c, number) for c in (IF_SPEED, IFX_HIGH_SPEED))
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


@lru_cache(maxsize=65_536)
def if_index(suffix: bytes) -> int:
    """The number of an interface, from the end of an OID."""
    arcs = ber.suffix_arcs(suffix)
    if len(arcs) != 1:
        raise NotAnIndexError(f"the index of an interface has {len(arcs)} numbers")
    return arcs[0]


def _numbers(table: Table, column: bytes) -> dict[int, int]:
    return _by_index(table, column, counter)


def _by_index(table: Table, column: bytes, read: Callable[[Value], T | None]) -> dict[int, T]:
    found = table.get(column, _NOTHING)
    pairs = ((if_index(s), read(value)) for s, value in zip(found.suffixes, found.values))  # noqa: B905, equally long
    return {index: value for index, value in pairs if value is not None}


def number(value: Value) -> int | None:
    """A number that is not negative; None for all else."""
    return value if isinstance(value, int) and value >= 0 else None


def counter(value: Value) -> int | None:
    """A counter; all ones are an agent's way to say that it has none."""
    return value if isinstance(value, int) and 0 <= value < NO_VALUE else None


def text(value: Value) -> str | None:
    """An OCTET STRING as text, cut where it is endless; None where there is none. Devices pad with
    zero bytes."""
    return _text(value[:_LONGEST]) if isinstance(value, bytes) else None


@lru_cache(maxsize=65_536)
def _text(value: bytes) -> str | None:
    read = value.decode("utf-8", "replace").replace("\0", "").strip()
    return unicodedata.normalize("NFC", read) or None


def mac(value: Value) -> str | None:
    """`00:1a:2b:3c:4d:5e`; None for an empty address, as of a tunnel or loopback."""
    return value.hex(":") if isinstance(value, bytes) and 0 < len(value) <= _LONGEST_MAC else None


def object_id(value: Value) -> str | None:
    """An OID as text; None where it is none or not sound."""
    try:
        return ber.dotted(value) if isinstance(value, bytes) else None
    except ber.Malformed:
        return None


def uptime_s(value: Value) -> float | None:
    ticks = number(value)
    return None if ticks is None else ticks / 100
