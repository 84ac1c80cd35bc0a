"""Signed periods: the figures document with its hash and files, and what was said afterwards."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, insert, or_, select

from store.chain import canonical
from store.corrected import moment
from store.covered import cover
from store.kept import keep
from store.period import Erratum, Signature
from store.revision import next_revision
from store.speech import Outcome, Refused, Word, key_of
from store.spoken import correction, maintenance, signed_file, signoff
from store.stated import TIMES
from store.tables import outage, thing
from store.windows import occurrences
from store.works import zone_of

SETTLED_MS = 3_600_000
EARLY = (
    "the period ended less than an hour ago: what the monitor still writes of its last minutes"
    " will not match the signature"
)
FIGURES = (
    "target_pct",
    "target_source",
    "verdict",
    "availability_pct",
    "service_pct",
    "seen_pct",
    "on_backup_s",
    "split_s",
    "outages",
    "began",
    "incidents",
    "longest_s",
    "mttr_s",
    "mtbf_s",
    "measured",
    "total",
    "charged_s",
    "undetermined_s",
    "other_s",
    "charged_pct",
)
NAMED = ("unit", "provider")  # by their name in the period; others by the one they have today


class Differing(NamedTuple):
    """`about`: `site:c-1`, `tier:commune`; `names`: of what differs; none: it is gone."""

    about: str
    names: tuple[str, ...]


def sign(
    engine: Engine,
    document: Mapping[str, Any],
    files: Mapping[str, bytes],
    *,
    author: str,
    now_ms: int,
    head: str | None = None,
) -> Outcome:
    """Keep a report (`json_form.form`) and its rendered files as the signed one of its period.

    `head`: that of the chain which the files tell; refused where the record has another by now.
    """
    begin, end = (_ms(document["period"][name]) for name in ("from", "asked_to"))
    if not author.strip():
        return Refused("a signature needs the name of the person who signs")
    if end > now_ms:
        return Refused("the period is not over yet; it can be signed once it is")
    with engine.begin() as conn:
        if earlier := signature(conn, begin, end):
            when = datetime.fromtimestamp(earlier.at_ms // 1000, zone_of(conn)).isoformat()
            return Refused(f"the period was signed by {earlier.by} on {when}; changes are errata")
        text = canonical(document)
        sha256 = hashlib.sha256(text).hexdigest()
        chain = cover(conn, (begin, end), now_ms, sha256, author)
        if head is not None and head != chain.head:
            return Refused("the record changed while the report was made; sign it again")
        word = Word(author, now_ms, next_revision(conn))
        values = {"period_from": begin, "period_to": end, "author": author, "entered": now_ms}
        values |= {"figures": json.loads(text), "sha256": sha256, "head": chain.head}
        row_id = key_of(conn.execute(insert(signoff).values(**values)))
        keep(conn, row_id, chain)
        sums = {name: hashlib.sha256(body).hexdigest() for name, body in files.items()}
        for name, body in files.items():
            kept = {"name": name, "sha256": sums[name], "body": body}
            conn.execute(insert(signed_file).values(signoff_id=row_id, **kept))
        detail = {"from": begin, "to": end, "sha256": sha256, "head": chain.head, "files": sums}
        word.leave(conn, "sign", "signed", detail)
        fresh = now_ms - end < SETTLED_MS
        return word.done(row_id, *([EARLY] if fresh else []))


def chain_head(conn: Connection, document: Mapping[str, Any], author: str, now_ms: int) -> str:
    """The head of the chain that `sign` would keep at that moment."""
    period = _ms(document["period"]["from"]), _ms(document["period"]["asked_to"])
    sha256 = hashlib.sha256(canonical(document)).hexdigest()
    return cover(conn, period, now_ms, sha256, author).head


def signature(conn: Connection, from_ms: int, to_ms: int) -> Signature | None:
    """The signature of exactly this period, with what was said since."""
    mine = (signoff.c.period_from == from_ms) & (signoff.c.period_to == to_ms)
    row = conn.execute(select(signoff).where(mine).order_by(signoff.c.id)).first()
    if row is None:
        return None
    return Signature(
        at_ms=row.entered,
        by=row.author,
        sha256=row.sha256,
        head=row.head,
        document=row.figures,
        errata=errata(conn, row),
        files=_files(conn, row.id),
    )


def _files(conn: Connection, signoff_id: int) -> dict[str, bytes]:
    mine = signed_file.c.signoff_id == signoff_id
    rows = conn.execute(select(signed_file).where(mine).order_by(signed_file.c.id))
    return {row.name: bytes(row.body) for row in rows}


def errata(conn: Connection, signed: Any) -> tuple[Erratum, ...]:
    """Corrections, outages and maintenance that touch a signed period and came after it was signed.

    `signed`: a row of `signoff`. Oldest first.
    """
    found = (*_corrected(conn, signed), *_added(conn, signed), *_planned(conn, signed))
    return tuple(sorted(found, key=lambda one: one.at_ms))


def _corrected(conn: Connection, signed: Any) -> Iterator[Erratum]:
    wanted = (
        select(correction, outage.c.first_bad, outage.c.first_good, thing.c.kind, thing.c.key)
        .join(outage, outage.c.id == correction.c.outage_id)
        .join(thing, thing.c.id == outage.c.thing_id)
        .where(correction.c.entered > signed.entered)
    )
    for row in conn.execute(wanted.order_by(correction.c.id)):
        moves = row.field in TIMES and row.new
        edges = [row.first_bad, *([moment(row.new)] if moves else [])]
        ends = [row.first_good, *([moment(row.new)] if moves else [])]
        until = None if None in ends else max(end for end in ends if end is not None)
        if min(edges) < signed.period_to and (until is None or until > signed.period_from):
            detail = {"field": row.field, "old": row.old, "new": row.new, "reason": row.reason}
            about = {"kind": row.kind, "key": row.key, "outage_id": row.outage_id}
            yield Erratum(what="correction", at_ms=row.entered, by=row.author, **about, said=detail)


def _added(conn: Connection, signed: Any) -> Iterator[Erratum]:
    wanted = (
        select(outage, thing.c.kind, thing.c.key)
        .join(thing, thing.c.id == outage.c.thing_id)
        .where(
            outage.c.entered > signed.entered,
            outage.c.first_bad < signed.period_to,
            or_(outage.c.first_good.is_(None), outage.c.first_good > signed.period_from),
        )
    )
    for row in conn.execute(wanted.order_by(outage.c.id)):
        what = "declared" if row.declared else "imported"
        detail = {"state": row.state, "started_ms": row.first_bad, "ended_ms": row.first_good}
        about = {"kind": row.kind, "key": row.key, "outage_id": row.id}
        yield Erratum(what=what, at_ms=row.entered, by=None, **about, said=detail)


def _planned(conn: Connection, signed: Any) -> Iterator[Erratum]:
    zone = zone_of(conn)
    after = or_(maintenance.c.entered > signed.entered, maintenance.c.approved > signed.entered)
    wanted = (
        select(maintenance, thing.c.kind, thing.c.key)
        .join(thing, thing.c.id == maintenance.c.thing_id)
        .where(after, maintenance.c.started < signed.period_to)
    )
    for row in conn.execute(wanted.order_by(maintenance.c.id)):
        period = signed.period_from, signed.period_to
        counted = occurrences(row, *period, zone)
        if counted == occurrences(row, *period, zone, as_of_ms=signed.entered):
            continue
        approved = row.approved is not None and row.approved > signed.entered
        detail = {"from_ms": row.started, "to_ms": row.ended, "reason": row.reason}
        yield Erratum(
            what="approved" if approved else "maintenance",
            at_ms=row.approved if approved else row.entered,
            by=row.approved_by if approved else row.author,
            kind=row.kind,
            key=row.key,
            outage_id=None,
            said=detail,
        )


def same_figures(signed: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Does a report recomputed as of the signature give every signed figure again?"""
    return not different(signed, now)


