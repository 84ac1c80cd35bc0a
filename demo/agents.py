"""How the simulated devices answer SNMP v1 and v2c questions; no sockets.

Sources: RFC 3416 section 4.2 (the operations), RFC 1157 section 4.1 (those of version 1).
All devices with as many interfaces are asked the same: what a question means for them is worked out
once, and to answer it again is to put fresh values beside names that are already encoded.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from demo.objects import NO_ROW, Moment, Reading, View, view
from demo.ports import FEW, Built, Port, die
from demo.world import Conditions, asked_by_snmp
from inventory.model import Device, Network
from wire import ber

COMMUNITY = b"public"
MAX_VARBINDS = 150  # in a question or an answer; a GETBULK that asks for more gets fewer rows
QUESTIONS = 4096  # of which it is remembered what they mean
LONGEST_OID = 640  # bytes
NOWHERE = Port(0, "", "", 0)  # stands for the interface of what belongs to none
_LONGEST_USUAL = 1024
_SEQUENCES = tuple(ber.tlv(ber.SEQUENCE, bytes(n))[:-n] for n in range(1, _LONGEST_USUAL))


class Meaning(NamedTuple):
    """What one question asks: of each varbind its name, encoded, and how its value is read."""

    names: tuple[bytes, ...]
    cells: tuple[tuple[Reading, int], ...]
    missing: int = 0  # in version 1: the number of the varbind that is not there


class Known(NamedTuple):
    """A device that has been asked before."""

    device: Device
    seed: int
    ports: tuple[Port, ...]
    lit: tuple[int, ...]  # rows of those that tell their light


class Agents:
    """Every SNMP agent of the province. `least`: so many interfaces has each of them."""

    def __init__(self, network: Network, least: int = FEW) -> None:
        self._devices = network.devices
        self._built = Built(network, least)
        self._known: dict[str, Known] = {}
        self.requests = self.varbinds = 0  # that were answered

    @property
    def known(self) -> int:
        """How many devices have been asked."""
        return len(self._known)

    def answer(self, device: str, request: bytes, at_s: float, now: Conditions) -> bytes | None:
        """The answer of a living device at this second; None is silence."""
        if not asked_by_snmp(self._devices[device]):
            return None
        try:
            head = ber.parse_head(request)
            if head.community != COMMUNITY:
                return None  # as real agents do: a wrong community is not worth a word
            moment = self.moment(device, at_s, now)
            asked = request[head.start : head.end]
            numbers = (head.non_repeaters, head.max_repetitions)
            has = len(moment.ports), self._known[device].lit
            meaning = _meaning(has, head.version, head.pdu, numbers, asked)
        except ber.Malformed:
            return None
        self.requests += 1
        if meaning.missing:
            return _no_such_name(head, asked, meaning.missing)
        self.varbinds += len(meaning.names)
        return ber.response(head, _varbinds(meaning, moment))

    def moment(self, device: str, at_s: float, now: Conditions) -> Moment:
        """How the device sees itself; by then it has run for up to 400 days."""
        known = self._known.get(device)
        if known is None:
            ports = self._built.of(device)
            lit = tuple(row for row, port in enumerate(ports) if port.light)
            known = self._known[device] = Known(self._devices[device], die(device), ports, lit)
        booted = now.booted.get(known.device.site, -float(known.seed % (400 * 86_400)))
        return Moment(*known[:3], at_s - booted, at_s, now.cut, now.breaks)


def _varbinds(meaning: Meaning, now: Moment) -> Iterator[bytes]:
    ports, sequences = (*now.ports, NOWHERE), _SEQUENCES  # the last one is the row -1
    for name, (read, row) in zip(meaning.names, meaning.cells, strict=True):
        value = read(now, ports[row])
        yield sequences[len(name) + len(value) - 1]
        yield name
        yield value


def _no_such_name(head: ber.Head, asked: bytes, number: int) -> bytes:
    """The question itself comes back, with the number of what is not there."""
    return ber.response(head, [asked], error_status=ber.NO_SUCH_NAME, error_index=number)


@lru_cache(maxsize=QUESTIONS)
def _meaning(
    has: tuple[int, tuple[int, ...]],
    version: int,
    pdu: int,
    numbers: tuple[int, int],
    asked: bytes,
) -> Meaning:
    """`has`: how many interfaces, and which tell their light. `numbers`: non-repeaters and
    max-repetitions, where they mean that."""
    oids, _, _ = ber.walk(asked, 0, len(asked))
    if len(oids) > MAX_VARBINDS or any(len(encoded) > LONGEST_OID for encoded in oids):
        raise ber.Malformed("a question that nobody asks")
    seen = view(*has, version)
    if pdu == ber.GET:
        found = [_get(seen, encoded) for encoded in oids]
    elif pdu == ber.GETNEXT:
        found = [_at(seen, _next(seen, encoded), encoded) for encoded in oids]
    elif pdu == ber.GETBULK and version != ber.V1:
        found = list(_bulk(seen, oids, *numbers))
    else:
        raise ber.Malformed("not a question")
    names, cells = zip(*found, strict=True) if found else ((), ())
    absent = [number for number, cell in enumerate(cells, 1) if cell in _ABSENT]
    missing = absent[0] if version == ber.V1 and absent else 0
    return Meaning(tuple(ber.tlv(ber.OID, name) for name in names), cells, missing)


Cell = tuple[Reading, int]
Found = tuple[bytes, Cell]
_NO_SUCH: Cell = (lambda _, __: bytes((ber.NO_SUCH_INSTANCE, 0)), NO_ROW)
_THE_END: Cell = (lambda _, __: bytes((ber.END_OF_MIB_VIEW, 0)), NO_ROW)
_ABSENT = (_NO_SUCH, _THE_END)


def _get(seen: View, encoded: bytes) -> Found:
    place = seen.position.get(encoded)
    return encoded, _NO_SUCH if place is None else seen.cells[place]


def _next(seen: View, encoded: bytes) -> int:
    """The place of the first object after this OID, which need not exist itself."""
    place = seen.position.get(encoded)
    return bisect.bisect_right(seen.arcs, ber.arcs(encoded)) if place is None else place + 1


def _at(seen: View, place: int, asked: bytes) -> Found:
    if place >= len(seen.oids):
        return asked, _THE_END
    return seen.oids[place], seen.cells[place]


def _bulk(seen: View, oids: list[bytes], alone: int, repetitions: int) -> Iterator[Found]:
    """RFC 3416 section 4.2.3; stops early, as it allows, when the answer is long enough."""
    for encoded in oids[:alone]:
        yield _at(seen, _next(seen, encoded), encoded)
    repeated = oids[alone:]
    places = [_next(seen, encoded) for encoded in repeated]
    for step in range(min(repetitions, MAX_VARBINDS // max(1, len(repeated)))):
        if step and all(place + step > len(seen.oids) for place in places):
            return
        for encoded, place in zip(repeated, places, strict=True):
            last = encoded if place >= len(seen.oids) else seen.oids[-1]
            yield _at(seen, place + step, last)
