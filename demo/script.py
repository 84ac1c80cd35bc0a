"""The seeded script of faults: what breaks when, so that its truth is unambiguous.

Times are seconds after the start of the script. Faults that stand side by side never share a
site; while the monitor is blind, and for `settle_s` around it, nothing else changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from demo import victims
from demo.victims import WORST_LOSS, Victim
from demo.world import Change, World, world
from inventory.model import Network

ROUND_S = 240.0  # an endless demo plays one round of faults after another
FLAPS = 3
LOSS_ROUNDS = 12  # of pings: ten at the worst share lose at least the four that are looked for
Span = tuple[float, float]  # begin and end
KINDS = ("fibre_cut", "power_cut", "loss", "flapping", "blind")


@dataclass(frozen=True, slots=True)
class Fault:
    """`thing` is the link or site whose first and last change begin and end the fault."""

    kind: str
    thing: str
    victim: Victim | None  # None: the monitor itself
    changes: tuple[Change, ...]

    @property
    def last_change(self) -> Change:
        """The one that mends `thing` for good."""
        return [change for change in self.changes if change.thing == self.thing][-1]


@dataclass(frozen=True, slots=True)
class Round:
    """Faults that fit between two quiet moments; `left_out` names the kinds that found no place."""

    begins_s: float
    ends_s: float
    faults: tuple[Fault, ...]
    left_out: tuple[str, ...]

    def changes(self) -> tuple[tuple[Change, Fault], ...]:
        """Every change with its fault, in order of time."""
        pairs = [(change, fault) for fault in self.faults for change in fault.changes]
        return tuple(sorted(pairs, key=lambda pair: pair[0].at_s))


@dataclass(frozen=True, slots=True)
class Timetable:
    """When faults may stand, and when the monitor is blind."""

    faults: Span
    blind: Span | None


@dataclass(frozen=True, slots=True)
class Pace:
    """What the monitor needs: `settle_s` to notice a change, `loss_s` to call a line lossy."""

    settle_s: float
    loss_s: float


def pace(ping_interval_s: float) -> Pace:
    """One interval, a timeout of 1 s, five re-probes 0.4 s apart, a second of slack and a half."""
    return Pace(ping_interval_s + 4.5, LOSS_ROUNDS * ping_interval_s)


def populate(network: Network, seed: int) -> World:
    """The world with the one device in it that was never there."""
    whole = world(network)
    never = victims.absentee(whole, Random(f"absent {seed}"))
    return world(network, frozenset(() if never is None else (never,)))


def rounds(
    there: World, *, seed: int, duration_s: float | None, ping_interval_s: float
) -> Iterator[Round]:
    """One round that fills the duration, or rounds without end."""
    needs = pace(ping_interval_s)
    if duration_s is not None:
        yield compose(there, Random(f"round 0 {seed}"), 0.0, duration_s, needs)
        return
    length, number = max(ROUND_S, 17 * needs.settle_s), 0
    while True:
        begins = number * length
        yield compose(there, Random(f"round {number} {seed}"), begins, begins + length, needs)
        number += 1


def compose(there: World, rng: Random, begins_s: float, ends_s: float, needs: Pace) -> Round:
    """Throw the dice for one round."""
    times = timetable(rng, begins_s, ends_s, needs)
    if times is None:
        return Round(begins_s, ends_s, (), KINDS)
    hit = _choose(there, rng)
    found: list[Fault] = []
    for kind, victim in hit.items():
        fault = _FAULTS[kind](rng, victim, times.faults, needs) if victim else None
        found.extend([fault] if fault else [])
    if times.blind:
        begin, end = times.blind
        spell = (Change(begin, "blind", "", 1), Change(end, "blind", "", 0))
        found.append(Fault("blind", "", None, spell))
    present = {fault.kind for fault in found}
    left_out = tuple(kind for kind in KINDS if kind not in present)
    return Round(begins_s, ends_s, tuple(found), left_out)


def timetable(rng: Random, begins_s: float, ends_s: float, needs: Pace) -> Timetable | None:
    """Quiet at both ends; the blind spell before or after the faults, whichever the dice say.

    None where not even the faults fit; a time too short for both goes without the blind spell.
    """
    settle = needs.settle_s
    first, last = begins_s + settle / 2, ends_s - settle
    spell = settle + rng.uniform(1.0, max(3.0, (last - first) / 12))
    blind_first = rng.random() < 0.5
    if last - first < 3.2 * settle:
        return None
    if last - first < max(3.2 * settle, needs.loss_s) + settle + spell:
        return Timetable((first, last), None)
    if blind_first:
        return Timetable((first + spell + settle, last), (first, first + spell))
    return Timetable((first, last - spell - settle), (last - spell, last))


def _choose(there: World, rng: Random) -> dict[str, Victim | None]:
    """The victim of each kind, none sharing a site with another or with the absent device."""
    taken = {there.network.devices[device].site for device in there.absent}
    hit: dict[str, Victim | None] = {}
    for kind, choose in _VICTIMS.items():
        victim = hit[kind] = choose(there, rng, taken)
        taken |= victim.sites(there) - _spine(there) if victim else set()
    return hit


def _spine(there: World) -> set[str]:
    """Sites with nothing above them: every link ends there, so they are no victim's own."""
    return {site.id for site in there.network.sites.values() if not site.uplink}


