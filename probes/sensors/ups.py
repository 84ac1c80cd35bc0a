"""Uninterruptible supplies: UPS-MIB (RFC 1628), and the MIBs of those that have another.

Each says in some way how its battery is, whether it feeds from it, its charge, how long it lasts.
"""

from __future__ import annotations

from probes.sensors.gauges import below, gauged
from probes.sensors.measure import Battery, Kind, Turn

_UNKNOWN, _NORMAL, _LOW, _EMPTY = Battery.UNKNOWN, Battery.NORMAL, Battery.LOW, Battery.DEPLETED
_STATUS = Turn(words=((1, _UNKNOWN), (2, _NORMAL), (3, _LOW), (4, _EMPTY)))
_STATUS_3 = Turn(words=((1, _UNKNOWN), (2, _NORMAL), (3, _LOW)))


def _feeds_from(battery: tuple[int, ...], highest: int, unknown: tuple[int, ...] = (1,)) -> Turn:
    """Of the numbers of an output source those that mean the battery."""
    return Turn(words=tuple((n, n in battery) for n in range(1, highest + 1) if n not in unknown))


_MINUTES = Turn(factor=60, none=(-1, 65535))
_TICKS = Turn(factor=0.01)
_NOT_MINUS_1 = Turn(none=(-1,))

_RFC = "1.3.6.1.2.1.33.1"  # upsObjects
RFC1628 = gauged(
    "ups_rfc1628",
    f"{_RFC}.2.1",
    below(f"{_RFC}.2", Kind.UPS_STATUS, 1, name="battery", turn=_STATUS),
    below(f"{_RFC}.2", Kind.UPS_RUNTIME, 3, name="runtime", turn=_MINUTES),
    below(f"{_RFC}.2", Kind.UPS_CHARGE, 4, name="charge", turn=_NOT_MINUS_1),
    below(f"{_RFC}.2", Kind.VOLTAGE, 5, name="battery", turn=Turn(factor=0.1, none=(-1, 0))),
    below(f"{_RFC}.2", Kind.TEMPERATURE, 7, name="battery", turn=Turn(none=(-1, 0))),
    below(f"{_RFC}.3.3.1", Kind.VOLTAGE, 3, name="input", numbered=True, turn=_NOT_MINUS_1),
    below(f"{_RFC}.4", Kind.UPS_ON_BATTERY, 1, name="on battery", turn=_feeds_from((5,), 7)),
    below(f"{_RFC}.4.4.1", Kind.VOLTAGE, 2, name="output", numbered=True, turn=_NOT_MINUS_1),
    below(f"{_RFC}.4.4.1", Kind.LOAD, 5, name="output", numbered=True, turn=_NOT_MINUS_1),
)

_APC = "1.3.6.1.4.1.318.1.1.1"  # PowerNet-MIB
APC = gauged(
    "ups_apc",
    f"{_APC}.4.1.1",  # upsBasicOutputStatus
    below(f"{_APC}.2.1", Kind.UPS_STATUS, 1, name="battery", turn=_STATUS_3),
    below(f"{_APC}.2.3", Kind.UPS_CHARGE, 1, name="charge", turn=Turn(factor=0.1, none=(-1,))),
    below(f"{_APC}.2.2", Kind.UPS_CHARGE, 1, name="charge", turn=_NOT_MINUS_1),
    below(f"{_APC}.2.2", Kind.UPS_RUNTIME, 3, name="runtime", turn=_TICKS),
    below(f"{_APC}.2.3", Kind.TEMPERATURE, 2, name="battery", turn=Turn(factor=0.1, none=(-1,))),
    below(f"{_APC}.3.3", Kind.VOLTAGE, 1, name="input", turn=Turn(factor=0.1, none=(-1,))),
    below(f"{_APC}.4.1", Kind.UPS_ON_BATTERY, 1, name="on battery", turn=_feeds_from((3, 15), 22)),
    below(f"{_APC}.4.3", Kind.LOAD, 3, name="output", turn=Turn(factor=0.1, none=(-1,))),
)

