"""Connects to a port, by TLS where it is asked for: who answers has proved enough."""

from __future__ import annotations

import asyncio
import ssl

from probes.names import Names
from probes.services import tls
from probes.services.check import Check
from probes.services.reach import broken, reach
from probes.services.results import Fault
from probes.services.talk import Talk
from probes.services.tls import Context, Verdict


async def check_tcp(check: Check, talk: Talk, names: Names, _: Context) -> Verdict:
    lost = await reach(check.host, talk, names, address=check.address)
    return lost or await _connect(check, talk, None)


async def check_tls(check: Check, talk: Talk, names: Names, context: Context) -> Verdict:
    lost = await reach(check.host, talk, names, address=check.address)
    if lost is not None:
        return lost
    found = await _connect(check, talk, context)
    if found[0] is not Fault.CERT_INCOMPLETE or not (leaf := tls.leaf_of(talk.peers[-1])):
        return found
    talk.incomplete = found[1]
    lost = await reach(check.host, talk, names, address=check.address)
    return lost or await _connect(check, talk, tls.pinned(leaf))


async def _connect(check: Check, talk: Talk, context: ssl.SSLContext | None) -> Verdict:
    """To any of its addresses, in turn."""
    error: OSError = TimeoutError()
    name = check.tls_name if context else None
    for address in talk.addresses:
        try:
            _, writer = await asyncio.open_connection(
                address, check.port, ssl=context, server_hostname=name
            )
        except OSError as refused:
            error = refused
            if talk.peers or isinstance(refused, ssl.SSLError):
                break  # it was reached
            continue
        talk.enter(None)
        writer.transport.abort()
        return Fault.NONE, ""
    return broken(error, talk, check.port)
