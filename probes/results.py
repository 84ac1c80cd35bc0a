"""What comes back from one question: silence and refusal are values, never exceptions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

MISSED = -1  # no answer within the timeout
UNSENT = -2  # our own machine refused to send: blindness, not loss

# One ping: (node, sent, rtt); times in monotonic nanoseconds, rtt ≥ 0 or MISSED or UNSENT.
Ping = tuple[int, int, int]


class SnmpStatus(StrEnum):
    OK = "ok"
    NO_ANSWER = "no_answer"
    PORT_UNREACHABLE = "port_unreachable"
    UNKNOWN_USER = "unknown_user"
    WRONG_AUTH_KEY = "wrong_auth_key"
    WRONG_PRIV_KEY = "wrong_priv_key"
    BAD_ANSWER = "bad_answer"  # truncated, looping, not what was asked


class InterfaceFacts(NamedTuple):
    """What an interface is: asked at the start, hourly, and when the table changed."""

    if_index: int
    if_name: str
    if_descr: str | None
    if_alias: str | None
    if_type: int | None
    mac: str | None
    speed_bps: int | None


class InterfaceStatus(NamedTuple):
    """How an interface is: asked at each poll. Octets are 64-bit where the device has them."""

    if_index: int
    admin_status: int | None  # 1 up, 2 down, 3 testing
    oper_status: int | None  # 1 up, 2 down, 3 testing, 4 unknown, 5 dormant, 6 notPresent, 7 lower
    in_octets: int | None
    out_octets: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SnmpTarget:
    """Whom to ask; `node` is the caller's number for the device."""

    node: int
    address: str
    port: int
    version: str
    community: str | None = None
    user: str | None = None
    auth: str | None = None
    auth_key: str | None = None
    priv: str | None = None
    priv_key: str | None = None
    context: str = ""
    timeout_s: float = 2.0
    retries: int = 1
    max_repetitions: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SnmpPoll:
    """One device asked once. `facts` is None where only the status was asked."""

    node: int
    asked_ns: int  # monotonic
    answered_ns: int | None
    status: SnmpStatus
    detail: str = ""  # one clear sentence for people, in English
    sys_name: str | None = None
    sys_descr: str | None = None
    sys_object_id: str | None = None
    uptime_s: float | None = None
    facts: tuple[InterfaceFacts, ...] | None = None
    interfaces: tuple[InterfaceStatus, ...] = ()
