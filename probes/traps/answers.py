"""Answers SNMPv3 informs as the engine that they are meant for: pysnmp without its sockets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.carrier.base import AbstractTransportDispatcher
from pysnmp.entity import config, engine
from pysnmp.entity.rfc3413 import ntfrcv

if TYPE_CHECKING:
    from probes.traps.v3 import User

_AUTH = {
    "sha1": config.USM_AUTH_HMAC96_SHA,
    "sha256": config.USM_AUTH_HMAC192_SHA256,
    "sha512": config.USM_AUTH_HMAC384_SHA512,
}
_PRIV = {
    "": config.USM_PRIV_NONE,
    "aes128": config.USM_PRIV_CFB128_AES,
    "aes256": config.USM_PRIV_CFB256_AES_BLUMENTHAL,
}
_SENDER = udp.UdpTransportAddress(("0.0.0.0", 0))  # noqa: S104, nothing is bound: we send ourselves


class _Outbox(AbstractTransportDispatcher):  # type: ignore[misc]
    """Keeps what the library would send."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []

    def send_message(self, message: Any, domain: Any, address: Any) -> None:
        self.sent.append(bytes(message))


class Answerer:
    """An engine with this id, which has started so often. Of two users with one name the first
    is known to it."""

    def __init__(self, engine_id: bytes, boots: int, users: Sequence[User]) -> None:
        self._engine = engine.SnmpEngine()
        self._name(engine_id, boots)
        self._outbox = _Outbox()
        self._engine.register_transport_dispatcher(self._outbox)
        self._accepted = False
        ntfrcv.NotificationReceiver(self._engine, self._accept)
        for user in reversed(users):
            config.add_v3_user(
                self._engine,
                user.name,
                _AUTH[user.auth],
                user.auth_key.encode(),
                _PRIV[user.priv],
                user.priv_key.encode() or None,
            )

    def answer(self, data: bytes, now_s: float) -> tuple[bool, tuple[bytes, ...]]:
        """Is it an inform for us, in time, and what goes back to its sender? `now_s` is monotonic:
        by it the library forgets what it was asked."""
        self._accepted = False
        self._outbox.sent.clear()
        try:
            self._outbox.handle_timer_tick(now_s)
            self._engine.message_dispatcher.receive_message(
                self._engine, udp.SNMP_UDP_DOMAIN, _SENDER, data
            )
        except Exception:  # of any kind: the library was not written for hostile bytes
            return False, ()
        return self._accepted, tuple(self._outbox.sent)

    def _accept(self, *_: Any) -> None:
        self._accepted = True

    def _name(self, engine_id: bytes, boots: int) -> None:
        """Not by its constructor, which would count starts in a folder that everybody can write."""
        builder = self._engine.get_mib_builder()
        own_id, own_boots = builder.import_symbols(
            "__SNMP-FRAMEWORK-MIB", "snmpEngineID", "snmpEngineBoots"
        )
        own_id.syntax = own_id.syntax.clone(engine_id)
        own_boots.syntax = own_boots.syntax.clone(boots)
        self._engine.snmpEngineID = own_id.syntax
