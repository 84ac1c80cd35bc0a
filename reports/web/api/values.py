"""What a program may send: each value with its JSON schema and how it is read."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from inventory.moments import moment as moment_of
from inventory.moments import plausible

BIGGEST = (1 << 53) - 1  # what every program's numbers hold exactly
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_WHOLE = re.compile(r"(-?(?:0|[1-9]\d{0,17}))(?:\.0+)?", re.ASCII)  # 3.0 is whole to JSON schemas
_BROKEN = re.compile("[\\0\ud800-\udfff]")
_UTC = ZoneInfo("UTC")
Schema = Mapping[str, Any]


class UnreadableError(ValueError):
    """A value is not what its schema says; the text says what it has to be."""


class ImplausibleError(UnreadableError):
    """It is what its schema says, and cannot be meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One parameter or one key of a body. `read` takes what JSON or a query holds."""

    name: str
    schema: Schema
    about: str
    read: Callable[[Any], Any]
    place: str = "query"  # query, path, header, body
    required: bool = False
    default: Any = None
    empty: bool = field(default=False)  # null may stand in a body


def text(name: str, about: str, *, most: int = 200, least: int = 1, **more: Any) -> Value:
    def read(found: Any) -> str:
        if not isinstance(found, str) or not least <= len(found) <= most:
            raise UnreadableError(f"has to be text of {least} to {most} characters")
        if not found.isprintable() and _BROKEN.search(found):
            raise UnreadableError("holds what is no text")
        return found

    schema = {"type": "string", "minLength": least, "maxLength": most, "pattern": "^[^\\x00]*$"}
    return Value(name=name, schema=schema, about=about, read=read, **more)


def whole(name: str, about: str, *, least: int = 0, most: int = BIGGEST, **more: Any) -> Value:
    def read(found: Any) -> int:
        if isinstance(found, str) and (digits := _WHOLE.fullmatch(found)):
            found = int(digits[1])
        if isinstance(found, float) and found.is_integer():
            found = int(found)
        if type(found) is not int or not least <= found <= most:
            raise UnreadableError(f"has to be a whole number from {least} to {most}")
        return found

    schema = {"type": "integer", "minimum": least, "maximum": most}
    if more.get("default") is not None:
        schema["default"] = more["default"]
    return Value(name=name, schema=schema, about=about, read=read, **more)


def choice(name: str, about: str, words: Iterable[str], **more: Any) -> Value:
    known = tuple(words)

    def read(found: Any) -> str:
        if found not in known:
            raise UnreadableError(f"has to be one of {', '.join(known)}")
        return str(found)

    schema = {"type": "string", "enum": list(known)}
    return Value(name=name, schema=schema, about=about, read=read, **more)


def several(name: str, about: str, words: Iterable[str], **more: Any) -> Value:
    """Words of a list, with commas between them."""
    known = tuple(words)

    def read(found: Any) -> frozenset[str]:
        given = str(found).split(",")
        for word in given:
            if word not in known:
                raise UnreadableError(f"{word!r} is not one of {', '.join(known)}")
        return frozenset(given)

    items = {"type": "string", "enum": list(known)}
    schema = {"type": "array", "items": items, "minItems": 1}
    return Value(name=name, schema=schema, about=about, read=read, **more)


def flag(name: str, about: str, **more: Any) -> Value:
    def read(found: Any) -> bool:
        if found not in (True, False, "true", "false") or isinstance(found, int | float) != (
            type(found) is bool
        ):
            raise UnreadableError("has to be true or false")
        return found in (True, "true")

    return Value(name=name, schema={"type": "boolean"}, about=about, read=read, **more)


def moment(name: str, about: str, **more: Any) -> Value:
    """RFC 3339, read as UTC milliseconds."""

    def read(found: Any) -> int:
        wrong = UnreadableError("has to be a time with its offset: 2026-10-01T14:05:00+07:00")
        if not isinstance(found, str) or not _MOMENT.fullmatch(found):
            raise wrong
        try:
            at_ms = moment_of(found.upper(), _UTC)
        except ValueError:
            raise wrong from None
        if not plausible(at_ms):
            raise ImplausibleError("has to lie between the years 2000 and 2100")
        return at_ms

    schema = {"type": "string", "format": "date-time"}
    return Value(name=name, schema=schema, about=about, read=read, **more)


def pattern(name: str, about: str, shape: str, **more: Any) -> Value:
    """Text that the regular expression fits."""
    known = re.compile(shape, re.ASCII)

    def read(found: Any) -> str:
        if not isinstance(found, str) or not known.fullmatch(found):
            raise UnreadableError(f"has to have the form {shape}")
        return found

    schema = {"type": "string", "pattern": f"^{shape}$"}
    return Value(name=name, schema=schema, about=about, read=read, **more)


def read_all(wanted: Iterable[Value], given: Mapping[str, Any]) -> dict[str, Any]:
    """By name; UnreadableError names the first that is wrong, missing or unknown."""
    values = {value.name: value for value in wanted}
    for name in given:
        if name not in values:
            near = difflib.get_close_matches(name, values, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise UnreadableError(f"{name!r} is not known here{hint}")
    found = {}
    for name, value in values.items():
        if name not in given or (given[name] is None and value.empty):
            if value.required and name not in given:
                raise UnreadableError(f"{name!r} is missing")
            found[name] = value.default
            continue
        try:
            found[name] = value.read(given[name])
        except UnreadableError as problem:
            raise type(problem)(f"{name!r} {problem}") from None
    return found
