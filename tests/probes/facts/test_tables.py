"""Parts, neighbours, stations and addresses out of tables as agents fill them, well or badly."""

from __future__ import annotations

from collections.abc import Mapping

from probes.facts import neighbours as around
from probes.facts import physical, stations
from probes.results import InterfaceFacts
from store.changes import AddressFact, StationFact
from wire import ber
from wire.ber import Value

ENTITY = "1.3.6.1.2.1.47.1.1.1.1"
LLDP = "1.0.8802.1.1.2.1"


def values(rows: Mapping[str, Value]) -> dict[bytes, Value]:
    return {ber.oid(oid): value for oid, value in rows.items()}


def port(if_index: int, name: str, **more: str) -> InterfaceFacts:
    return InterfaceFacts(
        if_index, name, more.get("descr"), more.get("alias"), 6, more.get("mac"), 10**9
    )


def entity(index: int, **columns: Value) -> dict[str, Value]:
    places = {
        "descr": 2, "inside": 4, "kind": 5, "place": 6, "name": 7, "serial": 11, "model": 13,
    }  # fmt: skip
    return {f"{ENTITY}.{places[name]}.{index}": value for name, value in columns.items()}


# -- parts ---------------------------------------------------------------------------------------


def test_the_members_of_a_stack_are_told_apart_and_each_part_knows_its_member() -> None:
    rows = {
        **entity(1, kind=11, name=b"Stack"),
        **entity(1001, kind=3, name=b"1", inside=1, place=1, serial=b"A1", model=b"S24"),
        **entity(2001, kind=3, name=b"2", inside=1, place=2, serial=b"A2", model=b"S48"),
        **entity(2006, kind=6, name=b"Power 1", inside=2001, serial=b"P2"),
    }
    found = physical.modules(physical.bodies(values(rows)))
    told = [(m.kind, m.name, m.serial, m.member) for m in found]
    assert told == [
        ("chassis", "1", "A1", 1),
        ("chassis", "2", "A2", 2),
        ("power supply", "Power 1", "P2", 2),
    ]
    assert found[2].inside == "2"


def test_a_row_is_found_through_any_of_its_columns() -> None:
    found = physical.bodies(values(entity(7, serial=b"only this")))
    assert [(body.index, body.serial) for body in found] == [(7, "only this")]


def test_what_agents_write_for_no_serial_is_none() -> None:
    rows: dict[str, Value] = {}
    for index, word in enumerate((b"N/A", b"", b"0", b"--", b"None", b"\0\0\0"), 1):
        rows |= entity(index, kind=9, model=b"m", serial=word)
    assert {body.serial for body in physical.bodies(values(rows))} == {None}


def test_a_circle_of_containment_ends() -> None:
    rows = {**entity(1, kind=9, inside=2, serial=b"a"), **entity(2, kind=9, inside=1, serial=b"b")}
    assert {m.serial for m in physical.modules(physical.bodies(values(rows)))} == {"a", "b"}


# -- neighbours ----------------------------------------------------------------------------------


def remote(port_number: int, number: int = 1, mark: int = 0, **columns: Value) -> dict[str, Value]:
    places = {
        "chassis_kind": 4,
        "chassis": 5,
        "port_kind": 6,
        "port": 7,
        "name": 9,
    }
    row = f"{mark}.{port_number}.{number}"
    return {f"{LLDP}.4.1.1.{places[name]}.{row}": value for name, value in columns.items()}


def test_a_local_port_that_counts_for_itself_is_found_by_its_name() -> None:
    rows = {
        f"{LLDP}.3.7.1.2.49": 5,
        f"{LLDP}.3.7.1.3.49": b"XGigabitEthernet0/0/1",
        **remote(
            49, name=b"core", port_kind=5, port=b"Eth1", chassis_kind=4, chassis=b"\0\1\2\3\4\5"
        ),
    }
    interfaces = [port(54, "XGigabitEthernet0/0/1"), port(49, "GigabitEthernet0/0/45")]
    [found] = around.neighbours(values(rows), interfaces)
    assert (found.if_index, found.port) == (54, "XGigabitEthernet0/0/1")
    assert (found.remote_name, found.remote_port) == ("core", "Eth1")
    assert found.remote_id == "00:01:02:03:04:05"


def test_a_local_port_that_no_table_lists_is_the_interface_of_its_number() -> None:
    [found] = around.neighbours(values(remote(3, name=b"x", port=b"1")), [port(3, "ether3")])
    assert (found.if_index, found.port) == (3, "ether3")


