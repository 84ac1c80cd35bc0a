"""Versions of the configurations that devices run: each text once, and what changed between two."""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from sqlalchemy import Connection, insert, select, update

from store.found_tables import configuration

LINES_MAX, LINE_MAX = 60, 300  # lines and signs of a diff in an event; the versions have all
COMPARED_MAX = 10_000  # lines of both: comparing takes longer than their square


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A text that ran from `at_ms` to `seen_ms` at least. `number`: the device's first is 1."""

    number: int
    at_ms: int
    seen_ms: int
    sha256: str


def keep_config(conn: Connection, device_id: int, text: str, at_ms: int) -> dict[str, Any]:
    """Keep it where it differs from the last one; → the body of an event, {} where none is due."""
    text = text.replace("\0", "")
    digest = hashlib.sha256(text.encode()).hexdigest()
    mine = configuration.c.device_id == device_id
    last = conn.execute(
        select(configuration).where(mine).order_by(configuration.c.id.desc()).limit(1)
    ).first()
    if last is not None and last.sha256 == digest:
        here = configuration.c.id == last.id
        conn.execute(update(configuration).where(here).values(seen=at_ms))
        return {}
    row = {"device_id": device_id, "at": at_ms, "seen": at_ms, "sha256": digest}
    conn.execute(insert(configuration).values(**row, body=zlib.compress(text.encode())))
    if last is None:
        return {}
    lines = diff(_text(last.body), text)
    changed = [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    added = sum(line[0] == "+" for line in changed)
    more = {"more": len(lines) - LINES_MAX} if len(lines) > LINES_MAX else {}
    shown = [line[:LINE_MAX] for line in lines[:LINES_MAX]]
    return {"added": added, "removed": len(changed) - added, "diff": shown, **more}


def versions(conn: Connection, device_id: int) -> tuple[Version, ...]:
    """The oldest first."""
    columns = (configuration.c.at, configuration.c.seen, configuration.c.sha256)
    mine = select(*columns).where(configuration.c.device_id == device_id)
    rows = conn.execute(mine.order_by(configuration.c.id))
    return tuple(
        Version(number=k, at_ms=row.at, seen_ms=row.seen, sha256=row.sha256)
        for k, row in enumerate(rows, 1)
    )


def text_of(conn: Connection, device_id: int, number: int) -> str | None:
    """The version of that number; None: there is none."""
    mine = select(configuration.c.body).where(configuration.c.device_id == device_id)
    row = conn.execute(mine.order_by(configuration.c.id).offset(number - 1).limit(1)).first()
    return None if row is None or number < 1 else _text(row.body)


def diff(old: str, new: str) -> list[str]:
    """As `diff -u` tells it, with three lines around each change; of very long texts what is gone
    and what is new, without their places."""
    before, after = old.splitlines(), new.splitlines()
    if len(before) + len(after) <= COMPARED_MAX:
        return list(unified_diff(before, after, "before", "after", lineterm=""))
    gone, fresh = Counter(before) - Counter(after), Counter(after) - Counter(before)
    return [*(f"-{line}" for line in gone.elements()), *(f"+{line}" for line in fresh.elements())]


def _text(body: bytes) -> str:
    return zlib.decompress(body).decode()
