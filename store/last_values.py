"""The last values that a device measured of itself, as a row of `sensed` holds them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from sqlalchemy import Connection, select

from store.tables import sensed

VALUE_MISSING = -(1 << 63)  # in samples and in `sensed`: asked, and no value


def packed(values: Iterable[tuple[int, int | None]]) -> bytes:
    """(sensor, kept value; None: it had none), in any order."""
    lanes = array("q")
    for sensor_id, value in values:
        lanes.extend((sensor_id, VALUE_MISSING if value is None else value))
    return lanes.tobytes()


def unpacked(body: bytes) -> dict[int, int | None]:
    """Sensor → kept value; None: it had none."""
    lanes = array("q", body[: len(body) // 16 * 16])
    pairs = zip(lanes[::2], lanes[1::2], strict=True)
    return {i: None if value == VALUE_MISSING else value for i, value in pairs}


def last_values(conn: Connection, device_id: int) -> tuple[int | None, dict[int, int]]:
    """When they were read, and sensor → kept value; what had none is left out."""
    row = conn.execute(select(sensed).where(sensed.c.device_id == device_id)).first()
    if row is None:
        return None, {}
    return row.at, {i: value for i, value in unpacked(row.body).items() if value is not None}
