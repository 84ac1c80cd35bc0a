"""`canh maintenance`: planned work, listed, planned, cancelled, approved by a second person."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cli.speaking import Floor
    from store.speech import Done

_EVERY = {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY"}
SHORTEST_MONTH = 28  # days


def arguments(parser: argparse.ArgumentParser) -> None:
    from cli.speaking import common

    common(parser)
    parser.epilog = (
        "plan SCOPE --from TIME --to TIME --reason TEXT [--every day|week|month [--until DATE] |"
        " --rrule TEXT] [--late]; cancel ID; approve ID"
    )
    actions = parser.add_subparsers(dest="action", metavar="list | plan | cancel | approve")
    listed = actions.add_parser("list", help="every window, the latest first; the default")
    plan = actions.add_parser("plan", help="a window for a unit, site, device, link or service")
    plan.add_argument("scope", help="its id, or kind:id")
    plan.add_argument("--from", dest="begin", metavar="TIME", required=True, help="ISO 8601")
    plan.add_argument("--to", dest="end", metavar="TIME", required=True, help="ISO 8601")
    plan.add_argument("--reason", metavar="TEXT", default="", help="it stands in the report")
    plan.add_argument("--every", choices=_EVERY, help="it recurs")
    plan.add_argument("--until", metavar="DATE", help="with --every: the last day, 2026-12-31")
    plan.add_argument("--rrule", metavar="TEXT", help="or an RFC 5545 rule: FREQ=WEEKLY;BYDAY=SU")
    plan.add_argument("--late", action="store_true", help="also where it is over already")
    cancel = actions.add_parser("cancel", help="nothing of it counts from now on")
    approve = actions.add_parser("approve", help="it was entered late, and all of it shall count")
    for one in (cancel, approve):
        one.add_argument("id", type=int, help="its number in `canh maintenance list`")
    for one in (listed, plan, cancel, approve):  # options may also stand behind the action
        for option in ("--config", "--data", "--by"):
            one.add_argument(option, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        one.add_argument(
            "--json", action="store_true", default=argparse.SUPPRESS, help="one JSON document"
        )


def run(args: argparse.Namespace) -> int:
    """0: done; 1: refused; 2: usage."""
    from cli.forms import dump, work_line
    from cli.reading import record
    from cli.speaking import floor
    from reports.api.documents import work

    if args.action in (None, "list"):
        from zoneinfo import ZoneInfo

        with record(args) as reader:
            rows, zone = reader.works(), ZoneInfo(reader.snapshot().timezone)
        if args.json:
            dump({"maintenance": [work(row, zone) for row in rows]})
        else:
            for row in rows:
                print(work_line(row, zone))
        return 0
    with floor(args) as here:
        if args.action == "plan":
            done = _plan(here, args)
        elif args.action == "cancel":
            done = here.say(here.actions.cancel_maintenance, args.id)
        else:
            done = here.say(here.actions.approve_maintenance, args.id)
        [row] = [row for row in here.reader.works() if row.id == done.row_id]
    if args.json:
        dump(work(row, here.zone) | {"warnings": list(done.warnings)})
    else:
        print(work_line(row, here.zone))
    return 0


def _plan(here: Floor, args: argparse.Namespace) -> Done:
    return here.say(
        here.actions.plan_maintenance,
        here.one(args.scope).thing_id,
        from_ms=here.time(args.begin, "--from"),
        to_ms=here.time(args.end, "--to"),
        reason=args.reason,
        rrule=_rule(here, args),
        late=args.late,
    )


def _rule(here: Floor, args: argparse.Namespace) -> str | None:
    """What --every, --until and --rrule say together."""
    from datetime import date, datetime

    if args.rrule is not None and (args.every or args.until):
        here.fail("--rrule says all by itself; leave --every and --until out", code=2)
    if args.until is not None and args.every is None:
        here.fail("--until goes with --every", code=2)
    if args.every is None:
        return str(args.rrule) if args.rrule else None
    rule = f"FREQ={_EVERY[args.every]}"
    day = datetime.fromtimestamp(here.time(args.begin, "--from") // 1000, here.zone).day
    if args.every == "month" and day > SHORTEST_MONTH:
        here.fail(
            f"--every month: not every month has a day {day};"
            " --rrule 'FREQ=MONTHLY;BYMONTHDAY=-1' means the last one",
            code=2,
        )
    if args.until is None:
        return rule
    try:
        last = date.fromisoformat(args.until)
    except ValueError:
        here.fail(f"--until: {args.until!r} is no day; write it as 2026-12-31", code=2)
    return f"{rule};UNTIL={last:%Y%m%d}"
