"""Answers to what programs ask of the record: lists by pages, one thing, outages, search."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from reports.api.documents import outage, when, work
from reports.api.evidence import outage_document
from reports.api.figures import open_figures
from reports.api.found import found_document
from reports.api.one import elsewhere_document, one_document
from reports.api.status import PLURAL, checked, status_document
from reports.periods import month, month_of
from reports.web.api.operations import Call, Handle
from reports.web.api.values import BIGGEST
from reports.web.faults import Problem
from store.period import Interval
from store.questions import OutageRow
from store.reader import RecordReader
from store.states import Kind

LONGEST_MS = 400 * 86_400_000  # of one question
USUAL_MS = 31 * 86_400_000  # of outages, where no beginning is named
_OUTAGE = re.compile(r"outage:(\d{1,15})", re.ASCII)


def now() -> int:
    return time.time_ns() // 1_000_000


async def status(call: Call) -> Any:
    kinds = call.values["kinds"] or tuple(PLURAL.values())
    known = call.site.desk.known

    def ask(reader: RecordReader) -> Any:
        # Its sign of life comes without a revision.
        head = call.scope.head(reader.snapshot(since=known.revision))
        checks = reader.checks() if "services" in kinds else {}
        rows, unsent = call.scope.rows(), reader.unsent()
        return status_document(head, rows, checks, now(), call.zone, kinds, unsent)

    return await call.ask(ask)


def listing(kind: str) -> Handle:
    """A page of the things of that kind, by id."""

    async def things(call: Call) -> Any:
        return await call.ask(lambda reader: _page_of_things(call, kind, reader))

    return things


def _page_of_things(call: Call, kind: str, reader: RecordReader) -> Any:
    rows, states, fields = call.scope.rows(), call.values["state"], call.values["fields"]
    within = within_unit(call)
    behind = _cursor(call.values["cursor"], str)
    chosen = sorted(
        (
            row
            for row in rows.values()
            if row.kind == kind
            and (states is None or row.state in states)
            and (within is None or row.thing_id in within)
        ),
        key=lambda row: row.key,
    )
    page, following = _page(
        chosen, call.values["limit"], lambda r: behind is None or r.key > behind
    )
    checks = reader.checks() if kind == "service" and page else {}
    keys = _keys(call)
    told = [checked(row, keys, checks, call.zone) for row in page]
    if fields is not None:
        told = [{name: one[name] for name in one if name in fields or name == "id"} for one in told]
    return {
        PLURAL[kind]: told,
        "total": len(chosen),
        "next": _sealed(page[-1].key) if following else None,
        "revision": call.revision,
    }


def _keys(call: Call) -> Mapping[int, str]:
    """The names of what the visitor sees."""
    return {thing_id: row.key for thing_id, row in call.scope.rows().items()}


def within_unit(call: Call) -> frozenset[int] | None:
    """Ids of what stands in the unit that was named, or below; None: none was named."""
    rows, key = call.scope.rows(), call.values["unit"]
    if key is None:
        return None
    units = {thing_id: row for thing_id, row in rows.items() if row.kind == "unit"}
    found = {thing_id for thing_id, row in units.items() if row.key == key}
    if not found:
        raise Problem(404, f"no unit here is called {key!r}")
    grown = True
    while grown:
        below = {i for i, row in units.items() if row.unit_id in found} - found
        found |= below
        grown = bool(below)
    sites = {i for i, row in rows.items() if row.kind == "site" and row.unit_id in found}
    links = call.site.desk.known.link_sites
    return frozenset(
        thing_id
        for thing_id, row in rows.items()
        if thing_id in found
        or thing_id in sites
        or row.site_id in sites
        or (row.kind == "link" and sites & set(links.get(thing_id, ())))
    )


def _page(
    rows: Sequence[Any], limit: int, follows: Callable[[Any], bool]
) -> tuple[list[Any], bool]:
    """At most `limit` behind the cursor, and whether more follow."""
    rest = [row for row in rows if follows(row)]
    return rest[:limit], len(rest) > limit


def _sealed(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _cursor(text: str | None, *shape: type) -> Any:
    """What `_sealed` sealed; None: from the beginning."""
    if text is None:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        found = None
    told = found if len(shape) > 1 and isinstance(found, list) else [found]
    known = [type(one) for one in told] == list(shape)
    if not known or any(isinstance(one, int) and abs(one) > BIGGEST for one in told):
        raise Problem(422, "'cursor' is none of ours; take `next` of the page before")
    return found


async def thing(call: Call) -> Any:
    """As `canh show --json` shows it."""
    text = call.values["id"]
    if _OUTAGE.fullmatch(text):
        raise Problem(404, f"outages stand under /api/v1/outages/{text.partition(':')[2]}")
    window, now_ms = _window(call), now()

    def ask(reader: RecordReader) -> Any:
        try:
            row = call.one(text)
        except Problem as problem:
            if problem.status != 404 or not call.scope.whole:
                raise
            gone = elsewhere_document(reader, text, call.zone)
            if gone is None:
                raise
            return {f"{gone[0]}s": [gone[1]]}
        try:
            sheet = call.scope.sheet(reader.sheet(row.thing_id))
        except KeyError:
            raise Problem(404, f"nothing here is called {text!r}") from None
        figures = open_figures(reader.period(*window, now_ms), row.thing_id)
        return {f"{row.kind}s": [one_document(reader, sheet, figures, _keys(call), call.zone)]}

    return await call.ask(ask)


def _window(call: Call) -> Interval:
    values, now_ms = call.values, now()
    begin, end = values["from"], values["to"]
    if values["month"] is not None and (begin is not None or end is not None):
        raise Problem(422, "'month' and 'from', 'to' exclude each other")
    if begin is None:
        if end is not None:
            raise Problem(422, "'to' needs 'from'")
        return month(values["month"] or month_of(now_ms, call.zone), call.zone)
    return _checked((begin, now_ms if end is None else end))


def _checked(window: Interval) -> Interval:
    if window[0] >= window[1]:
        raise Problem(422, "the period is empty: 'to' must be after 'from'")
    if window[1] - window[0] > LONGEST_MS:
        raise Problem(422, "the period is longer than 400 days")
    return window


async def outages(call: Call) -> Any:
    """Those that touch the period, newest first."""
    values = call.values
    behind = _cursor(values["cursor"], int, int)
    open_only = bool(values["open"])
    end = now() if values["to"] is None else values["to"]
    if values["from"] is None and values["to"] is None and open_only:
        window: tuple[int | None, int | None] = (None, None)
    else:
        window = _checked((end - USUAL_MS if values["from"] is None else values["from"], end))

    def ask(reader: RecordReader) -> Any:
        seen = call.scope.outages(
            reader.outages(open_only=open_only, from_ms=window[0], to_ms=window[1])
        )
        chosen = sorted(_chosen(call, seen), key=_place, reverse=True)
        page, following = _page(
            chosen, values["limit"], lambda row: behind is None or _place(row) < tuple(behind)
        )
        return {
            "outages": [outage(row, call.zone) for row in page],
            "total": len(chosen),
            "next": _sealed(_place(page[-1])) if following else None,
            "revision": call.revision,
        }

    return await call.ask(ask)


def _chosen(call: Call, rows: Iterable[OutageRow]) -> Iterable[OutageRow]:
    """Those that the parameters ask for."""
    values = call.values
    within = within_unit(call)
    key, cause = values["thing"], values["cause"]
    for row in rows:
        if within is not None and row.thing_id not in within:
            continue
        if key is not None and key not in (row.key, f"{row.kind}:{row.key}"):
            continue
        if values["kind"] is not None and row.kind not in values["kind"]:
            continue
        if values["state"] is not None and row.state not in values["state"]:
            continue
        if cause is not None and cause != (row.cause or "none"):
            continue
        if values["roots"] and (row.root_id is not None or row.root_thing_id is not None):
            continue
        yield row


def _place(row: OutageRow) -> tuple[int, int]:
    return row.first_bad_ms, row.id


async def opened(call: Call) -> Any:
    """An outage with its evidence."""
    number, revision = call.values["outage"], call.revision

    def ask(reader: RecordReader) -> Any:
        found = reader.opened(number)
        if found is None or not call.scope.sees_thing(found.row.thing_id):
            raise Problem(404, f"there is no outage {number}")
        return outage_document(call.scope.opened(found), call.zone) | {"revision": revision}

    return await call.ask(ask)


async def find(call: Call) -> Any:
    text, scope, finder = call.values["q"], call.scope, call.site.finder
    index = await finder.index()

    def ask(reader: RecordReader) -> Any:
        hits = finder.find(index, text, call.values["limit"], scope)
        ports = reader.found.where(text)
        if not scope.whole:
            seen = {row.key for row in scope.rows().values() if row.kind is Kind.DEVICE}
            ports = tuple(each for each in ports if each.device_key in seen)
        return found_document(hits, ports, call.zone)

    return await call.ask(ask)


async def works(call: Call) -> Any:
    revision = call.revision

    def ask(reader: RecordReader) -> Any:
        rows = [row for row in reader.works() if call.scope.sees_thing(row.thing_id)]
        if call.values["current"]:
            now_ms = now()
            rows = [row for row in rows if not row.cancelled_ms and _lasts(row, now_ms)]
        return {"maintenance": [work(row, call.zone) for row in rows], "revision": revision}

    return await call.ask(ask)


def _lasts(row: Any, now_ms: int) -> bool:
    return row.rrule is not None or row.to_ms > now_ms


async def audit(call: Call) -> Any:
    """What people did, newest first."""
    if not call.scope.whole:
        raise Problem(403, "the audit log is for those who are not limited to units")
    limit, before = call.values["limit"], _cursor(call.values["cursor"], int)

    def ask(reader: RecordReader) -> Any:
        rows = reader.logs.audited(limit + 1, before=before)
        page = rows[:limit]
        return {
            "audit": [
                {
                    "id": row.id,
                    "at": when(row.at_ms, call.zone),
                    "actor": row.actor,
                    "action": row.action,
                    "kind": row.thing_kind,
                    "thing": row.thing_key,
                    "outage": row.outage_id,
                    "detail": row.detail,
                }
                for row in page
            ],
            "next": _sealed(page[-1].id) if len(rows) > limit else None,
        }

    return await call.ask(ask)
