"""Pings from a child process: `python -m tests.probes.ping_child {JSON}` prints JSON.

{"asks": [[node, address], …], "user": uid or null, "timeout_s": …, "choose": take the best way
there is, "seconds": listen so long, "no_inet": as with systemd's RestrictAddressFamilies=AF_UNIX} →
{"pings", "kinds", "refusal", "refusals", "said"}
"""

from __future__ import annotations

import asyncio
import ctypes
import errno
import json
import os
import socket
import struct
import sys
import time
from typing import Any

from probes.ping import NoIcmp, Pinger
from probes.pingers import Pingers

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_SOCKET_CALLS = {"x86_64": 41, "aarch64": 198}
_ALLOW, _FAIL = 0x7FFF0000, 0x00050000


async def ping(order: dict[str, Any]) -> dict[str, Any]:
    """Ping, and tell what came back."""
    asks = [(node, address) for node, address in order["asks"]]
    pingers = Pingers(timeout_s=order["timeout_s"])
    pinger = pingers if order.get("choose") else Pinger(timeout_s=order["timeout_s"])
    pings: list[tuple[int, int, int]] = []
    refusals: list[tuple[int, str]] = []
    try:
        if order.get("choose"):
            pingers.open(address for _, address in asks)
        pinger.send(asks)
    except NoIcmp as refusal:
        return {"pings": [], "kinds": {}, "refusal": str(refusal), "refusals": [], "said": ""}
    ends = time.monotonic() + 10
    stays = time.monotonic() + order.get("seconds", 0)
    while time.monotonic() < stays or (len(pings) < len(asks) and time.monotonic() < ends):
        await asyncio.sleep(0.02)
        pings += pinger.drain()
        refusals += [(one.node, one.said) for one in pinger.refusals()]
    kinds, said = pinger.kinds, pingers.said
    pinger.close()
    told = {"pings": pings, "kinds": kinds, "refusal": None}
    return told | {"refusals": refusals, "said": said}


def become(user: int) -> None:
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def forbid_inet() -> None:
    """Every socket that is not AF_UNIX fails with EAFNOSUPPORT: seccomp(2), classic BPF."""
    load, equal, done = 0x20, 0x15, 0x06  # ld [k]; jeq; ret
    program = (
        (load, 0, 0, 0),  # the number of the call
        (equal, 0, 3, _SOCKET_CALLS[os.uname().machine]),
        (load, 0, 0, 16),  # its first argument
        (equal, 1, 0, socket.AF_UNIX),
        (done, 0, 0, _FAIL | errno.EAFNOSUPPORT),
        (done, 0, 0, _ALLOW),
    )
    code = b"".join(struct.pack("=HBBI", *step) for step in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    filters = struct.pack("@HP", len(program), ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    assert libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, filters, 0, 0) == 0


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    if given["user"] is not None:
        become(given["user"])
    if given.get("no_inet"):
        forbid_inet()
    sys.stdout.write(json.dumps(asyncio.run(ping(given))))
