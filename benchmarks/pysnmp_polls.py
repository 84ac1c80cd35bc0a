"""The peer: pysnmp asks the same objects of one device after the other, a batch a line of stdin."""

from __future__ import annotations

import asyncio
import sys
from itertools import cycle

from pysnmp.hlapi.v3arch.asyncio import (
    CommunityData,
    ContextData,
    ObjectIdentity,
    ObjectType,
    SnmpEngine,
    UdpTransportTarget,
    bulk_cmd,
)

ROWS = 8  # in an answer


async def main(port: int, addresses: list[str], rows: int, scalars: str, columns: str) -> None:
    """The scalars once, each column `rows` times, in answers that fit into a frame."""
    engine, community = SnmpEngine(), CommunityData("public")
    targets = [await UdpTransportTarget.create((address, port)) for address in addresses]
    heads, bodies = scalars.split(","), columns.split(",")
    turn = cycle(targets)
    print("ready", flush=True)
    for word in sys.stdin:
        got = 0
        for _ in range(int(word)):
            target = next(turn)
            for first in range(0, rows, ROWS):
                alone = [] if first else heads
                below = [f"{column}.{first}" for column in bodies] if first else bodies
                asked = [ObjectType(ObjectIdentity(oid)) for oid in (*alone, *below)]
                problem, _, _, said = await bulk_cmd(
                    engine, community, target, ContextData(), len(alone), min(ROWS, rows - first),
                    *asked, lookupMib=False,
                )  # fmt: skip
                if problem:
                    raise SystemExit(str(problem))
                got += len(said)
        print(got, flush=True)


if __name__ == "__main__":
    asyncio.run(
        main(int(sys.argv[1]), sys.argv[2].split(","), int(sys.argv[3]), sys.argv[4], sys.argv[5])
    )
