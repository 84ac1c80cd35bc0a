"""What a device is built of: ENTITY-MIB (RFC 6933), the members of a stack, modules, transceivers.

Where a row of the table stands may depend on any of its columns: an agent may lack the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from probes.mib import number, text
from probes.sensors.entities import ALIAS, CLASS, CONTAINED_IN, DESCR, NAME
from probes.sensors.gauges import split
from store.changes import ModuleFact
from wire import ber
from wire.ber import Value

CHASSIS, MODULE, PORT, STACK = 3, 9, 10, 11  # PhysicalClass of IANA-ENTITY-MIB
CLASSES: Mapping[int, str] = {
    1: "other",
    2: "unknown",
    3: "chassis",
    4: "backplane",
    5: "container",
    6: "power supply",
    7: "fan",
    8: "sensor",
    9: "module",
    10: "port",
    11: "stack",
    12: "cpu",
}

_ENTRY = "1.3.6.1.2.1.47.1.1.1.1."
PLACE, HARDWARE, FIRMWARE, SOFTWARE, SERIAL, MAKER, MODEL = (
    ber.oid(_ENTRY + column) for column in ("6", "8", "9", "10", "11", "12", "13")
)
_TEXTS = {
    "descr": DESCR,
    "name": NAME,
    "hardware": HARDWARE,
    "firmware": FIRMWARE,
    "software": SOFTWARE,
    "serial": SERIAL,
    "maker": MAKER,
    "model": MODEL,
}
_NUMBERS = {"inside": CONTAINED_IN, "kind": CLASS, "place": PLACE}
COLUMNS = (*_TEXTS.values(), *_NUMBERS.values(), ALIAS)
_DEPTH = 16  # of containment; a circle ends here
# What agents write where there is no serial.
_NO_SERIAL = frozenset(
    ["0", "na", "n/a", "none", "null", "unknown", "unavailable", "invalid", "default", "notset"]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A row of entPhysicalTable; texts that say nothing are None."""

    index: int
    inside: int = 0  # entPhysicalIndex of what holds it
    kind: int | None = None  # entPhysicalClass
    place: int | None = None  # entPhysicalParentRelPos
    descr: str | None = None
    name: str | None = None
    hardware: str | None = None
    firmware: str | None = None
    software: str | None = None
    serial: str | None = None
    maker: str | None = None
    model: str | None = None

    @property
    def called(self) -> str:
        return self.name or self.descr or f"entity {self.index}"


def bodies(values: Mapping[bytes, Value]) -> tuple[Body, ...]:
    """All rows: the chassis first, each in the order of their numbers."""
    table = split(values, COLUMNS)
    indexes = {index[0] for column in COLUMNS for index in table[column] if len(index) == 1}
    found = [_body(index, table) for index in sorted(indexes)]
    return tuple(sorted(found, key=lambda body: body.kind != CHASSIS))


def _body(index: int, table: Mapping[bytes, Mapping[tuple[int, ...], Value]]) -> Body:
    texts = {name: _said(table[column].get((index,))) for name, column in _TEXTS.items()}
    numbers = {name: number(table[column].get((index,))) for name, column in _NUMBERS.items()}
    if (texts["serial"] or "").lower().strip("-. ") in {"", *_NO_SERIAL}:
        texts["serial"] = None
    inside = numbers.pop("inside") or 0
    return Body(index=index, inside=inside, **numbers, **texts)  # type: ignore[arg-type]


def _said(value: Value) -> str | None:
    said = text(value)
    return " ".join(said.split()) or None if said else None


def modules(found: Iterable[Body]) -> tuple[ModuleFact, ...]:
    """Chassis, and all that has a serial or a model, in the order of their numbers."""
    every = {body.index: body for body in found}
    meant = {i for i, b in every.items() if b.kind == CHASSIS or b.serial or b.model}
    members = set(_members(every.values()))
    made = []
    for index in sorted(meant):
        own, around = every[index], list(_around(every, index))
        holder = next((body.called for body in around if body.index in meant), None)
        member = next((b.place for b in (own, *around) if b.index in members), None)
        made.append(
            ModuleFact(
                kind=CLASSES.get(own.kind or 0, "other"),
                name=own.called,
                descr=own.descr,
                model=own.model,
                serial=own.serial,
                maker=own.maker,
                hardware=own.hardware,
                firmware=own.firmware,
                software=own.software,
                inside=holder,
                member=member,
            )
        )
    return tuple(made)


def _members(every: Iterable[Body]) -> Iterator[int]:
    """The chassis of a stack, where there are several."""
    cases = [body for body in every if body.kind == CHASSIS and body.place is not None]
    if len({body.place for body in cases}) > 1:
        yield from (body.index for body in cases)


def _around(every: Mapping[int, Body], index: int) -> Iterator[Body]:
    at, step = every[index].inside, 0
    while at in every and step < _DEPTH:
        yield every[at]
        at, step = every[at].inside, step + 1
