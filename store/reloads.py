"""Takes changed files up while the monitor runs, or says why not; answers those who asked for it.

Each is one transaction of the caller: the record holds the old configuration or the new one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select, update

from inventory.model import Network
from store.declare import Agreement, agree
from store.requests import answer
from store.revision import next_revision
from store.tables import event, record

NAMES = 10  # of things, and of problems, that are told; of the rest the number


def take_up(
    conn: Connection,
    network: Network,
    now_ms: int,
    *,
    accept_retired: bool = False,
    asked: Sequence[int] = (),
) -> Agreement:
    """Raises RetireLimitError, and leaves all as it was, beyond 5 % unless accepted."""
    agreement = agree(conn, network, now_ms, accept_retired=accept_retired)
    parts = (
        ("added", agreement.added),
        ("removed", agreement.retired),
        ("changed", agreement.edited),
    )
    said: dict[str, Any] = {name: len(keys) for name, keys in parts}
    said["names"] = {name: list(keys[:NAMES]) for name, keys in parts if keys}
    revision = int(conn.execute(select(record.c.revision)).scalar_one())
    _tell(conn, said, now_ms, revision)
    answer(conn, asked, {"taken_up": True} | said, now_ms, revision)
    return agreement


def turn_map(conn: Connection, network: Network, now_ms: int) -> Agreement:
    """A day has come from which the map is another: the lists show it. The files are the same."""
    return agree(conn, network, now_ms)


def keep_on(conn: Connection, now_ms: int, *, asked: Sequence[int] = ()) -> None:
    """The files say what runs already; what was wrong with them is mended."""
    revision = next_revision(conn)
    about = _about(conn)
    if about.pop("refused", None) is not None:
        _note(conn, about)
        _tell(conn, {"added": 0, "removed": 0, "changed": 0, "names": {}}, now_ms, revision)
    answer(conn, asked, {"taken_up": False, "problems": []}, now_ms, revision)


def refuse(
    conn: Connection, problems: Sequence[str], now_ms: int, *, asked: Sequence[int] = ()
) -> None:
    """What runs goes on. The problems stand in the record until the files are mended."""
    revision = next_revision(conn)
    told = {"problems": list(problems[:NAMES]), "count": len(problems)}
    _note(conn, _about(conn) | {"refused": {"at": now_ms} | told})
    _tell(conn, told, now_ms, revision)
    answer(conn, asked, {"taken_up": False} | told, now_ms, revision)


def _about(conn: Connection) -> dict[str, Any]:
    return dict(conn.execute(select(record.c.network)).scalar_one())


def _note(conn: Connection, about: Mapping[str, Any]) -> None:
    conn.execute(update(record).values(network=about))


def _tell(conn: Connection, body: Mapping[str, Any], now_ms: int, revision: int) -> None:
    told = {"at": now_ms, "kind": "config", "body": body, "revision": revision}
    conn.execute(insert(event).values(**told))
