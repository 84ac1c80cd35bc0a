"""Outages that belong together: spells of flapping, storms, mass outages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reports.causes import Causes
from reports.collate import vietnamese
from reports.document import Document, Row
from store.intervals import merge, total
from store.questions import IncidentRow
from store.states import Kind
from store.tally import Loss

_ORDER = (Kind.UNIT, Kind.SITE, Kind.DEVICE, Kind.LINK, Kind.SERVICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """`outages`: its roots in the period; `lost_ms`: while any of them failed; `failed`: the
    things that failed; `behind`: what was cut off behind them, by kind."""

    id: int
    kind: str
    began_ms: int
    ended_ms: int | None
    outages: int
    lost_ms: int
    cause: str
    failed: tuple[str, ...]
    behind: tuple[tuple[Kind, tuple[str, ...]], ...]


def incidents(document: Document) -> tuple[Incident, ...]:
    """Those in which time was lost in the period, the longest first."""
    held: dict[int, tuple[IncidentRow, list[tuple[Row, Loss]]]] = {}
    for row in document.things:
        for loss in row.sums.losses if row.history is not None else ():
            found = loss.outage.incident
            if found is not None:
                held.setdefault(found.id, (found, []))[1].append((row, loss))
    causes = Causes(document)
    made = [_incident(incident, losses, causes) for incident, losses in held.values()]
    return tuple(sorted(made, key=lambda one: (-one.lost_ms, one.id)))


def _incident(
    incident: IncidentRow, losses: Sequence[tuple[Row, Loss]], causes: Causes
) -> Incident:
    own = [(row, loss) for row, loss in losses if loss.own]
    behind: dict[Kind, set[str]] = {}
    for row, loss in losses:
        if not loss.own:
            behind.setdefault(row.kind, set()).add(row.name)
    lost = merge(piece for _, loss in own or losses for piece in loss.lost)
    return Incident(
        id=incident.id,
        kind=incident.kind,
        began_ms=incident.started_ms,
        ended_ms=incident.ended_ms,
        outages=len(own),
        lost_ms=total(lost),
        cause=causes.main(loss for _, loss in own)[0],
        failed=_sorted(row.name for row, _ in own),
        behind=tuple((kind, _sorted(behind[kind])) for kind in _ORDER if kind in behind),
    )


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names), key=vietnamese))
