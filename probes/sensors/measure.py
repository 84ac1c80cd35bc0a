"""One measured quantity of a device: where to ask it, and how its raw number becomes a value."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from itertools import pairwise
from typing import Any

from wire.ber import Value


class Kind(StrEnum):
    RX_POWER = "rx_power"  # light that arrives
    TX_POWER = "tx_power"
    BIAS = "bias"  # current of a laser
    TEMPERATURE = "temperature"
    VOLTAGE = "voltage"
    CURRENT = "current"
    POWER = "power"
    FREQUENCY = "frequency"
    HUMIDITY = "humidity"
    FAN = "fan"
    LOAD = "load"
    UPS_STATUS = "ups_status"  # numbers of `Battery`
    UPS_ON_BATTERY = "ups_on_battery"  # 0, 1
    UPS_CHARGE = "ups_charge"
    UPS_RUNTIME = "ups_runtime"


class Battery(IntEnum):
    """State of a UPS's battery: the words of RFC 1628."""

    UNKNOWN = 1
    NORMAL = 2
    LOW = 3
    DEPLETED = 4


UNITS: Mapping[Kind, str] = {
    Kind.RX_POWER: "dBm",
    Kind.TX_POWER: "dBm",
    Kind.BIAS: "A",
    Kind.TEMPERATURE: "°C",
    Kind.VOLTAGE: "V",
    Kind.CURRENT: "A",
    Kind.POWER: "W",
    Kind.FREQUENCY: "Hz",
    Kind.HUMIDITY: "%",
    Kind.FAN: "rpm",
    Kind.LOAD: "%",
    Kind.UPS_STATUS: "",
    Kind.UPS_ON_BATTERY: "",
    Kind.UPS_CHARGE: "%",
    Kind.UPS_RUNTIME: "s",
}
SCALES: Mapping[str, int] = {"dBm": 1000, "°C": 100, "V": 1000, "A": 1_000_000, "W": 1000}
SCALES_ELSE = 10
OPTICAL = (Kind.RX_POWER, Kind.TX_POWER)
UPS = (Kind.UPS_STATUS, Kind.UPS_ON_BATTERY, Kind.UPS_CHARGE, Kind.UPS_RUNTIME)

