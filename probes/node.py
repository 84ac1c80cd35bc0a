"""What the judge remembers of one thing: answers, misses, the loss window, the spell of a fault."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from probes.pings import Column, Mask, Pings
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
T = TypeVar("T", int, float)
_NEVER = -1


class Vitals:
    """What changes with each answer, a row a node: those that answer as ever are taken up all at
    once.

    `usual`: it answered, it is up since, nothing is being confirmed, and it has no mark that an
    answer takes away.
    """

    def __init__(self, count: int) -> None:
        self._rows = np.zeros((count, len(_COLUMNS)), np.int64)  # a row lies in one place of memory
        kinds = _COLUMNS.items()
        self._columns = [self._rows[:, k].view(kind) for k, (_, kind) in enumerate(kinds)]
        # The same memory: of a single number this is much the quicker way.
        cells = zip(_COLUMNS, self._columns, strict=True)
        self.cells: dict[str, Any] = {name: column.data for name, column in cells}
        for name in ("last_good", "rtt_us"):
            self._rows[:, list(_COLUMNS).index(name)] = _NEVER

    def take_over(self, old: Vitals, numbers: Mapping[int, int]) -> None:
        """Go on as in another numbering."""
        self._rows[list(numbers.values())] = old._rows[list(numbers)]

    def of(self, nodes: Column) -> dict[str, Any]:
        """Copies of the columns, of these nodes."""
        rows = self._rows.take(nodes, axis=0)
        return {name: rows[:, k].view(kind) for k, (name, kind) in enumerate(_COLUMNS.items())}

    def usual(self, pings: Pings, devices: int) -> Mask:
        """Take up the answers of devices at which nothing but these figures changes → which these
        are; none where a node comes twice."""
        found = np.zeros(len(pings), np.bool_)
        nodes = pings.nodes.tolist()
        if nodes and len(set(nodes)) == len(nodes):
            heard = np.flatnonzero((pings.rtt >= 0) & (pings.nodes < devices))
            columns = pings.nodes[heard], pings.sent[heard], pings.rtt[heard] // 1000
            found[heard] = self._answered(*columns)
        return found

    def _answered(self, nodes: Column, sent_ms: Column, rtt_us: Column) -> Mask:
        """Just what `Node.note` and `Node.time` do."""
        of = self.of(nodes)
        of["bits"] <<= np.uint64(1)
        of["asked"] += 1
        # An answer never makes the share of losses larger, once it is one of RECENT.
        even = (of["bits"] == 0) | (of["asked"] > RECENT)
        taken: Mask = (of["usual"] != 0) & even & (sent_ms > of["last_good"])
        of["rtts"] += 1
        learning = of["rtts"] <= RTT_SETTLED
        slow, quick, jitter = of["rtt_usual"], of["rtt_recent"], of["jitter_us"]
        slow += (rtt_us - slow) / np.where(learning, of["rtts"], RTT_USUAL)
        at_most = RTT_OUTLIER * (RTT_RAISE * slow + RTT_RAISE_US)
        quick += (np.minimum(rtt_us, at_most) - quick) / RTT_RECENT
        np.copyto(quick, slow, where=learning)
        taken &= learning | (quick < RTT_CLEAR * slow + RTT_CLEAR_US)
        jitter += (np.abs(rtt_us - of["rtt_us"]) - jitter) / JITTER_OF
        of["rtt_us"], of["last_good"] = rtt_us, sent_ms
        here = nodes[taken]
        for column, fresh in zip(self._columns, of.values(), strict=True):
            column[here] = fresh[taken]
        return taken


_COLUMNS = {
    "last_good": "i8",
    "rtt_us": "i8",
    "bits": "u8",
    "asked": "i8",
    "rtts": "i8",
    "rtt_usual": "f8",
    "rtt_recent": "f8",
    "jitter_us": "f8",
    "usual": "i8",
}


class _Time:
    """One column of a node's vitals: a time or a duration, None where there was none."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, node: Node, _: type[Node]) -> int | None:
        value: int = node.of.cells[self._name][node.n]
        return None if value == _NEVER else value

    def __set__(self, node: Node, value: int | None) -> None:
        node.of.cells[self._name][node.n] = _NEVER if value is None else value


class _Figure(Generic[T]):
    """One column of a node's vitals."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, node: Node, _: type[Node]) -> T:
        value: T = node.of.cells[self._name][node.n]
        return value

    def __set__(self, node: Node, value: T) -> None:
        node.of.cells[self._name][node.n] = value


@dataclass(slots=True)
class Node:
    """Times are UTC milliseconds of when a question was sent; None: never."""

    of: Vitals
    n: int
    state: State = State.UNKNOWN
    since: int | None = None
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
    lost_at: int | None = None  # the last question of that figure that was missed
    lossless_until: int = 0  # misses of questions sent before are no loss
    unsent: bool = False
    silent_polls: int = 0
    ails: frozenset[str] = frozenset()  # what its own limits say: light, temperature
    why: str = "no_answer"  # the reason of its next fault
    flaps: float = 0.0
    flapped_at: int = 0
    marks: frozenset[Mark] = NONE  # most things have none: one empty set serves them all

    last_good = _Time("last_good")
    rtt_us = _Time("rtt_us")
    bits = _Figure[int]("bits")  # the last answers, newest lowest: 1 = missed
    asked = _Figure[int]("asked")
    rtts = _Figure[int]("rtts")
    rtt_usual = _Figure[float]("rtt_usual")  # µs, slow mean: its own baseline
    rtt_recent = _Figure[float]("rtt_recent")  # quick mean
    jitter_us = _Figure[float]("jitter_us")  # mean difference between one round trip and the next
    usual = _Figure[int]("usual")  # 1: see `Vitals`

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

    def begin_anew(self, seen_to: int, *, asked_ms: int) -> None:
        """Nothing half believed counts any more, nor what was missed after `seen_to`; it was asked
        once in the round before that, at `asked_ms` at the earliest."""
        if self.last_bad is not None and self.last_bad > seen_to:
            self.last_bad = max(self.first_bad or 0, asked_ms)
        self.good_since = None
        self.unsent = False
        self.silent_polls = 0
        self.misses = self.need = 0
        self.hangs = False
        self.forget_losses()

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
