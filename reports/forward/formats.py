"""One message in each format: RFC 5424, CEF 0, JSON; what it holds cannot leave its place."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

FACILITY, AUDIT_FACILITY = 16, 13  # local0, log audit
# As syslog counts: 2 critical … 6 informational.
_SEVERITY = {"state.down": 3, "state.unreachable": 4, "state.degraded": 4, "blind": 2, "sight": 5}
_CEF_SEVERITY = {2: 9, 3: 8, 4: 6, 5: 3, 6: 2}
_SD = "canh@32473"  # RFC 5612: the number that nobody has
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
LONGEST = 8_000  # characters of one value


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`id` stays the same when it is sent again."""

    id: str  # event-17, audit-5
    at_ms: int
    kind: str  # of the event, or audit.ACTION
    actor: str | None
    thing_kind: str | None
    thing: str | None
    name: str | None
    outage: int | None
    detail: Mapping[str, Any]

    @property
    def severity(self) -> int:
        return _SEVERITY.get(self.kind, 5 if self.kind.startswith("state.") else 6)

    @property
    def audited(self) -> bool:
        return self.kind.startswith("audit.")

    def told(self) -> str:
        """For people, in English."""
        about = f" {self.thing_kind} {self.thing}" if self.thing else ""
        named = f" ({self.name})" if self.name and self.name != self.thing else ""
        by = f" by {self.actor}" if self.actor else ""
        return f"{self.kind}{about}{named}{by}"

    def fields(self) -> dict[str, str]:
        found = {
            "id": self.id,
            "event": self.kind,
            "kind": self.thing_kind,
            "thing": self.thing,
            "name": self.name,
            "outage": self.outage,
            "actor": self.actor,
        }
        return {name: str(value) for name, value in found.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Source:
    """Where messages come from."""

    host: str
    version: str
    process: int


def rfc5424(message: Message, source: Source) -> str:
    facility = AUDIT_FACILITY if message.audited else FACILITY
    values = " ".join(f'{name}="{_sd_value(value)}"' for name, value in message.fields().items())
    return (
        f"<{facility * 8 + message.severity}>1 {_time(message.at_ms)} {_word(source.host, 255)}"
        f" canh {source.process} {_word(message.kind, 32)} [{_SD} {values}]"
        f" \ufeff{_plain(message.told())}"
    )


def cef(message: Message, source: Source) -> str:
    """In a syslog line, as receivers of CEF expect it."""
    facility = AUDIT_FACILITY if message.audited else FACILITY
    heads = ("Canh", "Canh", source.version, message.kind, message.told())
    found = {
        "rt": str(message.at_ms),
        "externalId": message.id,
        "cat": "audit" if message.audited else "state",
        "suser": message.actor,
        "dhost": message.thing,
        "msg": message.name,
        "cs1Label": "kind" if message.thing_kind else None,
        "cs1": message.thing_kind,
        "cn1Label": None if message.outage is None else "outage",
        "cn1": None if message.outage is None else str(message.outage),
    }
    extension = " ".join(
        f"{name}={_cef_value(value)}" for name, value in found.items() if value is not None
    )
    told = "|".join(map(_cef_head, heads))
    return (
        f"<{facility * 8 + message.severity}>1 {_time(message.at_ms)} {_word(source.host, 255)}"
        f" canh {source.process} {_word(message.kind, 32)} -"
        f" CEF:0|{told}|{_CEF_SEVERITY[message.severity]}|{extension}"
    )


def as_json(message: Message, source: Source) -> str:
    """One line; JSON escapes what would break it."""
    detail = json.loads(json.dumps(message.detail, default=str))
    told = {
        "id": message.id,
        "at": _time(message.at_ms),
        "event": message.kind,
        "severity": message.severity,
        "actor": message.actor,
        "kind": message.thing_kind,
        "thing": message.thing,
        "name": message.name,
        "outage": message.outage,
        "detail": detail,
        "host": source.host,
        "version": source.version,
    }
    return json.dumps(told, ensure_ascii=True, separators=(",", ":"))


FORMATS: Mapping[str, Callable[[Message, Source], str]] = {
    "rfc5424": rfc5424,
    "cef": cef,
    "json": as_json,
}


def _time(at_ms: int) -> str:
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _plain(text: str) -> str:
    """Control characters as people see them in a log: \\u000a."""
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text[:LONGEST])


def _sd_value(text: str) -> str:
    """RFC 5424, 6.3.3."""
    return re.sub(r'(["\\\]])', r"\\\1", _plain_keeping(text))


def _plain_keeping(text: str) -> str:
    """Control characters become spaces: a backslash would be escaped once more."""
    return _CONTROL.sub(" ", text[:LONGEST])


def _cef_head(text: str) -> str:
    return re.sub(r"([|\\])", r"\\\1", _plain_keeping(text))


def _cef_value(text: str) -> str:
    """Line feeds stand there as \\n."""
    lines = text[:LONGEST].replace("\r\n", "\n").split("\n")
    return r"\n".join(re.sub(r"([=\\])", r"\\\1", _plain_keeping(line)) for line in lines)


def _word(text: str, most: int) -> str:
    """PRINTUSASCII without spaces."""
    return re.sub(r"[^\x21-\x7e]", "_", text)[:most] or "-"
