"""What must hold between the keys of one table: a table of rules, each a small function."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from pathlib import Path

from inventory.model import Service
from inventory.problems import quoted
from inventory.references import Known
from inventory.rows import Findings, Row
from inventory.tiers import LEVELS

ONU = re.compile(r"[^:]+:[^:]+:[0-9]{1,5}")  # OLT, its port, number on that port
HOW_TO = {
    "via": 'via = "OLT:PORT:ONU", as "olt1:gpon0/1/3:12"',
    "heartbeat": 'heartbeat = "secret:NAME": the token of the URL that it calls',
}
SHORTEST_KEY = 8  # RFC 3414, 11.2: a v3 passphrase has at least eight characters
Rule = Callable[[Row, Findings], None]


def in_order(early: str, late: str) -> Rule:
    """`late` must not lie before `early`, where both are given."""

    def rule(row: Row, findings: Findings) -> None:
        first, last = row.values.get(early), row.values.get(late)
        if first and last and last < first:
            findings.row(row, late, f"{late}: lies before {early}", "one of the dates is wrong")

    return rule


def ends_after_start(row: Row, findings: Findings) -> None:
    times = [row.values[key] for key in ("starts", "ends") if key in row.values]
    if len(times) == 2 and datetime.fromisoformat(times[0]) >= datetime.fromisoformat(times[1]):
        findings.row(row, "ends", "ends: does not lie after starts", "one of the times is wrong")


def one_way(row: Row, findings: Findings) -> None:
    if len({"device", "link"} & row.given) != 1:
        findings.row(row, "", "names no way or two", "give either device or link")


def two_ends(row: Row, findings: Findings) -> None:
    ends = row.values.get("a"), row.values.get("b")
    if ends[0] is not None and ends[0] == ends[1]:
        findings.row(row, "b", "both ends are the same", "a link leads from one to another")


def vip_members(row: Row, findings: Findings) -> None:
    if row.values.get("role") == "vip" and not row.given & {"members"}:
        findings.row(row, "role", 'role "vip" has no members', "list them: members = […]")


def monitored(row: Row, findings: Findings) -> None:
    """The way of asking must be possible."""
    values = row.values
    kind = values["monitor"] if "monitor" in values else monitor_of(row)
    if "monitor" in values and kind not in ("via", "heartbeat", "none"):
        if "address" not in row.given:
            hint = "add address, or leave monitor out"
            findings.row(row, "monitor", f"monitor {quoted(kind)} has no address to ask", hint)
        elif kind == "snmp" and not values.get("snmp", True):
            hint = "name a profile: snmp = …"
            findings.row(row, "monitor", 'monitor "snmp" has no SNMP profile', hint)
    if kind in ("via", "heartbeat") and kind not in row.given:
        findings.row(row, "monitor", f"monitor {quoted(kind)} needs the key {kind}", HOW_TO[kind])
    if kind == "via" and "via" in values and not ONU.fullmatch(values["via"]):
        findings.row(row, "via", f"via: {quoted(values['via'])} names no ONU", HOW_TO["via"])


def monitor_of(row: Row) -> str:
    """How a device without `monitor` is asked: by what it has."""
    for key, kind in (("address", "icmp"), ("via", "via"), ("heartbeat", "heartbeat")):
        if key in row.values:
            return kind
    return "none"


def snmp_profile(row: Row, findings: Findings) -> None:
    """v1 and v2c need a community; v3 a user, and each algorithm its key."""
    given, version = row.given, row.values.get("version", "2c")
    if version != "3":
        if "community" not in given and "version" not in given - row.values.keys():
            what = f"version {quoted(version)} needs a community"
            findings.row(row, "", what, 'community = "secret:NAME"')
        return
    needed = {"user", "auth", "auth_key"} | ({"priv", "priv_key"} if given & PRIVACY else set())
    for key in sorted(needed - given):
        findings.row(row, "", f'version "3" needs the key "{key}"', HINTS[key])


PRIVACY = frozenset({"priv", "priv_key"})
HINTS = {
    "user": "the name that the agent knows",
    "auth": "one of sha1, sha256, sha512",
    "auth_key": 'auth_key = "secret:NAME"',
    "priv": "one of aes128, aes256",
    "priv_key": 'priv_key = "secret:NAME"',
}

FITS = {
    "expect_status": ("http", "https"),
    "keyword": ("http", "https"),
    "server_name": ("https", "tls"),
    "ca_file": ("https", "tls"),
    "expect": ("dns",),
}


def fits_the_scheme(row: Row, findings: Findings) -> None:
    """A key that the URL's scheme has no use for is a slip."""
    scheme = str(row.values.get("url", "")).partition(":")[0]
    for key in FITS if scheme else ():
        if key in row.given and scheme not in FITS[key]:
            what = f"{key}: has no meaning for {scheme}"
            findings.row(row, key, what, f"it is for {' and '.join(FITS[key])}")


def in_time(row: Row, findings: Findings) -> None:
    """A check must end before the next one is due."""
    times = ("timeout_s", "interval_s")
    defaults = {f.name: f.default for f in fields(Service) if f.name in times}
    found = {key: row.values.get(key, default) for key, default in defaults.items()}
    if row.given & found.keys() and found["timeout_s"] > found["interval_s"]:
        hint = "a check must end before the next one is due"
        findings.row(row, "timeout_s", "timeout_s: is longer than interval_s", hint)


