"""`canh run`: the monitor in the foreground, until a signal."""

from __future__ import annotations

import argparse
import asyncio
import os
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cli import logs
from cli.config import locate, record_url
from cli.options import natural

if TYPE_CHECKING:
    from cli.monitor import Job
    from inventory.model import Network


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
    parser.add_argument("--log", type=Path, metavar="FILE", help="log lines and changes, rotated")
    parser.add_argument("--log-format", choices=logs.FORMS, default="text")
    parser.add_argument(
        "--log-mb",
        type=natural,
        default=logs.MEGABYTES,
        metavar="N",
        help=f"the log's size at most; default: {logs.MEGABYTES}",
    )
    parser.add_argument(
        "--log-keep",
        type=natural,
        default=logs.OLD_ONES,
        metavar="N",
        help=f"so many old logs are kept; default: {logs.OLD_ONES}",
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
    logs.to_stderr()
    try:
        if args.log is not None:
            keep = {"megabytes": args.log_mb, "old_ones": args.log_keep}
            logs.to_file(args.log, args.log_format, **keep)
    except OSError as error:
        print(f"canh run: --log {args.log}: {error.strerror}", file=sys.stderr)
        return 2
    if not (sys.stdin is not None and sys.stdin.isatty()):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # read again: until it is followed, it is read
    config, began_ns = locate(args), time.time_ns()
    url = record_url(args, config)
    with Start(config, url, accept_retired=args.accept_retired) as start:
        # While the child reads.
        from cli.companions import companions
        from cli.follow import files
        from cli.leaving import Deadline
        from cli.monitor import Plan, monitor, supervise
        from cli.systemd import Notify
        from probes.icmp_socket import NoIcmp
        from store.engine import RecordError, alone, shown

        start.read()
        deadline = Deadline()
        try:
            with alone(url):
                network, includes, agreement = start.bring()
                others = companions(url, network, config, _tell)
                plan = Plan(
                    network=network,
                    url=url,
                    files=files(config, includes, began_ns),
                    also=[one.take_up for one in others],
                    tell=_tell,
                    notify=Notify(os.environ),
                    deadline=deadline,
                )
                print(f"canh: {network.name}: {shown(url)}", file=sys.stderr, flush=True)
                watch: Job = partial(monitor, plan, agreement)
                jobs = (watch, *_beside(args, command, url, network), *(one.run for one in others))
                for_s = _seconds(args, network)
                asyncio.run(supervise(*jobs, for_s=for_s, deadline=deadline))
        except (RecordError, NoIcmp) as error:
            print(f"canh: {error}", file=sys.stderr)
            return 1
    return 0


def _beside(
    args: argparse.Namespace, command: list[str], url: str, network: Network
) -> Iterator[Job]:
    """Who tells of what is found, as the command was asked to."""
    if not args.quiet:
        from cli.narrate import Narrator

        yield Narrator(url, network.language, _tell_change).run
    if command:
        from cli.hooks import Hooks

        yield Hooks(url, command, network.timezone).run


def _tell(line: str) -> None:
    print(f"canh: {line}", file=sys.stderr, flush=True)


def _tell_change(line: str) -> None:
    print(line, flush=True)
    logs.change(line)


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
