"""Why the record did not take what somebody said, in the words of the page."""

from __future__ import annotations

from reports.web.telling import Telling
from store.speech import Refused, refused


def why(tell: Telling, outcome: Refused) -> str:
    """A reason without a phrase stands in English, as the record gives it."""
    if not outcome.key:
        return outcome.reason
    return tell.say(outcome.key, **outcome.values)


def no_time(text: str) -> Refused:
    return refused("no_time", text=text)
