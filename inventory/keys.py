"""Every table and key of sites.toml as data: how a value is read, and what it refers to.

What is required and what holds where a key is missing stands in inventory.model: a field
without a default is required. `describe` joins the two, for the documentation.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from inventory import kinds, secrets
from inventory.kinds import Reader

Shape = Literal["one", "named", "many"]  # [network], [snmp.NAME], [[device]]
Form = Literal["text", "number", "day", "moment", "yes_no", "ids", "profiles", "texts", "toml"]


@dataclass(frozen=True, slots=True)
class Key:
    """`words` says the kind for people; `refers` names the tables one of which has the id; `form`
    is how a value stands in a cell of a workbook, and `among` what it is one of."""

    read: Reader
    words: str
    refers: tuple[str, ...] = ()
    form: Form = "text"
    among: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One kind of table; `model` is the value that a sound one becomes."""

    name: str
    shape: Shape
    model: type
    keys: Mapping[str, Key]

    @cached_property
    def required(self) -> frozenset[str]:
        """Keys whose field has no default."""
        return frozenset(key for key, field in self._fields if _no_default(field))

    @cached_property
    def references(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return tuple((name, key.refers) for name, key in self.keys.items() if key.refers)

    @property
    def header(self) -> str:
        """How it is written."""
        return {"one": "[{}]", "named": "[{}.NAME]", "many": "[[{}]]"}[self.shape].format(self.name)

    @property
    def _fields(self) -> Iterator[tuple[str, dataclasses.Field[Any]]]:
        return ((f.name, f) for f in dataclasses.fields(self.model) if f.name in self.keys)

    def describe(self) -> list[tuple[str, str, bool, Any]]:
        """(key, kind in words, required, default) of each key, for the documentation."""
        defaults = {name: field.default for name, field in self._fields}
        return [
            (name, key.words, name in self.required, defaults.get(name))
            for name, key in self.keys.items()
        ]


def _no_default(field: dataclasses.Field[Any]) -> bool:
    missing = dataclasses.MISSING
    return field.default is missing and field.default_factory is missing


def ref(*tables: str) -> Key:
    return Key(kinds.ident, f"id of a {' or '.join(tables)}", tables)


def refs(*tables: str) -> Key:
    return Key(kinds.idents, f"ids of {' or '.join(tables)} tables", tables, "ids")


def choice(*words: str) -> Key:
    return Key(kinds.choice(*words), " | ".join(words), among=words)


def number(low: float, high: float, words: str, *, above: bool = False) -> Key:
    return Key(kinds.number(low, high, above=above), words, form="number")


def integer(low: int, high: int, words: str) -> Key:
    return Key(kinds.integer(low, high), words, form="number")


ID = Key(kinds.ident, "id: A-Z a-z 0-9 . _ -, at most 64")
OLD_IDS = Key(kinds.idents, "ids that it had before", form="ids")
TEXT = Key(kinds.text, "text")
WORD = Key(kinds.word(64), "text, at most 64 characters")
NAME = Key(kinds.word(100), "text, at most 100 characters")
CODE = Key(kinds.word(16), "text, at most 16 characters")
TEXTS = Key(kinds.texts, "texts", form="texts")
DAY = Key(kinds.day, "date", form="day")
YES_NO = Key(kinds.yes_no, "true or false", form="yes_no")
PORT = Key(kinds.port, "port, 1-65535", form="number")
PERCENT = Key(kinds.percent, "per cent, 0-100", form="number")
SECONDS = Key(kinds.seconds, "seconds, above 0", form="number")
RETRIES = integer(0, 10, "whole number, 0-10")
PROFILES = Key(kinds.profiles, "profile, list of profiles, or false", ("snmp",), "profiles")
SECRET = Key(secrets.secret, '"secret:NAME"')
END = Key(kinds.text, "device:interface, or a site")
INSTANT = Key(kinds.instant, "time with offset", form="moment")
DEVICE_PORT = Key(kinds.text, "device, or device:port", ("device",))
DAYS = integer(2, 36_500, "whole number of days, 2-36500")
LIFE = {"commissioned": DAY, "retired": DAY, "was": OLD_IDS}
