"""The 5-minute samples of ports at the ends of links, worked out when a day is put together.

Reports read months of them; from the counters that took some milliseconds for each device and day.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from sqlalchemy import Connection, delete, insert, inspect

from store.chunks import LANE, checked, join, planes, sound, split, unplanes
from store.sample_file import slots as kept
from store.sample_rates import Floats
from store.sample_tracks import of_owner, packed_rows
from store.samples import DAY_MS
from store.slabs import LAYOUT, PORT, readable
from store.traffic import SLOT_MS

SLOTS = DAY_MS // SLOT_MS
EARLY_MS = 2 * SLOT_MS  # so long before midnight a day of them begins: all that they need has come
_GONE = delete(kept).where(of_owner(kept))


def pack(ports: Sequence[int], slots: Floats) -> bytes:
    """In of each port, then out of each; whole bit/s, NaN where it was not measured."""
    values = np.where(np.isnan(slots), -1, slots).astype(np.int64) + 1
    ids = np.array(ports, LANE).tobytes()
    return checked(join(ids, planes(values.astype(LANE).ravel())))  # noise cannot be pressed


def unpack(data: bytes) -> tuple[tuple[int, ...], Floats]:
    """The ports, and what `pack` was given. RecordError where it is damaged."""
    ids, values = split(sound(data))
    ports = tuple(np.frombuffer(ids, LANE).tolist())
    whole = unplanes(values, 2 * len(ports) * SLOTS).reshape(-1, SLOTS)
    return ports, np.where(whole == 0, np.nan, whole.astype(np.float64) - 1)


def has_any(conn: Connection) -> bool:
    """Older samples have no such table."""
    return inspect(conn).has_table(kept.name)


def put(conn: Connection, t0: int, device_id: int, ports: Sequence[int], slots: Floats) -> None:
    """In place of those that were there."""
    drop(conn, t0, device_id)
    row = {"t0": t0, "thing_id": device_id, "kind": PORT, "part": 0, "layout": LAYOUT}
    conn.execute(insert(kept), row | {"data": pack(ports, slots)})


def drop(conn: Connection, t0: int, device_id: int) -> int:
    """How many there were."""
    here = {"owner": device_id, "kind": PORT, "starts": [t0]}
    return conn.execute(_GONE, here).rowcount


def edges(t0: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Where the samples of that day begin and end, UTC ms."""
    begin = t0 - EARLY_MS
    return np.arange(begin, begin + DAY_MS + 1, SLOT_MS, dtype=np.int64)


def fill(
    conn: Connection,
    device_id: int,
    ports: Sequence[int],
    from_ms: int,
    found: Floats,
    stale: Collection[int],
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Put what is on record into `found`, whose slots begin at `from_ms` → which slots are known.

    `stale`: days to which something came since.
    """
    count = found.shape[1]
    known = np.zeros(count, np.bool_)
    window = (from_ms, from_ms + count * SLOT_MS + EARLY_MS)
    for row in packed_rows(conn, kept, device_id, PORT, *window, DAY_MS):
        first = (row.t0 - EARLY_MS - from_ms) // SLOT_MS
        here = slice(max(first, 0), min(first + SLOTS, count))
        if row.t0 in stale or here.start >= here.stop:
            continue
        held, slots = unpack(readable(row, "samples of five minutes"))
        if not set(held).issuperset(ports):
            continue  # one of them was at no end of a link then
        places = [held.index(port) for port in ports]
        rows = [*places, *(len(held) + place for place in places)]
        found[:, here] = slots[rows, here.start - first : here.stop - first]
        known[here] = True
    return known
