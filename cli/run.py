"""`canh run`: the monitor in the foreground, until a signal."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import logging
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.config import locate, record_url

if TYPE_CHECKING:
    from inventory.model import Network

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
    from cli.start import Start

    try:
        command = _command(args.on_outage)
    except ValueError as error:
        print(f"canh run: --on-outage: {error}", file=sys.stderr)
        return 2
    logging.basicConfig(stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    config, began_ns = locate(args), time.time_ns()
    url = record_url(args, config)
    with Start(config, url, accept_retired=args.accept_retired) as start:
        # While the child reads.
        from cli.follow import files
        from cli.monitor import Plan, monitor, supervise
        from probes.icmp_socket import NoIcmp
        from store.engine import RecordError, alone, shown

        start.read()
        try:
            with alone(url):
                network, includes, agreement = start.bring()
                plan = Plan(
                    network=network,
                    url=url,
                    files=files(config, includes, began_ns),
                    tell=_tell,
                )
                print(f"canh: {network.name}: {shown(url)}", file=sys.stderr, flush=True)
                watch: Job = partial(monitor, plan, agreement)
                others = _beside(args, command, url, network, config)
                asyncio.run(supervise(watch, *others, for_s=_seconds(args, network)))
        except (RecordError, NoIcmp) as error:
            print(f"canh: {error}", file=sys.stderr)
            return 1
    return 0


def _beside(
    args: argparse.Namespace, command: list[str], url: str, network: Network, config: Path
) -> Iterator[Job]:
    """Who tells of what is found, makes the report of a month, shows the pages."""
    if not args.quiet:
        from cli.narrate import Narrator

        yield Narrator(url, network.language, partial(print, flush=True)).run
    if command:
        from cli.hooks import Hooks

        yield Hooks(url, command, network.timezone).run
    if network.report.monthly:
        from cli.monthly import Monthly

        yield Monthly(url, config, network).run
    if network.web.listen:
        from cli.children import Child
        from cli.serve import SETTINGS

        own = {SETTINGS: json.dumps(dataclasses.asdict(network.web)), "CANH_DATA": url}
        yield Child("serve", "--config", str(config), tell=_tell, environment=own).run
    if network.exports:
        from cli.children import Child
        from cli.forward import CHILD

        own = {CHILD: "1", "CANH_DATA": url}
        yield Child("forward", "--config", str(config), tell=_tell, environment=own).run


def _tell(line: str) -> None:
    print(f"canh: {line}", file=sys.stderr, flush=True)


def _seconds(args: argparse.Namespace, network: Network) -> float | None:
    usual = network.defaults
    return 2 * (usual.ping_interval_s + usual.ping_timeout_s) if args.once else args.for_s


def _command(text: str | None) -> list[str]:
    """The words of the command; ValueError where there is nothing to run."""
    if text is None:
        return []
    words = shlex.split(text)
    if not words or shutil.which(words[0]) is None:
        raise ValueError(f"there is no program {words[0] if words else text!r}")
    return words
