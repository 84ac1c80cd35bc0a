"""Polls SNMPv3 agents through gufo-snmp: a task per poll, one request at a time a session."""

from __future__ import annotations

import asyncio
import ipaddress
import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from time import monotonic_ns
from typing import Any

from gufo.snmp import SnmpAuthError, SnmpError
from gufo.snmp._fast import get_master_key
from gufo.snmp.aio import SnmpSession
from gufo.snmp.user import Aes128Key, Aes256Key, KeyType, Sha1Key, Sha256Key, Sha512Key, User

from probes import mib
from probes.diagnose import Verdict, diagnose, key_problem, reach
from probes.results import SnmpPoll, SnmpStatus, SnmpTarget
from probes.snmp_talk import MAX_ROWS, START, BadAnswer
from wire import ber

Done = Callable[[SnmpPoll], None]

_AUTH = {"sha1": Sha1Key, "sha256": Sha256Key, "sha512": Sha512Key}
_PRIV = {"aes128": Aes128Key, "aes256": Aes256Key}  # AES-256 keys are extended as net-snmp does

_REFRESH_NS = 100_000_000_000  # RFC 3414: a clock older than 150 s is no longer believed
_VERDICT_NS = 600_000_000_000
_TOGETHER = 64  # polls at once
_OIDS_AT_ONCE = 40  # in a GET: the answer stays below 1,400 bytes
_SESSIONS_MAX = 4096

_TEXT = {encoded: ber.dotted(encoded) for encoded in mib.SCALARS}
_COLUMN = {
    encoded: ber.dotted(encoded) for encoded in (*mib.COLUMNS, *mib.FACTS_COLUMNS, *mib.OCTETS_32)
}
_IF_NUMBER = "1.3.6.1.2.1.2.1.0"


@dataclass(slots=True, eq=False)
class _Session:
    """An agent that has proved itself, and the interfaces that it had."""

    agent: SnmpSession
    used_ns: int | None = None
    indexes: tuple[int, ...] = ()
    if_number: int | None = None
    uptime_s: float | None = None


