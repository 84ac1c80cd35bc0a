"""Prints each outage as soon as it stands in the record: `ID FIRST_BAD_MS`, one a line.

`python -m tests.acceptance.witness URL`, until its standard input is closed. Ends with an error as
soon as one question fails.
"""

from __future__ import annotations

import select
import sys

from store.reader import RecordReader, open_questions

LOOK_S = 0.05


class Witness:
    """Remembers what it has told."""

    def __init__(self, reader: RecordReader) -> None:
        self._reader = reader
        self._told: set[int] = set()
        self._last_event = 0

    def look(self) -> None:
        for event in self._reader.events(self._last_event):
            self._last_event = event["id"]
            outage = event["outage_id"]
            if outage is not None and outage not in self._told:
                self._told.add(outage)
                sys.stdout.write(f"{outage} {event['first_bad']}\n")
        sys.stdout.flush()


def watch(url: str) -> None:
    """Look whenever the revision has moved, and once more at the end."""
    reader = open_questions(url)
    witness = Witness(reader)
    known: tuple[str, int] | None = None
    closed = False
    while not closed:
        closed = bool(select.select([sys.stdin], [], [], LOOK_S)[0])
        if (now := reader.revision()) != known:
            known = now
            witness.look()
    reader.close()


if __name__ == "__main__":
    watch(sys.argv[1])
