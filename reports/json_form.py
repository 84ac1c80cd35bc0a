"""The report as one JSON document with English keys; times are ISO 8601 in the network's zone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from reports import picture_form
from reports.document import Charge, Document, MapFigures, Row
from reports.json_month import month
from reports.json_network import network
from reports.periods import iso
from reports.scorecard import Card, scorecard
from reports.signing import Signing
from store.ledger import intervals, shares
from store.period import Interval, LateWork, Signature
from store.stretches import SHARES, UP


def render(document: Document, **beside: Any) -> str:
    """The document as text, indented, ending with a newline; `beside`: further keys."""
    whole = form(document) | beside
    return json.dumps(whole, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def form(document: Document) -> dict[str, Any]:
    """`to` is where the figures end: the shares of each thing add up to `from` … `to`."""
    zone = ZoneInfo(document.timezone)
    window, roots = (document.from_ms, document.to_ms), _roots(document)
    return (
        {
            "period": {
                "from": iso(document.from_ms, zone),
                "to": iso(document.to_ms, zone),
                "timezone": document.timezone,
                "asked_to": iso(document.asked_to_ms, zone),
            },
            "map": "today" if document.on_today else "stood",
            "maps": [_map(part, zone) for part in document.maps],
            "made_at": iso(document.made_ms, zone),
            "network": document.network,
            "seen_pct": document.watch.seen_pct,
            "things": [_thing(row) | _opened(row, window, roots, zone) for row in document.things],
            "providers": [_thing(row) | _charged(row) for row in document.providers],
            "scorecards": [_card(card) for card in scorecard(document)],
            "tiers": [_thing(tier.whole) for tier in document.tiers],
            **picture_form.form(document),
            "retold": [one for row in document.things for one in _retold(row, zone)],
            "late_maintenance": [_late(work, zone) for work in document.late_works],
            "coverage": _times(document.watch.watched, zone),
            "blind": _times(document.watch.blind, zone),
        }
        | month(document)
        | network(document)
    )


def _map(part: MapFigures, zone: ZoneInfo) -> dict[str, Any]:
    """The tiers and units of one of several times between changes of the administrative map."""
    return {
        "from": iso(part.from_ms, zone),
        "to": iso(part.to_ms, zone),
        "acts": list(part.acts),
        "tiers": [_thing(row) for row in part.tiers],
        "units": [_thing(row) for row in part.units],
    }


def _late(work: LateWork, zone: ZoneInfo) -> dict[str, Any]:
    """Planned work that was entered after its start, with both figures."""
    return {
        "scope": f"{work.kind}:{work.key}",
        "from": iso(work.from_ms, zone),
        "to": iso(work.to_ms, zone),
        "entered": iso(work.entered_ms, zone),
        "author": work.author,
        "reason": work.reason,
        "approved_by": work.approved_by,
        "meant_s": _seconds(work.meant_ms),
        "counted_s": _seconds(work.counted_ms),
    }


def signing(found: Signing, zone: ZoneInfo) -> dict[str, Any]:
    """Of the report that is being signed: the file itself tells what it is bound to."""
    return {"at": iso(found.at_ms, zone), "by": found.by, "head": found.head}


def signed(signature: Signature, zone: ZoneInfo, *, holds: bool) -> dict[str, Any]:
    """What a report says of its signature. Moments inside `said` (…_ms) become ISO times."""
    return {
        "signed": {
            "at": iso(signature.at_ms, zone),
            "by": signature.by,
            "sha256": signature.sha256,
            "head": signature.head,
        },
        "signed_figures_hold": holds,
        "errata": [
            {
                "what": erratum.what,
                "at": iso(erratum.at_ms, zone),
                "by": erratum.by,
                "kind": erratum.kind,
                "thing": erratum.key,
                "outage": erratum.outage_id,
            }
            | {
                name.removesuffix("_ms"): iso(value, zone) if name.endswith("_ms") else value
                for name, value in erratum.said.items()
            }
            for erratum in signature.errata
        ],
    }


def _thing(row: Row) -> dict[str, Any]:
    sums = row.sums
    return {
        "id": row.id,
        "kind": row.kind.value,
        "name": row.name,
        "unit": row.unit,
        "availability_pct": sums.figures.availability_pct,
        "service_pct": sums.figures.service_pct,
        "seen_pct": sums.figures.seen_pct,
        "on_backup_s": _seconds(sums.on_backup_ms) if sums.measured else None,
        "split_s": {share: _seconds(ms) for share, ms in shares(sums.split).items()},
        "outages": sums.outages,
        "began": sums.began,
        "incidents": sums.incidents,
        "longest_s": sums.longest_s,
        "longest_own_s": sums.longest_own_s,
        "mttr_s": sums.mttr_s,
        "mtbf_s": sums.mtbf_s,
        "target_pct": row.target_pct,
        "target_source": row.target_source,
        "verdict": row.verdict.value,
        "standing": row.standing.value,
        "level": row.level or None,
        "provider": row.provider,
        "measured": sums.measured,
        "total": sums.total,
    }


def _roots(document: Document) -> dict[int, str]:
    """The keys of the things that others were behind."""
    histories = [row.history for row in document.things if row.history is not None]
    keys = {
        outage.root_thing_id: outage.root_key
        for history in histories
        for outage in history.outages
        if outage.root_thing_id is not None and outage.root_key is not None
    }
    return keys | {history.thing_id: history.key for history in histories}


def _opened(row: Row, window: Interval, roots: Mapping[int, str], zone: ZoneInfo) -> dict[str, Any]:
    """What a thing's percentages are made of: all its time that is not `up`."""
    if row.history is None:
        return {}
    return {
        "intervals": [
            {
                "share": piece.share,
                "from": iso(piece.from_ms, zone),
                "to": iso(piece.to_ms, zone),
                "root": roots.get(piece.root_id or 0),
                "outage": piece.outage_id,
            }
            for piece in intervals(row.history, window)
            if piece.share != SHARES[UP]
        ]
    }


