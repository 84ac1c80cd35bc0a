"""The objects that a simulated device shows by SNMP, with their values already encoded.

Sources: RFC 1213 (system), RFC 2863 (IF-MIB), RFC 3411 (the engine), RFC 2578 (Counter64),
JUNIPER-DOM-MIB (light).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from demo import optics
from demo.ports import DOWN, Port
from inventory.model import Device
from wire import ber

ENTERPRISES = {
    "apc": 318,
    "cisco": 9,
    "d-link": 171,
    "draytek": 7367,
    "fortinet": 12356,
    "h3c": 25506,
    "huawei": 2011,
    "juniper": 2636,
    "mikrotik": 14988,
    "ruijie": 4881,
    "tp-link": 11863,
    "zte": 3902,
}
ETHERNET = 6  # ifType ethernetCsmacd
LONGEST_TEXT = 255  # octets, of a DisplayString
_MAX_32 = 0xFFFF_FFFF


class Moment(NamedTuple):
    """One device at one time, as its agent sees itself."""

    device: Device
    seed: int
    ports: Sequence[Port]
    uptime_s: float
    at_s: float
    cut: Mapping[str, float]  # link → since when it has been cut
    breaks: Mapping[str, float]  # link → when its fibre will break

    def worked_s(self, port: Port) -> float:
        """For how long traffic has passed through the port."""
        since = self.cut.get(port.link or "")
        return self.uptime_s if since is None else max(0.0, self.uptime_s - self.at_s + since)


def octets(now: Moment, port: Port, way: int) -> int:
    """What has passed in (0) or out (1); a port whose line is cut stands still."""
    return port.octets(now.worked_s(port), way)


# ---------------------------------------------------------------- values


@cache
def _head(tag: int, size: int) -> bytes:
    return bytes((tag, size))


def _number(tag: int, number: int) -> bytes:
    size = number.bit_length() // 8 + 1
    return _head(tag, size) + number.to_bytes(size, "big", signed=True)


@cache
def _small(tag: int, number: int) -> bytes:
    return _number(tag, number)


def _text(text: str) -> bytes:
    return ber.tlv(ber.OCTET_STRING, text.encode()[:LONGEST_TEXT])


def _ticks(seconds: float) -> bytes:
    return _number(ber.TIME_TICKS, int(seconds * 100) & _MAX_32)


def _sys_descr(now: Moment, _: Port) -> bytes:
    made = " ".join(word for word in (now.device.vendor, now.device.model) if word)
    return _text(f"{made or now.device.role} (simulated)")


def _sys_object_id(now: Moment, _: Port) -> bytes:
    enterprise = ENTERPRISES.get((now.device.vendor or "").lower(), 8072)
    return ber.tlv(ber.OID, ber.encode_arcs((1, 3, 6, 1, 4, 1, enterprise, 1, 51)))


def _oper_status(now: Moment, port: Port) -> bytes:
    return _small(ber.INTEGER, DOWN if port.link in now.cut else port.oper_status)


def _last_change(now: Moment, port: Port) -> bytes:
    cut = port.link in now.cut
    return _ticks(now.worked_s(port) if cut else 0.0)


def _mac(now: Moment, port: Port) -> bytes:
    """Locally administered, so that it is nobody's."""
    tail = now.seed.to_bytes(4, "big")
    return ber.tlv(ber.OCTET_STRING, b"\x02" + tail + bytes((port.if_index & 0xFF,)))


def _errors(now: Moment, port: Port) -> bytes:
    return _number(ber.COUNTER32, port.errors(now.worked_s(port)) & _MAX_32)


def _discards(now: Moment, port: Port) -> bytes:
    return _number(ber.COUNTER32, port.discards(now.worked_s(port)) & _MAX_32)


def _none(_: Moment, __: Port) -> bytes:
    return _small(ber.COUNTER32, 0)


Reading = Callable[[Moment, Port], bytes]


def _octets_32(way: int) -> Reading:
    return lambda now, port: _number(ber.COUNTER32, octets(now, port, way) & _MAX_32)


def _octets_64(way: int) -> Reading:
    return lambda now, port: _number(ber.COUNTER64, octets(now, port, way))


def _limit(limit: int) -> Reading:
    return lambda _, __: _small(ber.INTEGER, limit)


# ---------------------------------------------------------------- objects

