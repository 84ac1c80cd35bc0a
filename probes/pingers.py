"""Chooses the way in which this machine may ask for life: ICMP sockets, fping, TCP connects."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from probes.fping import FpingPinger, refused_by_fping
from probes.icmp_socket import NoIcmp, errno_name
from probes.ping import Pinger
from probes.pings import Pings
from probes.refusals import Refused
from probes.results import Ping
from probes.tcp_ping import COMMON_PORTS, Closed, TcpPinger

Refusal = Refused | Closed

_COSTS = {
    "fping": "by fping: misses are known half a second later, and nobody tells who said"
    " unreachable",
    "tcp": f"by TCP connects to ports {', '.join(map(str, COMMON_PORTS))}: a device that is silent"
    " there is unknown, never down",
}


class Asker(Protocol):
    """What all ways have in common; see `probes.ping.Pinger`."""

    @property
    def kinds(self) -> dict[str, str]: ...
    @property
    def overflowed(self) -> int: ...
    @property
    def at_once(self) -> int: ...
    def send(self, asks: Iterable[tuple[int, str]]) -> None: ...
    def drain(self) -> Pings | list[Ping]: ...
    def wait(self, timeout_s: float) -> None: ...
    def refusals(self) -> Sequence[Refusal]: ...
    def close(self) -> None: ...


class Pingers:
    """One way for all that is pinged, and TCP for those that declare a port (`ports`, by node)."""

    def __init__(
        self,
        *,
        timeout_s: float = 2.0,
        echo_port: int | None = None,
        ports: Mapping[int, int] | None = None,
    ) -> None:
        self._timeout_s = timeout_s
        self._pinger: Asker = Pinger(timeout_s=timeout_s, echo_port=echo_port)
        self._tcp: TcpPinger | None = None
        self._simulated = echo_port is not None
        self._refusal = ""
        self.ports = ports or {}

    def open(self, addresses: Iterable[str]) -> None:
        """Find the best way to these (IPv4 and IPv6 literals). Raises NoIcmp, with the error of
        each, where there is none. It takes some milliseconds, at worst some seconds."""
        families = {socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses}
        if self._simulated or not families or not isinstance(self._pinger, Pinger):
            return
        refusals = []
        for family in sorted(families):
            try:
                self._pinger.open(family)
            except NoIcmp as refusal:
                refusals.append(str(refusal))
        if len(refusals) < len(families):
            return
        self._refusal = refusals[0]
        self._pinger = _fall_back(refusals[0], self._timeout_s)

    @property
    def said(self) -> str:
        """Which way is taken and what it costs, for people."""
        kinds = sorted(set(self._pinger.kinds.values()))
        costs = [_COSTS[kind] for kind in kinds if kind in _COSTS]
        if costs:
            return f"pings {costs[0]}. The reason: {self._refusal}"
        ways = ", ".join(f"{family} {kind}" for family, kind in self._pinger.kinds.items())
        return f"pings over ICMP sockets: {ways}" if ways else "nothing is pinged"

    @property
    def kinds(self) -> dict[str, str]:
        return self._pinger.kinds

    @property
    def tells_icmp(self) -> bool:
        """False where TCP stands in for ICMP."""
        return not isinstance(self._pinger, TcpPinger)

    @property
    def alone(self) -> Pinger | None:
        """The ICMP sockets, where nothing else is asked."""
        return self._pinger if isinstance(self._pinger, Pinger) and not self.ports else None

    @property
    def at_once(self) -> int:
        """Asks between two drains whose answers surely find room."""
        return self._pinger.at_once

    @property
    def overflowed(self) -> int:
        """Answers that the kernel threw away since last asked."""
        return self._pinger.overflowed

    def send(self, asks: Iterable[tuple[int, str]]) -> None:
        """Ask (node, address) each."""
        ports = self.ports
        if not ports:
            self._pinger.send(asks)
            return
        asks = list(asks)
        self._pinger.send(ask for ask in asks if ask[0] not in ports)
        if declared := [ask for ask in asks if ask[0] in ports]:
            if self._tcp is None:
                self._tcp = TcpPinger(timeout_s=self._timeout_s, ports=ports)
            self._tcp.ports = ports
            self._tcp.send(declared)

    def drain(self) -> Pings:
        """What was answered, expired or could not be sent since the last drain."""
        pings = self._pinger.drain()
        pings = pings if isinstance(pings, Pings) else Pings.of(pings)
        if self._tcp is None or not (beside := self._tcp.drain()):
            return pings
        return Pings.joined([pings, Pings.of(beside)])

    def refusals(self) -> Sequence[Refusal]:
        """Who refused them since last asked: evidence, no verdict."""
        refusals = self._pinger.refusals()
        return refusals if self._tcp is None else [*refusals, *self._tcp.refusals()]

    def wait(self, timeout_s: float) -> None:
        """How long an answer may take from now on."""
        self._timeout_s = timeout_s
        self._pinger.wait(timeout_s)
        if self._tcp is not None:
            self._tcp.wait(timeout_s)

    def close(self) -> None:
        self._pinger.close()
        if self._tcp is not None:
            self._tcp.close()


def _fall_back(refusal: str, timeout_s: float) -> Asker:
    program = shutil.which("fping")
    why = refused_by_fping(program) if program else "it is not installed"
    if program and why is None:
        return FpingPinger(program, timeout_s=timeout_s)
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()
    except OSError as error:
        raise NoIcmp(f"{refusal}; fping: {why}; TCP: {errno_name(error)}") from error
    return TcpPinger(timeout_s=timeout_s)
