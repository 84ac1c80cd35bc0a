"""What one step of the judge hands back: changes for the record, questions for the probers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from store.changes import Happened, Marked, Seeing, Verdict


@dataclass(frozen=True, slots=True)
class LinkSaid:
    """What one end said of a link's interface, somewhere between question and answer."""

    link: int
    end: int  # the device that says it
    asked_ms: int
    answered_ms: int
    up: bool
    admin_down: bool = False
    mute: bool = False  # it answered, and said nothing of that interface


@dataclass(frozen=True, slots=True)
class Pace:
    """How the watch asks, in milliseconds. `own_ms`: nodes that are heard less, or more often."""

    interval_ms: int
    timeout_ms: int
    own_ms: Mapping[int, int] = field(default_factory=dict)
    quick_ms: int = field(init=False)  # between two quick questions of a confirmation

    def __post_init__(self) -> None:
        object.__setattr__(self, "quick_ms", max(50, min(1000, self.interval_ms // 5)))

    def every_ms(self, n: int) -> int:
        """Between two questions to it, at the longest."""
        return self.own_ms.get(n, self.interval_ms)


@dataclass(slots=True)
class Judgement:
    """`asks`: (node, when) to ping; `proofs`: such, whose answer speaks for what stands above, so
    that they come first; `checks`: (service, when); `snmp`: devices whose interfaces to ask at
    once; `anew`: all are to be asked once within one usual interval, those too that are asked
    seldom."""

    verdicts: list[Verdict] = field(default_factory=list)
    marks: list[Marked] = field(default_factory=list)
    asks: list[tuple[int, int]] = field(default_factory=list)
    proofs: list[tuple[int, int]] = field(default_factory=list)
    checks: list[tuple[int, int]] = field(default_factory=list)
    snmp: set[int] = field(default_factory=set)
    anew: bool = False
    seeing: list[Seeing] = field(default_factory=list)
    events: list[Happened] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any((self.verdicts, self.marks, self.seeing, self.events))
