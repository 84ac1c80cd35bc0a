"""Who is told of what, as frozen values in the words of sites.toml."""

from __future__ import annotations

from dataclasses import dataclass, field

DOWN, DEGRADED, MASS, BLIND = "down", "degraded", "mass", "blind"
SEVERITIES = (DOWN, DEGRADED, MASS, BLIND)
KINDS = ("device", "link", "service")


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A way out. `url` is Apprise's; `min_interval_s`: what comes sooner is gathered."""

    id: str
    url: str = field(repr=False)
    language: str | None = None  # None: the network's
    min_interval_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Which roots go where; an empty filter lets everything through."""

    id: str
    to: tuple[str, ...]
    unit: tuple[str, ...] = ()  # and what lies below
    level: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    severity: tuple[str, ...] = (DOWN, MASS, BLIND)
    hours: str | None = None  # a calendar: what happens outside is nobody's concern
    delay_s: float = 30.0  # in this time its children are counted, too
    quiet_hours: tuple[tuple[str, str], ...] = ()  # told together at their end
    digest: str | None = None  # "07:30", "mon 07:30": told then, and never at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """Nobody took it for so long: others are told."""

    rule: str
    after_s: float
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """The dead-man's signal, and who gets the report of a month."""

    heartbeat_url: str | None = field(default=None, repr=False)
    heartbeat_interval_s: float = 60.0
    report_to: tuple[str, ...] = ()


NOBODY = Notify()
