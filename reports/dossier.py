"""The dossier of one outage: what a provider gets to see, and what it is bound to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from reports.document import Document, OutageLine, Row
from reports.figures import CHARGED, UNDETERMINED
from reports.leaf import leaf
from reports.periods import iso
from reports.review import LONG_MS, lacks, open_items, proposed
from reports.wording import Wording
from store import intervals, ledger
from store.dossiers import Papers
from store.opened import AROUND_MS, Around
from store.period import Interval
from store.stated import measured
from store.states import Kind
from store.works import Work

_HIDDEN = ("outage_id", "incident_id")
_MOMENTS = ("entered", "until", "withdrawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """`row`: the thing in the report of the period; None: it has no row there.

    `counted`: how the time of the outage counts in the period, share → ms.
    """

    document: Document
    papers: Papers
    row: Row | None
    line: OutageLine | None  # where it is a root
    counted: Mapping[str, int]
    works: tuple[Work, ...]  # in effect at some moment of it
    blind: tuple[Interval, ...]  # when the monitor did not see, from before its start to its end

    @property
    def name(self) -> str:
        """Of its files: made of the number alone, whatever things are called."""
        return f"dossier-{self.papers.opened.row.id}"

    @property
    def charge(self) -> str:
        """Whose its minutes are: charged, undetermined, other."""
        cause = self.papers.opened.row.cause
        if cause in CHARGED:
            return "charged"
        return "undetermined" if cause in UNDETERMINED else "other"


def dossier(document: Document, papers: Papers) -> Dossier:
    out = papers.opened.row
    window = document.from_ms, document.to_ms
    row = next((r for r in document.things if r.kind is out.kind and r.id == out.key), None)
    line = next((one for one in document.outages if one.outage.id == out.id), None)
    counted: dict[str, int] = {}
    begin = out.first_bad_ms
    end = document.to_ms if out.first_good_ms is None else out.first_good_ms
    if row is not None and row.history is not None:
        for piece in ledger.intervals(row.history, window):
            lasted = min(piece.to_ms, end) - max(piece.from_ms, begin)
            if lasted > 0:
                counted[piece.share] = counted.get(piece.share, 0) + lasted
    zone = ZoneInfo(document.timezone)
    around = begin - AROUND_MS, end + AROUND_MS
    return Dossier(
        document=document,
        papers=papers,
        row=row,
        line=line,
        counted=counted,
        works=tuple(work for work in papers.works if _meets(work, (begin, end), zone)),
        blind=tuple(intervals.clip(document.watch.blind, around)),
    )


def chosen(document: Document) -> tuple[int, ...]:
    """Roots that a provider is charged with, and those that a review asks about or could ask."""
    long = {one.line.outage.id for one in open_items(document)}
    return tuple(
        line.outage.id
        for line in document.outages
        if line.outage.id in long or _charged(line) or line.lost_ms > LONG_MS
    )


def _charged(line: OutageLine) -> bool:
    return line.outage.kind is Kind.LINK and line.outage.cause in CHARGED and line.lost_ms > 0


def _meets(work: Work, time: Interval, zone: ZoneInfo) -> bool:
    """Was a window of it open at some moment of that time?"""
    if work.rrule is None:
        begin, end = work.counts_from_ms, min(work.to_ms, work.cancelled_ms or work.to_ms)
        return begin < time[1] and end > time[0]
    return any(work.window_at(at, zone) for at in (time[0], max(time[0], time[1] - 1)))


def page(found: Dossier, language: str) -> str:
    """As one offline HTML file."""
    from reports.sections.dossier import sections

    wording = Wording(found.document, language)
    out = found.papers.opened.row
    title = wording.say("dossier.title", id=out.id, name=out.name)
    made = wording.clock.second(found.document.made_ms)
    bound = wording.say("dossier.footer", at=made, sha256=found.papers.proof.sha256)
    return leaf(wording, title, sections(found), bound)


def form(found: Dossier) -> dict[str, Any]:
    """As one JSON document; times are ISO 8601 in the network's zone."""
    zone = ZoneInfo(found.document.timezone)
    papers, out = found.papers, found.papers.opened.row
    seen = measured(out)
    return {
        "outage": {
            "id": out.id,
            "kind": out.kind.value,
            "thing": out.key,
            "name": out.name,
            "site": found.row.site if found.row else None,
            "state": out.state.value,
            "last_good": iso(seen.last_good_ms, zone),
            "first_bad": iso(seen.first_bad_ms, zone),
            "last_bad": iso(seen.last_bad_ms, zone),
            "first_good": iso(seen.first_good_ms, zone),
            "started": iso(out.first_bad_ms, zone),
            "ended": iso(out.first_good_ms, zone),
            "declared": out.declared,
            "root": out.root_key,
            "root_outage": out.root_id,
            "cause": out.cause,
            "cause_proposed": proposed(out),
            "cause_reasons": list(out.cause_reasons),
            "side": out.side,
            "provider": out.provider,
            "note": out.note,
            "lacks": list(lacks(out)),
            "behind": {str(kind): list(names) for kind, names in _behind(found)},
        },
        "circuits": [one._asdict() | {"declared": dict(one.declared)} for one in papers.circuits],
        "counted": {
            "from": iso(found.document.from_ms, zone),
            "to": iso(found.document.to_ms, zone),
            "split_s": {share: ms / 1000 for share, ms in found.counted.items()},
            "lost_s": found.line.lost_ms / 1000 if found.line else None,
            "charge": found.charge,
        },
        "maintenance": [
            {
                "id": work.id,
                "scope": f"{work.kind}:{work.key}",
                "from": iso(work.from_ms, zone),
                "to": iso(work.to_ms, zone),
                "rrule": work.rrule,
                "author": work.author,
                "reason": work.reason,
                "entered": iso(work.entered_ms, zone),
                "approved_by": work.approved_by,
            }
            for work in found.works
        ],
        "acknowledgements": [_said(one, zone) for one in papers.opened.acknowledgements],
        "corrections": [_said(one, zone) for one in papers.opened.corrections],
        "evidence": {
            "start": _around(papers.opened.start, zone),
            "end": _around(papers.opened.end, zone) if papers.opened.end else None,
        },
        "blind": [{"from": iso(a, zone), "to": iso(b, zone)} for a, b in found.blind],
        "proof": {
            "sha256": papers.proof.sha256,
            "head": papers.proof.head,
            "place": papers.proof.place,
            "of": papers.proof.of,
            "signed_by": papers.proof.by,
            "signed_at": iso(papers.proof.at_ms, zone),
        },
        "made_at": iso(found.document.made_ms, zone),
    }


def _behind(found: Dossier) -> Iterator[tuple[str, tuple[str, ...]]]:
    if found.line is not None:
        yield from ((str(kind), names) for kind, names in found.line.affected)


def _said(one: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    return {
        name: iso(value, zone) if name in _MOMENTS else value
        for name, value in one.items()
        if name not in _HIDDEN
    }


def _around(around: Around, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "at": iso(around.at_ms, zone),
        "results": [
            {
                "thing": key,
                "at": iso(raw.sent_ms, zone),
                "how": raw.how,
                "rtt_ms": None if raw.rtt_us is None else raw.rtt_us / 1000,
                "said": raw.said,
            }
            for key, results in around.results.items()
            for raw in results
        ],
        "health": [{"at": iso(one.at_ms, zone)} | dict(one.body) for one in around.health],
    }
