"""Checks one service by the prober of its scheme; whatever happens ends as one result in time."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping

from inventory.problems import shown
from probes.names import Names
from probes.services import tls
from probes.services.check import Check
from probes.services.dns import check_dns
from probes.services.http import check_http
from probes.services.reach import untimely
from probes.services.results import NOT_ASKED, SILENT, Checked, Fault, Phase
from probes.services.talk import TALK, Talk
from probes.services.tcp import check_tcp, check_tls
from probes.services.tls import Context, Contexts, Verdict

LONGEST_DETAIL = 250
Prober = Callable[[Check, Talk, Names, Context], Awaitable[Verdict]]
PROBERS: Mapping[str, Prober] = {
    "http": check_http,
    "https": check_http,
    "tcp": check_tcp,
    "tls": check_tls,
    "dns": check_dns,
}


class Asker:
    """`names` is shared with whoever else resolves."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._contexts = Contexts()

    async def ask(self, check: Check) -> Checked:
        """One check, within its timeout."""
        try:
            context = await self._contexts.trusting(check.ca_file)
        except (OSError, ssl.SSLError) as error:
            detail = f"the issuers in {check.ca_file} cannot be read: {error.strerror or error}"
            return _checked(check, Talk(), Fault.UNSENT, detail, None)
        talk, hung_in = Talk(), None
        TALK.set(talk)
        try:
            async with asyncio.timeout(check.timeout_s):
                fault, detail = await PROBERS[check.scheme](check, talk, self.names, context)
        except TimeoutError:
            hung_in = talk.phase
            fault, detail = untimely(check, hung_in)
        finally:
            TALK.set(None)
        talk.enter(None)
        return _checked(check, talk, fault, detail, hung_in)


def _checked(check: Check, talk: Talk, fault: Fault, detail: str, hung_in: Phase | None) -> Checked:
    """What works may still have a certificate that people should see to."""
    ended_ns = time.monotonic_ns()
    expires_ms = min(filter(None, map(tls.expiry_ms, talk.peers)), default=None)
    if fault is Fault.NONE:
        fault, detail = _limps(talk, expires_ms)
    peer = talk.peers[-1] if talk.peers else None
    heard = fault not in SILENT | NOT_ASKED | {Fault.NO_NAME}
    return Checked(
        thing_id=check.thing_id,
        asked_ns=talk.asked_ns,
        ended_ns=ended_ns,
        fault=fault,
        detail=shown(detail)[:LONGEST_DETAIL],
        phases=talk.phases,
        hung_in=hung_in,
        address=talk.addresses[0] if talk.addresses else None,
        status=talk.status,
        redirects=talk.redirects,
        size=talk.size,
        tls_version=peer.version() if peer else None,
        chain=tls.sent(peer),
        expires_ms=expires_ms,
        rcode=talk.rcode,
        answers=talk.answers,
        ttl_s=talk.ttl_s,
        rtt_us=(ended_ns - talk.asked_ns) // 1000 if heard else None,
    )


def _limps(talk: Talk, expires_ms: int | None) -> Verdict:
    if talk.incomplete:
        return Fault.CERT_INCOMPLETE, talk.incomplete
    return tls.soon(expires_ms) or (Fault.NONE, "")
