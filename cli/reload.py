"""`canh reload`: let the running monitor read its files now, and say what came of it."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from store.reader import RecordReader

LOOK_S = 0.2


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--accept-retired",
        action="store_true",
        help="accept a configuration that drops more than 5 %% of the things",
    )
    parser.add_argument(
        "--wait",
        type=float,
        default=120.0,
        metavar="SECONDS",
        help="how long to wait for the answer (120)",
    )
    parser.add_argument("--by", metavar="NAME", help="who asks: $CANH_ACTOR, else the login name")
    parser.add_argument("--json", action="store_true", help="the answer as one JSON document")


def run(args: argparse.Namespace) -> int:
    """0: the files as they stand are what runs; 1: they are not, or nobody answered."""
    from cli.forms import dump
    from cli.speaking import floor

    with floor(args) as here:
        if not here.reader.snapshot(since=here.revision).watching.running:
            here.fail("no monitor is running; `canh run` reads the files when it starts")
        done = here.say(here.actions.ask_reload, accept=args.accept_retired)
        said = _answer(here.reader, done.row_id, args.wait)
        if said is None:
            here.fail(f"the monitor did not answer within {args.wait:g} s")
    problems = said.get("problems", [])
    if args.json:
        dump(dict(said))
    else:
        _tell(said)
    return 1 if problems else 0


def _answer(reader: RecordReader, request_id: int, wait_s: float) -> Mapping[str, Any] | None:
    deadline = time.monotonic() + wait_s
    while (said := reader.answer(request_id)) is None and time.monotonic() < deadline:
        time.sleep(LOOK_S)
    return said


def _tell(said: Mapping[str, Any]) -> None:
    problems = said.get("problems", [])
    if said["taken_up"]:
        print(f"taken up: {said['added']} things added, {said['removed']} removed,"
              f" {said['changed']} changed")  # fmt: skip
        for what, keys in said["names"].items():
            more = " …" if said[what] > len(keys) else ""
            print(f"  {what}: {', '.join(keys)}{more}")
    elif not problems:
        print("nothing changed")
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        more = said["count"] - len(problems)
        rest = f"; {more} more problems, see `canh check`" if more else ""
        print(f"canh reload: not taken up, what ran goes on{rest}", file=sys.stderr)
