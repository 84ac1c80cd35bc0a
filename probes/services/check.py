"""What to ask of a service, from its tables in sites.toml or from a bare URL."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from inventory.model import Service

PORTS = {"http": 80, "https": 443, "dns": 53}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`address`: connect there instead of resolving `host`; `name`, `record`: of a DNS question.

    `expect_status`: ranges, both ends within; `expect`: DNS answers, each given must be among them.
    """

    thing_id: int
    scheme: str
    url: str
    host: str
    port: int
    timeout_s: float
    address: str | None = None
    server_name: str | None = None
    ca_file: str | None = None
    expect_status: tuple[tuple[int, int], ...] = ()
    keyword: str | None = None
    name: str = ""
    record: str = "A"
    expect: tuple[str, ...] = ()

    @property
    def tls_name(self) -> str:
        """The name that the certificate must bear."""
        return self.server_name or self.host


def check_of(thing_id: int, service: Service) -> Check:
    """A URL that `inventory.addresses.url` took."""
    parts = urlsplit(service.url)
    asked = parse_qs(parts.query)
    record = asked.get("type", asked.get("TYPE", ["A"]))[0].upper()
    return Check(
        thing_id=thing_id,
        scheme=parts.scheme,
        url=service.url,
        host=parts.hostname or "",
        port=parts.port or PORTS[parts.scheme],
        timeout_s=service.timeout_s,
        address=service.address,
        server_name=service.server_name,
        ca_file=service.ca_file,
        expect_status=service.expect_status,
        keyword=service.keyword,
        name=parts.path.strip("/"),
        record=record,
        expect=service.expect,
    )
