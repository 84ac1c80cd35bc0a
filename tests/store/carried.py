"""A link whose ports carried what a test says, five minutes after five minutes, for days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from inventory.model import End, Network
from inventory.moments import midnight
from store.changes import Batch, DeviceSaid
from store.samples import DAY_MS, MINUTE_MS, Measure, Samples
from store.traffic import Traffic
from tests.store.keeping import bring, network, reading, writing
from tests.store.sampling import interfaces, keep, poll, roster, tick

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NAMES = ("Gi0/1", "Gi0/2")
STEP_MS = 5 * MINUTE_MS
CAPACITY_MBPS = 100.0
A, B = (
    End(site="p", device="p-r", interface="Gi0/1"),
    End(site="d", device="d-r", interface="Gi0/2"),
)
Says = Callable[[int, int], tuple[int, int] | None]  # day and step of the day → bit/s in and out


@dataclass(frozen=True)
class Days:
    """So many local days from the first; UTC ms."""

    first: date
    count: int
    zone: ZoneInfo = ZONE

    @property
    def from_ms(self) -> int:
        return midnight(self.first, self.zone)

    @property
    def to_ms(self) -> int:
        return midnight(self.first + timedelta(days=self.count), self.zone)

    def day(self, at_ms: int) -> int:
        return (datetime.fromtimestamp(at_ms / 1000, self.zone).date() - self.first).days


NOVEMBER = Days(date(2026, 11, 1), 12)


def joined(capacity_mbps: float | None = CAPACITY_MBPS, a: End = A, b: End = B) -> Network:
    """The small network with L1 between these ends."""
    old = network()
    link = replace(old.links["L1"], a=a, b=b, capacity_mbps=capacity_mbps, circuit_id="VNP-41")
    return replace(old, links={"L1": link})


def stock(url: str, declared: Network, days: Days = NOVEMBER) -> tuple[int, int]:
    """p-r and d-r with their ports, known since two months before these days."""
    early = days.from_ms - 60 * DAY_MS
    ids = bring(url, declared, early).ids
    devices = ids["device", "p-r"], ids["device", "d-r"]
    with writing(url, early) as writer:
        for device in devices:
            told = interfaces(NAMES)
            said = DeviceSaid(thing_id=device, status="ok", detail="", interfaces=told)
            writer.submit(Batch(at_ms=early, said=(said,))).result(timeout=30)
    return devices


def carry(
    url: str,
    device: int,
    says: Says,
    days: Days = NOVEMBER,
    *,
    step_ms: int = STEP_MS,
    since_ms: int = 0,
    narrow: Sequence[str] = (),
    start: int = 0,
) -> None:
    """Polls of all days; where `says` gives None there was none. `since_ms`: before the days."""
    samples = Samples()
    at_ms = days.from_ms - since_ms
    samples.flush(at_ms - STEP_MS)
    of = roster(device, NAMES, narrow)
    counted = [start, start]
    top = 2**32 if narrow else 2**64
    began = at_ms
    while at_ms <= days.to_ms:
        day = days.day(at_ms)
        rates = says(day, (at_ms - days.from_ms) // STEP_MS % 288)
        if rates is not None:
            pair = zip((Measure.IN_OCTETS, Measure.OUT_OCTETS), counted, strict=True)
            said = {measure: value % top for measure, value in pair}
            poll(samples, at_ms, of, dict.fromkeys(NAMES, said), 9000 + (at_ms - began) // 1000)
        carried = rates or (0, 0)
        counted = [n + bps * step_ms // 8000 for n, bps in zip(counted, carried, strict=True)]
        at_ms += step_ms
    keep(url, samples.flush(at_ms), tick(at_ms + DAY_MS))


def ask(url: str, days: Days = NOVEMBER, before: int = 0) -> Traffic:
    with reading(url) as reader:
        return reader.traffic(days.from_ms, days.to_ms, before)