def _charged(row: Row) -> dict[str, Any]:
    charge = row.charge or Charge(0, 0, 0)
    return {
        "charged_s": _seconds(charge.charged_ms),
        "undetermined_s": _seconds(charge.undetermined_ms),
        "other_s": _seconds(charge.other_ms),
        "charged_pct": charge.pct(row.sums.split) if row.sums.measured else None,
    }


def _card(card: Card) -> dict[str, Any]:
    """What a provider's lines lost, by cause, and beyond what their targets allow."""
    return {
        "provider": card.provider.id,
        "lines": len(card.lines),
        "judged": card.judged,
        "over_limit_s": _known(card.over_ms),
        "over_limit_charged_s": _known(card.over_charged_ms),
        "outages_by_cause": dict(card.outages_by_cause),
        "down_by_cause_s": {name: _seconds(ms) for name, ms in card.down_by_cause.items()},
        "repeated": [line.row.id for line in card.repeated],
        "over": [
            {
                "link": line.row.id,
                "allowed_s": _known(line.allowed_ms),
                "over_limit_s": _known(line.over_ms),
                "over_limit_charged_s": _known(line.over_charged_ms),
            }
            for line in card.lines
            if line.over_ms
        ],
    }


def _known(ms: int | None) -> int | float | None:
    return None if ms is None else _seconds(ms)


def _retold(row: Row, zone: ZoneInfo) -> Iterator[dict[str, Any]]:
    """Outages that people declared, and those of which they corrected something."""
    for outage in row.history.outages if row.history else ():
        if outage.declared or outage.corrected:
            yield {
                "id": outage.id,
                "thing": row.id,
                "kind": row.kind.value,
                "declared": outage.declared,
                "corrected": list(outage.corrected),
                "state": outage.state.value,
                "started": iso(outage.first_bad_ms, zone),
                "ended": iso(outage.first_good_ms, zone),
                "cause": outage.cause,
                "provider": outage.provider,
                "side": outage.side,
                "action": outage.action,
                "note": outage.note,
                "recorded": {
                    _RECORDED.get(name, name): iso(value, zone) if name in _RECORDED else value
                    for name, value in outage.recorded.items()
                },
            }


_RECORDED = {"first_bad_ms": "started", "first_good_ms": "ended"}


def _seconds(ms: int) -> int | float:
    return ms / 1000 if ms % 1000 else ms // 1000


def _times(intervals: Iterable[Interval], zone: ZoneInfo) -> list[dict[str, str | None]]:
    return [{"from": iso(begin, zone), "to": iso(end, zone)} for begin, end in intervals]
