"""Every table and key of sites.toml as data: how a value is read, and what it refers to.

What is required and what holds where a key is missing stands in inventory.model: a field
without a default is required. `describe` joins the two, for the documentation.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from inventory import addresses, hours, kinds, model, secrets
from inventory.kinds import Reader
from inventory.tiers import LEVELS

Shape = Literal["one", "named", "many"]  # [network], [snmp.NAME], [[device]]
Form = Literal["text", "number", "day", "moment", "yes_no", "ids", "profiles", "texts", "toml"]


@dataclass(frozen=True, slots=True)
class Key:
    """`words` says the kind for people; `refers` names the tables one of which has the id; `form`
    is how a value stands in a cell of a workbook, and `among` what it is one of."""

    read: Reader
    words: str
    refers: tuple[str, ...] = ()
    form: Form = "text"
    among: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One kind of table; `model` is the value that a sound one becomes."""

    name: str
    shape: Shape
    model: type
    keys: Mapping[str, Key]

    @cached_property
    def required(self) -> frozenset[str]:
        """Keys whose field has no default."""
        return frozenset(key for key, field in self._fields if _no_default(field))

    @cached_property
    def references(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return tuple((name, key.refers) for name, key in self.keys.items() if key.refers)

    @property
    def header(self) -> str:
        """How it is written."""
        return {"one": "[{}]", "named": "[{}.NAME]", "many": "[[{}]]"}[self.shape].format(self.name)

    @property
    def _fields(self) -> Iterator[tuple[str, dataclasses.Field[Any]]]:
        return ((f.name, f) for f in dataclasses.fields(self.model) if f.name in self.keys)

    def describe(self) -> list[tuple[str, str, bool, Any]]:
        """(key, kind in words, required, default) of each key, for the documentation."""
        defaults = {name: field.default for name, field in self._fields}
        return [
            (name, key.words, name in self.required, defaults.get(name))
            for name, key in self.keys.items()
        ]


def _no_default(field: dataclasses.Field[Any]) -> bool:
    missing = dataclasses.MISSING
    return field.default is missing and field.default_factory is missing


def _ref(*tables: str) -> Key:
    return Key(kinds.ident, f"id of a {' or '.join(tables)}", tables)


def _refs(*tables: str) -> Key:
    return Key(kinds.idents, f"ids of {' or '.join(tables)} tables", tables, "ids")


def _choice(*words: str) -> Key:
    return Key(kinds.choice(*words), " | ".join(words), among=words)


def _number(low: float, high: float, words: str, *, above: bool = False) -> Key:
    return Key(kinds.number(low, high, above=above), words, form="number")


def _integer(low: int, high: int, words: str) -> Key:
    return Key(kinds.integer(low, high), words, form="number")


ID = Key(kinds.ident, "id: A-Z a-z 0-9 . _ -, at most 64")
OLD_IDS = Key(kinds.idents, "ids that it had before", form="ids")
TEXT = Key(kinds.text, "text")
TEXTS = Key(kinds.texts, "texts", form="texts")
DAY = Key(kinds.day, "date", form="day")
YES_NO = Key(kinds.yes_no, "true or false", form="yes_no")
PORT = Key(kinds.port, "port, 1-65535", form="number")
PERCENT = Key(kinds.percent, "per cent, 0-100", form="number")
SECONDS = Key(kinds.seconds, "seconds, above 0", form="number")
RETRIES = _integer(0, 10, "whole number, 0-10")
PROFILES = Key(kinds.profiles, "profile, list of profiles, or false", ("snmp",), "profiles")
SECRET = Key(secrets.secret, '"secret:NAME"')
END = Key(kinds.text, "device:interface, or a site")
INSTANT = Key(kinds.instant, "time with offset", form="moment")
DEVICE_PORT = Key(kinds.text, "device, or device:port", ("device",))
DAYS = _integer(2, 36_500, "whole number of days, 2-36500")
LIFE = {"commissioned": DAY, "retired": DAY, "was": OLD_IDS}

_TABLES = (
    Table(
        "network",
        "one",
        model.Network,
        {
            "name": TEXT,
            "timezone": Key(kinds.zone, "IANA time zone"),
            "language": _choice("vi", "en"),
            "include": Key(kinds.texts, "file patterns, relative to this file", form="texts"),
            "anchor": _refs("device"),
            "heartbeat_listen": Key(addresses.listen, "address:port"),
        },
    ),
    Table(
        "defaults",
        "one",
        model.Defaults,
        {
            "ping_interval_s": SECONDS,
            "ping_timeout_s": SECONDS,
            "snmp_interval_s": SECONDS,
            "snmp": PROFILES,
        },
    ),
    Table("retention", "one", model.Retention, {"samples_days": DAYS, "rollups_days": DAYS}),
    Table(
        "report",
        "one",
        model.Report,
        {
            **dict.fromkeys(("authority_above", "authority", "symbol", "place", "keep_in"), TEXT),
            **dict.fromkeys(("signer", "recipients"), TEXTS) | {"monthly": YES_NO},
        },
    ),
    Table(
        "snmp",
        "named",
        model.SnmpProfile,
        {
            "version": _choice("1", "2c", "3"),
            "community": Key(secrets.community, '"secret:NAME" or "public"'),
            "user": TEXT,
            "auth": _choice("sha1", "sha256", "sha512"),
            "auth_key": SECRET,
            "priv": _choice("aes128", "aes256"),
            "priv_key": SECRET,
            "context": TEXT,
            "port": PORT,
            "timeout_s": SECONDS,
            "retries": RETRIES,
            "max_repetitions": _integer(1, 1000, "whole number, 1-1000"),
        },
    ),
    Table(
        "traps",
        "one",
        model.Traps,
        {"listen": Key(addresses.listen, 'address:port, usually "0.0.0.0:162"')},
    ),
    Table(
        "ssh",
        "named",
        model.SshProfile,
        {
            "username": TEXT,
            "password": SECRET,
            "enable": SECRET,
            "port": PORT,
            "telnet": YES_NO,
            "legacy": Key(
                kinds.yes_no, "true: SHA-1 and CBC allowed, for old devices", form="yes_no"
            ),
            "timeout_s": SECONDS,
        },
    ),
    Table(
        "provider",
        "many",
        model.Provider,
        {"id": ID, "name": TEXT, "hotline": TEXT, "contact": TEXT, "was": OLD_IDS},
    ),
    Table(
        "unit",
        "many",
        model.Unit,
        {
            "id": ID,
            "code": TEXT,
            "name": TEXT,
            "level": _choice(*LEVELS),
            "parent": _ref("unit"),
            "valid_from": DAY,
            "valid_to": DAY,
            "act": TEXT,
            "aliases": TEXTS,
            "into": _refs("unit"),
            "was": OLD_IDS,
        },
    ),
    Table(
        "placement",
        "many",
        model.Placement,
        {"site": _ref("site"), "unit": _ref("unit"), "valid_to": DAY},
    ),
    Table(
        "contact",
        "many",
        model.Contact,
        {"id": ID, "name": TEXT, "phone": TEXT, "email": TEXT, "role": TEXT},
    ),
    Table(
        "site",
        "many",
        model.Site,
        {
            "id": ID,
            "name": TEXT,
            "unit": _ref("unit"),
            "uplink": _refs("site"),
            "gateway": _refs("device"),
            "kind": TEXT,
            "postal_address": TEXT,
            "lat": _number(-90, 90, "degrees north"),
            "lon": _number(-180, 180, "degrees east"),
            "contacts": _refs("contact"),
            "calendar": _ref("calendar"),
            "lan_since": DAY,
            "broadband_since": DAY,
            "evidence": TEXT,
            "soc_cover": YES_NO,
            "target_pct": PERCENT,
            **LIFE,
        },
    ),
    Table(
        "device",
        "many",
        model.Device,
        {
            "id": ID,
            "site": _ref("site"),
            "role": TEXT,
            "name": TEXT,
            "address": Key(addresses.address, "IPv4 or IPv6 address, or host name"),
            "snmp": PROFILES,
            "ssh": Key(kinds.ident, "profile", ("ssh",)),
            "platform": TEXT,
            "uplink": _refs("device"),
            "monitor": Key(kinds.monitor, "icmp | snmp | tcp:PORT | via | heartbeat | none"),
            "ping_interval_s": SECONDS,
            "snmp_interval_s": SECONDS,
            "vendor": TEXT,
            "model": TEXT,
            "serial": TEXT,
            "asset_tag": TEXT,
            "owner": TEXT,
            "installed": DAY,
            "warranty_until": DAY,
            "calendar": _ref("calendar"),
            "stack": _integer(1, 64, "members of the stack, 1-64"),
            "vrf": TEXT,
            "port": dataclasses.replace(
                PORT, words="where it answers SNMP, if not as its profile says"
            ),
            "mac": Key(addresses.mac, "MAC address"),
            "seen_by": DEVICE_PORT,
            "via": DEVICE_PORT,
            "heartbeat": Key(secrets.token, '"secret:NAME" or a token of 16 characters or more'),
            "heartbeat_interval_s": SECONDS,
            "answers_from": Key(
                addresses.sources, 'addresses that answer SNMP for it, or "any"', form="texts"
            ),
            "members": _refs("device"),
            "soc_cover": YES_NO,
            "target_pct": PERCENT,
            **LIFE,
        },
    ),
    Table(
        "link",
        "many",
        model.Link,
        {
            "id": ID,
            "a": END,
            "b": END,
            "provider": _ref("provider"),
            "medium": _choice("fibre", "copper", "radio", "mobile"),
            "role": _choice("primary", "backup"),
            "capacity_mbps": _number(0, math.inf, "Mbit/s", above=True),
            "target_pct": PERCENT,
            "circuit_id": TEXT,
            "contract": TEXT,
            "contract_until": DAY,
            "terms": TEXT,
            "monthly_cost": _number(0, math.inf, "money a month"),
            "service_type": TEXT,
            "physical_direction": TEXT,
            "level": TEXT,
            "connected_on": DAY,
            "legal_document": TEXT,
            "side_of_responsibility": TEXT,
            "length_km": _number(0, math.inf, "km"),
            "probe": Key(addresses.address, "address that only this link leads to"),
            "metered": YES_NO,
            **LIFE,
        },
    ),
    Table(
        "service",
        "many",
        model.Service,
        {
            "id": ID,
            "name": TEXT,
            "site": _ref("site"),
            "url": Key(addresses.url, "URL: http https tcp tls dns"),
            "owner": TEXT,
            "contacts": _refs("contact"),
            "part_of": _ref("service"),
            "needs": _refs("service"),
            "outside": YES_NO,
            "soc_cover": YES_NO,
            "interval_s": SECONDS,
            "timeout_s": SECONDS,
            "address": Key(addresses.address, "address to connect to instead of the URL's host"),
            "server_name": Key(addresses.address, "name that the certificate must bear"),
            "ca_file": Key(kinds.text, "PEM file of issuers to trust, relative to this file"),
            "expect_status": Key(
                kinds.statuses, 'HTTP statuses: 200, "200-299", or a list', form="texts"
            ),
            "keyword": Key(kinds.text, "text that must stand in the answer"),
            "expect": Key(kinds.texts, "DNS answers, one of which each must be", form="texts"),
            "target_pct": PERCENT,
            **LIFE,
        },
    ),
    Table(
        "path",
        "many",
        model.SitePath,
        {
            "site": _ref("site"),
            "device": _ref("device"),
            "link": _ref("link"),
            "network": _choice("state", "internet"),
            "need": _integer(1, 64, "how many such paths must be up"),
        },
    ),
    Table(
        "calendar",
        "many",
        model.Calendar,
        {
            "id": ID,
            "week": Key(hours.week, 'week.mon-fri = ["07:00-17:00"]', form="toml"),
            "days": Key(hours.days, "days.2026-09-02 = []", form="toml"),
            "holidays": Key(hours.country, "country code; its public holidays are closed"),
        },
    ),
    Table(
        "maintenance",
        "many",
        model.PlannedWork,
        {
            "scope": Key(kinds.text, "site:ID, device:ID, link:ID or unit:ID"),
            "starts": INSTANT,
            "ends": INSTANT,
            "reason": TEXT,
            "author": TEXT,
        },
    ),
    Table(
        "target",
        "many",
        model.Target,
        {
            "applies_to": Key(kinds.text, "a kind, KIND:LEVEL or KIND:ID"),
            "pct": PERCENT,
            "source": TEXT,
        },
    ),
)
TABLES: Mapping[str, Table] = {table.name: table for table in _TABLES}
