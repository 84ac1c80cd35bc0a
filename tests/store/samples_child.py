"""A monitor's writer that keeps one simulated minute after another until it is killed.

Prints the number of each minute once it is committed. What was measured follows from the time.
"""

from __future__ import annotations

import sys
from pathlib import Path

from store.engine import open_writer, sqlite_url
from store.sample_keeper import SampleKeeper
from store.samples import MINUTE_MS, Samples
from store.writer import Writer
from tests.store.keeping import NOW
from tests.store.sampling import NAMES, row, settle

STEP_MS = 10_000


def rtt_us(at_ms: int) -> int | None:
    return None if at_ms // STEP_MS % 11 == 0 else at_ms // STEP_MS % 50_000


def octets(at_ms: int, port: int) -> int:
    return (at_ms * 7919 + port * 2**61) % 2**64


def main(path: str, device: int, minute: int) -> None:
    url = sqlite_url(Path(path))
    writer = Writer(open_writer(url), "child")
    keeper = SampleKeeper(url, "child", writer.beside)
    writer.start(NOW)
    samples = Samples()
    while True:
        began = NOW + minute * MINUTE_MS
        samples.pings((device, at, rtt_us(at)) for at in range(began, began + MINUTE_MS, STEP_MS))
        rows = [row(name, octets(began, k), k) for k, name in enumerate(NAMES)]
        samples.counters(device, began, NAMES, rows)
        flush = samples.flush(began + MINUTE_MS, last=True)
        assert flush is not None
        keeper.keep(flush)
        settle(writer, keeper)
        sys.stdout.write(f"{minute}\n")
        sys.stdout.flush()
        minute += 1


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
