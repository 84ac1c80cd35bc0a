"""What came back from one check of a service: faults are words of a closed list."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """One word for what is wrong; `reason.WORD` of the phrases says it to people."""

    NONE = "ok"
    # We could not ask: nobody's fault.
    RESOLVER = "resolver"  # our resolver gives no answer
    UNSENT = "unsent"  # our own machine has no route, or no socket
    # It said nothing.
    NO_NAME = "no_name"  # the resolver says that there is no such name
    NO_ANSWER = "no_answer"  # no TCP connection in time; of DNS no answer
    NO_ROUTE = "no_route"  # a router says so (ICMP)
    REFUSED = "refused"
    CLOSED = "closed"  # hung up before the answer was whole
    HANGS_TLS = "hangs_tls"  # connected, but the handshake does not end
    HANGS = "hangs"  # connected, but no first byte
    ENDLESS = "endless"  # answers, but does not end in time
    # It said the wrong thing.
    NOT_TLS = "not_tls"
    TLS_FAILED = "tls_failed"
    BAD_ANSWER = "bad_answer"  # not the protocol, or beyond its limits
    SERVER_ERROR = "server_error"  # HTTP 5xx
    WRONG_STATUS = "wrong_status"
    WRONG_KEYWORD = "wrong_keyword"
    REDIRECT_LOOP = "redirect_loop"
    MANY_REDIRECTS = "many_redirects"
    BAD_REDIRECT = "bad_redirect"  # to no URL that can be asked
    DNS_ERROR = "dns_error"  # rcode other than NOERROR and NXDOMAIN
    NO_RECORD = "no_record"
    WRONG_RECORD = "wrong_record"
    CERT_EXPIRED = "cert_expired"
    CERT_NOT_YET_VALID = "cert_not_yet_valid"
    CERT_WRONG_HOST = "cert_wrong_host"
    CERT_SELF_SIGNED = "cert_self_signed"
    CERT_UNTRUSTED = "cert_untrusted"
    CERT_INVALID = "cert_invalid"
    # It works, and people should act.
    CERT_INCOMPLETE = "cert_incomplete"  # an intermediate certificate is not sent
    CERT_EXPIRES = "cert_expires"  # soon


NOT_ASKED = frozenset({Fault.RESOLVER, Fault.UNSENT})
SILENT = frozenset(
    {
        Fault.NO_ANSWER,
        Fault.NO_ROUTE,
        Fault.REFUSED,
        Fault.CLOSED,
        Fault.HANGS_TLS,
        Fault.HANGS,
        Fault.ENDLESS,
    }
)
"""What a cut on the way to it looks like too."""
SURE = frozenset(
    {
        Fault.CERT_EXPIRED,
        Fault.CERT_NOT_YET_VALID,
        Fault.CERT_WRONG_HOST,
        Fault.CERT_SELF_SIGNED,
        Fault.CERT_UNTRUSTED,
        Fault.CERT_INVALID,
    }
)
"""What no second look would change."""
LIMPS = frozenset({Fault.CERT_INCOMPLETE, Fault.CERT_EXPIRES})


class Phase(StrEnum):
    """The steps of a check, in their order."""

    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    FIRST_BYTE = "first_byte"
    TRANSFER = "transfer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What a certificate says of itself, believed or not. Times are UTC milliseconds."""

    subject: str
    issuer: str
    names: tuple[str, ...]  # DNS names and addresses that it is for
    not_before_ms: int | None
    not_after_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One check of one service. `phases`: milliseconds; of the last request where redirected.

    `rtt_us` is the time from the first question to the last byte; None: it said nothing.
    """

    thing_id: int
    asked_ns: int  # monotonic
    ended_ns: int
    fault: Fault
    detail: str  # one clear sentence for people, in English; the same while nothing changes
    rtt_us: int | None = None
    phases: tuple[tuple[Phase, float], ...] = ()
    hung_in: Phase | None = None  # the phase in which the time ran out
    address: str | None = None  # that was asked
    status: int | None = None  # of HTTP
    redirects: int = 0
    size: int | None = None  # bytes of the body that were read
    tls_version: str | None = None
    chain: tuple[Certificate, ...] = ()  # as sent, the service's own first
    expires_ms: int | None = None  # of the certificates in use the first to expire
    rcode: str | None = None  # of DNS
    answers: tuple[str, ...] = ()
    ttl_s: int | None = None
