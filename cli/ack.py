"""`canh ack`: somebody is on an outage, or no longer."""

from __future__ import annotations

import argparse
import time


def arguments(parser: argparse.ArgumentParser) -> None:
    from cli.speaking import common

    parser.add_argument("outage", type=int, help="its number in `canh outages`")
    parser.add_argument("--note", metavar="TEXT", help="what is known and done")
    parser.add_argument("--owner", metavar="WHO", help="who takes care of it")
    parser.add_argument(
        "--until", metavar="TIME", help="when it needs somebody again: ISO 8601, or 30m, 2h, 1d"
    )
    parser.add_argument("--withdraw", action="store_true", help="nobody is on it any more")
    common(parser)


def run(args: argparse.Namespace) -> int:
    """0: said; 1: refused; 2: usage."""
    from cli.forms import dump, outage_line
    from cli.speaking import floor
    from inventory.moments import moment_or_duration
    from reports.api.documents import outage

    with floor(args) as here:
        if args.withdraw and (args.note or args.owner or args.until):
            here.fail("--withdraw goes alone", code=2)
        until_ms = None
        if args.until is not None:
            try:
                until_ms = moment_or_duration(args.until, here.zone, time.time_ns() // 1_000_000)
            except ValueError as problem:
                here.fail(f"--until: {problem}", code=2)
        if args.withdraw:
            here.say(here.actions.withdraw, args.outage, expected=here.revision)
        else:
            said = {"note_text": args.note, "owner": args.owner, "until_ms": until_ms}
            here.say(here.actions.acknowledge, args.outage, expected=here.revision, **said)
        row = here.reader.outage(args.outage)
    assert row is not None
    if args.json:
        dump(outage(row, here.zone))
    else:
        print(outage_line(row, here.zone))
    return 0
