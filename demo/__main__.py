"""The child process: reads its order from stdin, simulates until stdin ends, writes the truth."""

from __future__ import annotations

import json
import os
import pickle
import signal
import sys
import time

from demo import truth
from demo.process import Order
from demo.script import populate, rounds
from demo.simulator import Simulator


def main() -> None:
    parent = os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, who ends us in order
    order = pickle.load(sys.stdin.buffer)  # noqa: S301  (nobody but our parent can write there)
    assert isinstance(order, Order)
    world = populate(order.network, order.seed)
    script = rounds(
        world,
        seed=order.seed,
        duration_s=order.duration_s,
        ping_interval_s=order.ping_interval_s,
    )
    witness = truth.Witness(order.seed, order.ping_interval_s)
    simulator = Simulator(world, script, witness, order.interfaces)
    print(json.dumps(simulator.ports()), flush=True)  # noqa: T201  (stdout is the channel)
    simulator.run(sys.stdin.fileno(), parent)
    simulator.close()
    if order.truth is not None:
        truth.write(order.truth, witness.document(world, time.time_ns() // 1_000_000))


if __name__ == "__main__":
    main()
