"""SNMPv3 traps and informs: who signed them, what is inside, and the answers of an engine.

A trap is signed with the keys at the sender's engine, an inform with those at ours. Nothing that is
not signed by a known user reaches the library that answers informs, but for questions who we are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from probes.traps.answers import Answerer
from probes.traps.limits import Buckets, Rate
from wire import trap, usm
from wire.usm_keys import Keys, keys_at

SOURCE_ANSWERS, ALL_ANSWERS = Rate(10, 40), Rate(60, 120)  # each costs some 3 ms
WINDOW_S = 150  # RFC 3414 section 2.2.3
FORGET_S = 600  # an engine that was reset, and counts its starts anew, is believed after this
ENGINES = 50_000

WRONG_USER, NOT_NOW, RATE = "wrong_user", "not_in_time", "rate"
ASKED = "asked_who"  # the question for our engine id, which comes before an inform
_SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class User:
    """As a profile names it; an empty algorithm: not used."""

    name: str
    auth: str
    auth_key: str = field(repr=False)
    priv: str = ""
    priv_key: str = field(default="", repr=False)

    @property
    def level(self) -> int:
        return usm.AUTHENTICATED | (usm.ENCRYPTED if self.priv else 0)

    def keys(self, engine_id: bytes) -> Keys:
        return keys_at(engine_id, self.auth, self.auth_key, self.priv, self.priv_key)


class Opened(NamedTuple):
    """A PDU that a known user has sent, and what to send back."""

    pdu: bytes
    answers: tuple[bytes, ...] = ()


class Refused(NamedTuple):
    """Nothing to read: why, as a count, and what to send back."""

    why: str
    answers: tuple[bytes, ...] = ()


class _Clock(NamedTuple):
    """What an engine told of its time, and when (monotonic)."""

    boots: int
    time: int
    heard_ns: int


class Versions3:
    """`engine_id` and `boots` are ours."""

    def __init__(self, engine_id: bytes, boots: int, users: Sequence[User]) -> None:
        self._engine_id = engine_id
        self._users: dict[bytes, list[User]] = {}
        for user in users:
            self._users.setdefault(user.name.encode(), []).append(user)
        self._answerer = Answerer(engine_id, boots, users) if users else None
        self._clocks: dict[bytes, _Clock] = {}
        self._one, self._all = Buckets[str](SOURCE_ANSWERS), Buckets[str](ALL_ANSWERS)

    def take(self, data: bytes, source: str, now_ns: int) -> Opened | Refused:
        """Malformed where it is no such message."""
        envelope = usm.parse(data)
        if self._answerer is None:
            return Refused(WRONG_USER)
        if not envelope.level and envelope.flags & usm.REPORTABLE and not envelope.engine.id:
            return self._answer(data, source, now_ns, Refused(ASKED))
        keys = self._signer(data, envelope)
        if keys is None:
            return Refused(WRONG_USER)
        if envelope.engine.id == self._engine_id:
            inside = usm.opened(data, envelope, keys)
            if inside.kind != trap.INFORM:
                return Refused(WRONG_USER)
            trap.parse_pdu(inside.pdu)
            return self._answer(data, source, now_ns, Opened(inside.pdu))
        if not self._in_time(envelope.engine, now_ns):
            return Refused(NOT_NOW)
        inside = usm.opened(data, envelope, keys)
        return Opened(inside.pdu) if inside.kind == trap.TRAP else Refused(WRONG_USER)

    def _signer(self, data: bytes, envelope: usm.Envelope) -> Keys | None:
        """The keys that it is signed with, where these are of a user at the level of its profile.

        The library would take a message without a signature from a user who has keys.
        """
        for user in self._users.get(envelope.user, ()):
            if user.level == envelope.level:
                keys = user.keys(envelope.engine.id)
                if usm.is_authentic(data, envelope, keys):
                    return keys
        return None

    def _in_time(self, engine: usm.Engine, now_ns: int) -> bool:
        """RFC 3414 section 3.2, step 7b: no message of yesterday is taken for one of today."""
        known = self._clocks.get(engine.id)
        if known is not None:
            gone_s = (now_ns - known.heard_ns) / _SECOND_NS
            late_s = known.time + gone_s - engine.time
            newer = (engine.boots, engine.time) > (known.boots, known.time)
            if engine.boots < known.boots or (not newer and late_s > WINDOW_S):
                if gone_s < FORGET_S:
                    return False
            elif not newer:
                return True
        elif len(self._clocks) >= ENGINES:
            self._clocks.clear()
        self._clocks[engine.id] = _Clock(engine.boots, engine.time, now_ns)
        return True

    def _answer(
        self, data: bytes, source: str, now_ns: int, found: Opened | Refused
    ) -> Opened | Refused:
        """What the library answers; only what it acknowledges is told."""
        assert self._answerer is not None
        if not (self._one.take(source, now_ns) and self._all.take("", now_ns)):
            return Refused(RATE)
        accepted, answers = self._answerer.answer(data, now_ns / _SECOND_NS)
        if isinstance(found, Opened) and not accepted:
            return Refused(NOT_NOW, answers)
        return found._replace(answers=answers)
