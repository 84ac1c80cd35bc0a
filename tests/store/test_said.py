"""When a device says that it booted: what is a restart, and what is only its clock."""

from __future__ import annotations

import pytest

from store.changes import Batch, DeviceSaid
from tests.store.keeping import NOW, bring, network, reading, writing

DAY_MS = 86_400_000
WRAP_MS = (1 << 32) * 10


@pytest.mark.parametrize(
    ("later_ms", "moved_ms", "restarts"),
    [
        (DAY_MS, 59_000, 0),
        (DAY_MS, 100_000, 1),
        (30 * DAY_MS, 300_000, 0),  # its clock loses ten seconds a day
        (30 * DAY_MS, -300_000, 0),
        (30 * DAY_MS, 3_600_000, 1),
        (500 * DAY_MS, WRAP_MS + 30_000, 0),
        (1000 * DAY_MS, 2 * WRAP_MS, 0),
        (500 * DAY_MS, WRAP_MS - 5 * DAY_MS, 1),
    ],
)
def test_a_restart_is_a_boot_and_no_drift_and_no_wrap(
    url: str, later_ms: int, moved_ms: int, restarts: int
) -> None:
    device = bring(url, network()).ids["device", "p-r"]
    booted = NOW - DAY_MS
    with writing(url) as writer, reading(url) as reader:
        for at, told in ((NOW, booted), (NOW + later_ms, booted + moved_ms)):
            said = DeviceSaid(thing_id=device, status="ok", detail="", booted_ms=told)
            writer.submit(Batch(at_ms=at, said=(said,))).result()
        kinds = [e["kind"] for e in reader.events() if e["thing_id"] == device]
        assert kinds.count("restarted") == restarts
