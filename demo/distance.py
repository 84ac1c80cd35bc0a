"""How long the simulated round trips take: near things answer in a millisecond, far ones in 25."""

from __future__ import annotations

from collections.abc import Mapping

from demo.ports import die
from demo.world import World
from inventory.model import Link

FARTHEST_S = 0.025
INSIDE_S = 0.0004  # from the gateway to a device on the same LAN
FIBRE_S_PER_KM = 0.00001  # there and back
MEDIUM_S = {"mobile": 0.015, "radio": 0.004}


def round_trips(world: World) -> Mapping[str, float]:
    """Device → its usual round trip in seconds, by the shortest way."""
    best = dict.fromkeys(world.tops, 0.001)
    waiting = list(best)
    while waiting:
        upper = waiting.pop()
        for link, lower in world.below.get(upper, ()):
            trip = min(FARTHEST_S, best[upper] + _hop(world, link))
            if trip < best.get(lower, 1.0):
                best[lower] = trip
                waiting.append(lower)
    return best


def _hop(world: World, link: str | None) -> float:
    return INSIDE_S if link is None else crossing(world.network.links[link])


def crossing(link: Link) -> float:
    """There and back over one circuit; an unknown length is drawn from the link's name."""
    length_km = link.length_km or die(link.id) % 100
    equipment = 0.0005 + die(link.id) % 1000 * 0.000004
    return equipment + length_km * FIBRE_S_PER_KM + MEDIUM_S.get(link.medium or "", 0.0)
