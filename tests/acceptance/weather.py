"""Makes addresses of its own namespace silent and lively again, without pause: load for a test.

`python -m tests.acceptance.weather SEED GROUP…`, until its standard input is closed; a group is
one address, or several with commas that fall silent together.
"""

from __future__ import annotations

import heapq
import random
import select
import subprocess
import sys
import time
from collections.abc import Sequence

LONGEST_S = 6.0  # silent or lively: long enough to be believed, short enough to end soon


def blow(seed: int, groups: Sequence[str]) -> None:
    """Each group has its own turns; one ip(8) takes the commands as they come."""
    dice = random.Random(seed)
    turns = [(time.monotonic() + dice.uniform(0, LONGEST_S), g, True) for g in groups]
    heapq.heapify(turns)
    with subprocess.Popen(
        ["ip", "-force", "-batch", "-"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as ip:
        assert ip.stdin is not None
        while not select.select([sys.stdin], [], [], max(0.0, turns[0][0] - time.monotonic()))[0]:
            _, group, lively = turns[0]
            turn = "del" if lively else "add"  # what another group did already is no fault
            for address in group.split(","):
                ip.stdin.write(f"addr {turn} {address}/32 dev lo\n".encode())
            ip.stdin.flush()
            again = time.monotonic() + dice.uniform(0, LONGEST_S)
            heapq.heapreplace(turns, (again, group, not lively))


if __name__ == "__main__":
    blow(int(sys.argv[1]), sys.argv[2:])
