"""One check of a service, explained: its steps, its certificates, and what is wrong."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from inventory.model import Service
from inventory.phrases import say
from inventory.problems import counted, shown
from probes.names import Names
from probes.services.asker import Asker
from probes.services.check import check_of
from probes.services.results import LIMPS, NOT_ASKED, Certificate, Checked, Fault, Phase
from reports.api.documents import when
from store.states import State

EXIT = {State.UP: 0, State.DEGRADED: 1, State.DOWN: 2, State.UNKNOWN: 3}
_STEPS = {
    Phase.DNS: "name",
    Phase.CONNECT: "connect",
    Phase.TLS: "TLS",
    Phase.FIRST_BYTE: "first byte",
    Phase.TRANSFER: "transfer",
}


def probe_service(service: Service, zone: ZoneInfo, *, as_json: bool) -> int:
    """0 up, 1 degraded, 2 down, 3 unknown."""
    checked = asyncio.run(_ask(service))
    lines = [shown(line) for line in _explanation(service, checked, zone)]
    document = _document(service, checked, zone) | {"explanation": lines}
    text = json.dumps(document, ensure_ascii=False, indent=2)
    sys.stdout.write((text if as_json else "\n".join(lines)) + "\n")
    return EXIT[state_of(checked.fault)]


async def _ask(service: Service) -> Checked:
    names = Names()
    try:
        return await Asker(names).ask(check_of(0, service))
    finally:
        names.close()


def state_of(fault: Fault) -> State:
    """What this one check makes of it."""
    if fault is Fault.NONE:
        return State.UP
    if fault in LIMPS:
        return State.DEGRADED
    return State.UNKNOWN if fault in NOT_ASKED else State.DOWN


def _explanation(service: Service, checked: Checked, zone: ZoneInfo) -> Iterator[str]:
    who = service.url if service.id == service.url else f"{service.id} ({service.url})"
    reason = "" if checked.fault is Fault.NONE else f", {say('en', f'reason.{checked.fault}')}"
    yield f"{who}: {state_of(checked.fault)}{reason}"
    if checked.detail:
        yield f"  {checked.detail}"
    if checked.address:
        turns = f", after {counted(checked.redirects, 'redirect')}" if checked.redirects else ""
        yield f"  asked at {checked.address}{turns}"
    steps = [f"{_STEPS[phase]} {took:.1f} ms" for phase, took in checked.phases]
    if steps:
        yield f"  {', '.join(steps)}"
    if checked.status is not None:
        size = "" if checked.size is None else f", {checked.size} bytes read"
        yield f"  status {checked.status}{size}"
    if checked.rcode is not None:
        ttl = "" if checked.ttl_s is None else f" for {checked.ttl_s} s"
        yield f"  {checked.rcode}: {', '.join(checked.answers) or 'no record'}{ttl}"
    if checked.tls_version is not None:
        yield f"  {checked.tls_version}"
    for one in checked.chain:
        yield f"  certificate of {one.subject}, by {one.issuer}, {_validity(one, zone)}"
        if one.names:
            yield f"    for {', '.join(one.names)}"


def _validity(one: Certificate, zone: ZoneInfo) -> str:
    begins, ends = (when(ms, zone) for ms in (one.not_before_ms, one.not_after_ms))
    return f"valid from {(begins or '?')[:10]} to {(ends or '?')[:10]}"


def _document(service: Service, checked: Checked, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "service": None if service.id == service.url else service.id,
        "url": service.url,
        "state": state_of(checked.fault),
        "reason": checked.fault,
        "detail": checked.detail or None,
        "address": checked.address,
        "rtt_ms": None if checked.rtt_us is None else checked.rtt_us / 1000,
        "phases": {f"{phase}_ms": took for phase, took in checked.phases},
        "hung_in": checked.hung_in,
        "status": checked.status,
        "redirects": checked.redirects,
        "size": checked.size,
        "tls": {
            "version": checked.tls_version,
            "expires": when(checked.expires_ms, zone),
            "certificates": [
                {
                    "subject": one.subject,
                    "issuer": one.issuer,
                    "names": list(one.names),
                    "not_before": when(one.not_before_ms, zone),
                    "not_after": when(one.not_after_ms, zone),
                }
                for one in checked.chain
            ],
        },
        "dns": {
            "rcode": checked.rcode,
            "answers": list(checked.answers),
            "ttl_s": checked.ttl_s,
        },
    }
