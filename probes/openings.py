"""Which judged things have opening hours of their own."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from inventory.model import Network
from inventory.opening import Opening
from probes.graph import Graph
from store.states import Kind


def openings(network: Network, graph: Graph) -> dict[int, Opening]:
    """Node → its calendar; what has none is on duty around the clock."""
    zone = ZoneInfo(network.timezone)
    made = {key: Opening(calendar, zone) for key, calendar in network.calendars.items()}
    found: dict[int, Opening] = {}
    for n, (kind, key) in enumerate(zip(graph.kinds, graph.keys, strict=True)):
        calendar = None
        if kind == Kind.DEVICE:
            calendar = network.devices[key].calendar
        elif kind == Kind.SITE:
            calendar = network.sites[key].calendar
        if calendar is not None:
            found[n] = made[calendar]
    return found
