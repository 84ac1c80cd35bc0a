"""Which MAC is behind which port, which IP has which MAC: BRIDGE-MIB, Q-BRIDGE-MIB, IP-MIB."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from probes.facts.neighbours import network_address
from probes.mib import mac, number
from probes.sensors.gauges import Index, split
from store.changes import AddressFact, StationFact
from wire import ber
from wire.ber import Value

BASE_PORT = ber.oid("1.3.6.1.2.1.17.1.4.1.2")  # dot1dBasePortIfIndex
FDB_PORT, FDB_STATUS = (ber.oid(f"1.3.6.1.2.1.17.4.3.1.{column}") for column in "23")
QFDB_PORT, QFDB_STATUS = (ber.oid(f"1.3.6.1.2.1.17.7.1.2.2.1.{column}") for column in "23")
VLAN_FDB = ber.oid("1.3.6.1.2.1.17.7.1.4.2.1.3")  # dot1qVlanFdbId: time mark, VLAN → FDB
ARP = ber.oid("1.3.6.1.2.1.4.22.1.2")  # ipNetToMediaPhysAddress
NEIGHBOUR = ber.oid("1.3.6.1.2.1.4.35.1.4")  # ipNetToPhysicalPhysAddress
VTP_VLAN = ber.oid("1.3.6.1.4.1.9.9.46.1.3.1.1.2")  # vtpVlanState: domain, VLAN
BRIDGE = (BASE_PORT, FDB_PORT, FDB_STATUS, QFDB_PORT, QFDB_STATUS, VLAN_FDB)
ADDRESSES = (ARP, NEIGHBOUR)

OLDER = (BASE_PORT, FDB_PORT, FDB_STATUS)
_OPERATIONAL, _DEFAULTS = 1, frozenset(range(1002, 1006))  # of FDDI and token ring
_OWN = 4  # status self: of the bridge itself
_MAC = 6
_V4 = (1,)  # AddressFamilyNumbers of IANA


def stations(values: Mapping[bytes, Value], interfaces: Collection[int]) -> tuple[StationFact, ...]:
    """Q-BRIDGE-MIB tells VLANs and wins; what only the older table has comes beside it."""
    table = split(values, BRIDGE)
    ports = {index[0]: value for index, value in table[BASE_PORT].items() if len(index) == 1}
    shared: dict[int, set[int]] = {}
    for index, value in table[VLAN_FDB].items():
        if isinstance(value, int) and index:
            shared.setdefault(value, set()).add(index[-1])

    def port(value: Value) -> int | None:
        bridged = number(value)
        if not bridged:  # 0: learned, but not through which port
            return None
        found = ports.get(bridged) if ports else bridged
        return found if isinstance(found, int) and (not interfaces or found in interfaces) else None

    found: set[StationFact] = set()
    for index, value in table[QFDB_PORT].items():
        if len(index) == 1 + _MAC and table[QFDB_STATUS].get(index) != _OWN and port(value):
            own = shared.get(index[0], {index[0]})  # a database of several VLANs tells none
            _add(found, index[1:], next(iter(own)) if len(own) == 1 else None, port(value))
    known = {(each.mac, each.if_index) for each in found}
    for index, value in table[FDB_PORT].items():
        if len(index) == _MAC and table[FDB_STATUS].get(index) != _OWN:
            at = port(value)
            if at is not None and (_text(index), at) not in known:
                _add(found, index, None, at)
    return tuple(sorted(found, key=lambda s: (s.mac, s.vlan or 0, s.if_index)))


def of_vlan(
    values: Mapping[bytes, Value], vlan: int, interfaces: Collection[int]
) -> tuple[StationFact, ...]:
    """Of a device that tells one VLAN at a time, in the older table."""
    return tuple(each._replace(vlan=vlan) for each in stations(values, interfaces))


def vlans(values: Mapping[bytes, Value]) -> list[int]:
    """VLANs of CISCO-VTP-MIB that carry anything, as far as the device lists them."""
    table = split(values, (VTP_VLAN,))
    found = {index[-1] for index, state in table[VTP_VLAN].items() if state == _OPERATIONAL}
    return sorted(found - _DEFAULTS)


def _add(found: set[StationFact], octets: Index, vlan: int | None, at: int | None) -> None:
    if at is not None and all(octet < 256 for octet in octets) and not octets[0] & 1:
        found.add(StationFact(_text(octets), vlan, at))


def resolved(values: Mapping[bytes, Value]) -> tuple[AddressFact, ...]:
    table = split(values, ADDRESSES)
    rows = [(index, index[1:2], index[2:], value) for index, value in table[NEIGHBOUR].items()]
    rows += [(index, _V4, index[1:], value) for index, value in table[ARP].items()]
    found = {
        AddressFact(address, owner, index[0])
        for index, family, octets, value in rows
        if (address := network_address(family, octets)) and (owner := _of_one(value))
    }
    return tuple(sorted(found))


def _of_one(value: Value) -> str | None:
    """The MAC of one station; None: of nobody, or of a group."""
    if not isinstance(value, bytes) or len(value) != _MAC or not any(value) or value[0] & 1:
        return None
    return mac(value)


def _text(octets: Index) -> str:
    return ":".join(f"{octet & 255:02x}" for octet in octets)
