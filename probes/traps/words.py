"""Puts what a trap carries into words: bounded in number and length, fit to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address

from probes.traps.frames import MAX_BINDS, MAX_TEXT
from wire import ber

_IF_INDEX = ber.oid("1.3.6.1.2.1.2.2.1.1")
_IF_TABLES = (ber.oid("1.3.6.1.2.1.2.2.1"), ber.oid("1.3.6.1.2.1.31.1.1.1"))
_INDEX_MAX = 0x7FFF_FFFF


def if_index_of(binds: Sequence[ber.VarBind]) -> int | None:
    """The interface that a trap speaks of: ifIndex itself, else the row of any of its columns."""
    for name, tag, value in binds:
        if name.startswith(_IF_INDEX) and tag == ber.INTEGER and isinstance(value, int):
            return value if 0 < value <= _INDEX_MAX else None
    for name, _, _ in binds:
        for entry in _IF_TABLES:
            if name.startswith(entry):
                return _row(name[len(entry) :])
    return None


def _row(suffix: bytes) -> int | None:
    """`column.row` → row."""
    try:
        numbers = ber.suffix_arcs(suffix)
    except ber.Malformed:
        return None
    if len(numbers) != 2 or not 0 < numbers[1] <= _INDEX_MAX:
        return None
    return numbers[1]


def texts(binds: Sequence[ber.VarBind]) -> tuple[tuple[str, str], ...]:
    """The first few, as OID and value. Malformed where an OID is none."""
    return tuple((ber.dotted(name), _text(tag, value)) for name, tag, value in binds[:MAX_BINDS])


def _text(tag: int, value: ber.Value) -> str:
    if not isinstance(value, bytes):
        return "" if value is None else str(value)
    if tag == ber.OID:
        return ber.dotted(value)[:MAX_TEXT]
    if tag == ber.IP_ADDRESS and len(value) == 4:
        return str(IPv4Address(value))
    try:
        text = value.decode().rstrip("\0")
    except UnicodeDecodeError:
        text = "\0"
    return text[:MAX_TEXT] if text.isprintable() else f"0x{value[: MAX_TEXT // 2].hex()}"
