"""Addresses, names of machines, MAC addresses and URLs as they may stand in sites.toml."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from inventory.kinds import Fault, too_long, wrong_type
from inventory.problems import did_you_mean, quoted

SCHEMES = ("http", "https", "tcp", "dns", "tls")
RECORDS = ("A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT")
URL_LONGEST = 255
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")  # RFC 1123, with _
_MAC = re.compile(r"[0-9a-f]{12}")


def address(raw: object) -> str | Fault:
    """An IPv4 or IPv6 address in its usual form, or a host name in small letters."""
    if not isinstance(raw, str):
        return wrong_type(raw, "a text")
    try:
        ip = ipaddress.ip_address(raw)
    except ValueError:
        return _host_name(raw)
    if ip.is_unspecified or ip.is_multicast or ip == ipaddress.IPv4Address("255.255.255.255"):
        return Fault(f"{quoted(raw)} is no address of a device")
    return str(ip)


def sources(raw: object) -> tuple[str, ...] | Fault:
    """Addresses that may answer in the stead of the one asked; "any" for every one."""
    if raw == "any":
        return ("any",)
    if not isinstance(raw, list | str) or not raw:
        return wrong_type(raw, 'a list of addresses, or "any"')
    try:
        several = [raw] if isinstance(raw, str) else raw
        return tuple(str(ipaddress.ip_address(one)) for one in several)
    except ValueError as problem:
        return Fault(str(problem), "write IPv4 or IPv6 addresses")


def networks(raw: object) -> tuple[str, ...] | Fault:
    """Addresses or prefixes; one may stand without a list."""
    listed = [raw] if isinstance(raw, str) else raw
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        return wrong_type(raw, "a list of addresses or prefixes")
    try:
        for one in listed:
            ipaddress.ip_network(one)
    except ValueError as problem:
        return Fault(str(problem), 'write "127.0.0.1" or "10.51.0.0/24"')
    return tuple(listed)


def _host_name(raw: str) -> str | Fault:
    wrong = Fault(f"{quoted(raw)} is no address", _address_hint(raw))
    labels = raw.removesuffix(".").split(".")
    if len(raw) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return wrong
    if labels[-1].isdigit():  # 10.51.300.1 is a slip, not a name (RFC 3696: no numeric TLD)
        return wrong
    return raw.lower()


def _address_hint(raw: str) -> str:
    if "/" in raw:
        return "write the address alone, without a prefix length"
    if raw.count(":") == 1:
        return "write the address alone; a port has its own key: port = …"
    return "write an IPv4 or IPv6 address, or a host name"


def listen(raw: object) -> str | Fault:
    """`127.0.0.1:8417`, `[::1]:8417`: where our own server waits."""
    if not isinstance(raw, str):
        return wrong_type(raw, "a text")
    host, colon, port = raw.rpartition(":")
    try:
        ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
        if colon and port.isascii() and port.isdigit() and 0 < int(port) < 65536:
            return raw
    except ValueError:
        pass
    return Fault("is no address with a port", '"127.0.0.1:8417", or "[::1]:8417"')


def origin(raw: object) -> str | Fault:
    """`https://canh.example.vn`: how browsers call our own pages."""
    if not isinstance(raw, str):
        return wrong_type(raw, "a text")
    parts = urlsplit(raw)
    plain = raw == f"{parts.scheme}://{parts.netloc}" and parts.hostname and "@" not in raw
    if plain and parts.scheme in ("http", "https"):
        return raw
    return Fault(f"{quoted(raw)} is no origin", '"https://canh.example.vn", with nothing behind it')


def issuer(raw: object) -> str | Fault:
    """`https://id.example.vn/realm`: it answers for who people are, so nothing less than TLS,
    but on this machine."""
    if not isinstance(raw, str):
        return wrong_type(raw, "a text")
    hint = '"https://id.example.vn", as its own description says'
    try:
        parts = urlsplit(raw)
        name = parts.hostname or ""
    except ValueError:
        return Fault(f"{quoted(raw)} is no issuer", hint)
    near = parts.scheme == "http" and name in ("127.0.0.1", "::1", "localhost")
    odd = parts.query or parts.fragment or "@" in parts.netloc or not raw.isprintable()
    if name and not odd and (parts.scheme == "https" or near):
        return raw
    return Fault(f"{quoted(raw)} is no issuer", hint)


def mac(raw: object) -> str | Fault:
    """Six octets in any usual writing, given as 00:1a:2b:3c:4d:5e."""
    if not isinstance(raw, str):
        return wrong_type(raw, "a text")
    found = mac_of(raw)
    return found or Fault(f"{quoted(raw)} is no MAC address", "write 00:1a:2b:3c:4d:5e")


def mac_of(text: str) -> str | None:
    """`001A.2b3c-4D5E` → `00:1a:2b:3c:4d:5e`; None: it is none."""
    digits = re.sub(r"[:.\- ]", "", text).lower()
    if not _MAC.fullmatch(digits):
        return None
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def url(raw: object) -> str | Fault:
    """http, https, tcp://host:port, tls://host:port, dns://server/name."""
    if not isinstance(raw, str):
        return wrong_type(raw, "a text")
    if not raw.isprintable() or " " in raw:
        return Fault("is no URL", "it has blanks or control characters")
    if fault := too_long(raw, URL_LONGEST):
        return fault
    try:
        parts = urlsplit(raw)
        host, port = parts.hostname, parts.port
    except ValueError:
        return Fault("is no URL", "a port is a number from 1 to 65535")
    if parts.username is not None or parts.password is not None:
        return Fault("has a user or password in it", "no secret may stand in sites.toml")
    if parts.scheme not in SCHEMES:
        near = did_you_mean(parts.scheme, SCHEMES)
        known = f"one of {', '.join(SCHEMES)}"
        return Fault(f"{quoted(raw)} has an unknown scheme", near or known)
    return _complete(raw, parts.scheme, host, port, parts.path)


def _complete(raw: str, scheme: str, host: str | None, port: int | None, path: str) -> str | Fault:
    """Each scheme needs its parts."""
    if not host or isinstance(address(host), Fault) or port == 0:
        return Fault(f"{quoted(raw)} names no host", f"write {scheme}://host…")
    if scheme in ("tcp", "tls") and port is None:
        return Fault(f"{quoted(raw)} has no port", f"write {scheme}://host:port")
    if scheme == "dns":
        return _dns(raw, path)
    return raw


def _dns(raw: str, path: str) -> str | Fault:
    """RFC 4501: dns://server/name?type=MX; without a type it is A."""
    if not path.strip("/"):
        return Fault(f"{quoted(raw)} asks for no name", "write dns://server/name")
    if len(path) > 255 or not path.isascii():
        return Fault(f"{quoted(raw)} asks for what is no DNS name")
    asked = urlsplit(raw).query
    record = asked.lower().removeprefix("type=").upper()
    if asked and (not asked.lower().startswith("type=") or record not in RECORDS):
        near = did_you_mean(record, RECORDS)
        return Fault(f"{quoted(raw)} asks for no known type", near or "write ?type=MX")
    return raw
