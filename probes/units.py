"""Asks line terminals for the units behind them, which are judged by what these say."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from inventory.model import Network
from probes import pon
from probes.judge import Judge
from probes.node import FAULTY, WELL
from probes.pon import Model, Place, Unit, UnitSaid
from probes.results import Said, SnmpStatus
from probes.sensing import Managed, Sensing
from probes.sensors.measure import SCALES
from store.changes import DeviceSaid, SensorFact

SILENT_ROUNDS = 2  # in which an OLT that answers otherwise told nothing of its units
_SPREAD = 0x9E3779B1


@dataclass(slots=True)
class _Olt:
    due_ms: int
    units: dict[int, Place] = field(default_factory=dict)
    model: Model | None = None
    silent: int = 0
    asking: bool = False


class Units:
    """Everything by thing ids; `tick` asks those whose turn it is."""

    def __init__(
        self,
        network: Network,
        ids: Mapping[str, int],
        managed: Managed,
        sensing: Sensing,
        stamp: Callable[[int], int],
        start_ms: int,
    ) -> None:
        self._managed, self._sensing, self._stamp = managed, sensing, stamp
        self._interval_ms = int(network.defaults.snmp_interval_s * 1000)
        self._olts: dict[int, _Olt] = {}
        for device in network.devices.values():
            place = pon.place_of(device.via) if device.monitor == "via" and device.via else None
            if place is None or place.olt not in ids or device.id not in ids:
                continue
            olt_id = ids[place.olt]
            at = zlib.crc32(place.olt.encode()) * _SPREAD % self._interval_ms
            olt = self._olts.setdefault(olt_id, _Olt(start_ms + at))
            olt.units[ids[device.id]] = place
        self._answers: list[tuple[int, Said]] = []
        self._told: dict[int, str] = {}

    def shift(self, by_ms: int) -> None:
        """The wall clock was set."""
        for olt in self._olts.values():
            olt.due_ms += by_ms

    def tick(self, now_ms: int, judge: Judge, nodes: Mapping[int, int]) -> list[DeviceSaid]:
        """What the record shall hear of units of which their OLT tells nothing."""
        said: list[DeviceSaid] = []
        answers, self._answers = self._answers, []
        for olt_id, answer in answers:
            said += self._take(olt_id, answer, now_ms, judge, nodes)
        for olt_id, olt in self._olts.items():
            self._follow(olt_id, olt, now_ms, judge, nodes)
            if olt.due_ms <= now_ms and not olt.asking:
                olt.due_ms += (1 + (now_ms - olt.due_ms) // self._interval_ms) * self._interval_ms
                said += self._ask(olt_id, olt)
        return said

    def _ask(self, olt_id: int, olt: _Olt) -> list[DeviceSaid]:
        names = self._managed.names(olt_id)
        models = pon.MODELS if olt.model is None else (olt.model,)
        oids: dict[bytes, None] = {}
        said: list[DeviceSaid] = []
        for unit_id, place in olt.units.items():
            indexes = [(model, _index(model, place, names)) for model in models]
            mine = [oid for model, at in indexes if at is not None for oid in model.oids(at)]
            oids |= dict.fromkeys(mine)
            if names and not mine:
                said += self._word(unit_id, "unknown", pon.NO_PORT)

        def done(answer: Said) -> None:
            olt.asking = False
            self._answers.append((olt_id, answer))

        olt.asking = bool(oids)
        if oids and not self._managed.get(olt_id, tuple(oids), done):
            olt.asking = False
        return said

    def _take(
        self, olt_id: int, said: Said, now_ms: int, judge: Judge, nodes: Mapping[int, int]
    ) -> list[DeviceSaid]:
        olt = self._olts[olt_id]
        if said.status is not SnmpStatus.OK or said.answered_ns is None:
            olt.silent += 1
            if olt.silent == SILENT_ROUNDS:
                for unit_id in olt.units:
                    self._unknown(unit_id, now_ms, judge, nodes)
            return []
        olt.silent = 0
        names = self._managed.names(olt_id)
        asked_ms, answered_ms = self._stamp(said.asked_ns), self._stamp(said.answered_ns)
        news = []
        for unit_id, place in olt.units.items():
            if unit_id not in nodes:
                continue
            told = self._read(olt, said, place, names)
            if told is None or told.state is Unit.UNKNOWN:
                self._unknown(unit_id, now_ms, judge, nodes)
                detail = pon.NOT_SUPPORTED if told is None else "the OLT does not say how it is"
                news += self._word(unit_id, "unknown", detail)
                continue
            news += self._word(unit_id, "ok", "")
            if told.state is Unit.ONLINE:
                judge.alive(nodes[unit_id], asked_ms, answered_ms)
                self._light(unit_id, answered_ms, told)
            else:
                judge.gone(nodes[unit_id], asked_ms, now_ms, told.why)
        return news

    def _read(
        self, olt: _Olt, said: Said, place: Place, names: Mapping[int, str]
    ) -> UnitSaid | None:
        for model in pon.MODELS if olt.model is None else (olt.model,):
            index = _index(model, place, names)
            told = None if index is None else model.read(said.values, index)
            if told is not None:
                olt.model = model
                return told
        return None

    def _follow(
        self, olt_id: int, olt: _Olt, now_ms: int, judge: Judge, nodes: Mapping[int, int]
    ) -> None:
        """An OLT that is gone takes what hangs on it with it."""
        if olt_id not in nodes or judge.nodes[nodes[olt_id]].state not in FAULTY:
            return
        for unit_id in olt.units:
            if unit_id in nodes and judge.nodes[nodes[unit_id]].state in WELL:
                judge.gone(nodes[unit_id], now_ms, now_ms, "no_answer")

    def _unknown(self, unit_id: int, now_ms: int, judge: Judge, nodes: Mapping[int, int]) -> None:
        if unit_id in nodes and judge.nodes[nodes[unit_id]].state in WELL:
            judge.unasked(nodes[unit_id], now_ms)

    def _word(self, unit_id: int, status: str, detail: str) -> list[DeviceSaid]:
        if self._told.get(unit_id) == detail:
            return []
        self._told[unit_id] = detail
        return [DeviceSaid(thing_id=unit_id, status=status, detail=detail)]

    def _light(self, unit_id: int, at_ms: int, told: UnitSaid) -> None:
        if told.rx_dbm is not None or told.olt_rx_dbm is not None:
            self._sensing.guest(unit_id, at_ms, _FACTS, (told.rx_dbm, told.olt_rx_dbm))


def _index(model: Model, place: Place, names: Mapping[int, str]) -> tuple[int, ...] | None:
    return model.index(place.port, pon.port_index(place.port, names), place.onu)


def _fact(kind: str, name: str) -> SensorFact:
    return SensorFact(
        place=f"via {kind}",
        kind=kind,
        name=name,
        unit="dBm",
        scale=SCALES["dBm"],
        how={"via": True},
    )


_FACTS = (_fact("rx_power", "received"), _fact("olt_rx_power", "received by the OLT"))
