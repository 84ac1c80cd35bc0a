"""The monitor as `canh run` builds it, in a process of its own: `ping` or `snmp` network, record.

Prints `watching` once the record is made and the configuration is in it; SIGTERM ends it.
"""

from __future__ import annotations

import argparse
import asyncio
from functools import partial
from pathlib import Path

from benchmarks import networks
from cli.monitor import Plan, monitor, record_url, supervise
from cli.prepare import prepare
from inventory.model import Network
from probes import management


def main() -> None:
    args = _arguments()
    if args.facts:  # what is asked once an hour, now each time
        management.FACTS_MS = 0
    plan = Plan(network=_network(args), url=record_url(args.data), snmp_port=args.port)
    agreement = prepare(plan.url, plan.network)
    print("watching", flush=True)
    asyncio.run(supervise(partial(monitor, plan, agreement), for_s=None))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.monitor")
    parser.add_argument("what", choices=("ping", "snmp"))
    parser.add_argument("data", type=Path)
    parser.add_argument("--devices", type=int, required=True)
    parser.add_argument("--interval", type=float, required=True)
    parser.add_argument("--interfaces", type=int, default=0)
    parser.add_argument("--port", type=int)
    parser.add_argument("--facts", action="store_true")
    parser.add_argument("--sealed", action="store_true", help="SNMPv3 instead of v2c")
    return parser.parse_args()


def _network(args: argparse.Namespace) -> Network:
    if args.what == "ping":
        return networks.pinged(args.devices, args.interval)
    polled = networks.polled(args.devices, args.interfaces, args.interval, sealed=args.sealed)
    return networks.as_declared(polled)


if __name__ == "__main__":
    main()
