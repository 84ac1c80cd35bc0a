"""`canh correct`: another cause, side or time of an outage, or one that nobody could see."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from inventory.causes import CAUSES, SIDES

if TYPE_CHECKING:
    from cli.speaking import Floor

_STATES = ("down", "degraded", "unreachable", "up")


def arguments(parser: argparse.ArgumentParser) -> None:
    from cli.speaking import common

    parser.add_argument("outage", nargs="?", type=int, help="its number in `canh outages`")
    parser.add_argument("--cause", choices=CAUSES, help="why it failed")
    parser.add_argument(
        "--provider", metavar="ID", help="who is charged: an id of sites.toml, or none"
    )
    parser.add_argument("--side", choices=SIDES, help="on whose side the fault lay")
    parser.add_argument("--started", metavar="TIME", help="ISO 8601, local without offset")
    parser.add_argument("--ended", metavar="TIME", help="ISO 8601, local without offset")
    parser.add_argument("--state", choices=_STATES, help="up: it was no outage after all")
    parser.add_argument("--action", metavar="TEXT", help="what was done about it")
    parser.add_argument("--note", metavar="TEXT", help="what people should read of it")
    parser.add_argument("--reason", metavar="TEXT", help="why it is corrected; required")
    parser.add_argument(
        "--add", metavar="THING", help="declare an outage in time that nobody saw, with --from --to"
    )
    parser.add_argument("--from", dest="begin", metavar="TIME", help="with --add: its start")
    parser.add_argument("--to", dest="end", metavar="TIME", help="with --add: its end")
    common(parser)


def run(args: argparse.Namespace) -> int:
    """0: said; 1: refused; 2: usage."""
    from cli.forms import dump, outage_line
    from cli.speaking import floor
    from reports.api.documents import outage

    with floor(args) as here:
        outage_id = _declare(here, args) if args.add is not None else _correct(here, args)
        row = here.reader.outage(outage_id)
    assert row is not None
    if args.json:
        dump(outage(row, here.zone))
    else:
        print(outage_line(row, here.zone))
    return 0


def _correct(here: Floor, args: argparse.Namespace) -> int:
    if args.outage is None:
        here.fail("name an outage, or --add THING", code=2)
    if args.begin or args.end:
        here.fail("--from and --to go with --add; correct times with --started, --ended", code=2)
    changes: dict[str, str | int | None] = {
        name: value
        for name in ("cause", "side", "state", "action", "note")
        if (value := getattr(args, name)) is not None
    }
    if args.provider is not None:
        changes["provider"] = None if args.provider == "none" else args.provider
    for name in ("started", "ended"):
        if (text := getattr(args, name)) is not None:
            changes[name] = here.time(text, f"--{name}")
    if not changes:
        here.fail("name what is to be corrected: --cause, --started …", code=2)
    said = {"reason": args.reason or "", "expected": here.revision}
    here.say(here.actions.correct, args.outage, changes, **said)
    return int(args.outage)


def _declare(here: Floor, args: argparse.Namespace) -> int:
    if args.outage is not None:
        here.fail("--add declares a new outage; name no other", code=2)
    if args.begin is None or args.end is None:
        here.fail("--add needs --from and --to", code=2)
    if args.started or args.ended or args.side or args.action or args.note:
        here.fail("--add takes --from --to --state --cause --provider --reason", code=2)
    done = here.say(
        here.actions.declare,
        here.one(args.add).thing_id,
        from_ms=here.time(args.begin, "--from"),
        to_ms=here.time(args.end, "--to"),
        state=args.state or "down",
        cause=args.cause,
        provider=None if args.provider == "none" else args.provider,
        reason=args.reason or "",
    )
    return done.row_id
