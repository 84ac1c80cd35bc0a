"""What an optical line terminal says of the units behind it: state, why they fell, light. Pure.

Sources: HUAWEI-XPON-MIB (hwGponDeviceOntControl, hwGponOntOpticalDdm), and the tables of ZTE's
access nodes, the older ones (zxGponOnt) and those since C320 V2 (zxAnGponOnu).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from probes.sensors.measure import Kind, Turn
from wire import ber
from wire.ber import Value

DYING_GASP, LOS, OFFLINE = "dying_gasp", "los", "onu_offline"
NOT_SUPPORTED = "the OLT has no table of ONUs that this version knows, or no such ONU"
NO_PORT = "the OLT has no such port"


class Unit(StrEnum):
    ONLINE = "online"
    OFFLINE = "offline"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an ONU hangs: `olt:gpon0/1/3:12`."""

    olt: str
    port: tuple[int, ...]  # 0, 1, 3
    onu: int


@dataclass(frozen=True, slots=True)
class UnitSaid:
    """`why`: of what is offline; `rx_dbm`: what the ONU receives, `olt_rx_dbm`: the OLT of it."""

    state: Unit
    why: str = ""
    rx_dbm: float | None = None
    olt_rx_dbm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Tables of one family; `whys` and `states` say what numbers mean, of a state also why."""

    name: str
    state: bytes
    states: Mapping[int, tuple[Unit, str]]
    why: bytes | None
    whys: Mapping[int, str]
    rx: bytes
    rx_turn: Turn
    rx_tail: tuple[int, ...]
    olt_rx: bytes | None
    olt_rx_turn: Turn
    by_slot: bool = False  # the port is told by slot and port instead of ifIndex

    def index(
        self, port: tuple[int, ...], if_index: int | None, onu: int
    ) -> tuple[int, ...] | None:
        if self.by_slot and len(port) == 3:
            return 0x10000000 | (port[1] & 255) << 16 | (port[2] & 255) << 8, onu
        return None if if_index is None or self.by_slot else (if_index, onu)

    def oids(self, index: tuple[int, ...]) -> tuple[bytes, ...]:
        suffix = ber.subids(index)
        found = [self.state + suffix, self.rx + ber.subids((*index, *self.rx_tail))]
        found += [column + suffix for column in (self.why, self.olt_rx) if column is not None]
        return tuple(found)

    def read(self, values: Mapping[bytes, Value], index: tuple[int, ...]) -> UnitSaid | None:
        """None: the OLT has no such row."""
        suffix = ber.subids(index)
        raw = values.get(self.state + suffix)
        if not isinstance(raw, int):
            return None
        state, why = self.states.get(raw, (Unit.UNKNOWN, ""))
        if state is Unit.OFFLINE and self.why is not None:
            last = values.get(self.why + suffix)
            why = why or (self.whys.get(last, "") if isinstance(last, int) else "")
        tail = ber.subids((*index, *self.rx_tail))
        rx = self.rx_turn.value(Kind.RX_POWER, values.get(self.rx + tail))
        olt_rx = None
        if self.olt_rx is not None:
            olt_rx = self.olt_rx_turn.value(Kind.RX_POWER, values.get(self.olt_rx + suffix))
        if state is not Unit.ONLINE:
            rx = olt_rx = None  # the last light of what is gone is no measure
        return UnitSaid(state, why or OFFLINE if state is Unit.OFFLINE else "", rx, olt_rx)


_HW = "1.3.6.1.4.1.2011.6.128.1.1.2."
_ZX = "1.3.6.1.4.1.3902.1012.3."
_ZXAN = "1.3.6.1.4.1.3902.1082.500."
_ONLINE, _OFFLINE = (Unit.ONLINE, ""), (Unit.OFFLINE, "")
_FIFTHS = Turn(factor=0.002, add=-30.0)  # of 0.01 dB, from -30 dBm

HUAWEI = Model(
    name="Huawei",
    state=ber.oid(_HW + "46.1.15"),  # hwGponDeviceOntControlRunStatus
    states={1: _ONLINE, 2: _OFFLINE},
    why=ber.oid(_HW + "46.1.24"),  # hwGponDeviceOntControlLastDownCause
    whys={1: LOS, 2: LOS, 3: LOS, 13: DYING_GASP},
    rx=ber.oid(_HW + "51.1.4"),  # hwGponOntOpticalDdmRxPower
    rx_turn=Turn(factor=0.01),
    rx_tail=(),
    olt_rx=ber.oid(_HW + "51.1.6"),  # hwGponOntOpticalDdmOltRxOntPower
    olt_rx_turn=Turn(factor=0.01, add=-100.0),
)
ZTE_OLD = Model(
    name="ZTE",
    state=ber.oid(_ZX + "28.2.1.4"),  # zxGponOntPhaseState
    states={
        1: (Unit.OFFLINE, LOS),
        2: _ONLINE,  # it takes up its configuration
        3: _ONLINE,
        4: (Unit.OFFLINE, DYING_GASP),
        6: _OFFLINE,
    },
    why=None,
    whys={},
    rx=ber.oid(_ZX + "50.12.1.1.10"),
    rx_turn=_FIFTHS,
    rx_tail=(1,),
    olt_rx=None,
    olt_rx_turn=Turn(),
    by_slot=True,
)
ZTE = Model(
    name="ZTE AN",
    state=ber.oid(_ZXAN + "10.2.3.8.1.4"),  # zxAnGponOnuPhaseState
    states={
        2: (Unit.OFFLINE, LOS),
        3: _ONLINE,
        4: _ONLINE,
        5: (Unit.OFFLINE, DYING_GASP),
        7: _OFFLINE,
    },
    why=ber.oid(_ZXAN + "10.2.3.8.1.7"),  # zxAnGponOnuLastOfflineReason
    whys={2: LOS, 3: LOS, 4: LOS, 9: DYING_GASP},
    rx=ber.oid(_ZXAN + "20.2.2.2.1.10"),
    rx_turn=_FIFTHS,
    rx_tail=(1,),
    olt_rx=ber.oid(_ZXAN + "1.2.4.2.1.2"),
    olt_rx_turn=Turn(factor=0.001, none=(-80_000,)),
)
MODELS = (HUAWEI, ZTE, ZTE_OLD)

_NUMBERS = re.compile(r"\d+(?:/\d+)*$")


def place_of(via: str) -> Place | None:
    """`olt1:gpon0/1/3:12` → where that is."""
    olt, _, rest = via.partition(":")
    port, _, onu = rest.rpartition(":")
    numbers = port_numbers(port)
    return Place(olt, numbers, int(onu)) if numbers and onu.isdigit() else None


def port_numbers(name: str) -> tuple[int, ...]:
    """`gpon0/1/3`, `GPON 0/1/3`, `gpon-olt_1/1/3` → 0, 1, 3; nothing where it ends otherwise."""
    found = _NUMBERS.search(name.strip())
    return tuple(int(part) for part in found[0].split("/")) if found else ()


def port_index(port: tuple[int, ...], names: Mapping[int, str]) -> int | None:
    """ifIndex of a PON port among the interfaces of the OLT."""
    for if_index, name in names.items():
        if "pon" in name.lower() and port_numbers(name) == port:
            return if_index
    return None
