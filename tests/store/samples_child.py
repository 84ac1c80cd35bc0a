"""A monitor's writer that keeps one simulated step after another until it is killed.

Prints the number of each step once it is committed. What was measured follows from the time. With
a number of statements it kills itself before the one after these: also in the middle of a
transaction, of an hour's or a day's.
"""

from __future__ import annotations

import os
import signal
import sys

from sqlalchemy import Engine, event

from store.engine import open_writer
from store.sample_keeper import SampleKeeper
from store.samples import DAY_MS, MINUTE_MS, Measure, Samples
from store.writer import Writer
from tests.store.keeping import NOW
from tests.store.sampling import COUNTED, NAMES, Said, measure, poll, roster, settle

STEP_MS = 10 * MINUTE_MS  # of simulated time: a day is over after 144
BEGAN = NOW - NOW % DAY_MS + 20 * 60 * MINUTE_MS
POLLS = 2  # in a step


def instants(step: int) -> list[int]:
    return [BEGAN + step * STEP_MS + k * STEP_MS // POLLS for k in range(POLLS)]


def rtt_us(at_ms: int) -> int | None:
    return None if at_ms // 1000 % 11 == 0 else at_ms // 1000 % 50_000


def counter(at_ms: int, port: int, measured: Measure) -> int | None:
    """Rises, is not said now and then, and begins anew every three hours."""
    place = COUNTED.index(measured)
    if at_ms // 1000 % 13 == place:
        return None
    return at_ms % (180 * MINUTE_MS) * (7919 + port) + (port + place) * 2**58


def degrees(at_ms: int) -> int:
    return at_ms // 60_000 % 300 - 150


def main(url: str, device: int, sensor: int, step: int, statements: int) -> None:
    writer = Writer(open_writer(url), "child")
    keeper = SampleKeeper(url, "child", writer.beside)
    writer.start(NOW)
    if statements:
        _die_after(statements)
    samples = Samples()
    while True:
        for at in instants(step):
            of = roster(device, NAMES[: 3 + at // (50 * MINUTE_MS) % 2])
            samples.pings([(device, at, rtt_us(at))])
            said: Said = {
                name: {m: counter(at, k, m) for m in COUNTED} for k, name in enumerate(of.names)
            }
            poll(samples, at, of, said, uptime_s=at // 1000 % 10_800)
            measure(samples, at, device, {sensor: degrees(at)})
        flush = samples.flush(BEGAN + (step + 1) * STEP_MS, last=True)
        assert flush is not None
        keeper.keep(flush)
        settle(writer, keeper)
        sys.stdout.write(f"{step}\n")
        sys.stdout.flush()
        step += 1


def _die_after(statements: int) -> None:
    left = iter(range(statements))

    def count(*_: object) -> None:
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", count)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