# Agents say these where they have no value: the ends of INTEGER and Unsigned32.
NO_NUMBER = frozenset({0x7FFFFFFF, 0x7FFFFFFE, -0x80000000, -0x7FFFFFFF, 0xFFFFFFFF})
NO_LIGHT = frozenset({0, -1, 65535, -65535, 32767, -32768})  # and these of light
DARK_DBM, BRIGHT_DBM = -40.0, 30.0  # at or beyond: no light, no module, or no sound value
DIGITS = 6  # behind the point: what came from a logarithm has no end
_HIGHEST = 1 << 53  # of what a scaled value may be: a float is exact up to here
_NUMBER = re.compile(rb"[-+]?\d{1,12}(?:\.\d{1,12})?")
_RANGES = {Kind.TEMPERATURE: (-80.0, 250.0), Kind.HUMIDITY: (0.0, 100.0)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Raw number × `factor` + `add` is the value; of `milliwatts` that is the power before dBm.

    `part`: which number counts where a text lists several. `words`: what each raw number means.
    `none`: raw numbers that are no value, besides those that never are.
    """

    factor: float = 1.0
    add: float = 0.0
    milliwatts: bool = False
    part: int = 0
    words: tuple[tuple[int, int], ...] = ()
    none: tuple[int, ...] = ()

    def value(self, kind: Kind, raw: Value) -> float | None:
        """In the unit of its kind; None: there is no value, or none that can be true."""
        number = _number(raw, self.part)
        if number is None or number in NO_NUMBER or number in self.none:
            return None
        if self.words:
            return next((float(to) for word, to in self.words if word == number), None)
        if kind in OPTICAL:
            return None if number in NO_LIGHT else self._light(number)
        found = round(number * self.factor + self.add, DIGITS)
        low, high = _RANGES.get(kind, (-1e9, 1e9))
        return found if low <= found <= high else None

    def limit(self, kind: Kind, raw: Value) -> float | None:
        """A limit is no measure: it may be 0, and then `Limits` judges it by its fellows."""
        number = _number(raw, self.part)
        if number is None or number in NO_NUMBER or number in self.none:
            return None
        if self.milliwatts:
            return _dbm(number * self.factor + self.add) if number > 0 else None
        found = round(number * self.factor + self.add, DIGITS)
        return found if kind not in OPTICAL or -60 < found < BRIGHT_DBM else None

    def _light(self, number: float) -> float | None:
        found = number * self.factor + self.add
        dbm = _dbm(found) if self.milliwatts else round(found, DIGITS)
        return dbm if dbm is not None and DARK_DBM < dbm < BRIGHT_DBM else None

    def document(self) -> dict[str, Any]:
        """For the record; `turn_of` reads it."""
        told = {name: getattr(self, name) for name in Turn.__slots__}
        return {name: each for name, each in told.items() if each != getattr(PLAIN, name)}


def turn_of(document: Mapping[str, Any]) -> Turn:
    """What `document` gave; ValueError or TypeError where it is none."""
    said = dict(document)
    words = tuple((int(a), int(b)) for a, b in said.pop("words", ()))
    none = tuple(int(number) for number in said.pop("none", ()))
    turn = Turn(words=words, none=none, **said)
    return _same.setdefault(turn, turn)


PLAIN = Turn()
_same: dict[Turn, Turn] = {}  # a country has a million sensors, and a hundred ways to read them


@dataclass(frozen=True, slots=True)
class Limits:
    """The device's own limits in the unit of the value; None: none is set."""

    low_alarm: float | None = None
    low_warn: float | None = None
    high_warn: float | None = None
    high_alarm: float | None = None

    def sound(self) -> Limits:
        """Without those that cannot be meant.

        A limit of 0 means that none is set, but for one 0 among four in rising order, as 0 dBm
        between -3 and 1. Limits that do not rise are given up, as nobody knows which is wrong.
        """
        four = (self.low_alarm, self.low_warn, self.high_warn, self.high_alarm)
        given = [limit for limit in four if limit is not None]
        rising = all(a < b for a, b in pairwise(given))
        if len(given) == 4 and rising:
            return self
        kept = [limit or None for limit in four]
        given = [limit for limit in kept if limit is not None]
        if any(a > b for a, b in pairwise(given)):
            return Limits()
        return Limits(*kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensor:
    """`oid`: the instance to ask. `guard`: one that must say 1 (ok), or the value is none.

    `entity`: entPhysicalIndex, where the source counts by it; `name` is whole for people.
    """

    kind: Kind
    name: str
    oid: bytes
    turn: Turn
    value: float | None
    limits: Limits = Limits()
    if_index: int | None = None
    entity: int | None = None
    guard: bytes | None = None

    @property
    def unit(self) -> str:
        return UNITS[self.kind]

    @property
    def scale(self) -> int:
        """A kept value is the value × scale, as a whole number."""
        return SCALES.get(self.unit, SCALES_ELSE)

    def read(self, values: Mapping[bytes, Value]) -> float | None:
        """Its value in an answer."""
        if self.guard is not None and values.get(self.guard) != 1:
            return None
        return self.turn.value(self.kind, values.get(self.oid))

    def scaled(self, value: float | None) -> int | None:
        """As it is kept."""
        if value is None:
            return None
        found = round(value * self.scale)
        return found if -_HIGHEST < found < _HIGHEST else None


def _number(raw: Value, part: int) -> float | int | None:
    """A number, also from a text like `-5.40 dBm` or `3.3`."""
    if isinstance(raw, int):
        return raw
    if not isinstance(raw, bytes):
        return None
    if part:
        pieces = raw[:512].split(b",")
        raw = pieces[part] if part < len(pieces) else b""
    found = _NUMBER.match(raw.strip(b" \0\"'"))
    return float(found[0]) if found else None


def _dbm(milliwatts: float) -> float | None:
    return round(10 * math.log10(milliwatts), DIGITS) if milliwatts > 0 else None
