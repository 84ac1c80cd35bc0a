"""What other questions to devices see of those that poll them."""

from __future__ import annotations

from typing import Any

from probes.alarms import Port
from probes.doors import Doors, Interfaces
from store.samples import Roster

INDEXES, NAMES = (3, 7), ("Gi0/3", "Gi0/7")


class Polled:
    """Two devices of one make, of which nobody answers."""

    def __init__(self) -> None:
        self.rosters = {n: Roster(n, INDEXES, NAMES, b"\0\0") for n in (1, 2)}

    def way(self, device_id: int) -> None:
        return None

    def interfaces(self, device_id: int) -> Interfaces | None:
        roster = self.rosters.get(device_id)
        return None if roster is None else Interfaces(roster, b"\1\2", b"\1\2", ((1, 1),))


def test_names_stay_the_same_object_and_are_shared_by_devices_of_one_make() -> None:
    polled = Polled()
    doors = Doors(polled, lambda: (10, 11))
    names = doors.names(1)
    assert names == {3: "Gi0/3", 7: "Gi0/7"}
    assert doors.names(1) is doors.names(2) is names
    polled.rosters[1] = Roster(1, INDEXES, ("Gi0/3", "uplink"), b"\0\0")
    assert doors.names(1) == {3: "Gi0/3", 7: "uplink"}
    assert doors.names(2) is names
    assert doors.names(3) == {}


def test_ports_know_their_link() -> None:
    doors = Doors(Polled(), lambda: (10, 11))
    assert doors.ports(1) == {
        3: Port(admin_up=True, oper_up=True, link=None),
        7: Port(admin_up=False, oper_up=False, link=11),
    }
    assert doors.ports(3) == {}


def test_who_does_not_answer_is_asked_nothing_else() -> None:
    doors, answers = Doors(Polled(), tuple), list[Any]()
    assert not doors.get(1, [b"\x2b"], answers.append)
    assert not doors.walk(1, [b"\x2b"], answers.append, roots=True)
    assert answers == []
