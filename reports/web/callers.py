"""From where a request comes: what a proxy says of it is believed only of the proxies we know."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from aiohttp import web

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")


class Callers:
    """`proxies`: addresses or prefixes, as `[web] proxies` names them."""

    def __init__(self, proxies: Iterable[str] = ()) -> None:
        self._proxies: tuple[Network, ...] = tuple(map(ipaddress.ip_network, proxies))

    def address(self, request: web.Request) -> str:
        """Of the one who asks: the last before our own proxies."""
        at = request.remote or ""
        told = ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")
        while told and self.is_proxy(at):
            named = _address(told.pop())
            if named is None:
                break
            at = named
        return at

    def is_https(self, request: web.Request) -> bool:
        """As the browser sees it."""
        if request.secure:
            return True
        told = request.headers.getall("X-Forwarded-Proto", ())
        return self.is_proxy(request.remote or "") and told[-1:] == ["https"]

    def is_proxy(self, address: str) -> bool:
        try:
            found = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        return any(found in network for network in self._proxies)

    @staticmethod
    def is_here(request: web.Request) -> bool:
        """From this machine, and not on behalf of another."""
        try:
            near = ipaddress.ip_address((request.remote or "").partition("%")[0]).is_loopback
        except ValueError:
            return False
        return near and not any(name in request.headers for name in FORWARDED)


def _address(text: str) -> str | None:
    """Some proxies write a port behind it."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None