_XUPS = "1.3.6.1.4.1.534.1"  # XUPS-MIB: Eaton, Powerware
EATON = gauged(
    "ups_eaton",
    f"{_XUPS}.4.5",  # xupsOutputSource
    below(f"{_XUPS}.2", Kind.UPS_RUNTIME, 1, name="runtime"),
    below(f"{_XUPS}.2", Kind.UPS_CHARGE, 4, name="charge"),
    below(f"{_XUPS}.4", Kind.UPS_ON_BATTERY, 5, name="on battery", turn=_feeds_from((5,), 12)),
)

_MGE = "1.3.6.1.4.1.705.1"  # MG-SNMP-UPS-MIB: MGE, Eaton; 1 is yes, 2 is no
_YES = Turn(words=((1, 1), (2, 0)))
MGE = gauged(
    "ups_mge",
    f"{_MGE}.7.3",  # upsmgOutputOnBattery
    below(
        f"{_MGE}.5",
        Kind.UPS_STATUS,
        14,  # upsmgBatteryLowBattery
        name="battery",
        turn=Turn(words=((1, _LOW), (2, _NORMAL))),
    ),
    below(f"{_MGE}.5", Kind.UPS_RUNTIME, 1, name="runtime"),
    below(f"{_MGE}.5", Kind.UPS_CHARGE, 2, name="charge"),
    below(f"{_MGE}.7", Kind.UPS_ON_BATTERY, 3, name="on battery", turn=_YES),
)

_CYBER = "1.3.6.1.4.1.3808.1.1.1"  # CPS-MIB
CYBERPOWER = gauged(
    "ups_cyberpower",
    f"{_CYBER}.4.1.1",  # upsBaseOutputStatus
    below(f"{_CYBER}.2.1", Kind.UPS_STATUS, 1, name="battery", turn=_STATUS_3),
    below(f"{_CYBER}.2.2", Kind.UPS_CHARGE, 1, name="charge"),
    below(f"{_CYBER}.2.2", Kind.UPS_RUNTIME, 4, name="runtime", turn=_TICKS),
    below(f"{_CYBER}.4.1", Kind.UPS_ON_BATTERY, 1, name="on battery", turn=_feeds_from((3,), 7)),
)

_XPPC = "1.3.6.1.4.1.935.1.1.1"  # XPPC-MIB: Phoenixtec, Santak and many that sell theirs
PHOENIXTEC = gauged(
    "ups_phoenixtec",
    f"{_XPPC}.4.1.1",  # upsBaseOutputStatus
    below(f"{_XPPC}.2.1", Kind.UPS_STATUS, 1, name="battery", turn=_STATUS_3),
    below(f"{_XPPC}.2.2", Kind.UPS_CHARGE, 1, name="charge"),
    below(f"{_XPPC}.2.2", Kind.TEMPERATURE, 3, name="battery", turn=Turn(factor=0.1, none=(0,))),
    below(f"{_XPPC}.2.2", Kind.UPS_RUNTIME, 4, name="runtime"),
    below(f"{_XPPC}.4.1", Kind.UPS_ON_BATTERY, 1, name="on battery", turn=_feeds_from((3,), 9)),
)

_DELTA = "1.3.6.1.4.1.2254.2.4"  # Delta's UPSv4-MIB
DELTA = gauged(
    "ups_delta",
    f"{_DELTA}.7.2",  # dupsBatteryStatus
    below(
        f"{_DELTA}.7",
        Kind.UPS_STATUS,
        2,
        name="battery",
        turn=Turn(words=((0, _NORMAL), (1, _LOW), (2, _EMPTY))),
    ),
    below(
        f"{_DELTA}.5",
        Kind.UPS_ON_BATTERY,
        1,  # dupsOutputSource: battery(1)
        name="on battery",
        turn=Turn(words=tuple((n, n == 1) for n in range(6))),
    ),
    below(f"{_DELTA}.7", Kind.UPS_RUNTIME, 5, name="runtime", turn=_MINUTES),
    below(f"{_DELTA}.7", Kind.UPS_CHARGE, 8, name="charge"),
    below(f"{_DELTA}.7", Kind.TEMPERATURE, 9, name="battery", turn=Turn(none=(0,))),
)
