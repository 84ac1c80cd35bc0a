"""Opening a socket for ICMP echo: the least privilege that works, or a refusal with remedies."""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import struct
from pathlib import Path

from probes.refusals import ask_for_refusals
from probes.sockets import RECEIVE_BUFFER, raise_receive_buffer, stamp_arrivals, stamps_come
from wire import icmp

_SOL_RAW, _ICMP_FILTER = 255, 1
_SOL_ICMPV6, _ICMPV6_FILTER = 58, 1
_SO_ATTACH_FILTER = 26
_GROUP_RANGE = Path("/proc/sys/net/ipv4/ping_group_range")  # rules IPv6 too


class NoIcmp(RuntimeError):  # noqa: N818, it is a refusal with remedies
    """This machine lets us open no ICMP socket; the text names both errors and three remedies."""


def open_echo_socket(
    family: socket.AddressFamily, receive_buffer: int = RECEIVE_BUFFER
) -> tuple[socket.socket, str, int]:
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
        _prepare(sock, receive_buffer)
        return sock, kind, ident
    raise NoIcmp(_refusal(family, refusals))


def open_udp_socket(
    family: socket.AddressFamily, receive_buffer: int = RECEIVE_BUFFER
) -> tuple[socket.socket, str, int]:
    """The simulator's way: the same echo bytes, over UDP."""
    sock = socket.socket(family, socket.SOCK_DGRAM)
    _prepare(sock, receive_buffer)
    return sock, "udp", _random_ident()


def errno_name(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, str(error.errno))


def _prepare(sock: socket.socket, receive_buffer: int) -> None:
    """Ready once arrivals really are stamped, else the first round trips would seem too long."""
    sock.setblocking(False)
    raise_receive_buffer(sock, receive_buffer)
    stamp_arrivals(sock)
    stamps_come()


def _protocol(family: socket.AddressFamily) -> int:
    return socket.IPPROTO_ICMP if family == socket.AF_INET else socket.IPPROTO_ICMPV6


def _random_ident() -> int:
    return int.from_bytes(os.urandom(2), "big") or 1


def _open_datagram(family: socket.AddressFamily) -> tuple[socket.socket, int]:
    sock = socket.socket(family, socket.SOCK_DGRAM, _protocol(family))
    ask_for_refusals(sock)
    sock.bind(("0.0.0.0" if family == socket.AF_INET else "::", 0))  # noqa: S104, takes the ident
    return sock, int(sock.getsockname()[1])


def _open_raw(family: socket.AddressFamily) -> tuple[socket.socket, int]:
    sock = socket.socket(family, socket.SOCK_RAW, _protocol(family))
    ident = _random_ident()
    # A set bit blocks that ICMP type; other pingers' replies would fill our buffer.
    if family == socket.AF_INET:
        wanted = {icmp.ECHO_REPLY_V4, *icmp.ERRORS_V4}
        sock.setsockopt(_SOL_RAW, _ICMP_FILTER, struct.pack("=I", _all_but(wanted)))
    else:
        wanted = {icmp.ECHO_REPLY_V6, *icmp.ERRORS_V6}
        words = [_all_but({kind - at for kind in wanted}) for at in range(0, 256, 32)]
        sock.setsockopt(_SOL_ICMPV6, _ICMPV6_FILTER, struct.pack("=8I", *words))
    _attach_filter(sock, ident, v6=family == socket.AF_INET6)
    return sock, ident


def _all_but(kinds: set[int]) -> int:
    return 0xFFFF_FFFF & ~sum(1 << kind for kind in kinds if 0 <= kind < 32)


# Classic BPF. X is where the message begins: raw IPv4 sees the IP header, IPv6 does not.
_LDH, _LDB_X, _LDH_X, _LDX_IHL = 0x28, 0x50, 0x48, 0xB1  # ldh [k]; ldb, ldh [x+k]; ldx 4*([k]&15)
_LDX, _AND, _LSH, _ADD_X, _TAX = 0x01, 0x54, 0x64, 0x0C, 0x07
_JEQ, _RET = 0x15, 0x06
_PASS, _DROP = 0x40000, 0
_Step = tuple[int, int, int, int]  # code, steps to jump where true, where false, operand


def _attach_filter(sock: socket.socket, ident: int, *, v6: bool) -> None:
    """Pass only replies with our ident, and errors that quote a packet with our ident."""
    if v6:  # the quoted packet begins at 8, its ICMPv6 header 40 bytes later
        reply, begin = icmp.ECHO_REPLY_V6, [(_LDX, 0, 0, 0)]
        quoted: list[_Step] = [(_LDH, 0, 0, 8 + 40 + 4)]
    else:  # its header has a length of its own
        reply, begin = icmp.ECHO_REPLY_V4, [(_LDX_IHL, 0, 0, 0)]
        length = [(_LDB_X, 0, 0, 8), (_AND, 0, 0, 15), (_LSH, 0, 0, 2), (_ADD_X, 0, 0, 0)]
        quoted = [*length, (_TAX, 0, 0, 0), (_LDH_X, 0, 0, 8 + 4)]
    program: list[_Step] = [
        *begin,
        (_LDB_X, 0, 0, 0),
        (_JEQ, 0, 2, reply),
        (_LDH_X, 0, 0, 4),
        (_JEQ, len(quoted) + 1, len(quoted) + 2, ident),
        *quoted,
        (_JEQ, 0, 1, ident),
        (_RET, 0, 0, _PASS),
        (_RET, 0, 0, _DROP),
    ]
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