def different(signed: Mapping[str, Any], now: Mapping[str, Any]) -> list[Differing]:
    """What has another figure, target, verdict or name, or is gone, when it is made again.

    Of a document of an earlier version its own keys are compared.
    """
    new = dict(_figures(json.loads(canonical(now))))
    found = []
    for about, held in _figures(signed):
        made = new.get(about)
        others = (
            () if made is None else tuple(name for name in held if made.get(name) != held[name])
        )
        if made is None or others:
            found.append(Differing(about, others))
    return found


def _figures(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for about, row in _rows(document):
        told = ("name", *FIGURES) if row.get("kind") in NAMED else FIGURES
        yield about, {name: row[name] for name in told if name in row}


def _rows(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Everything with figures: things and units, providers, tiers, days; those of each map."""
    for row in (*document["things"], *document["providers"]):
        yield f"{row['kind']}:{row['id']}", row
    for part in (document, *document.get("maps", ())):
        since = "" if part is document else f" from {part['from']}"
        for row in part.get("tiers", ()):
            yield f"tier:{row['id']}{since}", row
        for row in part.get("units", ()):
            yield f"unit:{row['id']}{since}", row
    for row in document.get("days", ()):
        whose = "whole" if row["level"] is None else f"tier:{row['level']}"
        yield f"{whose} on {row['day']}", row


def _ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
