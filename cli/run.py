"""`canh run`: the monitor in the foreground, until a signal."""

from __future__ import annotations

import argparse
import asyncio
import logging
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from cli.config import load_from, locate, record_url

Job = Callable[[asyncio.Event], Coroutine[Any, Any, None]]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="one round, then stop")
    parser.add_argument("--for", dest="for_s", type=float, metavar="SECONDS", help="stop by itself")
    parser.add_argument("--quiet", action="store_true", help="no line per change")
    parser.add_argument(
        "--on-outage",
        metavar="COMMAND",
        help="run this for each root outage and its recovery, with one JSON document on its"
        " standard input; no shell",
    )
    parser.add_argument(
        "--accept-retired",
        action="store_true",
        help="accept a configuration that drops more than 5 %% of the things",
    )


def run(args: argparse.Namespace) -> int:
    from cli.follow import files
    from cli.monitor import Plan, monitor, prepare, supervise
    from cli.narrate import Narrator
    from probes.icmp_socket import NoIcmp
    from store.engine import RecordError, alone, shown

    try:
        command = _command(args.on_outage)
    except ValueError as error:
        print(f"canh run: --on-outage: {error}", file=sys.stderr)
        return 2
    logging.basicConfig(stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    config = locate(args)
    began_ns = time.time_ns()
    network, includes = load_from(config)
    url = record_url(args, config)
    plan = Plan(
        network=network,
        url=url,
        accept_retired=args.accept_retired,
        files=files(config, includes, began_ns),
        tell=lambda line: print(f"canh: {line}", file=sys.stderr, flush=True),
    )
    for_s = args.for_s
    if args.once:
        for_s = 2 * network.defaults.ping_interval_s + 2 * network.defaults.ping_timeout_s
    try:
        with alone(url):
            agreement = prepare(plan)
            print(f"canh: {network.name}: {shown(url)}", file=sys.stderr, flush=True)
            jobs: list[Job] = [partial(monitor, plan, agreement)]
            if not args.quiet:
                write = partial(print, flush=True)
                jobs.append(Narrator(url, network.language, write).run)
            if command:
                jobs.append(_hooks(url, command, network.timezone))
            asyncio.run(supervise(*jobs, for_s=for_s))
    except (RecordError, NoIcmp) as error:
        print(f"canh: {error}", file=sys.stderr)
        return 1
    return 0


def _command(text: str | None) -> list[str]:
    """The words of the command; ValueError where there is nothing to run."""
    if text is None:
        return []
    words = shlex.split(text)
    if not words or shutil.which(words[0]) is None:
        raise ValueError(f"there is no program {words[0] if words else text!r}")
    return words


def _hooks(url: str, command: list[str], timezone: str) -> Job:
    from cli.hooks import Hooks

    return Hooks(url, command, timezone).run
