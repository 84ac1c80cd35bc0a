"""A province in which something stands in every state, to look at their signs and colours."""

from __future__ import annotations

from collections.abc import Mapping

from store.states import Mark, State
from tests.tui.province import Province, fibre_cut, unseen

STANDING: Mapping[str, tuple[State, tuple[Mark, ...]]] = {  # of one district, side by side
    "c-o-21205": (State.DOWN, ()),
    "c-o-21217": (State.DEGRADED, ()),
    "c-o-21220": (State.UNREACHABLE, ()),
    "c-o-21226": (State.UNKNOWN, ()),
    "c-o-21229": (State.DOWN, (Mark.MAINTENANCE,)),
    "c-o-21175": (State.DOWN, (Mark.OFF_HOURS,)),
    "c-o-21181": (State.UNKNOWN, (Mark.NEVER_SEEN,)),
    "c-o-21184": (State.NOT_MONITORED, ()),
}


def every_state() -> Province:
    """A cut with sites behind it, a router that somebody took, a loss, and all that is quiet."""
    province = Province()
    unseen(province)
    for key, (state, marks) in STANDING.items():
        province.put(key, state, *marks)
    fibre_cut(province)
    province.fail("c-o-21073-cpe1", ago_s=240, acknowledged=True)
    province.fail("p-tu-cpe1", State.DEGRADED, ago_s=2_400, reason="loss")
    return province
