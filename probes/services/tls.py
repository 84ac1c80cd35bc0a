"""TLS that can say why it was not believed: contexts that keep the peer, and its certificates."""

from __future__ import annotations

import asyncio
import ssl
import time
from typing import Any

from probes.clock import wall_ms
from probes.services.results import Certificate, Fault, Phase
from probes.services.talk import TALK

SOON_MS = 14 * 86_400_000
LONGEST_CHAIN = 16
_DER = 2  # _ssl.ENCODING_DER
_SENT, _BELIEVED = "get_unverified_chain", "get_verified_chain"
MOST_NAMES = 50
NO_ISSUER = frozenset({2, 20, 21})  # X509_V_ERR_*: an issuer is not there
_BY_CODE = {
    9: Fault.CERT_NOT_YET_VALID,
    10: Fault.CERT_EXPIRED,
    18: Fault.CERT_SELF_SIGNED,
    19: Fault.CERT_UNTRUSTED,
    62: Fault.CERT_WRONG_HOST,
    63: Fault.CERT_WRONG_HOST,
    64: Fault.CERT_WRONG_HOST,
}
_NOT_TLS = frozenset(
    {
        "WRONG_VERSION_NUMBER",
        "HTTP_REQUEST",
        "UNKNOWN_PROTOCOL",
        "RECORD_LAYER_FAILURE",
        "PACKET_LENGTH_TOO_LONG",
    }
)

Verdict = tuple[Fault, str]


class Context(ssl.SSLContext):
    """Tells the running check of each handshake, so that a failed one still shows its peer."""

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        peer = super().wrap_bio(*args, **kwargs)
        talk = TALK.get()
        if talk is not None:
            talk.enter(Phase.TLS)
            talk.peers.append(peer)
        return peer


class Contexts:
    """One context for each set of trusted issuers: reading them takes tens of milliseconds, in
    which the loop goes on."""

    def __init__(self) -> None:
        self._made: dict[str | None, Context] = {}

    async def trusting(self, ca_file: str | None) -> Context:
        """The system's issuers, and those of the file; OSError, ssl.SSLError where it is none."""
        if ca_file not in self._made:
            self._made[ca_file] = await asyncio.to_thread(_load, ca_file)
        return self._made[ca_file]


def _load(ca_file: str | None) -> Context:
    made = _new()
    made.load_default_certs()
    if ca_file is not None:
        made.load_verify_locations(ca_file)
    return made


def pinned(leaf: bytes) -> Context:
    """Believes this one certificate (DER) alone, with its dates and names."""
    made = _new()
    made.load_verify_locations(cadata=leaf)
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return made


def _new() -> Context:
    made = Context(ssl.PROTOCOL_TLS_CLIENT)
    made.set_alpn_protocols(["http/1.1"])
    return made


def refusal(error: ssl.SSLError, peer: ssl.SSLObject | None) -> Verdict:
    """Why a handshake failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return disbelief(error, peer)
    if error.reason in _NOT_TLS:
        return Fault.NOT_TLS, "what answers there does not speak TLS"
    reason = (error.reason or type(error).__name__).replace("_", " ").lower()
    return Fault.TLS_FAILED, f"the TLS handshake failed: {reason}"


def disbelief(error: Exception, peer: ssl.SSLObject | None) -> Verdict:
    """Why a certificate is not believed: a `SSLCertVerificationError`, however it is wrapped."""
    code: int = getattr(error, "verify_code", 0)
    chain = sent(peer) or (_UNREADABLE,)
    leaf, fault = chain[0], _BY_CODE.get(code, Fault.CERT_INVALID)
    if code in NO_ISSUER:
        fault = Fault.CERT_INCOMPLETE if incomplete(peer) else Fault.CERT_UNTRUSTED
    told = {
        Fault.CERT_INCOMPLETE: f"the certificate of its issuer, {leaf.issuer}, is not sent",
        Fault.CERT_UNTRUSTED: f"{chain[-1].issuer}, who issued it, is not trusted here",
        Fault.CERT_EXPIRED: _expired(chain),
        Fault.CERT_NOT_YET_VALID: f"the certificate is valid from {day(leaf.not_before_ms)} on",
        Fault.CERT_WRONG_HOST: f"the certificate is for {', '.join(leaf.names) or leaf.subject}",
        Fault.CERT_SELF_SIGNED: f"the certificate of {leaf.subject} is signed by itself",
    }
    message = getattr(error, "verify_message", "it cannot be read")
    return fault, told.get(fault, f"the certificate of {leaf.subject}: {message}")


def incomplete(peer: ssl.SSLObject | None) -> bool:
    """Does the issuer of the service's own certificate stand nowhere in what was sent?

    Where it does, and is not trusted either, the end of the chain is somebody unknown here.
    """
    infos = [info for each in _inner(peer, _SENT) if (info := _info(each))]
    return bool(infos) and all(info.get("subject") != infos[0].get("issuer") for info in infos)


def leaf_of(peer: ssl.SSLObject) -> bytes | None:
    """The service's own certificate (DER), believed or not."""
    return next((bytes(each.public_bytes(_DER)) for each in _inner(peer, _SENT)), None)


