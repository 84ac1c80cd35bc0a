"""One SNMP poll as an awaitable, for tests."""

from __future__ import annotations

import asyncio

from probes.results import SnmpPoll, SnmpTarget
from probes.snmp import SnmpClient
from probes.snmp_v3 import SnmpV3Client


async def polled(
    client: SnmpClient | SnmpV3Client, target: SnmpTarget, *, facts: bool = False
) -> SnmpPoll:
    """Ask, wait, and make sure that it is told only once."""
    told: asyncio.Future[SnmpPoll] = asyncio.get_running_loop().create_future()
    client.poll(target, told.set_result, facts=facts)
    return await asyncio.wait_for(told, 60)
