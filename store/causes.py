"""Proposes why something failed, from what was seen; people overrule it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inventory.causes import SIDES

Reason = Mapping[str, Any]  # {"code": …} and its values

PLANNED, POWER, DEVICE, FIBRE = "planned", "power", "device", "fibre"
PROVIDER, FAR_END, UNDETERMINED = "provider", "far_end", "undetermined"
UPTIME_CODES = frozenset({"all_restarted", "restarted_alone", "stayed_alive"})
_SINKING_DB = 3.0  # half of the light
_POWER_CODES = frozenset({"on_battery", "all_restarted", "dying_gasp"})
_LINE_CODES = frozenset({"dark_both_ends", "stayed_alive"})
OLT_CODES = {"dying_gasp": "dying_gasp", "los": "onu_dark"}  # what an OLT said of its unit → code


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One end of a link while it is down; None: its port, or its device, was not asked."""

    device: str
    port_down: bool | None
    answers: bool | None
    shut: bool = False  # somebody switched the port off


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of one root outage; None and empty: not known.

    `restarted`, `stayed`: devices there that answered after the end, and whether they had started
    anew during the outage. `ends`: the near one first. `earlier`: reasons of an earlier proposal.
    """

    thing: str
    medium: str | None = None
    has_provider: bool = False
    responsible: str | None = None  # declared side of responsibility
    planned: str | None = None  # the work that was going on
    on_battery: str | None = None  # the UPS that ran on battery before
    olt_said: str | None = None  # of a unit behind it: dying_gasp, los
    ends: tuple[End, ...] = ()
    restarted: tuple[str, ...] = ()
    stayed: tuple[str, ...] = ()
    rx_dbm: tuple[float, float] | None = None  # usual level, and the last before the loss
    earlier: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """`side` None: not known."""

    cause: str
    side: str | None
    reasons: tuple[Reason, ...]


def propose(facts: Facts) -> Proposal:
    """Power is believed first; what contradicts itself, and silence, is undetermined."""
    reasons = _reasons(facts)
    cause = _weigh({reason["code"] for reason in reasons}, facts)
    return Proposal(cause, _side(cause, facts), reasons)


def _weigh(codes: set[str], facts: Facts) -> str:
    if "planned" in codes:
        return PLANNED
    if "dark_both_ends" in codes and codes & {"all_restarted", "restarted_alone"}:
        return UNDETERMINED  # both ends had power while the light was out, and yet one had not
    if "on_battery" in codes and "stayed_alive" in codes:
        return UNDETERMINED
    if codes & _POWER_CODES:
        return POWER
    if "restarted_alone" in codes:
        return DEVICE
    if "onu_dark" in codes:
        return FIBRE  # nothing else leads to it
    if codes & _LINE_CODES:
        if facts.medium == "fibre":
            return FIBRE
        return PROVIDER if facts.has_provider else UNDETERMINED
    return FAR_END if "shut_at_far_end" in codes else UNDETERMINED


def _side(cause: str, facts: Facts) -> str | None:
    if cause in (FIBRE, PROVIDER):
        if facts.responsible in SIDES:
            return facts.responsible
        return "provider" if facts.has_provider else "office"
    return "office" if cause in (POWER, DEVICE, PLANNED) else None


def _reasons(facts: Facts) -> tuple[Reason, ...]:
    """Each code once; what is seen now replaces what was seen before."""
    found = [*_before(facts), *_at_the_ends(facts), *_after(facts)]
    seen = {reason["code"] for reason in found}
    asked_after = bool(facts.restarted or facts.stayed)
    kept = [
        reason
        for reason in facts.earlier
        if reason["code"] not in seen and not (asked_after and reason["code"] in UPTIME_CODES)
    ]
    if "dark_both_ends" in seen:
        kept = [reason for reason in kept if reason["code"] != "one_end_dark"]
    return (*kept, *found)


def _before(facts: Facts) -> list[Reason]:
    found: list[Reason] = []
    if facts.planned is not None:
        found.append({"code": "planned", "work": facts.planned})
    if facts.on_battery is not None:
        found.append({"code": "on_battery", "device": facts.on_battery})
    if facts.olt_said in OLT_CODES:
        found.append({"code": OLT_CODES[facts.olt_said], "device": facts.thing})
    if facts.rx_dbm is not None:
        usual, last = facts.rx_dbm
        code = "rx_sank" if usual - last >= _SINKING_DB else "rx_steady"
        found.append({"code": code, "usual_dbm": usual, "last_dbm": last})
    return found


def _at_the_ends(facts: Facts) -> list[Reason]:
    dark = [end for end in facts.ends if end.port_down and end.answers]
    silent = [end for end in facts.ends if end.answers is False]
    if len(dark) == 2:
        return [{"code": "dark_both_ends", "link": facts.thing}]
    if len(dark) == 1 and silent:
        names = {"near": dark[0].device, "far": silent[0].device}
        return [{"code": "one_end_dark", "link": facts.thing, **names}]
    if dark and facts.ends[-1].shut and facts.ends[-1].answers:
        far = facts.ends[-1].device
        return [{"code": "shut_at_far_end", "link": facts.thing, "device": far}]
    return []


def _after(facts: Facts) -> list[Reason]:
    if facts.restarted and not facts.stayed:
        return [{"code": "all_restarted", "devices": len(facts.restarted)}]
    if facts.restarted:
        devices = ", ".join(facts.restarted)
        return [{"code": "restarted_alone", "device": devices, "others": len(facts.stayed)}]
    if facts.stayed:
        return [{"code": "stayed_alive", "devices": len(facts.stayed)}]
    return []
