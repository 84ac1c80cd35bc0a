"""Keeps what devices measure of themselves: dated sensors with their limits, their last values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select, update

from store.changes import Sensed, SensorFact, SensorsSaid
from store.interfaces import things_of
from store.last_values import last_values, packed, unpacked
from store.portions import portions
from store.tables import interface_fact, sensed, sensor, thing
from store.thing_sheet import SensorRow, Ups

LIMITS = ("low_alarm", "low_warn", "high_warn", "high_alarm")
_TOLD = ("thing_id", "kind", "name", "unit", "scale", "how", *LIMITS)
UPS_WORDS = {1: "unknown", 2: "normal", 3: "low", 4: "depleted"}


def keep_sensors(
    conn: Connection, said: Sequence[SensorsSaid], at_ms: int
) -> dict[int, tuple[int, ...]]:
    """Bring the record into agreement with what was found; device → ids, in the order given.

    Only what differs is written; a sensor whose limits moved, or that is about something else now,
    is a new one.
    """
    return {one.device_id: _agree(conn, one, at_ms) for one in said}


def _agree(conn: Connection, said: SensorsSaid, at_ms: int) -> tuple[int, ...]:
    ports = things_of(conn, said.device_id)
    new = {
        fact.place: {"thing_id": ports.get(fact.if_index)}
        | {n: getattr(fact, n) for n in _TOLD[1:]}
        for fact in said.sensors
    }
    here = (sensor.c.device_id == said.device_id) & sensor.c.valid_to.is_(None)
    ids: dict[str, int] = {}
    gone: list[int] = []
    for row in conn.execute(select(sensor).where(here)):
        at_ms = max(at_ms, row.valid_from)  # the clock may be set back
        if {name: getattr(row, name) for name in _TOLD} == new.get(row.place):
            ids[row.place] = row.id
        else:
            gone.append(row.id)
    for part in portions(gone):
        some = sensor.c.id.in_(part)
        conn.execute(update(sensor).where(some).values(valid_to=at_ms))
    fresh: list[dict[str, Any]] = [
        {"device_id": said.device_id, "valid_from": at_ms, "place": place} | values
        for place, values in new.items()
        if place not in ids
    ]
    if fresh:
        wanted = insert(sensor).returning(sensor.c.id, sort_by_parameter_order=True)
        made = conn.execute(wanted, fresh).scalars().all()
        ids |= dict(zip((row["place"] for row in fresh), made, strict=True))
    return tuple(ids[fact.place] for fact in said.sensors)


def keep_sensed(conn: Connection, news: Iterable[Sensed], revision: int) -> None:
    """The last values of whole devices; what was there before goes."""
    for one in news:
        body = packed(zip(one.sensor_ids, one.values, strict=True))
        said = {"at": one.at_ms, "body": body, "revision": revision}
        here = update(sensed).where(sensed.c.device_id == one.device_id).values(**said)
        if not conn.execute(here).rowcount:
            conn.execute(insert(sensed).values(device_id=one.device_id, **said))


def open_sensors(conn: Connection) -> dict[int, tuple[tuple[int, SensorFact], ...]]:
    """Device → (id, sensor) of all that are known, for a monitor that starts anew."""
    indexes = {
        row.thing_id: row.if_index
        for row in conn.execute(
            select(interface_fact.c.thing_id, interface_fact.c.if_index)
            .join(sensor, sensor.c.thing_id == interface_fact.c.thing_id)
            .where(interface_fact.c.valid_to.is_(None), sensor.c.valid_to.is_(None))
        )
    }
    found: dict[int, list[tuple[int, SensorFact]]] = {}
    for row in conn.execute(
        select(sensor).where(sensor.c.valid_to.is_(None)).order_by(sensor.c.id)
    ):
        told = {name: getattr(row, name) for name in ("place", *_TOLD[1:])}
        fact = SensorFact(if_index=indexes.get(row.thing_id), **told)
        found.setdefault(row.device_id, []).append((row.id, fact))
    return {device: tuple(sensors) for device, sensors in found.items()}


def sensor_rows(conn: Connection, device_id: int) -> tuple[SensorRow, ...]:
    """What a device measures now, with its last values."""
    wanted = (
        select(sensor, interface_fact.c.if_index, thing.c.key.label("interface"))
        .outerjoin(
            interface_fact,
            (interface_fact.c.thing_id == sensor.c.thing_id) & interface_fact.c.valid_to.is_(None),
        )
        .outerjoin(thing, thing.c.id == sensor.c.thing_id)
        .where(sensor.c.device_id == device_id, sensor.c.valid_to.is_(None))
        .order_by(interface_fact.c.if_index, sensor.c.id)
    )
    rows = conn.execute(wanted).all()
    at_ms, values = last_values(conn, device_id) if rows else (None, {})
    return tuple(
        SensorRow(
            id=row.id,
            kind=row.kind,
            name=row.name,
            unit=row.unit,
            value=None if row.id not in values else values[row.id] / row.scale,
            at_ms=at_ms,
            if_index=row.if_index,
            **{name: getattr(row, name) for name in LIMITS},
        )
        for row in rows
    )


def ups_of(rows: Iterable[SensorRow]) -> Ups | None:
    """The four words of a UPS; None for a device that is none."""
    values: Mapping[str, float | None] = {
        row.kind: row.value for row in rows if row.kind.startswith("ups_")
    }
    if not values:
        return None
    status, on_battery = values.get("ups_status"), values.get("ups_on_battery")
    return Ups(
        status=None if status is None else UPS_WORDS.get(int(status)),
        on_battery=None if on_battery is None else bool(on_battery),
        battery_charge_pct=values.get("ups_charge"),
        runtime_s=values.get("ups_runtime"),
    )


def on_battery(conn: Connection, device_ids: Iterable[int], since_ms: int) -> dict[int, int]:
    """UPS → the device's id, of those devices that said so after `since_ms`, and when."""
    found: dict[int, int] = {}
    ids = list(device_ids)
    for part in portions(ids):
        wanted = (
            select(sensor.c.id, sensor.c.device_id, sensed.c.at, sensed.c.body)
            .join(sensed, sensed.c.device_id == sensor.c.device_id)
            .where(
                sensor.c.device_id.in_(part),
                sensor.c.kind == "ups_on_battery",
                sensor.c.valid_to.is_(None),
                sensed.c.at >= since_ms,
            )
        )
        for row in conn.execute(wanted):
            if unpacked(row.body).get(row.id):
                found[row.device_id] = row.at
    return found
