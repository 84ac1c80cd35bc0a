"""Says people's words to the record: one door for each time, opened only when somebody speaks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from store.actions import Actions, Outcome
    from store.speech import Refused

Saying = Callable[["Actions", str], "Outcome"]  # the actions, and who speaks


class Spoken(NamedTuple):
    """How many were done, and why the others were refused."""

    done: int
    refused: tuple[Refused, ...]


class Speaker:
    def __init__(self, open_actions: Callable[[], Actions], actor: str) -> None:
        self._open_actions = open_actions
        self._actor = actor

    def say(self, sayings: Sequence[Saying]) -> Spoken:
        """Each is done or refused on its own; a record that takes nothing refuses all."""
        from store.engine import RecordError
        from store.speech import Done, Refused

        try:
            with closing(self._open_actions()) as actions:
                outcomes = [saying(actions, self._actor) for saying in sayings]
        except (RecordError, OSError) as error:
            why = str(error)
            return Spoken(0, (Refused(why, "refused.record", {"why": why}),))
        refused = tuple(one for one in outcomes if isinstance(one, Refused))
        return Spoken(sum(isinstance(one, Done) for one in outcomes), refused)