def test_a_local_port_that_is_nobodys_is_told_without_an_interface() -> None:
    rows = {f"{LLDP}.3.7.1.3.9": b"mgmt-ether", **remote(9, name=b"x", port=b"1")}
    [found] = around.neighbours(values(rows), [port(3, "ether3")])
    assert (found.if_index, found.port) == (None, "mgmt-ether")


def test_a_neighbour_without_a_name_is_called_by_its_chassis() -> None:
    rows = remote(
        1, chassis_kind=4, chassis=b"\xaa\xbb\xcc\xdd\xee\xff", port_kind=3, port=b"\1\2\3\4\5\6"
    )
    [found] = around.neighbours(values(rows), [port(1, "p1")])
    assert found.remote_name == "aa:bb:cc:dd:ee:ff"
    assert found.remote_port == "01:02:03:04:05:06"


def test_the_management_address_of_a_neighbour_stands_in_the_index() -> None:
    rows = {
        **remote(1, name=b"x", port=b"1"),
        f"{LLDP}.4.2.1.3.0.1.1.1.4.10.9.8.7": 2,
    }
    [found] = around.neighbours(values(rows), [port(1, "p1")])
    assert found.remote_address == "10.9.8.7"


# -- stations ------------------------------------------------------------------------------------

BRIDGE = "1.3.6.1.2.1.17"


def test_a_bridge_port_leads_to_its_interface_and_its_own_addresses_do_not_count() -> None:
    rows = {
        f"{BRIDGE}.1.4.1.2.7": 107,
        f"{BRIDGE}.7.1.2.2.1.2.30.0.1.2.3.4.5": 7,
        f"{BRIDGE}.7.1.2.2.1.3.30.0.1.2.3.4.5": 3,
        f"{BRIDGE}.7.1.2.2.1.2.30.0.1.2.3.4.6": 7,
        f"{BRIDGE}.7.1.2.2.1.3.30.0.1.2.3.4.6": 4,
        f"{BRIDGE}.7.1.2.2.1.2.30.1.0.94.0.0.1": 7,  # a group is nobody's station
    }
    assert list(stations.stations(values(rows), {107})) == [
        StationFact("00:01:02:03:04:05", 30, 107)
    ]


def test_a_filtering_database_is_told_by_its_vlan_where_the_device_maps_them() -> None:
    rows = {
        f"{BRIDGE}.1.4.1.2.7": 7,
        f"{BRIDGE}.7.1.4.2.1.3.0.200": 3,
        f"{BRIDGE}.7.1.2.2.1.2.3.0.1.2.3.4.5": 7,
    }
    assert list(stations.stations(values(rows), {7})) == [StationFact("00:01:02:03:04:05", 200, 7)]


def test_the_older_table_counts_where_it_says_more() -> None:
    rows = {
        f"{BRIDGE}.4.3.1.2.0.1.2.3.4.5": 12,
        f"{BRIDGE}.4.3.1.2.0.1.2.3.4.6": 0,  # known, but nobody knows where
    }
    assert list(stations.stations(values(rows), {12})) == [
        StationFact("00:01:02:03:04:05", None, 12)
    ]


def test_addresses_come_from_both_tables_once_and_never_from_groups() -> None:
    rows: dict[str, Value] = {
        "1.3.6.1.2.1.4.22.1.2.3.10.0.0.1": b"\0\1\2\3\4\5",
        "1.3.6.1.2.1.4.35.1.4.3.1.4.10.0.0.1": b"\0\1\2\3\4\5",
        "1.3.6.1.2.1.4.35.1.4.3.1.10.0.0.2": b"\0\1\2\3\4\6",  # an agent that forgets the length
        "1.3.6.1.2.1.4.22.1.2.3.10.0.0.255": b"\xff" * 6,
        "1.3.6.1.2.1.4.22.1.2.3.10.0.0.9": b"",
    }
    assert list(stations.resolved(values(rows))) == [
        AddressFact("10.0.0.1", "00:01:02:03:04:05", 3),
        AddressFact("10.0.0.2", "00:01:02:03:04:06", 3),
    ]


def test_a_database_that_several_vlans_share_tells_none() -> None:
    rows: dict[str, Value] = {f"{BRIDGE}.7.1.4.2.1.3.0.{vlan}": 1 for vlan in (1, 10, 99)}
    rows |= {f"{BRIDGE}.1.4.1.2.7": 7, f"{BRIDGE}.7.1.2.2.1.2.1.0.1.2.3.4.5": 7}
    found = stations.stations(values(rows), {7})
    assert list(found) == [StationFact("00:01:02:03:04:05", None, 7)]
