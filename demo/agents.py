"""What a simulated device answers by SNMP v2c: system group, ifTable, ifXTable; no sockets.

Sources: RFC 1213 (system), RFC 2863 (IF-MIB), RFC 3416 section 4.2 (the operations).
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import sin

from demo.ports import DOWN, Port, die, ports
from demo.world import Conditions, asked_by_snmp
from inventory.model import Device, Network
from wire import ber

COMMUNITY = b"public"
MAX_BYTES = 8_000  # of varbinds in one answer; a GETBULK that asks for more gets fewer rows
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

Typed = tuple[int, ber.Value]  # tag, value


@dataclass(frozen=True, slots=True)
class Moment:
    """One device at one time, as its agent sees itself."""

    device: Device
    ports: Sequence[Port]
    uptime_s: float
    cut: Mapping[str, float]  # link → for how many seconds it has been cut


def _text(text: str) -> Typed:
    return ber.OCTET_STRING, text.encode()


def _sys_descr(now: Moment) -> Typed:
    made = " ".join(word for word in (now.device.vendor, now.device.model) if word)
    return _text(f"{made or now.device.role} (simulated)")


def _sys_object_id(now: Moment) -> Typed:
    enterprise = ENTERPRISES.get((now.device.vendor or "").lower(), 8072)
    return ber.OID, ber.encode_arcs((1, 3, 6, 1, 4, 1, enterprise, 1, 51))


def _ticks(seconds: float) -> Typed:
    return ber.TIME_TICKS, int(seconds * 100) & 0xFFFF_FFFF


SYSTEM: dict[int, Callable[[Moment], Typed]] = {
    1: _sys_descr,
    2: _sys_object_id,
    3: lambda now: _ticks(now.uptime_s),
    4: lambda now: _text(now.device.owner or ""),
    5: lambda now: _text(now.device.id),
    6: lambda now: _text(now.device.site),
    7: lambda now: (ber.INTEGER, 6),
}


def _oper_status(now: Moment, port: Port) -> int:
    return DOWN if port.link in now.cut else port.oper_status


def _last_change(now: Moment, port: Port) -> Typed:
    cut_s = now.cut.get(port.link or "")
    return _ticks(0.0 if cut_s is None else max(0.0, now.uptime_s - cut_s))


def octets(now: Moment, port: Port, direction: str) -> int:
    """A counter that swings about its mean of 3 to 25 % and stands still while nothing passes."""
    if port.oper_status == DOWN:
        return 0
    seconds = max(0.0, now.uptime_s - now.cut.get(port.link or "", 0.0))
    share = 0.03 + die(f"{now.device.id} {port.if_name} {direction}") % 1000 / 1000 * 0.22
    swing = 60.0  # the sum of share * (1 + 0.5 cos(t / swing)), which never falls
    return int(port.speed_bps / 8 * share * (seconds + 0.5 * swing * sin(seconds / swing)))


def _counter32(now: Moment, port: Port, direction: str) -> Typed:
    return ber.COUNTER32, octets(now, port, direction) & 0xFFFF_FFFF


def _counter64(now: Moment, port: Port, direction: str) -> Typed:
    return ber.COUNTER64, octets(now, port, direction)


def _mac(now: Moment, port: Port) -> Typed:
    """Locally administered, so that it is nobody's."""
    tail = die(now.device.id).to_bytes(4, "big")
    return ber.OCTET_STRING, b"\x02" + tail + bytes((port.if_index & 0xFF,))