def sent(peer: ssl.SSLObject | None) -> tuple[Certificate, ...]:
    """The chain as the service sent it, believed or not; its own certificate first."""
    return tuple(_certificate(_info(each)) for each in _inner(peer, _SENT))


def expiry_ms(peer: ssl.SSLObject) -> int | None:
    """When the first certificate of the believed chain expires."""
    believed = [_certificate(_info(each)) for each in _inner(peer, _BELIEVED)]
    ends = [each.not_after_ms for each in believed]
    return min((end for end in ends if end is not None), default=None)


def soon(expires_ms: int | None) -> Verdict | None:
    """Less than 14 days left."""
    if expires_ms is None or expires_ms - wall_ms() >= SOON_MS:
        return None
    return Fault.CERT_EXPIRES, f"a certificate expires on {day(expires_ms)}"


def _inner(peer: ssl.SSLObject | None, chain: str) -> list[Any]:
    """The standard library shows chains in public from 3.13 on, and what stands in them never."""
    inner = getattr(peer, "_sslobj", None)
    try:
        return list(getattr(inner, chain)() or [])[:LONGEST_CHAIN]
    except (AttributeError, ssl.SSLError, ValueError):
        return []


def _info(certificate: Any) -> dict[str, Any]:
    """As `SSLSocket.getpeercert` tells it; empty where it cannot be read: a stranger wrote it."""
    try:
        return dict(certificate.get_info())
    except (ssl.SSLError, ValueError, TypeError):
        return {}


_UNREADABLE = Certificate(
    subject="unreadable", issuer="unreadable", names=(), not_before_ms=None, not_after_ms=None
)


def _certificate(info: dict[str, Any]) -> Certificate:
    if not info:
        return _UNREADABLE
    names = info.get("subjectAltName", ())
    return Certificate(
        subject=_name(info.get("subject", ())),
        issuer=_name(info.get("issuer", ())),
        names=tuple(str(value)[:255] for _, value in names[:MOST_NAMES]),
        not_before_ms=_moment(info.get("notBefore")),
        not_after_ms=_moment(info.get("notAfter")),
    )


def _name(parts: tuple[tuple[tuple[str, str], ...], ...]) -> str:
    """The common name, else the organisation, else all of it."""
    flat = {key: str(value)[:255] for part in parts for key, value in part}
    short = flat.get("commonName") or flat.get("organizationName")
    return short or ", ".join(flat.values())[:255] or "nobody"


def _moment(said: str | None) -> int | None:
    try:
        return None if said is None else int(ssl.cert_time_to_seconds(said)) * 1000
    except ValueError:
        return None


def _expired(chain: tuple[Certificate, ...]) -> str:
    now = wall_ms()
    for each in chain:
        if each.not_after_ms is not None and each.not_after_ms <= now:
            return f"the certificate of {each.subject} expired on {day(each.not_after_ms)}"
    return f"a certificate above that of {chain[0].subject} expired"


def day(ms: int | None) -> str:
    """The date, in UTC."""
    return "an unknown day" if ms is None else time.strftime("%Y-%m-%d", time.gmtime(ms / 1000))
