"""Pings from a child process: `python -m tests.probes.ping_child {JSON}` prints JSON.

{"asks": [[node, address], …], "user": uid or null, "timeout_s": …} → {"pings", "kinds", "refusal"}
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

from probes.ping import NoIcmp, Pinger


def main(order: dict[str, Any]) -> dict[str, Any]:
    """Become that user, ping, and tell what came back."""
    pinger = Pinger(timeout_s=order["timeout_s"])
    if order["user"] is not None:
        os.setgroups([])
        os.setresgid(order["user"], order["user"], order["user"])
        os.setresuid(order["user"], order["user"], order["user"])
    pings: list[tuple[int, int, int]] = []
    try:
        pinger.send([(node, address) for node, address in order["asks"]])
    except NoIcmp as refusal:
        return {"pings": [], "kinds": {}, "refusal": str(refusal)}
    ends = time.monotonic() + 10
    while len(pings) < len(order["asks"]) and time.monotonic() < ends:
        time.sleep(0.02)
        pings += pinger.drain()
    kinds = pinger.kinds
    pinger.close()
    return {"pings": pings, "kinds": kinds, "refusal": None}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(json.loads(sys.argv[1]))))
