"""Whom to ask on the command line, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from inventory.model import Device, Network, SshProfile
from probes.facts.identity import Identity
from store.changes import AddressFact, ModuleFact, NeighbourFact, StationFact


class ShellStatus(StrEnum):
    OK = "ok"
    UNKNOWN_PLATFORM = "unknown_platform"
    NO_ANSWER = "no_answer"  # no connection, or nothing on it
    REFUSED = "refused"  # nobody listens there
    DENIED = "denied"  # wrong user or password
    LEGACY = "legacy"  # it knows only algorithms that sites.toml does not allow
    CUT = "cut"  # the session ended while it spoke
    TOO_SLOW = "too_slow"  # the time was up
    TOO_MUCH = "too_much"  # it does not come to an end
    FORBIDDEN = "forbidden"  # to log in there we would have to send what is not on the list


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellAim:
    """`platform`: netmiko's name. `secrets`: that must not stand in what is kept."""

    address: str
    platform: str
    profile: SshProfile
    secrets: tuple[str | None, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An interface as the command line tells it."""

    name: str
    descr: str | None
    link: str | None
    mac: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellFacts:
    """`unread`: commands whose answers no template could read."""

    identity: Identity
    modules: tuple[ModuleFact, ...]
    interfaces: tuple[Line, ...]
    neighbours: tuple[NeighbourFact, ...]
    macs: tuple[StationFact, ...]
    arp: tuple[AddressFact, ...]
    config: str | None
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """`facts`: of what came until it ended; None: nothing did."""

    status: ShellStatus
    detail: str = ""
    facts: ShellFacts | None = None


def aim_of(network: Network, device: Device, platform: str = "") -> ShellAim | None:
    """How to log in there; None where nothing is declared."""
    if device.ssh is None or device.address is None:
        return None
    asked = [network.snmp[name] for name in device.snmp]
    return ShellAim(
        address=device.address,
        platform=device.platform or platform,
        profile=network.ssh[device.ssh],
        secrets=tuple(
            word for each in asked for word in (each.community, each.auth_key, each.priv_key)
        ),
    )


Ask = Callable[[ShellAim], Heard]
"""Blocks until the login is over."""
