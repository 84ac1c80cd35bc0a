"""Other questions to devices that answer their polls, and what their interfaces are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from probes.alarms import Port
from probes.results import Said, SnmpTarget
from probes.snmp import SnmpClient
from store.samples import Roster

UP = 1  # ifAdminStatus, ifOperStatus
Done = Callable[[Said], None]


class Interfaces(NamedTuple):
    """Of one device, as last polled. `links`: number in the graph, place in the roster."""

    roster: Roster
    admin: bytes
    oper: bytes
    links: tuple[tuple[int, int], ...]


class Polled(Protocol):
    """Who polls the devices."""

    def way(self, device_id: int) -> tuple[SnmpClient, SnmpTarget] | None:
        """How it answered last; None where it does not, or is not asked."""
        ...

    def interfaces(self, device_id: int) -> Interfaces | None:
        """None: not known yet."""
        ...


class Doors:
    """The ways of the polls, for questions of others."""

    def __init__(self, polled: Polled, thing_ids: Callable[[], Sequence[int]]) -> None:
        self._polled = polled
        self._thing_ids = thing_ids  # of the graph, by number
        # devices of one make share the lists of their rosters, and so these
        self._names: dict[tuple[int, int], tuple[Roster, Mapping[int, str]]] = {}

    def walk(self, device_id: int, columns: Sequence[bytes], done: Done, *, roots: bool) -> bool:
        way = self._polled.way(device_id)
        if way is None:
            return False
        client, target = way
        client.walk(target, columns, done, together=roots)
        return True

    def get(self, device_id: int, oids: Sequence[bytes], done: Done) -> bool:
        way = self._polled.way(device_id)
        if way is None:
            return False
        client, target = way
        client.get(target, oids, done)
        return True

    def way(self, device_id: int) -> tuple[SnmpClient, SnmpTarget] | None:
        """For who asks much at once."""
        return self._polled.way(device_id)

    def names(self, device_id: int) -> Mapping[int, str]:
        """By ifIndex; the same object as long as the interfaces are the same."""
        found = self._polled.interfaces(device_id)
        if found is None:
            return {}
        roster = found.roster
        held = self._names.get((id(roster.indexes), id(roster.names)))
        if held is None or (held[0].indexes, held[0].names) != (roster.indexes, roster.names):
            held = roster, dict(zip(roster.indexes, roster.names, strict=True))
            self._names[id(roster.indexes), id(roster.names)] = held
        return held[1]

    def ports(self, device_id: int) -> Mapping[int, Port]:
        """By ifIndex, with the links that end there."""
        found = self._polled.interfaces(device_id)
        if found is None or len(found.admin) != len(found.roster.indexes):
            return {}
        ids = self._thing_ids()
        links = {place: ids[link] for link, place in found.links}
        return {
            index: Port(found.admin[i] == UP, found.oper[i] == UP, links.get(i))
            for i, index in enumerate(found.roster.indexes)
        }
