"""The tables of sites.toml about messages: channels, rules, escalations, the dead-man's signal."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, urlsplit

from inventory import alerts, kinds, secrets
from inventory.hours import DAYS
from inventory.keys import ID, SECONDS, Key, Table, choice, number, ref, refs
from inventory.kinds import Fault, several, wrong_type
from inventory.problems import quoted
from inventory.secrets import PREFIX, Named
from inventory.tiers import LEVELS

LONGEST_S = 7 * 86400
PLAIN = ("mailto", "mailtos", "json", "jsons", "form", "forms", "xml", "xmls")  # an address in them
_OPEN = ("to", "from", "cc", "bcc", "reply", "smtp", "mode", "name", "format", "method", "verify")
_TIMES = ("cto", "rto")  # Apprise's limits of a connection and of an answer, in seconds
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_HIDE = f'write "secret:NAME" and put NAME = "…" into {secrets.FILE}, or set $CANH_SECRET_NAME'
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d"
_SPELL = re.compile(rf"({_TIME})-({_TIME}|24:00)")
_DIGEST = re.compile(rf"(?:({'|'.join(DAYS)}) )?{_TIME}")


def channel_url(raw: object) -> Named | str | Fault:
    """`secret:NAME`, or an Apprise URL in which nothing is secret. It is never quoted."""
    parts = _parts(raw)
    if not isinstance(parts, SplitResult):
        return parts
    if parts.scheme not in PLAIN or parts.username is not None:
        return Fault("a secret stands here plainly", _HIDE)
    if any(name.lower() not in (*_OPEN, *_TIMES) for name, _ in parse_qsl(parts.query, True)):
        return Fault("a secret may stand here plainly", _HIDE)
    return parts.geturl()


def call_url(raw: object) -> Named | str | Fault:
    """`secret:NAME`, or the http(s) URL that is called."""
    parts = _parts(raw)
    if not isinstance(parts, SplitResult):
        return parts
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return Fault("is no http or https URL", "write https://host/path")
    if parts.username is not None:
        return Fault("a secret stands here plainly", _HIDE)
    return parts.geturl()


def _parts(raw: object) -> SplitResult | Named | Fault:
    """Of a URL; or the name of the secret that it is."""
    if not isinstance(raw, str):
        return wrong_type(raw, "a text")
    if raw.startswith(PREFIX):
        return secrets.secret(raw)
    if not raw.isprintable() or not _SCHEME.match(raw):
        return Fault("is no URL", f'write "secret:NAME", or one of {", ".join(PLAIN)}://…')
    try:
        parts = urlsplit(raw)
        _ = parts.port
    except ValueError:
        return Fault("is no URL", "a port is a number from 1 to 65535")
    return parts


def quiet_hours(raw: object) -> tuple[tuple[str, str], ...] | Fault:
    """Spells of every day; one that ends before it begins goes on past midnight."""
    spells = raw if isinstance(raw, list) else [raw]
    found = []
    for number_, spell in enumerate(spells):
        match = _SPELL.fullmatch(spell) if isinstance(spell, str) else None
        if not match or match[1] == match[2]:
            at = number_ if isinstance(raw, list) else None
            return Fault(f"{quoted(spell)} is no spell of hours", 'write "22:00-06:00"', at)
        found.append((match[1], match[2]))
    return tuple(found)


def digest(raw: object) -> str | Fault:
    """`07:30` each day, `mon 07:30` each week."""
    if not isinstance(raw, str):
        return wrong_type(raw, 'a time ("07:30", "mon 07:30")')
    if not _DIGEST.fullmatch(raw):
        return Fault(f"{quoted(raw)} is no time of a digest", 'write "07:30", or "mon 07:30"')
    return raw


def _some(*words: str) -> Key:
    read = several(kinds.choice(*words))
    return Key(read, f"some of {', '.join(words)}", form="texts")


CHANNELS = refs("channel")
_WAIT = number(0, LONGEST_S, "seconds, 0-604800")

ALERTS = (
    Table(
        "channel",
        "many",
        alerts.Channel,
        {
            "id": ID,
            "url": Key(channel_url, '"secret:NAME", or an Apprise URL without a secret'),
            "language": choice("vi", "en"),
            "min_interval_s": _WAIT,
        },
    ),
    Table(
        "rule",
        "many",
        alerts.Rule,
        {
            "id": ID,
            "to": CHANNELS,
            "unit": refs("unit"),
            "level": _some(*LEVELS),
            "kind": _some(*alerts.KINDS),
            "severity": _some(*alerts.SEVERITIES),
            "hours": ref("calendar"),
            "delay_s": _WAIT,
            "quiet_hours": Key(quiet_hours, 'spells of each day: ["22:00-06:00"]', form="texts"),
            "digest": Key(digest, '"07:30" each day, or "mon 07:30" each week'),
        },
    ),
    Table(
        "escalation",
        "many",
        alerts.Escalation,
        {"rule": ref("rule"), "after_s": number(1, LONGEST_S, "seconds, 1-604800"), "to": CHANNELS},
    ),
    Table(
        "notify",
        "one",
        alerts.Notify,
        {
            "heartbeat_url": Key(call_url, '"secret:NAME", or an http(s) URL'),
            "heartbeat_interval_s": SECONDS,
            "report_to": CHANNELS,
        },
    ),
)
