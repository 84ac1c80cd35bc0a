"""`canh forward`: sends events and the audit log to the receivers of `[[export]]`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from typing import TYPE_CHECKING

from cli.config import load, locate, record_url

if TYPE_CHECKING:
    from reports.forward.forwarder import Forwarder

CHILD = "CANH_FORWARD"  # set by the monitor for its child


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "`canh run` starts it where [[export]] stands; by itself it needs no monitor."


def run(args: argparse.Namespace) -> int:
    """Until it is asked to end. 1: no record; 2: nothing to send to, or no address."""
    network = load(args)
    if not network.exports:
        sys.stderr.write("canh forward: no [[export]] stands in the files\n")
        return 2
    from reports.forward.forwarder import Forwarder
    from store.engine import RecordError

    logging.basicConfig(format="canh forward: %(message)s", level=logging.WARNING)
    url = record_url(args, locate(args))
    forwarders = []
    for export in network.exports.values():
        try:
            forwarders.append(Forwarder(url, export))
        except ValueError as problem:  # it was a secret, so that nobody read it before
            sys.stderr.write(f"canh forward: export {export.id!r}: {problem}\n")
            return 2
    if os.environ.get(CHILD):
        from cli.children import end_with_parent

        end_with_parent()
    try:
        asyncio.run(_until_asked(forwarders))
    except RecordError as error:
        sys.stderr.write(f"canh forward: {error}\n")
        return 1
    return 0


async def _until_asked(forwarders: list[Forwarder]) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for asked in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(asked, stop.set)
    async with asyncio.TaskGroup() as group:
        for forwarder in forwarders:
            group.create_task(forwarder.run(stop))
