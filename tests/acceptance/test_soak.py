"""A monitor and its pages that run on stay as they are: flat in memory and descriptors, never late.

Some 40 seconds with a small province; `make soak` takes two hours with 2,000 devices. Readers work
beside them all the time: of the record those in `READERS`, of the pages those of `visitors`.
"""

from __future__ import annotations

import json
import logging
import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from cli.footprint import Watched, watched
from cli.monitor import record_url
from store.reader import open_questions
from store.states import State
from tests.acceptance.monitor import until
from tests.acceptance.visitors import Pages, pages_open

MINUTES = float(os.environ.get("CANH_SOAK_MINUTES", "0.6"))
DEVICES = int(os.environ.get("CANH_SOAK_DEVICES", "200"))
LONG = MINUTES >= 10
LOOKS = 120  # over the whole time
MEMORY_GROWS_PCT, MEMORY_GROWS_MB = 5, 15
DESCRIPTORS_SPARE = 4  # some are open for a moment only
LATE_S = 1.0
LISTENERS = 20  # at the pages

pytestmark = pytest.mark.timeout(int(MINUTES * 60) + 420)
log = logging.getLogger(__name__)
Reader = Callable[[str, threading.Event], None]  # the record's URL; until the event


@dataclass(frozen=True, slots=True)
class Look:
    """`late_s`: the questions of the monitor, the loop of the pages."""

    at_s: float
    rss_mb: float
    descriptors: int
    late_s: float


def _board(url: str, stop: threading.Event) -> None:
    """As a board: it looks at the revision, and at all when that has moved."""
    with closing(open_questions(url)) as reader:
        seen = -1
        while not stop.wait(0.25):
            if (revision := reader.revision()[1]) != seen:
                seen = revision
                reader.snapshot()
                reader.roots()


def _history(url: str, stop: threading.Event) -> None:
    """As one who opens a report again and again."""
    while not stop.wait(3):
        now = time.time_ns() // 1_000_000
        with closing(open_questions(url)) as reader:
            reader.period(now - 3_600_000, now, now)
            reader.outages(from_ms=now - 3_600_000)


READERS: tuple[Reader, ...] = (_board, _board, _history)


@contextmanager
def read_beside(url: str, readers: Sequence[Reader]) -> Iterator[list[BaseException]]:
    """All readers, in threads; the list has what ended one before its time."""
    stop, failed = threading.Event(), list[BaseException]()

    def run(reader: Reader) -> None:
        try:
            reader(url, stop)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(reader,)) for reader in readers]
    for thread in threads:
        thread.start()
    try:
        yield failed
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)


def opened(pid: int) -> list[str]:
    """What its descriptors stand for."""
    names = []
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            names.append(str(handle.readlink()))
    return names


def looked(one: Watched, url: str, began: float) -> Look:
    with closing(open_questions(url)) as reader:
        watching = reader.snapshot().watching
    return Look(
        at_s=round(time.monotonic() - began, 1),
        rss_mb=one.memory_mb()["VmRSS"],
        descriptors=len(opened(one.pid)),
        late_s=watching.lag_s or 0.0,
    )


def looked_at(pages: Pages, began: float) -> Look:
    said = pages.figures()
    return Look(
        at_s=round(time.monotonic() - began, 1),
        rss_mb=said["process_resident_memory_bytes"] / 2**20,
        descriptors=int(said["process_open_fds"]),
        late_s=said["canh_web_loop_lag_seconds"],
    )


def soaked(one: Watched, url: str, pages: Pages) -> dict[str, list[Look]]:
    began, pause_s = time.monotonic(), MINUTES * 60 / LOOKS
    found: dict[str, list[Look]] = {"monitor": [], "pages": []}
    while time.monotonic() - began < MINUTES * 60:
        found["monitor"].append(looked(one, url, began))
        found["pages"].append(looked_at(pages, began))
        time.sleep(pause_s)
    return found


def flat(name: str, looks: list[Look]) -> float:
    """How late 95 % of the looks were at most; fails where memory or descriptors grow."""
    quarter = len(looks) // 4
    assert quarter > 2
    early, late = looks[quarter : 2 * quarter], looks[-quarter:]
    memory = [statistics.median(look.rss_mb for look in part) for part in (early, late)]
    handles = [max(look.descriptors for look in part) for part in (early, late)]
    behind = sorted(look.late_s for look in looks)[int(len(looks) * 0.95)]
    log.warning(
        "%s, %d devices, %.1f min: %.0f → %.0f MB, %d → %d descriptors, 95 %% late by ≤ %.3f s",
        name, DEVICES, MINUTES, *memory, *handles, behind,
    )  # fmt: skip
    assert handles[1] <= handles[0] + DESCRIPTORS_SPARE
    assert memory[1] <= memory[0] * (1 + MEMORY_GROWS_PCT / 100) + MEMORY_GROWS_MB
    return behind


def test_memory_and_descriptors_stay_flat_and_nothing_is_late(tmp_path: Path) -> None:
    url = record_url(tmp_path / str(DEVICES))
    with watched(DEVICES, tmp_path) as one:

        def nearly_all_answer() -> bool:
            with closing(open_questions(url)) as reader:
                states = [r.state for r in reader.snapshot().rows if r.kind == "device"]
            return states.count(State.UP) > 0.98 * DEVICES  # the demo leaves a few silent

        def keeps_samples() -> bool:
            return any("samples.db" in name for name in opened(one.pid))

        assert until(nearly_all_answer, 240) is not None, "they do not answer"
        assert until(keeps_samples, 120) is not None, "no samples are kept"
        if LONG:
            time.sleep(300)  # in which all that is asked seldom is asked
        with pages_open(tmp_path / str(DEVICES), LISTENERS) as pages:
            readers = (*READERS, lambda _, stop: pages.walk(stop))
            with read_beside(url, readers) as failed:
                looks = soaked(one, url, pages)
                assert until(lambda: pages.answers[200] > LOOKS, 120) is not None, pages.answers
        assert failed == []
    if where := os.environ.get("CANH_SOAK_FIGURES"):
        told = {name: [asdict(look) for look in of] for name, of in looks.items()}
        Path(where).write_text(json.dumps(told, indent=1), "utf-8")
    log.warning("answers of the pages: %s", dict(pages.answers))
    assert not [status for status in pages.answers if status >= 500]
    late_s = {name: flat(name, of) for name, of in looks.items()}
    if LONG:  # on a machine of its own
        assert max(late_s.values()) <= LATE_S
