"""The tables of sites.toml that say how it is watched and told, not what there is."""

from __future__ import annotations

from inventory import addresses, kinds, model, receivers, secrets
from inventory.keys import (
    DAYS,
    ID,
    PORT,
    PROFILES,
    RETRIES,
    SECONDS,
    SECRET,
    TEXT,
    TEXTS,
    YES_NO,
    Key,
    Table,
    choice,
    integer,
    refs,
)

SETTINGS = (
    Table(
        "network",
        "one",
        model.Network,
        {
            "name": TEXT,
            "timezone": Key(kinds.zone, "IANA time zone"),
            "language": choice("vi", "en"),
            "include": Key(kinds.texts, "file patterns, relative to this file", form="texts"),
            "anchor": refs("device"),
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
        "web",
        "one",
        model.Web,
        {
            "listen": Key(addresses.listen, 'address:port, usually "127.0.0.1:8000"'),
            "origin": Key(addresses.origin, "https://NAME, as browsers call it"),
            "proxies": Key(addresses.networks, "addresses or prefixes", form="texts"),
            "certificate": TEXT,
            "certificate_key": TEXT,
            "status_page": YES_NO,
            "photo_space_mb": integer(0, 1_000_000, "whole number of megabytes"),
        },
    ),
    Table(
        "oidc",
        "one",
        model.Oidc,
        {
            "issuer": Key(addresses.issuer, "https://… as the other system calls itself"),
            "client_id": TEXT,
            "client_secret": SECRET,
            "name": TEXT,
            "scopes": TEXT,
            "claim": TEXT,
            **dict.fromkeys(("viewer", "operator", "admin"), TEXTS),
            "units_claim": TEXT,
        },
    ),
    Table(
        "export",
        "many",
        model.Export,
        {
            "id": ID,
            "url": Key(receivers.receiver, receivers.WORDS),
            "format": choice("rfc5424", "cef", "json"),
            "kinds": TEXTS,
            "units": refs("unit"),
            "audit": YES_NO,
        },
    ),
    Table(
        "snmp",
        "named",
        model.SnmpProfile,
        {
            "version": choice("1", "2c", "3"),
            "community": Key(secrets.community, '"secret:NAME" or "public"'),
            "user": TEXT,
            "auth": choice("sha1", "sha256", "sha512"),
            "auth_key": SECRET,
            "priv": choice("aes128", "aes256"),
            "priv_key": SECRET,
            "context": TEXT,
            "port": PORT,
            "timeout_s": SECONDS,
            "retries": RETRIES,
            "max_repetitions": integer(1, 1000, "whole number, 1-1000"),
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
)
