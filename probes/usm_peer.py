"""One SNMPv3 user at one agent: the engine there, its clock, our keys. Pure: time is passed in."""

from __future__ import annotations

import secrets

from probes.results import SnmpTarget
from wire import usm
from wire.ber import RESPONSE, Malformed
from wire.usm import AUTHENTICATED, ENCRYPTED, REPORTABLE, Engine, Envelope, Scoped
from wire.usm_keys import NO_KEYS, SALT_SIZE, keys_at

_WINDOW_S = 150  # RFC 3414 section 2.2.3
_LAST = 0x7FFF_FFFF  # boots and time stay there


class Stale(Exception):  # noqa: N818, a value on its way out
    """A sound answer that says an earlier time than its engine had shown already."""


class Peer:
    """Known by its address, never by its engine id: two devices may have the same one.

    The clock is believed from signed messages alone. One that has gone back belongs to an engine
    that was started anew, or to an old message: `believe_anew` tells that a new question was asked.
    """

    def __init__(self, target: SnmpTarget) -> None:
        self._target = target
        self._user = (target.user or "").encode()
        self._context = target.context.encode()
        self._keys = NO_KEYS
        self._engine = Engine(b"", 0, 0)
        self._at_ns = 0  # when its clock was read
        self._trusted = False
        self._salt = secrets.randbits(64)
        self.level = (AUTHENTICATED if target.auth else 0) | (ENCRYPTED if target.priv else 0)

    @property
    def known(self) -> bool:
        """Is there an engine that can be asked?"""
        return bool(self._engine.id)

    def forget(self) -> None:
        """The engine may be another one by now."""
        self._engine, self._keys = Engine(b"", 0, 0), NO_KEYS
        self._trusted = False

    def learn(self, engine: Engine, now_ns: int) -> None:
        """An engine told its id and its clock, unsigned: good enough to ask it."""
        if engine.id != self._engine.id:
            target = self._target
            self._keys = keys_at(
                engine.id,
                target.auth or "",
                target.auth_key or "",
                target.priv or "",
                target.priv_key or "",
            )
        self._engine, self._at_ns, self._trusted = engine, now_ns, False

    def believe_anew(self) -> None:
        """Whatever signed clock the next answer shows, it is true."""
        self._trusted = False

    def sealed(self, message_id: int, pdu: bytes, level: int, now_ns: int) -> bytes:
        """The datagram that asks this."""
        engine = self._clock(now_ns)
        self._salt = (self._salt + 1) % (1 << 64)
        return usm.sealed(
            message_id,
            level | REPORTABLE,
            engine if level else Engine(engine.id, 0, 0),
            self._user,
            usm.scoped(engine.id, self._context, pdu),
            self._keys,
            self._salt.to_bytes(SALT_SIZE, "big"),
        )

    def opened(self, data: bytes, envelope: Envelope, level: int, now_ns: int) -> Scoped:
        """What came in answer to a question of this level: a response, or a report.

        Malformed says why it is not believed; reports may be unsigned, as RFC 3414 wants some.
        """
        signed = bool(envelope.flags & AUTHENTICATED)
        if signed:
            self._check_signature(data, envelope)
        found = usm.opened(data, envelope, self._keys)
        if found.kind == usm.REPORT:
            return found
        if found.kind != RESPONSE or not self.known or envelope.engine.id != self._engine.id:
            raise Malformed("it is no response of the engine asked")
        if envelope.level != level or envelope.user != self._user:
            raise Malformed("it is not protected as the question was")
        if signed:
            self._check_clock(envelope.engine, now_ns)
        return found

    def _check_signature(self, data: bytes, envelope: Envelope) -> None:
        if not self._keys.auth or envelope.engine.id != self._engine.id:
            raise Malformed("it is signed by an unknown engine")
        if not usm.is_authentic(data, envelope, self._keys):
            raise Malformed("its signature is wrong")

    def _check_clock(self, engine: Engine, now_ns: int) -> None:
        """Of signed answers only a later time is taken over, so that none can creep back."""
        expected = self._clock(now_ns)
        late = engine.boots == expected.boots and engine.time < expected.time - _WINDOW_S
        if self._trusted and (engine.boots < expected.boots or late):
            raise Stale
        if not self._trusted or engine[1:] > expected[1:]:
            self._engine, self._at_ns, self._trusted = engine, now_ns, True

    def _clock(self, now_ns: int) -> Engine:
        """What the engine's clock should show now."""
        engine_id, boots, time = self._engine
        passed_s = (now_ns - self._at_ns) // 1_000_000_000
        return Engine(engine_id, boots, min(time + passed_s, _LAST)) if passed_s else self._engine
