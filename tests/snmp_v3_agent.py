"""A small SNMPv3 engine on a UDP socket, whose clock can be set and which can be told to lie."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence

from tests.snmp_agent import Successor, answered
from wire import ber, usm
from wire.usm import AUTHENTICATED, ENCRYPTED, Engine
from wire.usm_keys import Keys, keys_at

USER, AUTH_KEY, PRIV_KEY = "canh", "authentication", "and privacy"
_WINDOW_S = 150

# (the engine, what was asked, the honest answer) → the datagrams that leave instead
Quirk = Callable[["V3Agent", usm.Envelope, bytes], Sequence[bytes]]


class V3Agent:
    """One user, SHA-256 and AES-128; `heard` counts what came: discoveries, questions, reports."""

    def __init__(self, after: Successor, quirk: Quirk | None, engine: Engine) -> None:
        self.engine = engine
        self.clock_told: Engine | None = None  # in answers, instead of the true one
        self.contexts: list[bytes] = []
        self.discovered = self.asked = self.resynced = 0
        self._after, self._quirk = after, quirk
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.bind(("127.0.0.1", 0))
        self.port = int(self._sock.getsockname()[1])
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    @property
    def keys(self) -> Keys:
        return keys_at(self.engine.id, "sha256", AUTH_KEY, "aes128", PRIV_KEY)

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"end", ("127.0.0.1", self.port))
        self._thread.join()
        self._sock.close()

    def sealed(self, asked: usm.Envelope, pdu: bytes, level: int) -> bytes:
        content = usm.scoped(self.engine.id, b"", pdu)
        user = USER.encode()
        return usm.sealed(
            asked.message_id,
            level,
            self.clock_told or self.engine,
            user,
            content,
            self.keys,
            b"saltsalt",
        )

    def report(self, asked: usm.Envelope, counter: bytes, level: int = 0) -> bytes:
        varbind = ber.varbind(counter, ber.COUNTER32, 1)
        numbers = ber.integer(asked.message_id) + ber.integer(0) + ber.integer(0)
        pdu = ber.tlv(usm.REPORT, numbers + ber.tlv(ber.SEQUENCE, varbind))
        return self.sealed(asked, pdu, level)

    def _run(self) -> None:
        while (received := self._sock.recvfrom(65_535))[0] != b"end":
            data, asker = received
            asked = usm.parse(data)
            answer = self._answer(data, asked)
            for each in self._quirk(self, asked, answer) if self._quirk else [answer]:
                self._sock.sendto(each, asker)

    def _answer(self, data: bytes, asked: usm.Envelope) -> bytes:
        if asked.engine.id != self.engine.id:
            self.discovered += 1
            return self.report(asked, usm.UNKNOWN_ENGINE)
        if not usm.is_authentic(data, asked, self.keys):
            return self.report(asked, usm.WRONG_DIGEST)
        late = abs(asked.engine.time - self.engine.time) > _WINDOW_S
        if asked.engine.boots != self.engine.boots or late:
            self.resynced += 1
            return self.report(asked, usm.NOT_IN_TIME_WINDOW, AUTHENTICATED)
        self.asked += 1
        inside = usm.opened(data, asked, self.keys)
        self.contexts.append(inside.context)
        answer = answered(self._after, usm.plain(inside.pdu))
        return self.sealed(asked, usm.pdu_of(answer), AUTHENTICATED | ENCRYPTED)


@contextlib.contextmanager
def running_v3_agent(
    after: Successor,
    quirk: Quirk | None = None,
    *,
    engine: Engine = Engine(b"\x80\0\x1f\x88\x04test", 3, 1000),  # noqa: B008, it is frozen
) -> Iterator[V3Agent]:
    agent = V3Agent(after, quirk, engine)
    try:
        yield agent
    finally:
        agent.close()