class SnmpV3Client:
    """`poll` asks; `done` is called once with what came of it, from the event loop.

    A failure is explained by one diagnosis per target, whose verdict then stands for ten minutes.
    """

    def __init__(self, *, limit_s: float = 60.0) -> None:
        self._limit_s = limit_s
        self._sessions: dict[SnmpTarget, _Session] = {}  # idle ones, the least recently used first
        self._verdicts: dict[SnmpTarget, tuple[int, Verdict]] = {}  # until when
        self._tasks: set[asyncio.Task[SnmpPoll]] = set()
        self._room = asyncio.Semaphore(_TOGETHER)
        self._one_diagnosis = asyncio.Semaphore(1)
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._sessions_max = min(_SESSIONS_MAX, max(16, soft // 2))

    def poll(self, target: SnmpTarget, done: Done, *, facts: bool) -> None:
        """Ask the system group and the interfaces' status; with `facts` also what they are."""
        asked_ns = monotonic_ns()
        task = asyncio.get_running_loop().create_task(self._poll(target, facts))
        self._tasks.add(task)

        def on_done(task: asyncio.Task[SnmpPoll]) -> None:
            self._tasks.discard(task)
            if task.cancelled():
                return
            error = task.exception()  # a bug here or in the library must not leave `done` waiting
            detail = f"the SNMPv3 library failed: {type(error).__name__}"  # its texts may hold keys
            broken = _failed(target, asked_ns, (SnmpStatus.BAD_ANSWER, detail))
            done(broken if error else task.result())

        task.add_done_callback(on_done)

    def close(self) -> None:
        """Give up: polls in flight are forgotten, their `done` is not called."""
        for task in self._tasks:
            task.cancel()
        self._sessions.clear()

    # ------------------------------------------------------------ one poll

    async def _poll(self, target: SnmpTarget, facts: bool) -> SnmpPoll:
        async with self._room:
            asked_ns = monotonic_ns()
            verdict = _impossible(target)
            if verdict is not None:
                return _failed(target, asked_ns, verdict)
            try:
                async with asyncio.timeout(self._limit_s):
                    return await self._try(target, facts, asked_ns)
            except TimeoutError:
                detail = f"the agent did not come to an end within {self._limit_s:g} s"
                return _failed(target, asked_ns, (SnmpStatus.BAD_ANSWER, detail))

    async def _try(self, target: SnmpTarget, facts: bool, asked_ns: int) -> SnmpPoll:
        """Each try has a new session, but for the first: so a replaced device costs none."""
        problem: Exception = TimeoutError()
        for _ in range(target.retries + 1 + (_key(target) in self._sessions)):
            try:
                return await self._ask(target, facts, asked_ns)
            except BadAnswer as bad:
                verdict = SnmpStatus.BAD_ANSWER, f"unusable SNMP answer: {bad}"
                return _failed(target, asked_ns, verdict, monotonic_ns())
            except (SnmpError, OSError) as error:  # silence is an OSError too
                problem = error
        return await self._explain(target, asked_ns, problem)

    async def _ask(self, target: SnmpTarget, facts: bool, asked_ns: int) -> SnmpPoll:
        """The session is ours alone meanwhile; it comes back only when all went well."""
        session = self._sessions.pop(_key(target), None) or _Session(_agent(target))
        if session.used_ns is None or monotonic_ns() - session.used_ns > _REFRESH_NS:
            await session.agent.refresh()
        scalars = await self._scalars(session, facts)
        if facts or not session.indexes:
            session.indexes = await _walk_indexes(session.agent, target.max_repetitions or START)
        columns = (*mib.COLUMNS, *(mib.FACTS_COLUMNS if facts else ()))
        table = await _columns(session.agent, columns, session.indexes)
        if mib.lacks_64_bit_octets(table):
            table |= await _columns(session.agent, mib.OCTETS_32, session.indexes)
        if len(table[mib.IF_OPER].suffixes) < len(session.indexes):
            session.indexes = ()  # one is gone: walk next time
        answered_ns = session.used_ns = monotonic_ns()
        self._keep(target, session)
        return SnmpPoll(
            node=target.node,
            asked_ns=asked_ns,
            answered_ns=answered_ns,
            status=SnmpStatus.OK,
            sys_name=mib.text(scalars.get(mib.SYS_NAME)),
            sys_descr=mib.text(scalars.get(mib.SYS_DESCR)),
            sys_object_id=scalars.get(mib.SYS_OBJECT_ID),
            uptime_s=session.uptime_s,
            facts=mib.interface_facts(table) if facts else None,
            ports=mib.ports(table),
            engine_s=mib.number(scalars.get(mib.ENGINE_TIME)),
            boots=mib.number(scalars.get(mib.ENGINE_BOOTS)),
            interfaces_changed=mib.number(scalars.get(mib.IF_TABLE_CHANGED)),
            entities_changed=mib.number(scalars.get(mib.ENTITIES_CHANGED)),
        )

    async def _scalars(self, session: _Session, facts: bool) -> dict[bytes, Any]:
        """Ask the system group; forget the interfaces when the device restarted or has others."""
        wanted = mib.SCALARS if facts else mib.BRIEF_SCALARS
        said = await session.agent.get_many([_IF_NUMBER, *(_TEXT[encoded] for encoded in wanted)])
        scalars = {encoded: said.get(_TEXT[encoded]) for encoded in wanted}
        uptime_s = mib.uptime_s(scalars.get(mib.SYS_UPTIME))
        count = said.get(_IF_NUMBER)
        restarted = (uptime_s or 0) < (session.uptime_s or 0)
        if restarted or count != session.if_number:
            session.indexes = ()
        session.uptime_s = uptime_s
        session.if_number = count if isinstance(count, int) else None
        return scalars

    def _keep(self, target: SnmpTarget, session: _Session) -> None:
        self._sessions[_key(target)] = session
        while len(self._sessions) > self._sessions_max:
            del self._sessions[next(iter(self._sessions))]

    # ------------------------------------------------------------ why not

    async def _explain(self, target: SnmpTarget, asked_ns: int, problem: Exception) -> SnmpPoll:
        """The reason behind a failure; an agent that speaks at all proves its device alive."""
        verdict = await reach(target)
        if verdict is not None:
            return _failed(target, asked_ns, verdict)
        answered_ns = monotonic_ns()
        async with self._one_diagnosis:  # its library is slow, and the loop waits meanwhile
            until, known = self._verdicts.get(_key(target), (0, None))
            if known is None or until < answered_ns:
                known = await diagnose(target)
                self._verdicts[_key(target)] = monotonic_ns() + _VERDICT_NS, known
        return _failed(target, asked_ns, known, answered_ns)


def _key(target: SnmpTarget) -> SnmpTarget:
    """The same for all who ask the same agent in the same way."""
    return replace(target, node=0)


def _impossible(target: SnmpTarget) -> Verdict | None:
    """What need not even be tried; a name must never be looked up here, it would block."""
    try:
        ipaddress.ip_address(target.address)
    except ValueError:
        return SnmpStatus.NO_ANSWER, f"could not ask: {target.address!r} is not an IP address"
    if target.context:
        return SnmpStatus.BAD_ANSWER, "SNMPv3 contexts are not supported yet: leave `context` out"
    if target.auth not in (None, *_AUTH) or target.priv not in (None, *_PRIV):
        known = f"auth is one of {', '.join(_AUTH)}; priv one of {', '.join(_PRIV)}"
        return SnmpStatus.BAD_ANSWER, f"unknown SNMPv3 protocol in the profile: {known}"
    if target.priv and not target.auth:
        return SnmpStatus.BAD_ANSWER, "the profile has privacy without authentication"
    return key_problem(target)


def _failed(
    target: SnmpTarget, asked_ns: int, verdict: Verdict, answered_ns: int | None = None
) -> SnmpPoll:
    status, detail = verdict
    return SnmpPoll(
        node=target.node, asked_ns=asked_ns, answered_ns=answered_ns, status=status, detail=detail
    )


def _agent(target: SnmpTarget) -> SnmpSession:
    auth = priv = None
    if target.auth:
        kind = _AUTH[target.auth]
        auth = kind(_master_key(kind.AUTH_ALG, target.auth_key or ""), KeyType.Master)
        if target.priv:
            secret = _master_key(kind.AUTH_ALG, target.priv_key or "")
            priv = _PRIV[target.priv](secret, KeyType.Master)
    user = User(target.user or "", auth_key=auth, priv_key=priv)
    return SnmpSession(target.address, target.port, user=user, timeout=target.timeout_s)


@lru_cache(maxsize=256)
def _master_key(algorithm: int, password: str) -> bytes:
    """RFC 3414 A.2 hashes a megabyte for it: once a profile, not once a device."""
    return bytes(get_master_key(algorithm, password.encode()))


# ---------------------------------------------------------------- the interface table


async def _walk_indexes(agent: SnmpSession, repetitions: int) -> tuple[int, ...]:
    """The if_index of each interface, from the device."""
    prefix = _COLUMN[mib.IF_OPER] + "."
    indexes: list[int] = []
    async for name, _ in agent.getbulk(prefix[:-1], repetitions):
        if not name.startswith(prefix):
            break
        last = name[len(prefix) :]
        if not last.isdigit() or (indexes and int(last) <= indexes[-1]):
            raise BadAnswer(f"OIDs do not increase at {name}")
        indexes.append(int(last))
        if len(indexes) > MAX_ROWS:
            raise BadAnswer(f"the table does not end after {MAX_ROWS} rows")
    return tuple(indexes)


async def _columns(
    agent: SnmpSession, columns: Sequence[bytes], indexes: Sequence[int]
) -> dict[bytes, mib.Column]:
    """GET every cell by name: a quarter of the cost of walking each column."""
    table = {column: mib.Column() for column in columns}
    step = max(1, _OIDS_AT_ONCE // len(columns))
    for start in range(0, len(indexes), step):
        rows = indexes[start : start + step]
        said = await _get(agent, [f"{_COLUMN[c]}.{index}" for index in rows for c in columns])
        for column, found in table.items():
            for index in rows:
                value = said.get(f"{_COLUMN[column]}.{index}")
                if value is not None:
                    found.suffixes.append(ber.subids((index,)))
                    found.values.append(value)
    return table


async def _get(agent: SnmpSession, names: list[str]) -> dict[str, Any]:
    """An agent whose answer would be too big gets the question in halves."""
    try:
        return dict(await agent.get_many(names))
    except SnmpAuthError:
        raise
    except SnmpError:
        if len(names) == 1:
            raise
        middle = len(names) // 2
        return await _get(agent, names[:middle]) | await _get(agent, names[middle:])
