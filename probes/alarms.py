"""What values say against the device's own limits: light, temperature, UPS. Pure.

A limit counts as passed after several readings in a row, and as kept again only when the value came
back by a margin. Light is judged only of ports that somebody uses: admin and oper up, or at the
end of a declared link and not switched off. A limit of 0 means that none is set.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from probes.sensors.measure import OPTICAL, Battery, Kind, Sensor

RAISE_AFTER, CLEAR_AFTER = 3, 2  # readings in a row
MARGINS: Mapping[Kind, float] = {  # by which a value must come back, in its unit
    Kind.RX_POWER: 0.5,
    Kind.TX_POWER: 0.5,
    Kind.TEMPERATURE: 3.0,
}
SIDES = ("low_alarm", "low_warn", "high_warn", "high_alarm")
LIGHT, HEAT = "light", "temperature"  # why something is degraded


class Port(NamedTuple):
    """An interface as last seen; `link`: the declared link that ends there."""

    admin_up: bool
    oper_up: bool
    link: int | None

    @property
    def used(self) -> bool:
        return self.admin_up and (self.oper_up or self.link is not None)


UNKNOWN_PORT = Port(admin_up=False, oper_up=False, link=None)


class Passed(NamedTuple):
    """A limit that is passed, or kept again (`on` false). `link`: what is ill; None: the device."""

    sensor: Sensor
    side: str  # one of `SIDES`
    limit: float
    value: float
    on: bool
    link: int | None


class Health(NamedTuple):
    """What ails the device itself (`None`) and its links, and where light is near its limit."""

    ails: Mapping[int | None, frozenset[str]]
    warned: frozenset[int | None]
    on_battery: bool | None  # None: it is no UPS, or does not say
    low_battery: bool | None


@dataclass(slots=True)
class _Side:
    on: bool = False
    against: int = 0  # readings in a row that say otherwise
    link: int | None = None


class Alarms:
    """The limits of one device's sensors."""

    def __init__(self, *, restored: bool = False) -> None:
        self._sides: dict[tuple[int, str], _Side] = {}
        self._kinds: dict[int, Kind] = {}
        self.restored = restored  # what stood in the record as ill needs no second confirmation
        self._on_battery: bool | None = None
        self._low_battery: bool | None = None

    @property
    def pending(self) -> bool:
        """Something is about to change: it should be asked again soon."""
        return any(side.against for side in self._sides.values())

    def judge(
        self,
        readings: Iterable[tuple[int, Sensor, float | None]],
        ports: Mapping[int, Port],
    ) -> list[Passed]:
        """One round: (id, sensor, value; None: it has none now). Gives what changed."""
        found: list[Passed] = []
        for sensor_id, sensor, value in readings:
            if sensor.kind is Kind.UPS_ON_BATTERY and value is not None:
                self._on_battery = bool(value)
            elif sensor.kind is Kind.UPS_STATUS and value is not None:
                self._low_battery = int(value) in (Battery.LOW, Battery.DEPLETED)
            elif sensor.kind in MARGINS:
                found += self._sensor(sensor_id, sensor, value, ports)
        return found

    def health(self) -> Health:
        ails: dict[int | None, set[str]] = {}
        warned: set[int | None] = set()
        for (sensor_id, name), side in self._sides.items():
            if not side.on:
                continue
            optical = self._kinds[sensor_id] in OPTICAL
            if name.endswith("alarm"):
                ails.setdefault(side.link, set()).add(LIGHT if optical else HEAT)
            elif optical:
                warned.add(side.link)
        told = {link: frozenset(reasons) for link, reasons in ails.items()}
        return Health(told, frozenset(warned), self._on_battery, self._low_battery)

    def keep(self, sensor_ids: Iterable[int]) -> None:
        """The device has no other sensors any more."""
        ids = set(sensor_ids)
        self._sides = {key: side for key, side in self._sides.items() if key[0] in ids}

    def _sensor(
        self, sensor_id: int, sensor: Sensor, value: float | None, ports: Mapping[int, Port]
    ) -> list[Passed]:
        port = ports.get(sensor.if_index, UNKNOWN_PORT) if sensor.if_index is not None else None
        about_port = sensor.kind in OPTICAL or port is not None
        link = port.link if port is not None and sensor.kind in OPTICAL else None
        if about_port and (port is None or not port.used):
            for name in SIDES:
                self._sides.pop((sensor_id, name), None)
            return []
        self._kinds[sensor_id] = sensor.kind
        found = []
        for name in SIDES:
            limit = getattr(sensor.limits, name)
            if not limit or value is None or (sensor.kind is Kind.TEMPERATURE and "low" in name):
                continue
            side = self._sides.setdefault((sensor_id, name), _Side())
            side.link = link
            if self._turns(side, value, limit, high=name.startswith("high"), kind=sensor.kind):
                found.append(Passed(sensor, name, limit, value, side.on, link))
        return found

    def _turns(self, side: _Side, value: float, limit: float, *, high: bool, kind: Kind) -> bool:
        over = value - limit if high else limit - value
        says_otherwise = over <= -MARGINS[kind] if side.on else over > 0
        side.against = side.against + 1 if says_otherwise else 0
        needed = CLEAR_AFTER if side.on else 1 if self.restored else RAISE_AFTER
        if side.against < needed:
            return False
        side.on, side.against = not side.on, 0
        return True