_MIB_2 = (1, 3, 6, 1, 2, 1)
_ENGINE = (1, 3, 6, 1, 6, 3, 10, 2, 1)
SCALARS: dict[tuple[int, ...], Reading] = {
    (*_MIB_2, 1, 1): _sys_descr,
    (*_MIB_2, 1, 2): _sys_object_id,
    (*_MIB_2, 1, 3): lambda now, _: _ticks(now.uptime_s),
    (*_MIB_2, 1, 4): lambda now, _: _text(now.device.owner or ""),
    (*_MIB_2, 1, 5): lambda now, _: _text(now.device.id),
    (*_MIB_2, 1, 6): lambda now, _: _text(now.device.site),
    (*_MIB_2, 1, 7): lambda _, __: _small(ber.INTEGER, 6),
    (*_MIB_2, 2, 1): lambda now, _: _number(ber.INTEGER, len(now.ports)),
    (*_MIB_2, 31, 1, 5): lambda _, __: _small(ber.TIME_TICKS, 0),  # nothing came or went since
    (*_MIB_2, 47, 1, 4, 1): lambda _, __: _small(ber.TIME_TICKS, 0),
    (*_ENGINE, 2): lambda _, __: _small(ber.INTEGER, 1),
    (*_ENGINE, 3): lambda now, _: _number(ber.INTEGER, int(now.uptime_s)),
}
IF_TABLE: dict[int, Reading] = {
    1: lambda _, port: _number(ber.INTEGER, port.if_index),
    2: lambda _, port: _text(port.if_name),
    3: lambda _, __: _small(ber.INTEGER, ETHERNET),
    4: lambda _, __: _small(ber.INTEGER, 1500),
    5: lambda _, port: _number(ber.GAUGE32, min(port.speed_bps, _MAX_32)),
    6: _mac,
    7: lambda _, port: _small(ber.INTEGER, port.admin_status),
    8: _oper_status,
    9: _last_change,
    10: _octets_32(0),
    13: _none,
    14: _errors,
    16: _octets_32(1),
    19: _discards,
    20: _none,
}
IFX_TABLE: dict[int, Reading] = {
    1: lambda _, port: _text(port.if_name),
    6: _octets_64(0),
    10: _octets_64(1),
    15: lambda _, port: _number(ber.GAUGE32, port.speed_bps // 1_000_000),
    17: lambda _, __: _small(ber.INTEGER, 1),
    18: lambda _, port: _text(port.if_alias),
    19: lambda _, __: _small(ber.TIME_TICKS, 0),
}
LIGHT_TABLE: dict[int, Reading] = {
    optics.RECEIVED_COLUMN: lambda now, port: _number(
        ber.INTEGER, optics.received(port, now.at_s, now.cut, now.breaks)
    ),
    optics.SENT_COLUMN: lambda _, __: _small(ber.INTEGER, optics.SENT),
} | {column: _limit(limit) for column, limit in optics.LIMITS.items()}
WIDE = (6, 10)  # of ifXTable: Counter64, which version 1 has not

NO_ROW = -1  # of an object that stands alone


class View(NamedTuple):
    """The objects of every device with such interfaces, in the order of their OIDs."""

    arcs: tuple[tuple[int, ...], ...]
    oids: tuple[bytes, ...]
    cells: tuple[tuple[Reading, int], ...]  # how it is read, of which interface
    position: Mapping[bytes, int]


@cache
def view(interfaces: int, lit: tuple[int, ...], version: int) -> View:
    """Shared by all devices of the same size: 20,000 agents cost a handful of these. `lit`: those
    of the interfaces that tell their light."""
    rows = sorted(_rows(interfaces, lit, version), key=lambda row: row[0])
    oids = tuple(ber.encode_arcs(arcs) for arcs, _, _ in rows)
    return View(
        arcs=tuple(arcs for arcs, _, _ in rows),
        oids=oids,
        cells=tuple((reading, row) for _, reading, row in rows),
        position={encoded: number for number, encoded in enumerate(oids)},
    )


def _rows(
    interfaces: int, lit: tuple[int, ...], version: int
) -> Iterator[tuple[tuple[int, ...], Reading, int]]:
    for arcs, reading in SCALARS.items():
        yield (*arcs, 0), reading, NO_ROW
    wide = WIDE if version == ber.V1 else ()
    for table, columns in (((2, 2, 1), IF_TABLE), ((31, 1, 1, 1), IFX_TABLE)):
        for number, column in columns.items():
            if table == (31, 1, 1, 1) and number in wide:
                continue
            for row in range(interfaces):
                yield (*_MIB_2, *table, number, row + 1), column, row
    for number, column in LIGHT_TABLE.items():
        for row in lit:
            yield (*optics.TABLE, number, row + 1), column, row
