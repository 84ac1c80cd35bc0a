"""Sensors as facts for the record, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from probes.sensors.measure import Kind, Limits, Sensor, turn_of
from store.changes import SensorFact
from wire import ber


def fact_of(sensor: Sensor) -> SensorFact:
    part = f"#{sensor.turn.part}" if sensor.turn.part else ""
    how: dict[str, Any] = {"turn": _plain(sensor.turn.document())}
    if sensor.guard is not None:
        how["guard"] = ber.dotted(sensor.guard)
    limits = sensor.limits
    return SensorFact(
        place=ber.dotted(sensor.oid) + part,
        kind=sensor.kind.value,
        name=sensor.name,
        unit=sensor.unit,
        scale=sensor.scale,
        how=how,
        if_index=sensor.if_index,
        low_alarm=limits.low_alarm,
        low_warn=limits.low_warn,
        high_warn=limits.high_warn,
        high_alarm=limits.high_alarm,
    )


def sensor_of(fact: SensorFact) -> Sensor | None:
    """None for what this version cannot read any more."""
    try:
        return Sensor(
            kind=Kind(fact.kind),
            name=fact.name,
            oid=ber.oid(fact.place.partition("#")[0]),
            turn=turn_of(fact.how["turn"]),
            value=None,
            limits=Limits(fact.low_alarm, fact.low_warn, fact.high_warn, fact.high_alarm),
            if_index=fact.if_index,
            guard=ber.oid(fact.how["guard"]) if "guard" in fact.how else None,
        )
    except (ValueError, TypeError, KeyError):
        return None


def known(
    facts: Iterable[tuple[int, SensorFact]],
) -> tuple[tuple[int, ...], tuple[Sensor, ...]] | None:
    """(ids, sensors) of a device as they stand in the record; None: look for them anew."""
    ids, sensors = [], []
    for sensor_id, fact in facts:
        sensor = sensor_of(fact)
        if sensor is None or sensor.scale != fact.scale:
            return None
        ids.append(sensor_id)
        sensors.append(sensor)
    return tuple(ids), tuple(sensors)


def _plain(document: Mapping[str, Any]) -> dict[str, Any]:
    """Tuples as lists, as JSON gives them back."""
    return {
        name: [list(each) if isinstance(each, tuple) else each for each in value]
        if isinstance(value, tuple)
        else value
        for name, value in document.items()
    }
