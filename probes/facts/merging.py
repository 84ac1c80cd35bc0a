"""What the tables of a device and its command line say, as one; the tables come first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from probes.facts import collector
from probes.facts.collector import Facts
from probes.facts.identity import NOBODY
from probes.facts.rules import clean
from probes.results import InterfaceFacts
from probes.shell.values import ShellFacts
from store.changes import AddressFact, FactsSaid, NeighbourFact, StationFact

_PORT = re.compile(r"([A-Za-z][A-Za-z-]*) ?(\d[\d/.:]*)")


def facts_said(device_id: int, facts: Facts | None, shell: ShellFacts | None) -> FactsSaid:
    """For the record. A table that did not come through says nothing; where there is none at all,
    the command line speaks."""
    told = facts.identity if facts else NOBODY
    said = shell.identity if shell else NOBODY
    ports = Ports(facts.poll.facts or () if facts else ())

    def whole(*tables: str) -> bool:
        return facts is not None and facts.missing.keys().isdisjoint((*tables, collector.REST))

    modules = facts.modules if facts and whole(collector.PARTS) else None
    around = facts.neighbours if facts and whole(collector.LLDP, collector.CDP) else None
    # a part of these is harmless: what was seen is added, and nothing goes at once
    macs = facts.macs if facts and (facts.macs or whole(collector.BRIDGE)) else None
    arp = facts.arp if facts and (facts.arp or whole(collector.ADDRESSES)) else None
    if shell is not None:
        modules = modules or shell.modules or modules
        around = around or ports.neighbours(shell.neighbours) or around
        macs = macs or ports.stations(shell.macs) or macs
        arp = arp or ports.addresses(shell.arp) or arp
    return FactsSaid(
        device_id=device_id,
        vendor=told.vendor,
        os=told.os,
        model=(said.model or told.model) if _is_guess(facts) else (told.model or said.model),
        version=told.version or said.version,
        serial=told.serial or said.serial,
        modules=modules,
        neighbours=around,
        macs=macs,
        arp=arp,
        config=shell.config if shell else None,
    )


def _is_guess(facts: Facts | None) -> bool:
    """A whole description in the place of a model, for want of another."""
    return facts is not None and facts.identity.model == clean(facts.poll.sys_descr)


class Ports:
    """Which interface a name of the command line is: `Gi1/0/1` is `GigabitEthernet1/0/1`."""

    def __init__(self, interfaces: Sequence[InterfaceFacts]) -> None:
        self._whole: dict[str, int] = {}
        short: dict[tuple[str, str], set[int]] = {}
        for each in reversed(interfaces):
            for name in (each.if_descr, each.if_name):
                if name:
                    self._whole[name.lower()] = each.if_index
                    if key := _short(name):
                        short.setdefault(key, set()).add(each.if_index)
        self._short: Mapping[tuple[str, str], int] = {
            key: min(found) for key, found in short.items() if len(found) == 1
        }

    def of(self, name: str) -> int | None:
        key = _short(name)
        return self._whole.get(name.lower()) or (self._short.get(key) if key else None)

    def neighbours(self, said: Iterable[NeighbourFact]) -> tuple[NeighbourFact, ...]:
        return tuple(each._replace(if_index=self.of(each.port)) for each in said)

    def stations(self, said: Iterable[StationFact]) -> tuple[StationFact, ...]:
        return tuple(each._replace(if_index=self.of(each.port or "")) for each in said)

    def addresses(self, said: Iterable[AddressFact]) -> tuple[AddressFact, ...]:
        return tuple(each._replace(if_index=self.of(each.port or "")) for each in said)


def _short(name: str) -> tuple[str, str] | None:
    found = _PORT.fullmatch(name)
    return (found[1][:2].lower(), found[2]) if found else None
