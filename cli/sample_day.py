"""What a day of samples takes on disk: simulated traffic, kept by the product's own keeper."""

from __future__ import annotations

import struct
import time
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random

from cli.lone import PING_S, SNMP_S, province
from cli.monitor import record_url
from cli.prepare import prepare
from demo.ports import Built, Port
from store.changes import DeviceSaid, Interface
from store.engine import open_writer, sqlite_path
from store.revision import next_revision
from store.said import keep
from store.sample_file import place
from store.sample_keeper import SampleKeeper
from store.samples import DAY_MS, HOUR_MS, MINUTE_MS, Roster, Samples
from store.states import Kind

DEVICES = 4
USUAL_MS, JITTER = 5.0, 8.0  # of a round trip
AFTER_MS = 3 * MINUTE_MS  # an hour is over when its last answers have come
_HEADER = struct.Struct(">16xH10xI4xI")  # https://www.sqlite.org/fileformat2.html section 1.3


def bytes_a_day(folder: Path, interfaces: int) -> float:
    """Of one device: pings, counters and states of its interfaces, and the figures of each hour."""
    network = province(DEVICES)
    url = record_url(folder)
    agreement = prepare(url, network)
    began = (time.time_ns() // 1_000_000 // DAY_MS - 2) * DAY_MS
    work: deque[Callable[[], None]] = deque()
    keeper = SampleKeeper(url, "footprint", work.append)
    samples = Samples()
    built = Built(network, interfaces)
    devices = [
        Device(agreement.ids[Kind.DEVICE, key], built.of(key), number)
        for number, key in enumerate(network.devices)
    ]
    introduce(url, devices, began)
    empty = _used(url)
    over = began + DAY_MS
    for hour in range(began, over, HOUR_MS):
        for device in devices:
            device.tell(samples, hour)
        go_on(samples, keeper, work, hour + HOUR_MS + AFTER_MS)
    for minute in range(5):  # time goes on, and the day is put together
        at_ms = over + AFTER_MS + minute * MINUTE_MS
        samples.pings([(devices[0].thing_id, at_ms, 1000)])
        go_on(samples, keeper, work, at_ms + MINUTE_MS)
    keeper.close()
    return (_used(url) - empty) / DEVICES


def go_on(
    samples: Samples, keeper: SampleKeeper, work: deque[Callable[[], None]], now_ms: int
) -> None:
    flush = samples.flush(now_ms)
    if flush is not None:
        keeper.keep(flush)
    while work:
        work.popleft()()


class Device:
    """What one device would have said."""

    def __init__(self, thing_id: int, ports: Sequence[Port], number: int) -> None:
        self.thing_id = thing_id
        self._ports = ports
        self._offset_ms = number * 7_000
        self._dice = Random(number)
        names = tuple(port.if_name for port in ports)
        indexes = tuple(port.if_index for port in ports)
        self._roster = Roster(thing_id, indexes, names, bytes(len(ports)))
        self._admin = bytes(port.admin_status for port in ports)
        self._oper = bytes(port.oper_status for port in ports)

    def said(self) -> DeviceSaid:
        told = [
            Interface(
                if_index=port.if_index,
                if_name=port.if_name,
                if_descr=port.if_name,
                if_alias=port.if_alias,
                if_type=None,
                mac=None,
                speed_bps=port.speed_bps,
                admin_status=port.admin_status,
                oper_status=port.oper_status,
            )
            for port in self._ports
        ]
        return DeviceSaid(thing_id=self.thing_id, status="ok", detail="", interfaces=tuple(told))

    def tell(self, samples: Samples, hour_ms: int) -> None:
        samples.pings(self._pings(hour_ms))
        for step in range(int(HOUR_MS / SNMP_S / 1000)):
            at_ms = (
                hour_ms + self._offset_ms + round(step * SNMP_S * 1000 + self._dice.gauss(0, 30))
            )
            seconds = at_ms / 1000 % 40_000_000
            samples.ports(
                max(hour_ms, at_ms), self._roster, int(seconds), self._admin, self._oper,
                array("Q", self._counters(seconds)).tobytes(),
            )  # fmt: skip

    def _pings(self, hour_ms: int) -> Iterator[tuple[int, int, int]]:
        for step in range(int(HOUR_MS / PING_S / 1000)):
            trip_ms = USUAL_MS * (1 + self._dice.expovariate(JITTER))
            at_ms = hour_ms + self._offset_ms + int(step * PING_S * 1000)
            yield self.thing_id, at_ms, int(trip_ms * 1000)

    def _counters(self, seconds: float) -> Iterator[int]:
        """In the order of `Samples.ports`."""
        for way in (0, 1):
            yield from (port.octets(seconds, way) for port in self._ports)
        yield from (port.errors(seconds) for port in self._ports)
        yield from bytes(2 * len(self._ports))
        yield from (port.discards(seconds) for port in self._ports)


def introduce(url: str, devices: Sequence[Device], at_ms: int) -> None:
    """Only what is on record has samples."""
    engine = open_writer(url)
    with engine.begin() as conn:
        keep(conn, [device.said() for device in devices], at_ms, next_revision(conn))
    engine.dispose()


def _used(record_url: str) -> int:
    """Bytes of the samples' file that hold something; what was deleted is used again."""
    path = sqlite_path(str(place(record_url)))
    assert path is not None
    with path.open("rb") as file:
        page_size, pages, free = _HEADER.unpack(file.read(_HEADER.size))
    return int(page_size * (pages - free))
