"""Names and ports of physical entities: ENTITY-MIB (RFC 6933)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from probes.mib import text
from probes.sensors.gauges import NAME_MAX, split
from wire import ber
from wire.ber import Value

_ENTRY = "1.3.6.1.2.1.47.1.1.1.1."
DESCR, CONTAINED_IN, CLASS, NAME = (ber.oid(_ENTRY + column) for column in "2457")
ALIAS = ber.oid("1.3.6.1.2.1.47.1.3.2.1.2")  # entAliasMappingIdentifier
COLUMNS = (DESCR, CONTAINED_IN, NAME, ALIAS)

_IF_INDEX = ber.oid("1.3.6.1.2.1.2.2.1.1")
_DEPTH = 12  # of containment; a circle ends here


@dataclass(frozen=True, slots=True)
class Entities:
    """By entPhysicalIndex."""

    names: Mapping[int, str]
    inside: Mapping[int, int]
    holds: Mapping[int, list[int]]
    ports: Mapping[int, int]  # → ifIndex

    def name(self, entity: int) -> str:
        return self.names.get(entity) or f"entity {entity}"

    def port(self, entity: int, called: Mapping[str, int], *, optical: bool) -> int | None:
        """ifIndex of the port that it is or is in; of what is `optical` also the one port that its
        transceiver holds.

        Where no entity tells, a name that begins with that of an interface does (`called`: ifIndex
        by name).
        """
        at, step = entity, 0
        while at and step < _DEPTH:
            if at in self.ports:
                return self.ports[at]
            below = {self.ports[each] for each in self.holds.get(at, ()) if each in self.ports}
            if optical and step and len(below) == 1:
                return below.pop()
            if len(below) > 1:
                break
            at, step = self.inside.get(at, 0), step + 1
        return _by_name(self.names.get(entity, ""), called)


def entities(values: Mapping[bytes, Value]) -> Entities:
    """From the columns of a walk; a device that has none gives empty ones."""
    table = split(values, COLUMNS)
    described = {i[0]: text(v) for i, v in table[DESCR].items() if len(i) == 1}
    named = {i[0]: text(v) for i, v in table[NAME].items() if len(i) == 1}
    names = {i: (named.get(i) or described.get(i) or "")[:NAME_MAX] for i in {*described, *named}}
    inside = {i[0]: v for i, v in table[CONTAINED_IN].items() if len(i) == 1 and isinstance(v, int)}
    ports: dict[int, int] = {}
    for index, value in table[ALIAS].items():
        if isinstance(value, bytes) and value.startswith(_IF_INDEX) and index:
            found = _arcs(value[len(_IF_INDEX) :])
            if len(found) == 1:
                ports.setdefault(index[0], found[0])
    holds: dict[int, list[int]] = {}
    for entity, upper in inside.items():
        holds.setdefault(upper, []).append(entity)
    return Entities(names, inside, holds, ports)


def _by_name(name: str, called: Mapping[str, int]) -> int | None:
    """The longest interface name that the words begin with."""
    words = name.split()
    for count in range(min(len(words), 3), 0, -1):
        found = called.get(" ".join(words[:count]))
        if found is not None:
            return found
    return None


def _arcs(suffix: bytes) -> tuple[int, ...]:
    try:
        return ber.suffix_arcs(suffix)
    except ber.Malformed:
        return ()
