"""What the judge remembers of one thing: answers, misses, the loss window, the spell of a fault."""

from __future__ import annotations

import math
from dataclasses import dataclass

from store.states import Mark, State

WINDOW = 64  # answers kept for the loss figure
RECENT = 20  # of these, the last ones: what `degraded` looks at
SETTLED = 10  # answers before a loss figure means anything
RAISE_PCT, CLEAR_PCT = 20.0, 10.0  # degraded by loss: raised and cleared at different levels
RTT_SETTLED = 60  # answers before there is a baseline
RTT_USUAL, RTT_CREEP, RTT_RECENT = 500, 4000, 10  # answers over which each mean runs
RTT_RAISE, RTT_RAISE_US = 3.0, 20_000  # times the baseline, and so much more
RTT_OUTLIER = 2.0  # times the level at which it is raised: more than that counts as that
RTT_CLEAR, RTT_CLEAR_US = 1.5, 10_000
JITTER_OF = 16  # RFC 3550, section 6.4.1: the gain that reduces noise and still converges well
FALSE_ALARM = 1e-6  # how seldom a run of plain losses may look like a cut
FLAP_HALF_LIFE_MS = 600_000
FLAP_ON, FLAP_OFF = 4.0, 1.0
FAULTY = (State.DOWN, State.UNREACHABLE)
WELL = (State.UP, State.DEGRADED)
NONE: frozenset[Mark] = frozenset()


@dataclass(slots=True)
class Node:
    """Times are UTC milliseconds of when a question was sent; None: never."""

    state: State = State.UNKNOWN
    since: int | None = None
    last_good: int | None = None
    first_bad: int | None = None
    last_bad: int | None = None
    good_since: int | None = None  # first good answer of a recovery that is not yet believed
    misses: int = 0  # in a row, since the last good answer
    need: int = 0  # misses in a row that confirm; 0: nothing to confirm
    back_at: int | None = None  # when it last came back from a fault
    hangs: bool = False  # it waits for the verdict on what stands above it
    confirming_from: int = 0
    confirming_ms: int = 0  # how long its quick questions take
    asked_until: int = 0  # quick questions are planned until then
    root: int | None = None
    rtt_us: int | None = None
    bits: int = 0  # the last answers, newest lowest: 1 = missed
    asked: int = 0
    lost_at: int | None = None  # the last question of that figure that was missed
    lossless_until: int = 0  # misses of questions sent before are no loss
    unsent: bool = False
    rtt_usual: float = 0.0  # µs, slow mean: its own baseline
    rtt_recent: float = 0.0  # µs, quick mean
    rtts: int = 0
    jitter_us: float = 0.0  # mean difference between one round trip and the next
    silent_polls: int = 0
    ails: frozenset[str] = frozenset()  # what its own limits say: light, temperature
    why: str = "no_answer"  # the reason of its next fault
    flaps: float = 0.0
    flapped_at: int = 0
    marks: frozenset[Mark] = NONE  # most things have none: one empty set serves them all

    @property
    def loss(self) -> float:
        """Share of the last answers that were missed, 0 to 1."""
        count = min(self.asked, WINDOW)
        return self.bits.bit_count() / count if count else 0.0

    @property
    def usual_loss(self) -> float:
        """The share to expect; as long as few were asked, those not asked count as answered."""
        return self.bits.bit_count() / max(SETTLED, min(self.asked, WINDOW))

    @property
    def unsettled(self) -> bool:
        """Too few were asked to know how much it loses."""
        return self.asked < 2 * SETTLED

    @property
    def confirmed(self) -> bool:
        return self.need > 0 and self.misses >= self.need

    def note(self, *, missed: bool) -> None:
        self.bits = ((self.bits << 1) | missed) & ((1 << WINDOW) - 1)
        self.asked += 1

    def forget_losses(self, until: int = 0) -> None:
        """Begin the loss figure anew; what was asked before `until` may still be on its way."""
        self.bits = 0
        self.asked = 0
        self.lossless_until = until

    def expect_loss(self, pct: float) -> None:
        """What is known of the line from before, as evenly spread answers."""
        self.asked = 2 * SETTLED
        lost = round(self.asked * pct / 100)
        self.bits = sum(1 << (i * self.asked // lost) for i in range(lost))

    def stop_confirming(self) -> None:
        self.misses = 0
        self.need = 0
        self.hangs = False
        self.first_bad = None

    def shift(self, by_ms: int) -> None:
        """Every time that we remember, by a clock that was set."""
        names = ("since", "last_good", "first_bad", "last_bad", "good_since", "lost_at", "back_at")
        for name in names:
            at = getattr(self, name)
            if at is not None:
                setattr(self, name, at + by_ms)
        self.confirming_from += by_ms
        self.asked_until += by_ms
        self.lossless_until += by_ms
        self.flapped_at += by_ms

    def changed(self, at_ms: int) -> None:
        """Count a change between up and down; old ones fade by half each ten minutes."""
        self.flaps = self.faded(at_ms) + 1
        self.flapped_at = at_ms

    def faded(self, at_ms: int) -> float:
        if not self.flaps:
            return 0.0
        age = max(0, at_ms - self.flapped_at)
        return float(self.flaps * 0.5 ** (age / FLAP_HALF_LIFE_MS))

    def time(self, rtt_us: int, *, settled: bool) -> None:
        """Take a round trip into both means; while it is slow the baseline hardly moves.

        Jitter is RFC 3550's J of round trips: the network's both ways, and the device's own.
        """
        if self.rtt_us is not None:
            self.jitter_us += (abs(rtt_us - self.rtt_us) - self.jitter_us) / JITTER_OF
        self.rtt_us = rtt_us
        self.rtts += 1
        if self.rtts <= RTT_SETTLED:
            self.rtt_usual += (rtt_us - self.rtt_usual) / self.rtts
            self.rtt_recent = self.rtt_usual
            return
        self.rtt_usual += (rtt_us - self.rtt_usual) / (RTT_USUAL if settled else RTT_CREEP)
        # One answer that a router held back while it looked up a neighbour makes no slow line.
        at_most = RTT_OUTLIER * (RTT_RAISE * self.rtt_usual + RTT_RAISE_US)
        self.rtt_recent += (min(rtt_us, at_most) - self.rtt_recent) / RTT_RECENT

    def slow(self) -> bool | None:
        """Against its own baseline. True: raise degraded; False: clear it; None: leave it."""
        if self.rtts <= RTT_SETTLED:
            return False
        if self.rtt_recent > RTT_RAISE * self.rtt_usual + RTT_RAISE_US:
            return True
        return False if self.rtt_recent < RTT_CLEAR * self.rtt_usual + RTT_CLEAR_US else None

    def heavy_loss(self) -> bool | None:
        """True: raise degraded; False: clear it; None: leave it.

        Of misses in a row the first two count: a short cut is no lossy line.
        """
        if self.asked < SETTLED:
            return None
        if not self.bits:
            return False
        spread = self.bits & ~((self.bits >> 1) & (self.bits >> 2))
        pct = 100 * (spread & ((1 << RECENT) - 1)).bit_count() / min(self.asked, RECENT)
        return True if pct >= RAISE_PCT else False if pct < CLEAR_PCT else None


def misses_needed(loss: float, *, unsettled: bool = False) -> int:
    """Quick questions that must all be lost before we believe it: 5 up to 10 % loss, 15 at most.

    Of a line whose loss nobody knows yet 11, asked at twice the pace.
    """
    run = math.ceil(math.log(FALSE_ALARM) / math.log(min(0.9, max(loss, 0.05))))
    return max(11 if unsettled else 5, min(run - 1, 15))
