"""Opening a socket for ICMP echo: the least privilege that works, or a refusal with remedies."""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import struct
from pathlib import Path

from probes.sockets import raise_receive_buffer, stamp_arrivals
from wire import icmp

_SOL_RAW, _ICMP_FILTER = 255, 1
_SOL_ICMPV6, _ICMPV6_FILTER = 58, 1
_SO_ATTACH_FILTER = 26
_GROUP_RANGE = Path("/proc/sys/net/ipv4/ping_group_range")  # rules IPv6 too


class NoIcmp(RuntimeError):  # noqa: N818, it is a refusal with remedies
    """This machine lets us open no ICMP socket; the text names both errors and three remedies."""


def open_echo_socket(family: socket.AddressFamily) -> tuple[socket.socket, str, int]:
    """→ (socket, kind, ident); kind is `datagram` or `raw`.

    Datagram first: it needs only net.ipv4.ping_group_range, and the kernel gives an ident that
    nobody else has. Raw needs CAP_NET_RAW. Root alone is not enough for the former.
    """
    refusals = []
    for kind, opener in (("datagram", _open_datagram), ("raw", _open_raw)):
        try:
            sock, ident = opener(family)
        except OSError as error:
            refusals.append(f"{kind}: {error.strerror} ({errno_name(error)})")
            continue
        _prepare(sock)
        return sock, kind, ident
    raise NoIcmp(_refusal(family, refusals))


def open_udp_socket(family: socket.AddressFamily) -> tuple[socket.socket, str, int]:
    """The simulator's way: the same echo bytes, over UDP."""
    sock = socket.socket(family, socket.SOCK_DGRAM)
    _prepare(sock)
    return sock, "udp", _random_ident()


def errno_name(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, str(error.errno))


def _prepare(sock: socket.socket) -> None:
    sock.setblocking(False)
    raise_receive_buffer(sock)
    stamp_arrivals(sock)


def _protocol(family: socket.AddressFamily) -> int:
    return socket.IPPROTO_ICMP if family == socket.AF_INET else socket.IPPROTO_ICMPV6


def _random_ident() -> int:
    return int.from_bytes(os.urandom(2), "big") or 1


def _open_datagram(family: socket.AddressFamily) -> tuple[socket.socket, int]:
    sock = socket.socket(family, socket.SOCK_DGRAM, _protocol(family))
    sock.bind(("0.0.0.0" if family == socket.AF_INET else "::", 0))  # noqa: S104, takes the ident
    return sock, int(sock.getsockname()[1])


def _open_raw(family: socket.AddressFamily) -> tuple[socket.socket, int]:
    sock = socket.socket(family, socket.SOCK_RAW, _protocol(family))
    ident = _random_ident()
    if family == socket.AF_INET:
        # A set bit blocks that ICMP type; other pingers' replies would fill our buffer.
        sock.setsockopt(
            _SOL_RAW, _ICMP_FILTER, struct.pack("=I", ~(1 << icmp.ECHO_REPLY_V4) & _ALL)
        )
    else:
        words = [_ALL] * 8
        words[icmp.ECHO_REPLY_V6 // 32] &= ~(1 << icmp.ECHO_REPLY_V6 % 32)
        sock.setsockopt(_SOL_ICMPV6, _ICMPV6_FILTER, struct.pack("=8I", *words))
    _attach_ident_filter(sock, ident, v6=family == socket.AF_INET6)
    return sock, ident


_ALL = 0xFFFF_FFFF
_LOAD_HALF, _LOAD_HEADER_SIZE, _LOAD_HALF_INDEXED = 0x28, 0xB1, 0x48  # ldh, ldxb 4*([k]&15), ldh x
_JUMP_EQUAL, _RETURN = 0x15, 0x06


def _attach_ident_filter(sock: socket.socket, ident: int, *, v6: bool) -> None:
    """Classic BPF: pass only packets with our ident. Raw IPv4 sees the IP header, IPv6 does not."""
    load = [(_LOAD_HALF, 0, 0, 4)]
    if not v6:
        load = [(_LOAD_HEADER_SIZE, 0, 0, 0), (_LOAD_HALF_INDEXED, 0, 0, 4)]
    program = [*load, (_JUMP_EQUAL, 0, 1, ident), (_RETURN, 0, 0, 0x40000), (_RETURN, 0, 0, 0)]
    code = b"".join(struct.pack("=HBBI", *step) for step in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("@HP", len(program), ctypes.addressof(buffer))
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, header)


def _refusal(family: socket.AddressFamily, refusals: list[str]) -> str:
    group = os.getegid()
    groups = sorted({group, *os.getgroups()})
    try:
        allowed = " ".join(_GROUP_RANGE.read_text("utf-8").split())
    except OSError:
        allowed = "not readable"
    version = "ICMP" if family == socket.AF_INET else "ICMPv6"
    return (
        f"cannot open an {version} socket: {'; '.join(refusals)}. "
        f"uid={os.geteuid()} gids={groups} net.ipv4.ping_group_range={allowed}. "
        "Any one of these helps: systemd AmbientCapabilities=CAP_NET_RAW; "
        f"sysctl -w net.ipv4.ping_group_range='{group} {group}'; docker --cap-add NET_RAW"
    )
