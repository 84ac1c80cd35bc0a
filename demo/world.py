"""What is alive in the simulated province under which conditions: pure, no clock, no sockets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from inventory.model import Device, Link, Network
from inventory.topology import Topology, Way, build


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happens, in seconds of the script; `value` 0 means that it is mended.

    `what`: cut (thing: link), dark (site), loss (link; value = round-trip share), blind ("").
    """

    at_s: float
    what: str
    thing: str
    value: float


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is broken right now; the numbers in `cut`, `booted` and `breaks` are script seconds."""

    cut: Mapping[str, float] = field(default_factory=dict)  # link → since when
    dark: frozenset[str] = frozenset()  # sites without power
    loss: Mapping[str, float] = field(
        default_factory=dict
    )  # link → share of round trips that are lost
    blind: bool = False  # the monitor itself is cut off
    booted: Mapping[str, float] = field(default_factory=dict)  # site → when its power came back
    breaks: Mapping[str, float] = field(default_factory=dict)  # link → when its fibre will break


def after(now: Conditions, change: Change) -> Conditions:
    """The conditions once `change` has happened."""
    broken = change.value > 0
    if change.what == "cut":
        return replace(now, cut=_put(now.cut, change.thing, change.at_s if broken else None))
    if change.what == "loss":
        return replace(now, loss=_put(now.loss, change.thing, change.value or None))
    if change.what == "blind":
        return replace(now, blind=broken)
    if broken:
        return replace(now, dark=now.dark | {change.thing})
    booted = _put(now.booted, change.thing, change.at_s)
    return replace(now, dark=now.dark - {change.thing}, booted=booted)


def _put(old: Mapping[str, float], key: str, value: float | None) -> Mapping[str, float]:
    """A copy with the key set; None takes it away."""
    rest = {other: kept for other, kept in old.items() if other != key}
    return rest if value is None else rest | {key: value}


def conditions_at(changes: Iterable[Change], at_s: float) -> Conditions:
    """What is broken at `at_s` after a script's changes, given in order of time."""
    now = Conditions()
    for change in changes:
        if change.at_s > at_s:
            break
        now = after(now, change)
    return now


@dataclass(frozen=True, slots=True)
class World:
    """The declared network as the laws of nature see it."""

    network: Network
    topology: Topology
    below: Mapping[str, tuple[Way, ...]]  # device → (link crossed, device that hangs on it)
    tops: tuple[str, ...]  # devices with nothing above them
    absent: frozenset[str] = field(default=frozenset())  # declared, but never there

    def answering(self, now: Conditions) -> frozenset[str]:
        """The devices that answer whoever asks them: power, and a whole way up to the monitor."""
        if now.blind:
            return frozenset()
        reached: set[str] = set()
        waiting = [device for device in self.tops if self._lit(device, now)]
        while waiting:
            device = waiting.pop()
            if device in reached:
                continue
            reached.add(device)
            for link, lower in self.below.get(device, ()):
                if link not in now.cut and self._lit(lower, now):
                    waiting.append(lower)
        return frozenset(reached - self.absent)

    def alive(self, device: str, now: Conditions) -> bool:
        return device in self.answering(now)

    def silenced(self, now: Conditions) -> frozenset[str]:
        """The askable devices that these conditions silence."""
        usual = self.answering(Conditions()) & self.topology.askable
        return usual - self.answering(now)

    def losses(self, now: Conditions) -> dict[str, float]:
        """Answering devices whose best way up loses round trips → the share lost."""
        if not now.loss:
            return {}
        reached = self.answering(now)
        best = {device: 0.0 for device in self.tops if device in reached}
        waiting = list(best)
        while waiting:
            upper = waiting.pop()
            for link, lower in self.below.get(upper, ()):
                if link in now.cut or lower not in reached:
                    continue
                lost = 1 - (1 - best[upper]) * (1 - now.loss.get(link or "", 0.0))
                if lost < best.get(lower, 1.1):
                    best[lower] = lost
                    waiting.append(lower)
        return {device: lost for device, lost in best.items() if lost}

    def probes_answering(self, now: Conditions) -> frozenset[str]:
        """Links whose own probe address answers: the circuit is whole, both ends have power, and
        the end on our side of it can be reached."""
        reached = self.answering(now)
        here = {self.network.devices[device].site for device in reached}
        probed = (link for link in self.network.links.values() if link.probe)
        return frozenset(
            link.id
            for link in probed
            if self._carries(link, now) and {link.a.site, link.b.site} & here
        )

    def _carries(self, link: Link, now: Conditions) -> bool:
        return link.id not in now.cut and not {link.a.site, link.b.site} & now.dark

    def _lit(self, device: str, now: Conditions) -> bool:
        return self.network.devices[device].site not in now.dark


def world(network: Network, absent: frozenset[str] = frozenset()) -> World:
    topology = build(network)
    below: dict[str, list[Way]] = {}
    for device, ways in topology.ways.items():
        for link, upper in ways:
            below.setdefault(upper, []).append((link, device))
    tops = tuple(device for device, ways in topology.ways.items() if not ways)
    frozen = {upper: tuple(lower) for upper, lower in below.items()}
    return World(network, topology, frozen, tops, absent)


def asked_by_snmp(device: Device) -> bool:
    return bool(device.snmp) and device.address is not None and device.monitor != "none"
