"""Who stands at the other end of a port: LLDP-MIB (802.1AB), LLDP-V2-MIB, CISCO-CDP-MIB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import ip_address

from probes.mib import mac, text
from probes.results import InterfaceFacts
from probes.sensors.gauges import Columns, Index, split
from store.changes import NeighbourFact
from wire import ber
from wire.ber import Value

_LLDP = "1.0.8802.1.1.2.1."
LOCAL_KIND, LOCAL_ID, LOCAL_DESCR = (ber.oid(f"{_LLDP}3.7.1.{column}") for column in "234")
CHASSIS_KIND, CHASSIS_ID, PORT_KIND, PORT_ID, PORT_DESCR, SYS_NAME, SYS_DESCR = (
    ber.oid(f"{_LLDP}4.1.1.{column}") for column in ("4", "5", "6", "7", "8", "9", "10")
)
MANAGED_AT = ber.oid(f"{_LLDP}4.2.1.3")  # lldpRemManAddrIfSubtype: the address stands in the index
_CDP = "1.3.6.1.4.1.9.9.23.1.2.1.1."
CDP_ADDRESS, CDP_VERSION, CDP_DEVICE, CDP_PORT, CDP_PLATFORM = (
    ber.oid(_CDP + column) for column in ("4", "5", "6", "7", "8")
)
LLDP_LOCAL = (LOCAL_KIND, LOCAL_ID, LOCAL_DESCR)
LLDP_REMOTE = (CHASSIS_KIND, CHASSIS_ID, PORT_KIND, PORT_ID, PORT_DESCR, SYS_NAME, SYS_DESCR)
CDP = (CDP_ADDRESS, CDP_VERSION, CDP_DEVICE, CDP_PORT, CDP_PLATFORM)
COLUMNS = (*LLDP_LOCAL, *LLDP_REMOTE, MANAGED_AT, *CDP)

# LldpPortIdSubtype, LldpChassisIdSubtype: numbers that mean a MAC or a network address.
_PORT_MAC, _PORT_ADDRESS, _CHASSIS_MAC, _CHASSIS_ADDRESS = 3, 4, 4, 5

_V4, _V6 = 1, 2  # AddressFamilyNumbers of IANA


def neighbours(
    values: Mapping[bytes, Value], interfaces: Sequence[InterfaceFacts]
) -> tuple[NeighbourFact, ...]:
    table = split(values, COLUMNS)
    named = {each.if_index: each.if_name for each in interfaces}
    found = [*_lldp(table, _Ports(table, interfaces), named), *_cdp(table, named)]
    return tuple(sorted(found, key=lambda n: (n.if_index or 0, n.protocol, n.remote_name or "")))


class _Ports:
    """Which interface a local port number of LLDP is.

    The standard keeps the two apart; many agents count alike, others name the port in the table of
    local ports by interface name, alias, or MAC.
    """

    def __init__(self, table: Columns, interfaces: Sequence[InterfaceFacts]) -> None:
        self._table = table
        self._indexes = {each.if_index for each in interfaces}
        self._called: dict[str, int] = {}
        for each in reversed(interfaces):
            for word in (each.if_alias, each.mac, each.if_descr, each.if_name):
                if word:
                    self._called[word.lower()] = each.if_index

    def of(self, port: int) -> tuple[str, int | None]:
        """(what it is called, ifIndex)."""
        told = (self._said(LOCAL_ID, port), self._said(LOCAL_DESCR, port))
        for word in told:
            if word and word.lower() in self._called:
                return word, self._called[word.lower()]
        name = next(filter(None, told), str(port))
        listed = any(told)
        digits = told[0] if told[0] and told[0].isdecimal() else None
        if digits and int(digits) in self._indexes:
            return name, int(digits)
        if not listed or self._alike():
            return name, port if port in self._indexes else None
        return name, None

    def _alike(self) -> bool:
        """Do the port numbers of the table all stand for interfaces?"""
        ports = {index[0] for index in (*self._table[LOCAL_ID], *self._table[LOCAL_DESCR]) if index}
        return bool(ports) and ports <= self._indexes

    def _said(self, column: bytes, port: int) -> str | None:
        value = self._table[column].get((port,))
        if column == LOCAL_ID and self._table[LOCAL_KIND].get((port,)) == _PORT_MAC:
            return mac(value)
        return text(value)


def _lldp(table: Columns, ports: _Ports, named: Mapping[int, str]) -> list[NeighbourFact]:
    rows = {index for column in LLDP_REMOTE for index in table[column] if len(index) == 3}
    managed = _managed(table[MANAGED_AT])
    found = []
    for row in sorted(rows):
        name, if_index = ports.of(row[1])
        chassis = _identifier(
            table[CHASSIS_ID].get(row), table[CHASSIS_KIND].get(row), _CHASSIS_MAC, _CHASSIS_ADDRESS
        )
        port = _identifier(
            table[PORT_ID].get(row), table[PORT_KIND].get(row), _PORT_MAC, _PORT_ADDRESS
        )
        found.append(
            NeighbourFact(
                protocol="lldp",
                port=named.get(if_index or 0, name),
                if_index=if_index,
                remote_name=text(table[SYS_NAME].get(row)) or chassis,
                remote_port=port,
                remote_port_descr=text(table[PORT_DESCR].get(row)),
                remote_id=chassis,
                remote_descr=text(table[SYS_DESCR].get(row)),
                remote_address=managed.get(row),
            )
        )
    return found


def _identifier(value: Value, kind: Value, is_mac: int, is_address: int) -> str | None:
    if not isinstance(value, bytes) or not value:
        return None
    unprintable = any(byte < 0x20 for byte in value.rstrip(b"\0"))
    if kind == is_mac or (unprintable and len(value) == 6):
        return mac(value)
    if kind == is_address and len(value) in (5, 17):
        return str(ip_address(value[1:]))
    return text(value) if not unprintable else value.hex(":")


def _managed(column: Mapping[Index, Value]) -> dict[Index, str]:
    """Remote row → its first address: after the row stand family, length and address."""
    found: dict[Index, str] = {}
    for index in sorted(column):
        row: Index = index[:3]
        address = network_address(index[3:4], index[4:])
        if address is not None:
            found.setdefault(row, address)
    return found


def network_address(family: Index, rest: Index) -> str | None:
    """An address in an index: `(1,)` or `(2,)` says which; its length may stand before, or not."""
    size = {_V4: 4, _V6: 16}.get(family[0], 0) if family else 0
    if len(rest) > size and rest[0] == size:
        rest = rest[1:]
    if not size or len(rest) < size or any(byte > 255 for byte in rest[:size]):
        return None
    return str(ip_address(bytes(rest[:size])))


def _cdp(table: Columns, named: Mapping[int, str]) -> list[NeighbourFact]:
    rows = {index for column in CDP for index in table[column] if len(index) == 2}
    found = []
    for row in sorted(rows):
        address = table[CDP_ADDRESS].get(row)
        device, port = text(table[CDP_DEVICE].get(row)), text(table[CDP_PORT].get(row))
        if device is None and port is None:
            continue
        platform, version = (text(table[column].get(row)) for column in (CDP_PLATFORM, CDP_VERSION))
        found.append(
            NeighbourFact(
                protocol="cdp",
                port=named.get(row[0], str(row[0])),
                if_index=row[0] if row[0] in named else None,
                remote_name=device,
                remote_port=port,
                remote_id=device,
                remote_descr=" · ".join(filter(None, (platform, version))) or None,
                remote_address=str(ip_address(address))
                if isinstance(address, bytes) and len(address) == 4 and any(address)
                else None,
            )
        )
    return found
