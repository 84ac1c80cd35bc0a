"""`canh run`: the monitor in the foreground, until a signal."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from functools import partial

from cli.config import load, locate, record_url


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="one round, then stop")
    parser.add_argument("--for", dest="for_s", type=float, metavar="SECONDS", help="stop by itself")
    parser.add_argument("--quiet", action="store_true", help="no line per change")
    parser.add_argument(
        "--accept-retired",
        action="store_true",
        help="accept a configuration that drops more than 5 %% of the things",
    )


def run(args: argparse.Namespace) -> int:
    from cli.monitor import Plan, monitor, prepare, supervise
    from cli.narrate import Narrator
    from probes.icmp_socket import NoIcmp
    from store.engine import RecordError, alone, shown

    logging.basicConfig(stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    config = locate(args)
    network = load(args)
    url = record_url(args, config)
    plan = Plan(network=network, url=url, accept_retired=args.accept_retired)
    for_s = args.for_s
    if args.once:
        for_s = 2 * network.defaults.ping_interval_s + 2 * network.defaults.ping_timeout_s
    try:
        with alone(url):
            agreement = prepare(plan)
            print(f"canh: {network.name}: {shown(url)}", file=sys.stderr, flush=True)
            jobs = [partial(monitor, plan, agreement)]
            if not args.quiet:
                write = partial(print, flush=True)
                jobs.append(Narrator(url, network.language, write).run)  # type: ignore[arg-type]
            asyncio.run(supervise(*jobs, for_s=for_s))
    except (RecordError, NoIcmp) as error:
        print(f"canh: {error}", file=sys.stderr)
        return 1
    return 0
