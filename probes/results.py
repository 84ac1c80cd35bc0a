"""What comes back from one question: silence and refusal are values, never exceptions."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from wire.ber import Value

MISSED = -1  # no answer within the timeout
UNSENT = -2  # our own machine refused to send: blindness, not loss

# One ping: (node, sent, rtt); times in monotonic nanoseconds, rtt ≥ 0 or MISSED or UNSENT.
Ping = tuple[int, int, int]

COUNTERS = 6  # of an interface: octets, errors and discards, each in and out
NO_VALUE = (1 << 64) - 1  # of a counter; agents that have none say all ones too


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
    in_errors: int | None = None
    out_errors: int | None = None
    in_discards: int | None = None
    out_discards: int | None = None


class Ports(NamedTuple):
    """How all interfaces of a device are: columns, one entry an interface, by if_index.

    The same objects come again as long as they say the same, so that `is` finds most news.
    """

    indexes: tuple[int, ...] = ()
    admin: bytes = b""  # ifAdminStatus; 0: not said
    oper: bytes = b""
    narrow: bytes = b""  # 1: its octets are 32-bit counters
    counters: bytes = b""  # COUNTERS rows of 64-bit little-endian lanes, NO_VALUE where none

    def rows(self) -> tuple[InterfaceStatus, ...]:
        """An entry an interface, for people."""
        count = len(self.indexes)
        lanes = [v if v != NO_VALUE else None for v in array("Q", self.counters)]
        columns = (lanes[k * count : (k + 1) * count] for k in range(COUNTERS))
        statuses = ([v or None for v in column] for column in (self.admin, self.oper))
        return tuple(map(InterfaceStatus, self.indexes, *statuses, *columns))


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
    max_repetitions: int | None = None  # rows in an answer; None: as many as fit into a frame
    answers_from: tuple[str, ...] = ()  # other addresses that may answer for it; "any"


class SnmpPoll(NamedTuple):
    """One device asked once. `facts` is None where only the status was asked.

    `engine_s` and `boots` are those of snmpEngine, which does not wrap after 497 days as uptime
    does; `interfaces_changed` and `entities_changed` are ifTableLastChange and entLastChangeTime,
    hundredths of a second of uptime.
    """

    node: int
    asked_ns: int  # monotonic
    answered_ns: int | None
    status: SnmpStatus
    detail: str = ""  # one clear sentence for people, in English
    sys_name: str | None = None
    uptime_s: float | None = None
    engine_s: int | None = None
    boots: int | None = None
    interfaces_changed: int | None = None
    entities_changed: int | None = None
    ports: Ports = Ports()
    sys_descr: str | None = None
    sys_object_id: str | None = None
    facts: tuple[InterfaceFacts, ...] | None = None

    @property
    def interfaces(self) -> tuple[InterfaceStatus, ...]:
        return self.ports.rows()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Any OIDs asked once: full encoded OID → value; what the device does not have is missing."""

    node: int
    asked_ns: int  # monotonic
    answered_ns: int | None
    status: SnmpStatus
    detail: str = ""
    values: Mapping[bytes, Value] = field(default_factory=dict)