def readable(row: Row, findings: Findings) -> None:
    if name := row.values.get("ca_file"):
        file = Path(row.file).parent / name
        if not file.is_file():
            findings.row(row, "ca_file", f"ca_file: there is no file {quoted(str(file))}")


RULES: Mapping[str, tuple[Rule, ...]] = {
    "unit": (in_order("valid_from", "valid_to"),),
    "site": (in_order("commissioned", "retired"),),
    "device": (
        in_order("commissioned", "retired"),
        in_order("installed", "warranty_until"),
        vip_members,
        monitored,
    ),
    "link": (in_order("commissioned", "retired"), two_ends),
    "service": (in_order("commissioned", "retired"), fits_the_scheme, in_time, readable),
    "path": (one_way,),
    "maintenance": (ends_after_start,),
    "snmp": (snmp_profile,),
}


def within_rows(rows: list[Row], findings: Findings) -> None:
    for row in rows:
        for rule in RULES.get(row.table.name, ()):
            rule(row, findings)


def anchored(rows: list[Row], findings: Findings) -> None:
    """Without an anchor the monitor cannot tell its own blindness from a mass outage."""
    network = next((row for row in rows if row.table.name == "network"), None)
    if network is None:
        return
    if "anchor" not in network.given or not network.values.get("anchor", True):
        what = "no anchor: the monitor's own blindness would look like a mass outage"
        hint = 'anchor = ["the device that the monitor hangs on"]'
        findings.row(network, "anchor", what, hint, level="warning")
    devices = {row.id: row for row in rows if row.table.name == "device"}
    for name in network.values.get("anchor", ()):
        device = devices.get(name)
        if device and ("address" not in device.given or device.values.get("monitor") == "none"):
            what = f"anchor: {device.thing} is not asked anything"
            findings.row(network, "anchor", what, "name devices that answer")


def hearts(rows: list[Row], findings: Findings) -> None:
    """Those that call need somebody who listens, and each a token of its own."""
    calling = [row for row in rows if row.table.name == "device" and row.values.get("heartbeat")]
    network = next((row for row in rows if row.table.name == "network"), None)
    if calling and network is not None and "heartbeat_listen" not in network.given:
        what = f"nobody listens for the heartbeat of {calling[0].thing}"
        hint = 'heartbeat_listen = "127.0.0.1:8417" in [network]'
        findings.row(calling[0], "heartbeat", what, hint, level="warning")
    owners: dict[object, Row] = {}
    for row in calling:
        token = row.values.get("heartbeat")
        earlier = owners.setdefault(token, row)
        if token is not None and earlier is not row and row.id != earlier.id:
            what = f"heartbeat: is already that of {earlier.thing}"
            there = earlier.spot("heartbeat")
            findings.row(row, "heartbeat", what, "give each its own", there=there)


def trapped(rows: list[Row], findings: Findings) -> None:
    """Traps are believed of those who know a profile's community or keys."""
    listener = next((row for row in rows if row.table.name == "traps"), None)
    profiles = [row for row in rows if row.table.name == "snmp"]
    if listener is None:
        return
    if not profiles:
        what = "there is no SNMP profile: no trap is believed"
        findings.row(listener, "", what, "add [snmp.NAME]", level="warning")
    keys: dict[str, tuple[object, ...]] = {}
    for row in profiles:
        user, own = row.values.get("user"), tuple(row.values.get(key) for key in KEYS)
        if user is not None and keys.setdefault(user, own) != own:
            what = f"user: another profile has other keys for {quoted(user)}: informs need one"
            findings.row(row, "user", what, "traps of both are heard", level="warning")


KEYS = ("auth", "auth_key", "priv", "priv_key")
SCOPES = ("unit", "site", "device", "link")
KINDS = ("unit", "site", "device", "link", "service", "provider")


def scopes(rows: list[Row], known: Known, findings: Findings) -> None:
    """`scope` of [[maintenance]] and `applies_to` of [[target]] name things that are there."""
    for row in rows:
        if scope := row.values.get("scope"):
            kind, colon, name = scope.partition(":")
            if kind not in SCOPES or not colon:
                hint = "write site:ID, device:ID, link:ID or unit:ID"
                findings.row(row, "scope", f"scope: {quoted(scope)} is no scope", hint)
            else:
                _named(row, "scope", kind, name, known, findings)
        if applies := row.values.get("applies_to"):
            kind, colon, name = applies.partition(":")
            if kind not in KINDS:
                hint = f"a kind is one of {', '.join(KINDS)}"
                findings.row(row, "applies_to", f"applies_to: {quoted(kind)} is no kind", hint)
            elif colon and name not in LEVELS:
                _named(row, "applies_to", kind, name, known, findings)


def _named(row: Row, key: str, kind: str, name: str, known: Known, findings: Findings) -> None:
    if name not in known[kind]:
        what = f"{key}: there is no {kind} {quoted(name)}"
        findings.row(row, key, what, known[kind].hint(name))
