"""Decides for each datagram, at the least cost, whether it is worth a word to the monitor.

The order is that of the price: known source, rate, head of the message, community or key, what it
tells, and whether the same was told a moment ago. Only what passes all of this is translated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from probes.traps.frames import Heard
from probes.traps.known import ABOUT_A_PORT, ACTED_ON, AUTHENTICATION_FAILURE
from probes.traps.limits import Buckets, Damper, Rate
from probes.traps.v3 import Opened, Versions3
from probes.traps.words import if_index_of, texts
from wire import ber, trap

# Of one source, and of all together. What is looked at costs some 10 µs, what is told some 50.
LOOKS, ALL_LOOKS = Rate(6_000, 12_000), Rate(12_000, 24_000)
WORDS, ALL_WORDS = Rate(50, 300), Rate(500, 2_000)
AGAIN_NS = 1_000_000_000  # the same within this time is counted
KINDS = 20_000  # of the same, at once

# What becomes of a datagram; all but `told` and `repeated` are read no further.
TOLD, REPEATED, OTHER, AUTH_FAILURE = "told", "repeated", "other", "auth_failure"
UNKNOWN_SOURCE, RATE, MALFORMED = "unknown_source", "rate", "malformed"
WRONG_COMMUNITY, WRONG_USER, NOT_NOW = "wrong_community", "wrong_user", "not_in_time"
RECEIVED = "received"
DROPPED = (UNKNOWN_SOURCE, RATE, MALFORMED, WRONG_COMMUNITY, WRONG_USER, NOT_NOW)

_VERSIONS = {ber.V1: "1", ber.V2C: "2c"}


@dataclass(frozen=True, slots=True)
class Plan:
    """Whom to believe: addresses of devices, and what they must know."""

    sources: frozenset[str] = frozenset()
    communities: frozenset[bytes] = frozenset()


class Taken(NamedTuple):
    """What follows from a datagram: a word to the monitor, and datagrams back to the sender."""

    heard: Heard | None = None
    answers: tuple[bytes, ...] = ()


_NOTHING = Taken()
_ALL = ""


class Sift:
    def __init__(self, v3: Versions3) -> None:
        self._plan = Plan()
        self._v3 = v3
        self._looks, self._all_looks = Buckets[str](LOOKS), Buckets[str](ALL_LOOKS)
        self._words, self._all_words = Buckets[str](WORDS), Buckets[str](ALL_WORDS)
        self._told = Damper[tuple[str, bytes, int | None], Heard](AGAIN_NS, KINDS)
        self._counts: Counter[str] = Counter()

    def know(self, plan: Plan) -> None:
        """From now on these alone are believed."""
        self._plan = plan
        for buckets in (self._looks, self._words):
            buckets.keep(plan.sources)

    def take(self, data: bytes, source: str, now_ns: int) -> Taken:
        """`now_ns` is monotonic."""
        self._counts[RECEIVED] += 1
        if source not in self._plan.sources:
            return self._drop(UNKNOWN_SOURCE)
        if not (self._looks.take(source, now_ns) and self._all_looks.take(_ALL, now_ns)):
            return self._drop(RATE)
        look = self._version_3 if trap.is_version_3(data) else self._plain
        try:
            return look(data, source, now_ns)
        except ber.Malformed:
            return self._drop(MALFORMED)

    def again(self, now_ns: int) -> list[Heard]:
        """What was told more than once in a second that has passed."""
        return [replace(heard, more=more) for _, heard, more in self._told.due(now_ns)]

    def counts(self) -> dict[str, int]:
        """What became of all since this was last asked."""
        counts, self._counts = dict(self._counts), Counter()
        return counts

    def _drop(self, why: str) -> Taken:
        self._counts[why] += 1
        return _NOTHING

    def _plain(self, data: bytes, source: str, now_ns: int) -> Taken:
        notice = trap.parse(data)
        if notice.community not in self._plan.communities:
            return self._drop(WRONG_COMMUNITY)
        version = _VERSIONS[notice.version]
        answers: tuple[bytes, ...] = ()
        if notice.pdu == trap.INFORM:
            trap.varbinds(data, notice)  # only what is sound is acknowledged
            answers = (trap.acknowledgement(data, notice),)
        return Taken(self._tell(data, notice, source, version, now_ns), answers)

    def _version_3(self, data: bytes, source: str, now_ns: int) -> Taken:
        taken = self._v3.take(data, source, now_ns)
        if not isinstance(taken, Opened):
            self._counts[taken.why] += bool(taken.why)
            return Taken(None, taken.answers)
        notice = trap.parse_pdu(taken.pdu)
        return Taken(self._tell(taken.pdu, notice, source, "3", now_ns), taken.answers)

    def _tell(
        self, data: bytes, notice: trap.Notice, source: str, version: str, now_ns: int
    ) -> Heard | None:
        name = ACTED_ON.get(notice.trap)
        if name is None:
            failed = notice.trap == AUTHENTICATION_FAILURE
            self._counts[AUTH_FAILURE if failed else OTHER] += 1
            return None
        binds = trap.varbinds(data, notice)
        index = if_index_of(binds) if name in ABOUT_A_PORT else None

        def translated() -> Heard:
            oid = ber.dotted(notice.trap)
            return Heard(source, version, name, oid, index, 0, texts(binds))

        return self._damped((source, notice.trap, index), translated, now_ns)

    def _damped(
        self, key: tuple[str, bytes, int | None], translated: Callable[[], Heard], now_ns: int
    ) -> Heard | None:
        if self._told.again(key):
            self._counts[REPEATED] += 1
            return None
        if not (self._words.take(key[0], now_ns) and self._all_words.take(_ALL, now_ns)):
            self._counts[RATE] += 1
            return None
        heard = translated()
        if not self._told.first(key, heard, now_ns):
            self._counts[RATE] += 1
            return None
        self._counts[TOLD] += 1
        return heard
