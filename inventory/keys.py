"""Every table and key of sites.toml as data: how a value is read, and what it refers to.

What is required and what holds where a key is missing stands in inventory.model: a field
without a default is required. `describe` joins the two, for the documentation.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from inventory import addresses, hours, kinds, model, secrets
from inventory.kinds import Reader

Shape = Literal["one", "named", "many"]  # [network], [snmp.NAME], [[device]]


@dataclass(frozen=True, slots=True)
class Key:
    """`words` says the kind for people; `refers` names the tables one of which has the id."""

    read: Reader
    words: str
    refers: tuple[str, ...] = ()


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
    return Key(kinds.idents, f"ids of {' or '.join(tables)} tables", tables)


def _choice(*words: str) -> Key:
    return Key(kinds.choice(*words), " | ".join(words))


ID = Key(kinds.ident, "id: A-Z a-z 0-9 . _ -, at most 64")
OLD_IDS = Key(kinds.idents, "ids that it had before")
TEXT = Key(kinds.text, "text")
DAY = Key(kinds.day, "date")
YES_NO = Key(kinds.yes_no, "true or false")
PORT = Key(kinds.port, "port, 1-65535")
PERCENT = Key(kinds.percent, "per cent, 0-100")
SECONDS = Key(kinds.seconds, "seconds, above 0")
RETRIES = Key(kinds.integer(0, 10), "whole number, 0-10")
PROFILES = Key(kinds.profiles, "profile, list of profiles, or false", ("snmp",))
SECRET = Key(secrets.secret, '"secret:NAME"')
END = Key(kinds.text, "device:interface, or a site")
INSTANT = Key(kinds.instant, "time with offset")
DEVICE_PORT = Key(kinds.text, "device, or device:port", ("device",))
DAYS = Key(kinds.integer(2, 36_500), "whole number of days, 2-36500")
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
            "include": Key(kinds.texts, "file patterns, relative to this file"),
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
    Table(
        "retention",
        "one",
        model.Retention,
        {"samples_days": DAYS, "rollups_days": DAYS},
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
            "max_repetitions": Key(kinds.integer(1, 1000), "whole number, 1-1000"),
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
            "legacy": Key(kinds.yes_no, "true: SHA-1 and CBC are allowed, for old devices"),
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
            "level": _choice(*model.LEVELS),
            "parent": _ref("unit"),
            "valid_from": DAY,
            "valid_to": DAY,
            "act": TEXT,
            "into": _refs("unit"),
            "was": OLD_IDS,
        },
    ),
    Table(
        "placement",
        "many",
        model.Placement,
        {"site": _ref("site"), "unit": _ref("unit"), "valid_from": DAY, "valid_to": DAY},
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
            "lat": Key(kinds.number(-90, 90), "degrees north"),
            "lon": Key(kinds.number(-180, 180), "degrees east"),
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
            "stack": Key(kinds.integer(1, 64), "members of the stack, 1-64"),
            "vrf": TEXT,
            "port": Key(kinds.port, "where it answers SNMP, if not at the port of its profile"),
            "mac": Key(addresses.mac, "MAC address"),
            "seen_by": DEVICE_PORT,
            "via": DEVICE_PORT,
            "heartbeat": Key(secrets.token, '"secret:NAME" or a token of 16 characters or more'),
            "heartbeat_interval_s": SECONDS,
            "answers_from": Key(addresses.sources, 'addresses that answer SNMP for it, or "any"'),
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
            "capacity_mbps": Key(kinds.number(0, above=True), "Mbit/s"),
            "target_pct": PERCENT,
            "circuit_id": TEXT,
            "contract": TEXT,
            "contract_until": DAY,
            "terms": TEXT,
            "monthly_cost": Key(kinds.number(0), "money a month"),
            "service_type": TEXT,
            "physical_direction": TEXT,
            "level": TEXT,
            "connected_on": DAY,
            "legal_document": TEXT,
            "side_of_responsibility": TEXT,
            "length_km": Key(kinds.number(0), "km"),
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
            "expect_status": Key(kinds.statuses, 'HTTP statuses: 200, "200-299", or a list'),
            "keyword": Key(kinds.text, "text that must stand in the answer"),
            "expect": Key(kinds.texts, "DNS answers, one of which each must be"),
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
            "need": Key(kinds.integer(1, 64), "how many such paths must be up"),
        },
    ),
    Table(
        "calendar",
        "many",
        model.Calendar,
        {
            "id": ID,
            "week": Key(hours.week, 'week.mon-fri = ["07:00-17:00"]'),
            "days": Key(hours.days, "days.2026-09-02 = []"),
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
