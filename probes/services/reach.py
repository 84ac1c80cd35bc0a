"""The way to a service: its addresses, whether we have a route, and what a broken way means."""

from __future__ import annotations

import errno
import socket
import ssl

from probes.names import Names, Word
from probes.services.check import Check
from probes.services.results import Fault, Phase
from probes.services.talk import Talk
from probes.services.tls import Verdict, refusal

_OURS = frozenset(
    {
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOBUFS,
        errno.ENOMEM,
        errno.EADDRNOTAVAIL,
        errno.EPERM,
        errno.EACCES,
        errno.ENETDOWN,
    }
)
_UNTIMELY = {
    Phase.DNS: (Fault.RESOLVER, "the resolver does not answer in time"),
    Phase.CONNECT: (Fault.NO_ANSWER, "no answer"),
    Phase.TLS: (Fault.HANGS_TLS, "connected, but the TLS handshake did not end"),
    Phase.FIRST_BYTE: (Fault.HANGS, "connected, but no answer began"),
    Phase.TRANSFER: (Fault.ENDLESS, "the answer began, but did not end"),
}


async def reach(
    host: str, talk: Talk, names: Names, *, address: str | None = None, ours: bool = True
) -> Verdict | None:
    """Fill `talk.addresses`; a fault where there is none. `ours`: a name of the configuration."""
    talk.enter(Phase.DNS)
    found = await (names.find if ours else names.once)(address or host)
    if found.word is Word.NO_NAME:
        return Fault.NO_NAME, f"there is no name {host}: {found.why}"
    if found.word is Word.FAILED:
        return Fault.RESOLVER, f"the name {host} cannot be resolved: {found.why}"
    talk.addresses = tuple(filter(_has_route, found.addresses))
    if not talk.addresses:
        return Fault.UNSENT, f"this machine has no route to {found.addresses[0]}"
    talk.enter(Phase.CONNECT)
    return None


def _has_route(address: str) -> bool:
    """Connecting a datagram socket sends nothing and asks the kernel."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect((address, 9))
    except OSError:
        return False
    return True


def untimely(check: Check, phase: Phase | None) -> Verdict:
    """The time ran out in this step."""
    if check.scheme == "dns" and phase is Phase.FIRST_BYTE:
        phase = Phase.CONNECT
    fault, what = _UNTIMELY[phase or Phase.DNS]
    if fault is Fault.RESOLVER:
        return fault, what
    return fault, f"{what} within {check.timeout_s:g} s"


def broken(error: OSError, talk: Talk, port: int) -> Verdict:
    """A connection that failed, or ended before its time."""
    if isinstance(error, ssl.SSLError):
        return refusal(error, talk.peers[-1] if talk.peers else None)
    if error.errno in _OURS:
        return Fault.UNSENT, f"this machine cannot ask: {error.strerror}"
    if talk.phase is not Phase.CONNECT:
        step = {
            Phase.TLS: "during the TLS handshake",
            Phase.TRANSFER: "in the middle of its answer",
        }
        return Fault.CLOSED, f"hung up {step.get(talk.phase or Phase.DNS, 'without an answer')}"
    where = f"port {port} of {talk.addresses[0]}"
    if error.errno == errno.ECONNREFUSED:
        return Fault.REFUSED, f"nothing listens on {where}"
    if error.errno == errno.ETIMEDOUT:
        return Fault.NO_ANSWER, f"no connection to {where}"
    return Fault.NO_ROUTE, f"no way to {where}: {error.strerror or 'several reasons'}"
