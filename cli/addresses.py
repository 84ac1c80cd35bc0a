"""What the address of a device stands for: itself, or what a name leads to now."""

from __future__ import annotations

import socket


def addresses_of(address: str) -> tuple[str, ...]:
    """The one to be asked first; () for a name that does not resolve. Blocks."""
    try:
        found = socket.getaddrinfo(address, None, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(each[4][0]) for each in found))
