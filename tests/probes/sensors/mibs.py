"""Values of an agent by dotted OID, and what the sources read of them."""

from __future__ import annotations

from collections.abc import Mapping

from probes.sensors import sources
from probes.sensors.measure import Sensor
from wire import ber
from wire.ber import Value

PORTS = {1: "Gi0/1", 2: "Gi0/2"}


def values(rows: Mapping[str, int | str | bytes | None]) -> dict[bytes, Value]:
    return {
        ber.oid(oid): value.encode() if isinstance(value, str) else value
        for oid, value in rows.items()
    }


def read(
    rows: Mapping[str, int | str | bytes | None], ports: Mapping[int, str] = PORTS
) -> list[Sensor]:
    """By the sources that would be found there."""
    told = values(rows)
    return sources.read(sources.present(told), told, ports)


def entity(index: int, name: str, inside: int = 0) -> dict[str, int | str | bytes | None]:
    base = "1.3.6.1.2.1.47.1.1.1.1"
    return {f"{base}.4.{index}": inside, f"{base}.7.{index}": name}


def port_of(index: int, if_index: int) -> dict[str, int | str | bytes | None]:
    """entAliasMappingIdentifier."""
    return {f"1.3.6.1.2.1.47.1.3.2.1.2.{index}.0": ber.oid(f"1.3.6.1.2.1.2.2.1.1.{if_index}")}


def shown(sensors: list[Sensor]) -> dict[str, tuple[float | None, str, int | None]]:
    """Name → value, unit, interface."""
    return {
        s.name: (None if s.value is None else round(s.value, 3), s.unit, s.if_index)
        for s in sensors
    }