def _spell(rng: Random, span: Span, least_s: float) -> Span:
    """Begin and end within the span, at least so long."""
    begin, end = span
    length = rng.uniform(least_s, max(least_s, 0.8 * (end - begin)))
    at = rng.uniform(begin, end - length)
    return at, at + length


def _fibre_cut(rng: Random, victim: Victim, span: Span, needs: Pace) -> Fault:
    """Backups go first, so that the primary takes the last way with it; all heal at once."""
    earlier, settle = len(victim.breaks) - 1, needs.settle_s
    at, healed = _spell(rng, span, 2 * settle + (settle if earlier else 0.0))
    lead = settle / max(1, earlier)
    cut = [Change(at + lead * n, "cut", link, 1) for n, link in enumerate(victim.breaks)]
    mended = [Change(healed, "cut", link, 0) for link in victim.breaks]
    return Fault("fibre_cut", victim.breaks[-1], victim, (*cut, *mended))


def _power_cut(rng: Random, victim: Victim, span: Span, needs: Pace) -> Fault:
    at, back = _spell(rng, span, 2 * needs.settle_s)
    (site,) = victim.breaks
    spell = (Change(at, "dark", site, 1), Change(back, "dark", site, 0))
    return Fault("power_cut", site, victim, spell)


def _rising_loss(rng: Random, victim: Victim, span: Span, needs: Pace) -> Fault | None:
    """Three steps up, the worst for most of the time, then clean; none in too short a time."""
    least = max(3 * needs.settle_s, needs.loss_s)
    if span[1] - span[0] < least:
        return None
    at, clean = _spell(rng, span, least)
    (link,) = victim.breaks
    step = (clean - at) / 12
    shares = (WORST_LOSS / 3, 2 * WORST_LOSS / 3, WORST_LOSS)
    rise = [Change(at + n * step, "loss", link, share) for n, share in enumerate(shares)]
    return Fault("loss", link, victim, (*rise, Change(clean, "loss", link, 0)))


def _flapping(rng: Random, victim: Victim, span: Span, needs: Pace) -> Fault:
    """Down and up again a few times, never twice at the same pace."""
    at, calm = _spell(rng, span, 3 * needs.settle_s)
    (link,) = victim.breaks
    beat = (calm - at) / (2 * FLAPS - 1)
    changes = []
    for n in range(2 * FLAPS):
        wobble = rng.uniform(-0.2, 0.2) * beat if 0 < n < 2 * FLAPS - 1 else 0.0
        changes.append(Change(at + n * beat + wobble, "cut", link, (n + 1) % 2))
    return Fault("flapping", link, victim, tuple(changes))


_VICTIMS = {
    "fibre_cut": victims.fibre_cut,
    "power_cut": victims.power_cut,
    "loss": victims.rising_loss,
    "flapping": victims.flapping_port,
}
_FAULTS = {
    "fibre_cut": _fibre_cut,
    "power_cut": _power_cut,
    "loss": _rising_loss,
    "flapping": _flapping,
}
