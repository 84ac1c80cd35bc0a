"""A month of samples for the devices whose ports count what links carry, as in the field."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path

from cli.sample_day import AFTER_MS, Device, go_on, introduce
from demo.ports import Built
from store.reader import open_questions
from store.sample_keeper import SampleKeeper
from store.samples import DAY_MS, HOUR_MS, MINUTE_MS, Samples
from store.states import Kind
from store.urls import sqlite_url
from tests.docs import month

INTERFACES = 24


def fill(folder: Path) -> str:
    """Polls of each minute, taken up and packed as the monitor does; how many series there are."""
    url = sqlite_url(folder / "record.db")
    devices = _devices(url)
    introduce(url, devices, month.WATCHED_FROM)
    work: deque[Callable[[], None]] = deque()
    keeper, samples = SampleKeeper(url, "bench", work.append), Samples()
    begin = -(-month.WATCHED_FROM // HOUR_MS) * HOUR_MS  # nothing is polled before
    for hour in range(begin, month.END + DAY_MS, HOUR_MS):
        for device in devices:
            device.tell(samples, hour)
        go_on(samples, keeper, work, hour + HOUR_MS + AFTER_MS)
    at_ms = month.END + DAY_MS + AFTER_MS
    while True:
        at_ms += MINUTE_MS
        samples.pings([(devices[0].thing_id, at_ms, 1000)])
        go_on(samples, keeper, work, at_ms)
        if not keeper.waiting:
            break
    keeper.close()
    return f"{len(devices)} devices at ends of links with {INTERFACES} interfaces, each minute"


def _devices(url: str) -> list[Device]:
    network = month.province()
    built = Built(network, INTERFACES)
    ends = {link.a.device for link in network.links.values()}  # B counts where A does not
    reader = open_questions(url)
    ids = {row.key: row.thing_id for row in reader.snapshot().rows if row.kind is Kind.DEVICE}
    reader.close()
    named = sorted(key for key in ends if key in ids and built.of(key))
    return [Device(ids[key], built.of(key), number) for number, key in enumerate(named)]
