"""Values of the record as JSON and back, by their declared types."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from store.changes import AddressFact, ModuleFact, NeighbourFact, StationFact
from store.questions import LiveRow, OutageRow

# Names that modules know for their types alone.
_NAMES: Mapping[str, Any] = {
    each.__name__: each
    for each in (AddressFact, ModuleFact, NeighbourFact, StationFact, LiveRow, OutageRow)
}
_PLAIN = (str, int, float, bool, type(None))

Decode = Callable[[Any], Any]


class CodecError(ValueError):
    """What came is not of its type."""


def encode(value: Any) -> Any:
    """What JSON can hold. Rows (named tuples) become lists; keys of mappings become text."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple | list):
        return [encode(one) for one in value]
    if isinstance(value, frozenset | set):
        return sorted(encode(one) for one in value)
    if isinstance(value, Mapping):
        return {str(key): encode(one) for key, one in value.items()}
    if is_dataclass(value):
        return {each.name: encode(getattr(value, each.name)) for each in fields(value)}
    raise CodecError(f"{type(value).__name__} has no form in JSON")


def decode(kind: Any, told: Any) -> Any:
    """A value of that type; CodecError where it is none. Keys that are not known are left out."""
    try:
        return decoder(kind)(told)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise CodecError(f"not a {kind}: {error}") from error


@cache
def decoder(kind: Any) -> Decode:
    """Built once a type."""
    if kind is Any or kind in _PLAIN:
        return _same
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _of_union(inner)
    if origin is tuple and not (len(inner) == 2 and inner[1] is Ellipsis):
        return _of_parts(tuple(decoder(each) for each in inner))
    if origin in (tuple, frozenset):
        return _of_many(origin, decoder(inner[0]))
    if origin in (list, Sequence):
        return _of_many(list, decoder(inner[0]))
    if origin in (dict, Mapping):
        return _of_mapping(int if inner[0] is int else str, decoder(inner[1]))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {each.value: each for each in kind}.__getitem__
    if isinstance(kind, type) and hasattr(kind, "_fields"):
        return _of_row(kind)
    if is_dataclass(kind):
        return _of_dataclass(kind)
    raise CodecError(f"{kind} has no form in JSON")


def _same(told: Any) -> Any:
    return told


def _of_union(inner: tuple[Any, ...]) -> Decode:
    """Plain values, or one other type; None as well."""
    others = [each for each in inner if each not in _PLAIN]
    if not others:
        return _same
    if len(others) > 1 or len(inner) > 2:
        raise CodecError(f"which of {inner} it is cannot be told")
    other = decoder(others[0])
    return lambda told: None if told is None else other(told)


def _of_parts(parts: tuple[Decode, ...]) -> Decode:
    return lambda told: tuple(part(one) for part, one in zip(parts, told, strict=True))


def _of_many(made: Any, item: Decode) -> Decode:
    if item is _same:
        return lambda told: made(_listed(told))
    return lambda told: made(map(item, _listed(told)))


def _listed(told: Any) -> list[Any]:
    if not isinstance(told, list):
        raise CodecError(f"not a list: {told!r:.40}")
    return told


def _of_mapping(key: Callable[[str], Any], value: Decode) -> Decode:
    return lambda told: {key(name): value(one) for name, one in told.items()}


def _of_row(kind: Any) -> Decode:
    """Most of its fields are plain: only the others cost a call."""
    hints = _hints(kind)
    others = [
        (index, made)
        for index, name in enumerate(kind._fields)
        if (made := decoder(hints[name])) is not _same
    ]

    def row(told: Any) -> Any:
        values = list(_listed(told))
        for index, made in others:
            values[index] = made(values[index])
        return kind._make(values)

    return row


def _of_dataclass(kind: Any) -> Decode:
    hints = _hints(kind)
    known = [(each.name, decoder(hints[each.name]), _optional(each)) for each in fields(kind)]

    def made(told: Any) -> Any:
        return kind(
            **{name: read(told[name]) for name, read, may in known if not may or name in told}
        )

    return made


def _optional(each: Any) -> bool:
    return each.default is not MISSING or each.default_factory is not MISSING


def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind, localns=dict(_NAMES))