Column = Callable[[Moment, Port], Typed]
IF_TABLE: dict[int, Column] = {
    1: lambda now, port: (ber.INTEGER, port.if_index),
    2: lambda now, port: _text(port.if_name),
    3: lambda now, port: (ber.INTEGER, ETHERNET),
    4: lambda now, port: (ber.INTEGER, 1500),
    5: lambda now, port: (ber.GAUGE32, min(port.speed_bps, 0xFFFF_FFFF)),
    6: _mac,
    7: lambda now, port: (ber.INTEGER, port.admin_status),
    8: lambda now, port: (ber.INTEGER, _oper_status(now, port)),
    9: _last_change,
    10: lambda now, port: _counter32(now, port, "in"),
    13: lambda now, port: (ber.COUNTER32, 0),
    14: lambda now, port: (ber.COUNTER32, 0),
    16: lambda now, port: _counter32(now, port, "out"),
    19: lambda now, port: (ber.COUNTER32, 0),
    20: lambda now, port: (ber.COUNTER32, 0),
}
IFX_TABLE: dict[int, Column] = {
    1: lambda now, port: _text(port.if_name),
    6: lambda now, port: _counter64(now, port, "in"),
    10: lambda now, port: _counter64(now, port, "out"),
    15: lambda now, port: (ber.GAUGE32, port.speed_bps // 1_000_000),
    17: lambda now, port: (ber.INTEGER, 1),
    18: lambda now, port: _text(port.if_alias),
    19: lambda now, port: (ber.TIME_TICKS, 0),
}
Reading = Callable[[Moment], Typed]


@dataclass(frozen=True, slots=True)
class View:
    """The objects of every device with this many interfaces, in the order of their OIDs."""

    arcs: tuple[tuple[int, ...], ...]
    oids: tuple[bytes, ...]
    readings: tuple[Reading, ...]
    position: Mapping[bytes, int] = field(hash=False)


@cache
def view(interfaces: int) -> View:
    """Shared by all devices of the same size: 20,000 agents cost a handful of these."""
    rows = sorted(_rows(interfaces), key=lambda row: row[0])
    arcs = tuple(row[0] for row in rows)
    oids = tuple(ber.encode_arcs(row[0]) for row in rows)
    places = {encoded: number for number, encoded in enumerate(oids)}
    return View(arcs, oids, tuple(row[1] for row in rows), places)


def _rows(interfaces: int) -> Iterator[tuple[tuple[int, ...], Reading]]:
    mib2 = (1, 3, 6, 1, 2, 1)
    for number, reading in SYSTEM.items():
        yield (*mib2, 1, number, 0), reading
    yield (*mib2, 2, 1, 0), lambda now: (ber.INTEGER, len(now.ports))
    for table, columns in ((2, 2, 1), IF_TABLE), ((31, 1, 1, 1), IFX_TABLE):
        for number, column in columns.items():
            for row in range(interfaces):
                yield (*mib2, *table, number, row + 1), _cell(column, row)


def _cell(column: Column, row: int) -> Reading:
    return lambda now: column(now, now.ports[row])


class Agents:
    """Every SNMP agent of the province."""

    def __init__(self, network: Network) -> None:
        self._devices = network.devices
        self._ports = ports(network)

    def answer(self, device: str, request: bytes, at_s: float, now: Conditions) -> bytes | None:
        """The answer of a living device at this second; None is silence."""
        if not asked_by_snmp(self._devices[device]):
            return None
        try:
            head = ber.parse_head(request)
            oids, _, _ = ber.walk(request, head.start, head.end)
            if head.version != ber.V2C or head.community != COMMUNITY:
                return None  # as real agents do: a wrong community is not worth a word
            moment = self.moment(device, at_s, now)
            return ber.response(head, _varbinds(head, oids, moment))
        except ber.Malformed:
            return None

    def moment(self, device: str, at_s: float, now: Conditions) -> Moment:
        """How the device sees itself; by then it has run for up to 400 days."""
        known = self._devices[device]
        booted = now.booted.get(known.site, -float(die(device) % (400 * 86_400)))
        cut = {link: at_s - since for link, since in now.cut.items()}
        return Moment(known, self._ports[device], at_s - booted, cut)


def _varbinds(head: ber.Head, oids: Sequence[bytes], now: Moment) -> Iterator[bytes]:
    seen = view(len(now.ports))
    if head.pdu == ber.GET:
        return (_get(seen, encoded, now) for encoded in oids)
    if head.pdu == ber.GETNEXT:
        return (_object(seen, _next(seen, encoded), encoded, now) for encoded in oids)
    if head.pdu == ber.GETBULK:
        return _bulk(seen, head, oids, now)
    raise ber.Malformed("not a question")


def _get(seen: View, encoded: bytes, now: Moment) -> bytes:
    place = seen.position.get(encoded)
    if place is None:
        return ber.varbind(encoded, ber.NO_SUCH_INSTANCE, None)
    return _object(seen, place, encoded, now)


def _next(seen: View, encoded: bytes) -> int:
    """The place of the first object after this OID, which need not exist itself."""
    place = seen.position.get(encoded)
    return bisect.bisect_right(seen.arcs, ber.arcs(encoded)) if place is None else place + 1


def _object(seen: View, place: int, asked: bytes, now: Moment) -> bytes:
    if place >= len(seen.oids):
        return ber.varbind(asked, ber.END_OF_MIB_VIEW, None)
    return ber.varbind(seen.oids[place], *seen.readings[place](now))


def _bulk(seen: View, head: ber.Head, oids: Sequence[bytes], now: Moment) -> Iterator[bytes]:
    """RFC 3416 section 4.2.3; stops early, as it allows, when the answer is long enough."""
    for encoded in oids[: head.non_repeaters]:
        yield _object(seen, _next(seen, encoded), encoded, now)
    repeated = oids[head.non_repeaters :]
    places = [_next(seen, encoded) for encoded in repeated]
    size = 0
    for step in range(head.max_repetitions):
        if size > MAX_BYTES or (step and all(p + step > len(seen.oids) for p in places)):
            return
        for encoded, place in zip(repeated, places, strict=True):
            last = encoded if place >= len(seen.oids) else seen.oids[-1]
            varbind = _object(seen, place + step, last, now)
            size += len(varbind)
            yield varbind
