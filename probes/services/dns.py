"""Asks a DNS server for one name: its code, its records, how long they may be kept."""

from __future__ import annotations

import asyncio

import aiodns
import pycares
from aiodns.error import DNSError

from probes.names import Names
from probes.services.check import Check
from probes.services.reach import reach
from probes.services.results import Fault, Phase
from probes.services.talk import Talk
from probes.services.tls import Context, Verdict

TRIES = 2  # a datagram may be lost
MOST_ANSWERS = 50
_RCODES = {
    pycares.errno.ARES_EFORMERR: "FORMERR",
    pycares.errno.ARES_ESERVFAIL: "SERVFAIL",
    pycares.errno.ARES_ENOTFOUND: "NXDOMAIN",
    pycares.errno.ARES_ENOTIMP: "NOTIMP",
    pycares.errno.ARES_EREFUSED: "REFUSED",
}


async def check_dns(check: Check, talk: Talk, names: Names, _: Context) -> Verdict:
    lost = await reach(check.host, talk, names, address=check.address)
    if lost is not None:
        return lost
    where = talk.addresses[0]
    talk.enter(Phase.FIRST_BYTE)
    server = f"[{where}]:{check.port}" if ":" in where else f"{where}:{check.port}"
    flags = pycares.ARES_FLAG_NOCHECKRESP | pycares.ARES_FLAG_NOSEARCH | pycares.ARES_FLAG_NOALIASES
    resolver = aiodns.DNSResolver(
        [server], timeout=check.timeout_s / TRIES / 1.5, tries=TRIES, flags=flags, lookups="b"
    )
    try:
        said = await resolver.query_dns(check.name, check.record)
    except DNSError as error:
        return _failed(check, talk, int(error.args[0]))
    except asyncio.CancelledError:
        resolver.cancel()
        raise
    finally:
        await resolver.close()
    talk.enter(None)
    talk.rcode = "NOERROR"
    return _judge(check, talk, said)


def _failed(check: Check, talk: Talk, number: int) -> Verdict:
    talk.rcode = _RCODES.get(number)
    asked = f"{check.record} of {check.name}"
    if talk.rcode == "NXDOMAIN":
        return Fault.NO_RECORD, f"answered NXDOMAIN to {asked}"
    if number == pycares.errno.ARES_ENODATA:
        talk.rcode = "NOERROR"
        return Fault.NO_RECORD, f"has no record {asked}"
    if talk.rcode is not None:
        return Fault.DNS_ERROR, f"answered {talk.rcode} to {asked}"
    if number == pycares.errno.ARES_EBADRESP:
        return Fault.BAD_ANSWER, "what answers there does not speak DNS"
    if number == pycares.errno.ARES_ECONNREFUSED:
        return Fault.REFUSED, f"nothing listens on UDP port {check.port} of {talk.addresses[0]}"
    return Fault.NO_ANSWER, f"no answer within {check.timeout_s:g} s"


def _judge(check: Check, talk: Talk, said: pycares.DNSResult) -> Verdict:
    wanted = getattr(pycares, f"QUERY_TYPE_{check.record}")
    records = [each for each in said.answer if each.type == wanted][:MOST_ANSWERS]
    talk.answers = tuple(_text(each.data) for each in records)
    talk.ttl_s = min((each.ttl for each in records), default=None)
    if not records:
        return Fault.NO_RECORD, f"has no record {check.record} of {check.name}"
    expected = {_plain(each) for each in check.expect}
    strange = [each for each in talk.answers if _plain(each) not in expected]
    if expected and strange:
        return Fault.WRONG_RECORD, f"answered {strange[0]}, which is not expected"
    return Fault.NONE, ""


def _text(data: object) -> str:
    """The fields of a record, as a zone file would have them."""
    fields = (getattr(data, name) for name in getattr(data, "__dataclass_fields__", ()))
    return " ".join(_field(each) for each in fields)[:500]


def _field(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _plain(text: str) -> str:
    return text.lower().removesuffix(".")
