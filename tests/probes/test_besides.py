"""Calls of devices and the judge: silence is a fault, but not while nobody could hear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from inventory.model import Device
from probes.alarms import Port
from probes.besides import Besides
from probes.intervals import intervals
from store.samples import Samples
from store.states import State
from tests.probes.play import T0, Play, province

TOKEN = "0123456789abcdef"
STEP = 1_000


class Nobody:
    """No device answers SNMP."""

    def walk(self, *_: object, roots: bool) -> bool:
        return False

    def get(self, *_: object) -> bool:
        return False

    def names(self, device_id: int) -> Mapping[int, str]:
        return {}

    def ports(self, device_id: int) -> Mapping[int, Port]:
        return {}

    def way(self, device_id: int) -> None:
        return None


class Calls:
    """A kiosk in the province that calls each minute."""

    def __init__(self) -> None:
        plain = province()
        site = next(iter(plain.devices.values())).site
        kiosk = Device(id="kiosk", site=site, role="kiosk", monitor="heartbeat", heartbeat=TOKEN)
        network = replace(plain, devices={**plain.devices, "kiosk": kiosk})
        self.play = Play(network)
        self.now = T0
        self.besides = Besides(Nobody(), lambda ns: ns // 1_000_000, Samples(), T0)
        graph = self.play.graph
        self.besides.take_up(network, graph, intervals(network, graph), T0)
        self.besides._hears = True
        self.thing = self.play.ids["device", "kiosk"]
        self.nodes = {thing_id: n for n, thing_id in enumerate(graph.thing_ids)}

    def call(self) -> None:
        self.besides._on_call(self.thing, self.now * 1_000_000)

    def run(self, for_s: int, *, calling: bool) -> None:
        for second in range(for_s):
            self.play.run(self.play.now + STEP)
            self.now = T0 + self.play.now
            if calling and second % 60 == 0:
                self.call()
            self.besides.tick(self.now, self.play.judge, self.nodes)

    def state(self) -> State:
        return self.play.state("kiosk")


def test_a_device_that_calls_is_up_and_down_after_its_silence() -> None:
    calls = Calls()
    calls.run(180, calling=True)
    assert calls.state() == State.UP
    calls.run(80, calling=False)
    assert calls.state() == State.UP
    calls.run(60, calling=False)
    assert calls.state() == State.DOWN
    [*_, (_, verdict)] = calls.play.told("kiosk")
    assert verdict.reason == "no_heartbeat"
    calls.run(10, calling=True)
    assert calls.state() == State.UP


def test_silence_while_the_monitor_did_not_run_is_nobodys_fault() -> None:
    calls = Calls()
    calls.run(121, calling=True)
    calls.play.run(calls.play.now + 600_000)
    calls.run(5, calling=False)
    assert calls.state() == State.UP
