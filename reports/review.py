"""What a month still needs before it is signed: long outages that nobody has explained."""

from __future__ import annotations

from itertools import compress, product
from typing import NamedTuple

from reports.document import Document, OutageLine
from reports.figures import UNDETERMINED
from store.questions import OutageRow

LONG_MS = 30 * 60_000
CAUSE, SIDE, ACTION = "cause", "side", "action"
_LACKS = {
    several: tuple(compress((CAUSE, SIDE, ACTION), several))
    for several in product((False, True), repeat=3)
}


class Open(NamedTuple):
    """A root outage over 30 minutes, and what is not said of it."""

    line: OutageLine
    lacks: tuple[str, ...]


def lacks(outage: OutageRow) -> tuple[str, ...]:
    """Of cause, side and action. That nobody knows the cause is an answer when a person gave it;
    a note counts as the action."""
    told, unknown = "cause" in outage.corrected, outage.cause in UNDETERMINED
    cause = unknown and not told
    side = outage.side is None and not (told and unknown)
    return _LACKS[cause, side, not (outage.action or outage.note)]


def proposed(outage: OutageRow) -> bool:
    """Is the cause the monitor's own proposal, which no person has confirmed or changed?"""
    return bool(outage.cause_reasons) and "cause" not in outage.corrected


def open_items(document: Document) -> tuple[Open, ...]:
    """In the order of the report. What is over 30 minutes only together with another period
    counts too; time that is planned or was not seen does not."""
    long = (line for line in document.outages if line.lost_ms > LONG_MS or _long(line, document))
    return tuple(Open(line, missing) for line in long if (missing := lacks(line.outage)))


def _long(line: OutageLine, document: Document) -> bool:
    out = line.outage
    end = document.to_ms if out.first_good_ms is None else out.first_good_ms
    crosses = out.first_bad_ms < document.from_ms or end > document.to_ms
    return crosses and end - out.first_bad_ms > LONG_MS


def remedy(one: Open) -> str:
    """The command that says what is missing."""
    words = {CAUSE: "--cause CAUSE", SIDE: "--side SIDE", ACTION: "--action TEXT"}
    said = " ".join(words[name] for name in one.lacks)
    return f"canh correct {one.line.outage.id} {said} --reason TEXT"
