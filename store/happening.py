"""What readers may ask of the last events: frozen values."""

from __future__ import annotations

from dataclasses import dataclass

from store.questions import OutageRow
from store.states import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """`kind`: began, changed or ended of a root; what people did, as `store.speech` tells it
    (acknowledged, ack_withdrawn, noted, corrected, maintenance_planned …); blind, sight; of a
    channel of messages, which is the `actor` then, channel_failed and channel_back."""

    id: int
    at_ms: int  # of a root the moment itself, else when it was written down
    kind: str
    thing_id: int | None
    outage: OutageRow | None = None
    state: State | None = None  # into which a root came
    actor: str | None = None
    text: str | None = None  # a note, a reason
