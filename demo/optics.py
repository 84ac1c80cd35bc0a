"""The light of simulated transceivers: ages on one link, fades before a fibre breaks, then is gone.

Source: JUNIPER-DOM-MIB, jnxDomCurrentEntry, in hundredths of a dBm. Only Juniper's devices have it
here, as only they answer below that enterprise; the other end of a link may be anybody's.
Nothing here comes near a limit, so that no light is a fault of its own: the script knows of none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from inventory.model import Device, Link

TABLE = (1, 3, 6, 1, 4, 1, 2636, 3, 60, 1, 1, 1, 1)
SENT = -250
DARK = -4000  # what a receiver says without light
LIMITS: Mapping[int, int] = {  # column → high alarm, low alarm, high warning, low warning
    9: 0,
    10: -2800,
    11: -100,
    12: -2500,
    17: 300,
    18: -900,
    19: 200,
    20: -800,
}
RECEIVED_COLUMN, SENT_COLUMN = 5, 7
NEAREST, SPREAD = -700, 600  # received from nearby, and how much less from far away
LEAST = -2350  # what is left when all comes together
FADE_S, FADE = 30.0, 900  # before a fibre breaks
AGES_A_SECOND, AGES_BY = 0.67, 600  # 0.4 dB a minute, at most 6 dB


class Lit(Protocol):
    """A port with a transceiver."""

    @property
    def light(self) -> int: ...

    @property
    def ages(self) -> bool: ...

    @property
    def link(self) -> str | None: ...


def has_light(device: Device, link: Link) -> bool:
    return (device.vendor or "").lower() == "juniper" and link.medium == "fibre"


def usual(seed: int) -> int:
    """What the port receives on a good day."""
    return NEAREST - seed % SPREAD


def oldest(links: Iterable[tuple[int, str]]) -> str | None:
    """The one link whose light falls all the time; `links`: (seed, id)."""
    return min(links, default=(0, None))[1]


def received(
    port: Lit, at_s: float, cut: Mapping[str, float], breaks_s: Mapping[str, float]
) -> int:
    """Hundredths of a dBm at this second. `breaks_s`: when the fibre of a link will break."""
    if port.link in cut:
        return DARK
    level = float(port.light)
    if port.ages:
        level -= min(AGES_BY, AGES_A_SECOND * at_s)
    left_s = breaks_s.get(port.link or "", at_s - 1) - at_s
    if 0 <= left_s < FADE_S:
        level -= FADE * (1 - left_s / FADE_S)
    return max(LEAST, round(level))
