"""Where events are sent: the addresses of `[[export]]`."""

from __future__ import annotations

from urllib.parse import urlsplit

from inventory.kinds import Fault, wrong_type
from inventory.secrets import PREFIX, Named, secret

SCHEMES = ("https", "http", "syslog+tls", "syslog+tcp", "syslog+udp")
WORDS = '"secret:NAME", https://…, syslog+tls://host:port, syslog+tcp://…, syslog+udp://…'


def receiver(raw: object) -> Named | str | Fault:
    """`secret:NAME`, or an address that holds no secret: it is never quoted."""
    if not isinstance(raw, str):
        return wrong_type(raw, "a text")
    if raw.startswith(PREFIX):
        return secret(raw)
    try:
        parts = urlsplit(raw)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return Fault("is no address", f"write {WORDS}")
    if not raw.isprintable() or parts.scheme not in SCHEMES or not host:
        return Fault("is no address", f"write {WORDS}")
    if parts.username is not None or parts.password is not None or parts.query:
        return Fault(
            "may hold a secret",
            'write "secret:NAME" and put NAME = "…" into secrets.toml',
        )
    return raw
