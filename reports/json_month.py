"""What the month tells beyond its percentages, as keys of the report's JSON document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from reports.backups import on_backup
from reports.causes import worst_sites
from reports.changes import Ends, Terms
from reports.comparison import Compared, Comparison, Left
from reports.document import Document
from reports.incidents import incidents
from reports.offices import TierOffices
from reports.periods import iso
from reports.works import Ahead, Window
from store.edits import Edit
from store.ledger import shares


def month(document: Document) -> dict[str, Any]:
    """What was not gathered is null."""
    zone, beside = ZoneInfo(document.timezone), document.beside
    compared, changed, works = beside.comparison, beside.changes, beside.works
    offices = beside.offices
    return {
        "comparison": None if compared is None else _comparison(compared, zone),
        "device_classes": None if beside.classes is None else [
            {
                "class": row.id,
                "availability_pct": row.sums.figures.availability_pct,
                "service_pct": row.sums.figures.service_pct,
                "seen_pct": row.sums.figures.seen_pct,
                "split_s": {name: seconds(ms) for name, ms in shares(row.sums.split).items()},
                "outages": row.sums.outages,
                "incidents": row.sums.incidents,
                "mttr_s": row.sums.mttr_s,
                "mtbf_s": row.sums.mtbf_s,
                "measured": row.sums.measured,
                "total": row.sums.total,
            }
            for row in beside.classes
        ],
        "offices": None if offices is None else {
            "day": offices.day.isoformat(),
            "tiers": [_offices(tier) for tier in offices.tiers],
            "whole": _offices(offices.whole),
        },
        "changes": None if changed is None else [_edit(one, zone) for one in changed.edits],
        "warranties": None if changed is None else _terms(changed.warranties),
        "contracts": None if changed is None else _terms(changed.contracts),
        "maintenance": None if works is None else [_window(one, zone) for one in works.done],
        "maintenance_ahead": None if works is None else [_ahead(one, zone) for one in works.ahead],
        "on_backup": [
            {
                "thing": one.row.id,
                "kind": one.row.kind.value,
                "on_backup_s": seconds(one.ms),
                "primaries": list(one.primaries),
                "primary_down_s": None if one.down_ms is None else seconds(one.down_ms),
            }
            for one in on_backup(document)
        ],
        "worst_sites": [
            {
                "site": one.row.id,
                "lost_s": seconds(one.row.sums.split.lost_ms),
                "cause": one.cause,
                "by_cause_s": seconds(one.cause_ms),
                "root": one.root and one.root.name,
                "root_key": one.root and one.root.key,
                "root_provider": one.root and one.root.provider,
                "root_s": seconds(one.root_ms) if one.root else None,
                "root_cleared": one.root.cleared if one.root else None,
            }
            for one in worst_sites(document)
        ],
        "incidents": [
            {
                "id": one.id,
                "kind": one.kind,
                "started": iso(one.began_ms, zone),
                "ended": iso(one.ended_ms, zone),
                "outages": one.outages,
                "lost_s": seconds(one.lost_ms),
                "cause": one.cause,
                "failed": list(one.failed),
                "behind": {str(kind): list(names) for kind, names in one.behind},
            }
            for one in incidents(document)
        ],
    }  # fmt: skip


def seconds(ms: int) -> int | float:
    return ms / 1000 if ms % 1000 else ms // 1000


def _comparison(found: Comparison, zone: ZoneInfo) -> dict[str, Any]:
    signed = found.signed
    return {
        "from": iso(found.from_ms, zone),
        "to": iso(found.to_ms, zone),
        "figures_from": iso(found.began_ms, zone),
        "whole": None if found.whole is None else _compared(found.whole),
        "tiers": _all(found.tiers),
        "units": _all(found.units),
        "providers": _all(found.providers),
        "services": _all(found.services),
        "worse": _all(found.worse),
        "better": _all(found.better),
        "left": {why: _left(things) for why, things in found.left.items()},
        "transit": _left(found.transit),
        "ended_tiers": list(found.ended),
        "signed": None if signed is None else {
            "by": signed.by,
            "at": iso(signed.at_ms, zone),
            "differs": [one._asdict() for one in signed.differs],
        },
    }  # fmt: skip


def _all(found: Iterable[Compared]) -> list[dict[str, Any]]:
    return [_compared(one) for one in found]


def _compared(one: Compared) -> dict[str, Any]:
    then, now = one.then_pct, one.now_pct
    return {
        "id": one.id,
        "kind": one.kind.value,
        "name": one.name,
        "then_pct": then,
        "now_pct": now,
        "points": None if then is None or now is None else now - then,
        "then_lost_s": seconds(one.then_lost_ms),
        "now_lost_s": seconds(one.now_lost_ms),
        "compared": one.n,
        "total": one.whole,
    }


def _left(things: Iterable[Left]) -> list[dict[str, str]]:
    return [one._asdict() for one in things]


def _offices(tier: TierOffices) -> dict[str, Any]:
    return {
        "level": tier.level or None,
        "has": {
            name: {"n": n, "total": total, "missing": [office.id for office in missing]}
            for name, (n, total, missing) in tier.has.items()
        },
    }


def _edit(one: Edit, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "at": iso(one.at_ms, zone),
        "kind": one.kind.value,
        "id": one.key,
        "name": one.name,
        "what": one.what,
        "field": one.field or None,
        "old": one.old,
        "new": one.new,
        "measured": one.measured,
    }


def _terms(found: Terms) -> dict[str, Any]:
    return {
        "soon": _ends(found.soon),
        "ended": _ends(found.ended),
        "ended_earlier": found.earlier,
        "later": found.later,
        "unknown": found.unknown,
    }


def _ends(found: Iterable[Ends]) -> list[Mapping[str, Any]]:
    return [one._asdict() | {"until": one.until.isoformat()} for one in found]


def _window(one: Window, zone: ZoneInfo) -> dict[str, Any]:
    work = one.work
    return {
        "scope": f"{work.kind}:{work.key}",
        "from": iso(one.from_ms, zone),
        "to": iso(one.to_ms, zone),
        "times": one.times,
        "meant_s": seconds(one.meant_ms),
        "counted_s": seconds(one.counted_ms),
        "author": work.author,
        "reason": work.reason,
        "entered": iso(work.entered_ms, zone),
        "late": work.late,
        "approved_by": work.approved_by,
        "overrun_s": seconds(one.overrun_ms),
        "overrun": list(one.overrun),
    }


def _ahead(one: Ahead, zone: ZoneInfo) -> dict[str, Any]:
    work = one.work
    return {
        "scope": f"{work.kind}:{work.key}",
        "from": iso(one.from_ms, zone),
        "to": iso(one.to_ms, zone),
        "times": one.times,
        "author": work.author,
        "reason": work.reason,
    }
