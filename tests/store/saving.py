"""What the tests of backups share: an hour that was lived, and all that is told of it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from store.changes import Sight
from store.samples import HOUR_MS, Measure, Samples
from tests.acceptance.monitor import claimed_ms
from tests.store.keeping import NOW, commit, down, reading, up, writing
from tests.store.sampling import Kept, keep, looking, stock

END = NOW + HOUR_MS
Told = tuple[object, object]


def lived(url: str) -> Kept:
    """An hour with an outage, and pings of it."""
    kept = stock(url)
    with writing(url) as writer:
        commit(writer, NOW, up(kept.device, NOW), up(kept.other, NOW), sight=Sight.OPENED)
        commit(writer, NOW + 60_000, down(kept.device, NOW + 60_000))
        at = NOW + 120_000
        commit(writer, at, up(kept.device, at), sight=Sight.SEEN)
    samples = Samples()
    for at in range(NOW, END, 10_000):
        samples.pings([(kept.device, at, at % 997)])
    keep(url, samples.flush(END, last=True))
    return kept


def told(url: str, device: int) -> Told:
    """Every figure of the hour rests on this."""
    with reading(url) as reader, looking(url) as samples:
        series = list(samples.series(device, Measure.RTT_US, NOW, END))
        return reader.period(NOW, END, END), series


def judged(url: str) -> dict[str, int]:
    """Of that hour alone, whatever became of what was open at its end."""
    with reading(url) as reader:
        return claimed_ms(reader.period(NOW, END, END), (NOW, END))


def standing(folder: Path) -> dict[str, str]:
    """Every file of a folder, by its hash."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }
