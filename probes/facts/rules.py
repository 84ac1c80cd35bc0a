"""The language of the vendor files: which system a device runs, and where it says what it is.

A rule reads one text out of what a device said, or None where it says none. Rules are tried in
their order; what none of a vendor's gives, the standard tables may (`identity`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from probes.facts.physical import Body
from probes.mib import object_id, text
from wire import ber
from wire.ber import Value

ENTERPRISES = "1.3.6.1.4.1."
_LONGEST = 255  # of a model, version or serial
_WHOLE = ("1.0.", "1.2.", "1.3.")  # no enterprise is number 1 and has such columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What a device said. `number`: its sysObjectID below enterprises as `9.1.1208`, or ""."""

    descr: str = ""
    number: str = ""
    name: str = ""
    values: Mapping[bytes, Value] = field(default_factory=dict)
    bodies: tuple[Body, ...] = ()  # of ENTITY-MIB, the chassis first


class Rule(Protocol):
    def scalars(self) -> Iterator[bytes]:
        """Single objects to ask."""

    def columns(self) -> Iterator[bytes]:
        """Columns to walk."""

    def read(self, own: Own) -> str | None: ...


@dataclass(frozen=True, slots=True)
class _Asks:
    def scalars(self) -> Iterator[bytes]:
        yield from ()

    def columns(self) -> Iterator[bytes]:
        yield from ()


@dataclass(frozen=True, slots=True)
class Match:
    """The part of a text that a pattern finds, in a form: `{0}` is its first group."""

    pattern: str = ""
    form: str = "{0}"

    def of(self, said: str | None) -> str | None:
        if not said or not self.pattern:
            return clean(said)
        found = re.search(self.pattern, said, re.IGNORECASE | re.MULTILINE)
        if found is None:
            return None
        groups = [group or "" for group in found.groups()] or [found[0]]
        return clean(self.form.format(*groups))


@dataclass(frozen=True, slots=True)
class Descr(_Asks):
    """Out of sysDescr."""

    match: Match

    def read(self, own: Own) -> str | None:
        return self.match.of(own.descr)


@dataclass(frozen=True, slots=True)
class Name(_Asks):
    """Out of sysName."""

    match: Match

    def read(self, own: Own) -> str | None:
        return self.match.of(own.name)


@dataclass(frozen=True, slots=True)
class At(_Asks):
    """One object."""

    oid: bytes
    match: Match

    def scalars(self) -> Iterator[bytes]:
        yield self.oid

    def read(self, own: Own) -> str | None:
        return self.match.of(plain(own.values.get(self.oid)))


@dataclass(frozen=True, slots=True)
class First(_Asks):
    """The first row of a column that says something."""

    oid: bytes
    match: Match

    def columns(self) -> Iterator[bytes]:
        yield self.oid

    def read(self, own: Own) -> str | None:
        rows = sorted(oid for oid in own.values if oid.startswith(self.oid))
        rows.sort(key=lambda oid: ber.suffix_arcs(oid[len(self.oid) :]))
        return next(filter(None, (self.match.of(plain(own.values[row])) for row in rows)), None)


@dataclass(frozen=True, slots=True)
class Bodily(_Asks):
    """A column of ENTITY-MIB, of the chassis, or of the first body of class `kind`."""

    column: str  # an attribute of Body
    match: Match
    kind: int | None = None

    def read(self, own: Own) -> str | None:
        bodies = own.bodies if self.kind is None else [b for b in own.bodies if b.kind == self.kind]
        chosen = bodies if self.kind is not None else bodies[:1]
        said = (self.match.of(getattr(body, self.column)) for body in chosen)
        return next(filter(None, said), None)


@dataclass(frozen=True, slots=True)
class Joined(_Asks):
    """Several, each with its form; parts that say nothing are left out, the first one must not."""

    parts: tuple[tuple[Rule, str], ...]

    def scalars(self) -> Iterator[bytes]:
        for rule, _ in self.parts:
            yield from rule.scalars()

    def columns(self) -> Iterator[bytes]:
        for rule, _ in self.parts:
            yield from rule.columns()

    def read(self, own: Own) -> str | None:
        said = [(rule.read(own), form) for rule, form in self.parts]
        if not said[0][0]:
            return None
        return clean("".join(form.format(part) for part, form in said if part))


@dataclass(frozen=True, slots=True)
class Coded(_Asks):
    """What a code stands for: of another rule, or of sysObjectID where there is none."""

    words: Mapping[str, str]
    rule: Rule | None = None

    def scalars(self) -> Iterator[bytes]:
        if self.rule is not None:
            yield from self.rule.scalars()

    def columns(self) -> Iterator[bytes]:
        if self.rule is not None:
            yield from self.rule.columns()

    def read(self, own: Own) -> str | None:
        code = self.rule.read(own) if self.rule is not None else own.number
        return self.words.get(code or "")


