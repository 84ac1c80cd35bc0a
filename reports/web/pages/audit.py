"""The audit log: who changed what, who signed in, from where; as a page and as CSV."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from inventory.grids import write_csv
from inventory.moments import midnight
from inventory.phrases import say, table
from reports.periods import iso
from reports.web.account_gate import AccountGate
from reports.web.limits import costly, taking
from reports.web.pages.account import told, whole
from reports.web.pages.accounts import for_whole
from reports.web.site import Site
from store.audits import PAGE, Audited, AuditFilter, audit_actions, audit_page, audit_rows

HEADS = ("id", "at", "actor", "action", "thing", "outage", "address", "detail")
AT_ONCE = 1_000  # rows of the export that are in memory


def room(site: Site) -> Iterable[web.AbstractRouteDef]:
    gate = site.gate
    if not isinstance(gate, AccountGate):
        return []
    accounts = gate.accounts

    async def show(request: web.Request) -> web.StreamResponse:
        asked = _asked(site, request.query)
        before = request.query.get("before", "")
        start = int(before) if whole(before) else None
        rows = await gate.ask(lambda: audit_page(accounts, asked, before=start))
        actions = await gate.ask(lambda: audit_actions(accounts))

        def about(language: str) -> dict[str, Any]:
            return {
                "rows": [(row, word(row.action, language), detail(row)) for row in rows],
                "actions": [(action, word(action, language)) for action in actions],
                "asked": request.query,
                "older": rows[-1].id if len(rows) == PAGE else None,
                "kept": {name: value for name, value in request.query.items() if name in _KEPT},
                **told(site, request, language, None),
            }

        return await site.page(request, "audit.html.j2", about)

    async def export(request: web.Request) -> web.StreamResponse:
        asked, zone = _asked(site, request.query), ZoneInfo(site.desk.known.head.timezone)
        rows = audit_rows(accounts, asked)
        answer = web.StreamResponse(
            headers={
                "Content-Type": "text/csv; charset=utf-8",
                "Content-Disposition": 'attachment; filename="audit.csv"',
                "Cache-Control": "no-store",
            }
        )
        part = await gate.ask(lambda: _part(rows, zone, HEADS))
        await answer.prepare(request)
        while part:
            await answer.write(part.encode())
            part = await gate.ask(lambda: _part(rows, zone))
        await answer.write_eof()
        return answer

    return [
        web.get("/admin/audit", for_whole(show)),
        web.get("/admin/audit.csv", costly(each_s=2.0, at_once=5)(taking(120)(for_whole(export)))),
    ]


_KEPT = frozenset({"actor", "action", "from", "to", "lang"})


def word(action: str, language: str) -> str:
    """As people say it; actions that have no phrase keep their own word."""
    key = f"audit.{action}"
    return say(language, key) if key in table() else action


def detail(row: Audited) -> str:
    """What was said, as one line; the address has a column of its own."""
    left = {name: value for name, value in row.detail.items() if name != "address"}
    return ", ".join(
        f"{name}: {_short(value)}" for name, value in left.items() if value is not None
    )


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 300 else f"{text[:299]}…"


def _asked(site: Site, query: Mapping[str, str]) -> AuditFilter:
    """Days are those of the network; one that is none is left out."""
    zone = ZoneInfo(site.desk.known.head.timezone)

    def day(name: str, more: int) -> int | None:
        try:
            return midnight(date.fromisoformat(query[name]) + timedelta(days=more), zone)
        except (KeyError, ValueError, OverflowError):
            return None

    return AuditFilter(
        actor=_text(query.get("actor")),
        action=_text(query.get("action")),
        from_ms=day("from", 0),
        to_ms=day("to", 1),
    )


def _text(given: str | None) -> str | None:
    """PostgreSQL cannot compare with NUL."""
    return given.strip() or None if given and given.isprintable() else None


def _part(rows: Iterator[Audited], zone: ZoneInfo, heads: tuple[str, ...] = ()) -> str:
    """The next lines; empty: there are no more. The heads come with the first."""
    found = []
    for row in rows:
        cells = (row.id, iso(row.at_ms, zone), row.actor, row.action, row.thing, row.outage_id)
        told = json.dumps(row.detail, ensure_ascii=False, sort_keys=True)
        found.append((*cells, str(row.detail.get("address", "")), told))
        if len(found) == AT_ONCE:
            break
    if not found and not heads:
        return ""
    text = write_csv(HEADS, found)
    return "\ufeff" + text if heads else text.partition("\r\n")[2]
