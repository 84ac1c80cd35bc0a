"""`canh notify`: send a test, show what would be sent to whom and why, or be the messenger."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from inventory.model import Network
    from reports.alerts.preview import Foreseen


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "test [CHANNEL…]; preview [--at TIME | --outage ID] [--text]; run: what `canh run` starts"
        " where channels are configured"
    )
    actions = parser.add_subparsers(dest="action", metavar="test | preview | run", required=True)
    test = actions.add_parser("test", help="send one message to each channel; what came of it")
    test.add_argument("channels", nargs="*", metavar="CHANNEL", help="default: all")
    preview = actions.add_parser("preview", help="what would be sent to whom and why")
    when = preview.add_mutually_exclusive_group()
    when.add_argument("--at", metavar="TIME", help="what would be due then, ISO 8601")
    when.add_argument("--outage", type=int, metavar="ID", help="all that an outage leads to")
    preview.add_argument("--text", action="store_true", help="the whole messages")
    actions.add_parser("run", help="the messenger, until a signal or the end of its input")
    for one in actions.choices.values():
        for option in ("--config", "--data"):
            one.add_argument(option, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    for one in (test, preview):
        one.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> int:
    """test: 0 all were sent, 1 not all; 2 usage."""
    from store.engine import RecordError

    try:
        code = {"test": _test, "preview": _preview, "run": _run}[args.action](args)
    except RecordError as error:
        print(f"canh notify: {error}", file=sys.stderr)
        code = 1
    if args.action != "preview":
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # the thread of a library that hangs would keep us
    return code


def _test(args: argparse.Namespace) -> int:
    import time

    from cli.config import load
    from cli.forms import dump
    from inventory.problems import did_you_mean, plain
    from reports.alerts.trial import trial
    from reports.alerts.ways import deliver

    network = load(args)
    for name in args.channels:
        if name not in network.channels:
            hint = did_you_mean(name, network.channels) or f"there are: {_names(network)}"
            print(f'canh notify: there is no channel "{plain(name)}"; {hint}', file=sys.stderr)
            return 2
    if not network.channels:
        print("canh notify: there is no [[channel]] in the configuration", file=sys.stderr)
        return 1
    told: list[dict[str, Any]] = []
    for name in dict.fromkeys(args.channels or network.channels):
        found = deliver(trial(network, name, time.time_ns() // 1_000_000))
        told.append({"id": name, "sent": found.sent, "said": found.said, "took_s": found.took_s})
        if not args.json:
            word = "sent" if found.sent else "NOT SENT"
            print(f"{name}: {word}: {found.said} ({found.took_s:.2f} s)", flush=True)
    if args.json:
        dump({"channels": told})
    return 0 if all(one["sent"] for one in told) else 1


def _preview(args: argparse.Namespace) -> int:
    import time
    from zoneinfo import ZoneInfo

    from cli.config import load_from, locate, record_url
    from cli.forms import dump
    from inventory.moments import moment
    from reports.alerts.preview import Preview
    from reports.alerts.rules import Plan
    from reports.alerts.telling import Teller
    from reports.api.documents import when
    from store.outbox import Outbox

    config = locate(args)
    network, _ = load_from(config)
    zone, now_ms = ZoneInfo(network.timezone), time.time_ns() // 1_000_000
    try:
        at_ms = now_ms if args.at is None else moment(args.at, zone)
    except ValueError as problem:
        print(f"canh notify: --at: {problem}", file=sys.stderr)
        return 2
    outbox, plan = Outbox(record_url(args, config)), Plan(network)
    try:
        teller = Teller(outbox, plan, config.parent / network.report.keep_in)
        preview = Preview(outbox, plan, teller, now_ms)
        answer = (preview.due(at_ms), []) if args.outage is None else preview.of(args.outage)
    finally:
        outbox.close()
    if answer is None:
        print(f"canh notify: there is no outage {args.outage} of its own", file=sys.stderr)
        return 1
    found, unmoved = answer
    if args.json:
        messages = [_document(one, zone) for one in found]
        silent = [{"rule": one.rule, "why": one.why} for one in unmoved]
        dump({"at": when(at_ms, zone), "messages": messages, "silent": silent})
        return 0
    for one in found:
        because = f"rule {one.rule}" if one.rule else "the end of what was told"
        print(f"{when(one.at_ms, zone)}  {one.channel}  ({because})  {one.message.subject}")
        if args.text:
            print("\n".join(f"    {line}" for line in one.message.text.splitlines()))
    for other in unmoved:
        print(f"rule {other.rule} says nothing: {other.why}")
    if not found:
        print("nothing would be sent")
    return 0


def _document(one: Foreseen, zone: ZoneInfo) -> dict[str, Any]:
    from reports.api.documents import when

    return {
        "at": when(one.at_ms, zone),
        "channel": one.channel,
        "rule": one.rule or None,
        "message": one.key,
        "outages": list(one.outages),
        "subject": one.message.subject,
        "text": one.message.text,
    }


def _run(args: argparse.Namespace) -> int:
    import asyncio
    import logging

    from cli.config import load_from, locate, record_url
    from cli.messenger import Messenger
    from store.engine import sole_messenger

    logging.basicConfig(stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    config = locate(args)
    url = record_url(args, config)
    network, _ = load_from(config)
    if not network.channels and network.notify.heartbeat_url is None:
        print("canh notify: there is no [[channel]] in the configuration", file=sys.stderr)
        return 1
    with sole_messenger(url) as alone:
        if not alone:
            print("canh notify: another messenger sends for this record", file=sys.stderr)
            return 1
        asyncio.run(_until_stopped(Messenger(url, config, network)))
    return 0


async def _until_stopped(messenger: Any) -> None:
    """A signal, or the end of the input when it is a pipe: then the monitor is gone."""
    import asyncio
    import signal
    import stat

    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if stat.S_ISFIFO(os.fstat(0).st_mode):

        def heard() -> None:
            if not os.read(0, 4096):
                loop.remove_reader(0)
                stop.set()

        loop.add_reader(0, heard)
    await messenger.run(stop)


def _names(network: Network) -> str:
    return ", ".join(network.channels) or "none"