@dataclass(frozen=True, slots=True)
class Fixed(_Asks):
    word: str

    def read(self, own: Own) -> str | None:
        return self.word


def descr(pattern: str, form: str = "{0}") -> Rule:
    return Descr(Match(pattern, form))


def name(pattern: str, form: str = "{0}") -> Rule:
    return Name(Match(pattern, form))


def at(oid: str, pattern: str = "", form: str = "{0}") -> Rule:
    """`oid`: whole, or below enterprises."""
    return At(_oid(oid), Match(pattern, form))


def first(column: str, pattern: str = "", form: str = "{0}") -> Rule:
    """`column`: whole, or below enterprises."""
    return First(_oid(column), Match(pattern, form))


def chassis(column: str, pattern: str = "", form: str = "{0}") -> Rule:
    return Bodily(column, Match(pattern, form))


def body(kind: int, column: str, pattern: str = "", form: str = "{0}") -> Rule:
    return Bodily(column, Match(pattern, form), kind)


def joined(*parts: Rule | str) -> Rule:
    """Rules, each followed by the form in which it goes on: `joined(a, "{}", b, " ({})")`."""
    pairs = []
    for rule, form in zip(parts[::2], parts[1::2], strict=True):
        assert not isinstance(rule, str)
        assert isinstance(form, str)
        pairs.append((rule, form))
    return Joined(tuple(pairs))


def coded(words: Mapping[str, str], rule: Rule | None = None) -> Rule:
    return Coded(words, rule)


def fixed(word: str) -> Rule:
    return Fixed(word)


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """What runs on a device. It is this one where all that is given holds.

    `numbers`: its sysObjectID is one of these, or below one; `descr`: a pattern that its sysDescr
    has; `says`: that gives something. Of several that hold the one that demands most is meant.
    `vendor`: where it is not that of the file.
    """

    os: str
    numbers: tuple[str, ...] = ()
    descr: str = ""
    says: Rule | None = None
    vendor: str = ""
    model: tuple[Rule, ...] = ()
    version: tuple[Rule, ...] = ()
    serial: tuple[Rule, ...] = ()

    def rules(self) -> Iterator[Rule]:
        if self.says is not None:
            yield self.says
        yield from (*self.model, *self.version, *self.serial)

    def may_be(self, own: Own) -> bool:
        """As far as the system group tells."""
        if self.numbers and not self._length(own):
            return False
        return not self.descr or re.search(self.descr, own.descr, re.IGNORECASE) is not None

    def rank(self, own: Own) -> tuple[bool, int, int] | None:
        """How much of what it demands holds: its number before all else. None: it is not it."""
        if not self.may_be(own) or (self.says is not None and self.says.read(own) is None):
            return None
        return bool(self.numbers), bool(self.descr) + (self.says is not None), self._length(own)

    def _length(self, own: Own) -> int:
        fits = (n for n in self.numbers if f"{own.number}.".startswith(f"{n}."))
        return max((number.count(".") + 1 for number in fits), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """A maker, by the word that people use; `numbers`: of enterprises that are its own."""

    name: str
    numbers: tuple[int, ...] = ()
    systems: tuple[System, ...] = ()


def scalars(rules: Iterable[Rule]) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(oid for rule in rules for oid in rule.scalars()))


def columns(rules: Iterable[Rule]) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(oid for rule in rules for oid in rule.columns()))


def plain(value: Value) -> str | None:
    """Any value as text: numbers in digits; an OID stays out, its bytes look like a text."""
    return str(value) if isinstance(value, int) else text(value)


def clean(said: str | None) -> str | None:
    """On one line, without what frames it; None for what says nothing."""
    if not said:
        return None
    found = " ".join(said.split()).strip(" \t,;\"'")[:_LONGEST]
    return None if found.lower() in _NOTHING else found


_NOTHING = frozenset({"", "-", "--", "n/a", "na", "none", "null", "unknown", "not available"})


def number_of(said: bytes | str | None) -> str:
    """sysObjectID below enterprises, as `9.1.1208`; "" for others."""
    dotted = object_id(said) if isinstance(said, bytes) else said
    dotted = (dotted or "").removeprefix(".")
    return dotted.removeprefix(ENTERPRISES) if dotted.startswith(ENTERPRISES) else ""


def _oid(said: str) -> bytes:
    return ber.oid(said if said.startswith(_WHOLE) else ENTERPRISES + said)
