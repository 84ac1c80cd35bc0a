"""The monitor alone in a process, watching the simulated province, for one who measures it.

Prints `watching` once the record is made and the province is in it; ends with its standard input.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

from cli import apart
from cli.monitor import Plan, monitor, record_url, supervise
from demo.process import sample
from demo.province import sized
from inventory.model import Defaults, Network
from inventory.sites_toml import read
from store.thrift import no_collector

PING_S, SNMP_S = 10.0, 60.0  # as in the field


def province(devices: int) -> Network:
    """So many devices, all of which answer ping and SNMP."""
    found = read(sample()).network
    assert found is not None, "the sample that comes with the product is sound"
    whole = sized(found, devices)
    profiles = tuple(whole.snmp)[:1]
    asked = {key: replace(device, snmp=profiles) for key, device in whole.devices.items()}
    defaults = Defaults(ping_interval_s=PING_S, snmp_interval_s=SNMP_S)
    free = {key: replace(link, metered=False) for key, link in whole.links.items()}
    return replace(whole, devices=asked, links=free, defaults=defaults)


async def _until_stdin_ends(stop: asyncio.Event) -> None:
    reading = asyncio.create_task(asyncio.to_thread(sys.stdin.buffer.read))
    reading.add_done_callback(lambda _: stop.set())
    await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="cli.lone")
    parser.add_argument("devices", type=int)
    parser.add_argument("data", type=Path)
    parser.add_argument("--echo-port", type=int, required=True)
    parser.add_argument("--snmp-port", type=int, required=True)
    parser.add_argument("--prepare", action="store_true", help="the record only, for the parent")
    args = parser.parse_args()
    url = record_url(args.data)
    if args.prepare:
        from cli.prepare import prepare

        network = province(args.devices)
        apart.hand_over((network, prepare(url, network)))
        return
    words = apart.command("cli.lone", *sys.argv[1:], "--prepare")
    made = subprocess.run(words, stdout=subprocess.PIPE, check=True)
    with no_collector():
        network, agreement = apart.taken_over(made.stdout)
    plan = Plan(network=network, url=url, echo_port=args.echo_port, snmp_port=args.snmp_port)
    print("watching", flush=True)
    asyncio.run(supervise(partial(monitor, plan, agreement), _until_stdin_ends, for_s=None))


if __name__ == "__main__":
    main()
