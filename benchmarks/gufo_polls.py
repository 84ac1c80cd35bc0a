"""The peer: gufo-snmp asks known objects of one device after the other, a batch a line of stdin."""

from __future__ import annotations

import asyncio
import sys
from itertools import cycle

from gufo.snmp.aio import SnmpSession
from gufo.snmp.user import Aes128Key, Sha256Key, User

from benchmarks import networks

AT_ONCE = 64  # objects in a question, which is its cheapest way


async def main(port: int, addresses: list[str], oids: list[str]) -> None:
    """Sessions are kept, so that what is measured is what a poll costs each minute."""
    profile = networks.SEALED
    user = User(
        profile.user or "",
        auth_key=Sha256Key((profile.auth_key or "").encode()),
        priv_key=Aes128Key((profile.priv_key or "").encode()),
    )
    sessions = [SnmpSession(address, port, user=user, timeout=5) for address in addresses]
    for session in sessions:
        await session.refresh()
    pieces = [oids[start : start + AT_ONCE] for start in range(0, len(oids), AT_ONCE)]
    turn = cycle(sessions)
    print("ready", flush=True)
    for word in sys.stdin:
        got = 0
        for _ in range(int(word)):
            session = next(turn)
            for piece in pieces:
                got += len(await session.get_many(piece))
        print(got, flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2].split(","), sys.argv[3].split(",")))
