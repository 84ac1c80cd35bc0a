"""Asks SNMPv3 agents: the questions of v2c, each sealed for its engine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from time import monotonic_ns

from probes import mib
from probes.diagnose import SILENCE_V3, ignored, impossible, meant, wrong_privacy
from probes.mailbox import Place
from probes.results import SnmpStatus, SnmpTarget
from probes.snmp import SnmpClient, Task
from probes.snmp_exchange import Exchange
from probes.snmp_talk import End
from probes.snmp_usual import Repeat
from probes.usm_peer import Peer, Stale
from wire import ber, usm

_RESYNCS = 3  # in one exchange: an engine that never agrees about its id or clock is given up
_PROBE = ber.request(ber.GET, b"", [mib.SYS_UPTIME])

_Secrets = tuple[str | None, ...]


class _Step(Enum):
    """What an exchange waits for."""

    ENGINE = auto()  # a report of the engine there, from whoever it is
    ANSWER = auto()
    PROOF = auto()  # an answer to the same user without privacy: the other key is right


@dataclass(slots=True, eq=False)
class _Sealed:
    """What an exchange needs besides, to travel sealed."""

    peer: Peer
    step: _Step
    found: bool = False  # its engine, in this exchange
    heard_ns: int | None = None  # when anything SNMPv3 came back
    misses: int = 0
    resyncs: int = 0
    proofs: int = 0


class SnmpV3Client(SnmpClient):
    """`poll`, `walk` and `get` as in SnmpClient, with all that it has learned of v2c agents.

    Each user at each address has an engine of his own, whatever id it says. No answer is believed
    that is not signed and encrypted as its question was; only reports may be unsigned, and these
    lead to another question or to a failure, never to a value.
    """

    def __init__(self, *, limit_s: float = 60.0) -> None:
        super().__init__(limit_s=limit_s)
        self._peers: dict[tuple[Place, _Secrets], Peer] = {}
        self._sealed: dict[Exchange, _Sealed] = {}

    def close(self) -> None:
        super().close()
        self._sealed.clear()

    # ------------------------------------------------------------ asking

    def _start(self, task: Task) -> None:
        end = impossible(task.target)
        if end is not None:
            self._refuse(task, end)
        else:
            super()._start(task)

    def _message(self, exchange: Exchange, now: int) -> bytes:
        sealed = self._sealed.get(exchange) or self._seal(exchange)
        peer, message_id = sealed.peer, exchange.request_id
        if sealed.step is not _Step.ENGINE and not peer.known:  # another exchange has forgotten it
            sealed.step = _Step.ENGINE
        if sealed.step is _Step.ENGINE:
            return usm.discovery(message_id)
        proving = sealed.step is _Step.PROOF
        template = _PROBE if proving else exchange.talk.request()
        pdu = usm.pdu_of(template.message(message_id))
        return peer.sealed(message_id, pdu, _level(sealed), now)

    def _seal(self, exchange: Exchange) -> _Sealed:
        key = exchange.place, _secrets(exchange.target)
        peer = self._peers.get(key)
        if peer is None:
            peer = self._peers[key] = Peer(exchange.target)
        made = _Sealed(peer, _Step.ANSWER if peer.known else _Step.ENGINE)
        self._sealed[exchange] = made
        return made

    def _ask_anew(self, exchange: Exchange, step: _Step, now: int) -> None:
        self._sealed[exchange].step = step
        del self._open[exchange.request_id]
        self._ask(exchange, now)

    # ------------------------------------------------------------ hearing

    def _on_datagram(self, data: bytes, source: Place) -> None:
        try:
            envelope = usm.parse(data)
        except ber.Malformed as problem:
            self._on_garbage(source, f"what came was no sound SNMPv3: {problem}")
            return
        exchange = self._open.get(envelope.message_id)
        if exchange is None:
            self._on_garbage(source, "the answers carry another message id, or come too late")
        elif not exchange.may_be_answered_by(source):
            self.stray += 1
            exchange.garbage = f"the answer came from {source[0]} port {source[1]}"
        else:
            self._open_it(exchange, self._sealed[exchange], data, envelope)

    def _open_it(
        self, exchange: Exchange, sealed: _Sealed, data: bytes, envelope: usm.Envelope
    ) -> None:
        now = monotonic_ns()
        try:
            found = sealed.peer.opened(data, envelope, _level(sealed), now)
            report = usm.reported(found.pdu) if found.kind == usm.REPORT else b""
        except ber.Malformed as problem:
            self.stray += 1
            exchange.garbage = f"what came was no sound SNMPv3: {problem}"
        except Stale:
            sealed.peer.believe_anew()
            self._resync(exchange, sealed, _Step.ANSWER, now)
        else:
            sealed.heard_ns = now
            if report:
                self._on_report(exchange, sealed, report, envelope.engine, now)
            elif sealed.step is _Step.PROOF:
                self._on_proof(exchange, sealed, now)
            else:
                super()._on_datagram(usm.plain(found.pdu), exchange.place)

    def _on_report(
        self, exchange: Exchange, sealed: _Sealed, report: bytes, engine: usm.Engine, now: int
    ) -> None:
        if engine.id and (sealed.step is _Step.ENGINE or report == usm.UNKNOWN_ENGINE):
            sealed.peer.learn(engine, now)
            sealed.found, sealed.misses = True, 0
            self._resync(exchange, sealed, _Step.ANSWER, now)
        elif report == usm.NOT_IN_TIME_WINDOW and engine.id:
            sealed.peer.learn(engine, now)
            self._resync(exchange, sealed, sealed.step, now)
        elif sealed.step is _Step.PROOF:
            self._on_proof(exchange, sealed, now)
        else:
            self._finish(exchange, meant(report, exchange.target))

    def _resync(self, exchange: Exchange, sealed: _Sealed, step: _Step, now: int) -> None:
        sealed.resyncs += 1
        if sealed.resyncs > _RESYNCS:
            detail = "the agent does not agree with itself about its engine or its clock"
            self._finish(exchange, End(SnmpStatus.BAD_ANSWER, detail))
        else:
            self._ask_anew(exchange, step, now)

    def _on_proof(self, exchange: Exchange, sealed: _Sealed, now: int) -> None:
        """It hears this user, but not what he encrypts: twice, as answers may get lost."""
        sealed.proofs += 1
        sealed.misses = 0
        if sealed.proofs > 1:
            garbage = exchange.garbage  # it heard us, but we did not believe what it said
            end = End(SnmpStatus.BAD_ANSWER, garbage) if garbage else wrong_privacy(exchange.target)
            self._finish(exchange, end)
        else:
            self._ask_anew(exchange, _Step.ANSWER, now)

    # ------------------------------------------------------------ silence

    def _on_silence(self, exchange: Exchange, now: int) -> None:
        sealed = self._sealed[exchange]
        if now >= exchange.ends_ns or exchange.talk.answered_ns is not None:
            super()._on_silence(exchange, now)
            return
        sealed.misses += 1
        if not sealed.found and sealed.step is _Step.ANSWER:
            # It may be lost, or there is another device by now: a discovery tells.
            sealed.peer.forget()
            self._ask_anew(exchange, _Step.ENGINE, now)
        elif sealed.misses <= exchange.target.retries and isinstance(exchange.talk, Repeat):
            self._take_small_steps(exchange, now)
        elif sealed.misses <= exchange.target.retries:
            self._send(exchange, now)
        elif sealed.step is _Step.ANSWER and exchange.target.priv:
            sealed.misses = 0
            self._ask_anew(exchange, _Step.PROOF, now)
        else:
            self._finish(exchange, _silent(exchange, sealed))

    def _finish(self, exchange: Exchange, end: End) -> None:
        sealed = self._sealed.pop(exchange, None)
        if sealed is not None and exchange.talk.answered_ns is None:
            exchange.talk.answered_ns = sealed.heard_ns  # even a refusal proves the device alive
        super()._finish(exchange, end)


def _secrets(target: SnmpTarget) -> _Secrets:
    return (
        target.user,
        target.auth,
        target.auth_key,
        target.priv,
        target.priv_key,
        target.context,
    )


def _level(sealed: _Sealed) -> int:
    level = sealed.peer.level
    return level & ~usm.ENCRYPTED if sealed.step is _Step.PROOF else level


def _silent(exchange: Exchange, sealed: _Sealed) -> End:
    if sealed.heard_ns is not None:
        garbage = exchange.garbage
        return End(SnmpStatus.BAD_ANSWER, garbage) if garbage else ignored(exchange.target)
    if exchange.unsent:
        return End(SnmpStatus.NO_ANSWER, exchange.unsent)
    if exchange.garbage:
        return End(SnmpStatus.BAD_ANSWER, exchange.garbage)
    return End(SnmpStatus.NO_ANSWER, SILENCE_V3)
