"""What the commands share that write people's words: who speaks, of which thing, and the answer."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from store.actions import Actions, Outcome
    from store.questions import LiveRow
    from store.reader import RecordReader
    from store.speech import Done


_REMEDIES = {  # of a refusal, in words of the command
    "refused.work_past": "say --late to enter it all the same",
    "refused.declare_watched": "correct a recorded outage with `canh correct OUTAGE`",
}


def common(parser: argparse.ArgumentParser) -> None:
    """The options of every command that says something."""
    parser.add_argument("--by", metavar="NAME", help="who speaks: $CANH_ACTOR, else the login name")
    parser.add_argument(
        "--json", action="store_true", help="the resulting row as one JSON document"
    )


@dataclass(frozen=True, slots=True)
class Floor:
    """The record, open for reading and speaking. Each failure ends the command with one line."""

    command: str
    actor: str
    reader: RecordReader
    actions: Actions
    zone: ZoneInfo
    revision: int  # what the person has seen: read before anything else

    def say(self, action: Callable[..., Outcome], *about: object, **said: object) -> Done:
        """What was done, its warnings told; exits 1 where it was refused."""
        from store.speech import Refused

        outcome = action(*about, actor=self.actor, **said)
        if isinstance(outcome, Refused):
            self.fail("; ".join(filter(None, (outcome.reason, _REMEDIES.get(outcome.key)))))
        for warning in outcome.warnings:
            sys.stderr.write(f"canh {self.command}: {warning}\n")
        return outcome

    def one(self, text: str) -> LiveRow:
        """The thing with that id; exits 1 where there is none, or several kinds of it."""
        found = self.reader.named(text)
        if not found:
            self.fail(f"nothing here is called {text!r}")
        if len(found) > 1:
            names = " or ".join(sorted(f"{row.kind}:{row.key}" for row in found))
            self.fail(f"{text!r} names several things; write {names}")
        return found[0]

    def time(self, text: str, option: str) -> int:
        """A moment in UTC milliseconds; exits 2 where it is none."""
        from inventory.moments import moment

        try:
            return moment(text, self.zone)
        except ValueError as problem:
            self.fail(f"{option}: {problem}", code=2)

    def fail(self, why: str, *, code: int = 1) -> NoReturn:
        sys.stderr.write(f"canh {self.command}: {why}\n")
        raise SystemExit(code)


@contextmanager
def floor(args: argparse.Namespace) -> Iterator[Floor]:
    """Open the record for a word; exits 1 with one clear line where that cannot be."""
    from cli.config import locate, record_url
    from cli.reading import record
    from store.actions import open_actions

    with record(args) as reader:  # refuses where there is no record, before a writer makes one
        actions = open_actions(record_url(args, locate(args)))
        try:
            revision = reader.revision()[1]
            zone = ZoneInfo(reader.snapshot(since=revision).timezone)
            yield Floor(args.command, actor(args.by), reader, actions, zone, revision)
        finally:
            actions.close()


def actor(by: str | None) -> str:
    """Who speaks: as told, or $CANH_ACTOR, or the login name."""
    import getpass

    named = by or os.environ.get("CANH_ACTOR")
    if named:
        return str(named)
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())  # a container may know no names
