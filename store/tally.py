"""What a thing, or several together, had and lost over a period: split, percentages, outages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from store.intervals import clip, merge, total
from store.ledger import (
    NO_FIGURES,
    Figures,
    Split,
    add,
    figures,
    intervals,
    measured_interval,
    sweep,
)
from store.period import History, Interval, Period
from store.questions import OutageRow
from store.states import Kind
from store.stretches import DEGRADED, SHARES

_BY_SERVICE = (Kind.SITE, Kind.SERVICE, Kind.UNIT)  # they answer for what people there had


class Loss(NamedTuple):
    """An outage as far as it counts in the period: planned, off and unseen time is cut out.

    Outages with one root are one `incident`, and those of one spell or storm. `own`: nothing above
    it was to blame.
    """

    outage: OutageRow
    began: bool  # it began to count inside the period
    lost: tuple[Interval, ...]
    lost_ms: int
    incident: int
    own: bool


_loss = partial(tuple.__new__, Loss)  # its own constructor takes three times as long


@dataclass(slots=True, kw_only=True)  # frozen ones take four times as long to make
class ThingFigures:
    """One thing, or a roll-up of `counted` things of which `measured` were really seen.

    `total` also counts what has no figure: never seen, or nothing to ask. Nobody changes one.
    """

    split: Split
    figures: Figures
    outages: int
    began: int
    incidents: int
    longest_s: float
    longest_own_s: float  # of those that count in `mttr_s`
    mttr_s: float | None
    mtbf_s: float | None
    on_backup_ms: int = 0  # degraded, because a backup carried what the primary should
    measured: int = 1
    counted: int = 1
    total: int = 1
    losses: tuple[Loss, ...] = field(default=(), repr=False)


EMPTY = ThingFigures(
    split=Split(),
    figures=NO_FIGURES,
    outages=0,
    began=0,
    incidents=0,
    longest_s=0.0,
    longest_own_s=0.0,
    mttr_s=None,
    mtbf_s=None,
    measured=0,
    counted=0,
    total=0,
)


def measure(history: History, period: Interval) -> ThingFigures:
    """The figures of one thing; `period` is already cut at now."""
    plain = (history.service, history.off_hours, history.maintenance, history.watched)
    swept = sweep(period, plain, history.spans)
    losses = _losses(history, period, swept.lost) if history.outages and swept.lost else ()
    percentages = figures(swept.split) if history.measured else NO_FIGURES
    in_service = swept.split.not_in_service_ms < period[1] - period[0]
    exists = in_service or not history.service  # else it belongs to another report
    return _tally(
        swept.split,
        losses,
        by_service=history.kind in _BY_SERVICE,
        figures_of=percentages,
        measured=int(percentages.service_pct is not None),
        counted=int(exists and history.measured and bool(history.service)),
        total=int(exists),
        on_backup_ms=_on_backup(history, period) if history.on_backup else 0,
    )


def _on_backup(history: History, period: Interval) -> int:
    carried = merge(history.on_backup)
    return sum(
        total(clip(carried, (piece.from_ms, piece.to_ms)))
        for piece in intervals(history, period)
        if piece.share == SHARES[DEGRADED]
    )


def measure_all(period: Period) -> list[ThingFigures]:
    """The figures of every history of the period, in its order."""
    window = measured_interval(period)
    return [measure(history, window) for history in period.histories]


def roll_up(members: Sequence[ThingFigures], kind: Kind) -> ThingFigures:
    """Several things as one, weighted by time. Never-seen and unmonitored ones count in N alone."""
    counted = [member for member in members if member.counted]
    parts = add(member.split for member in counted)
    losses = tuple(loss for member in counted for loss in member.losses)
    return _tally(
        parts,
        losses,
        by_service=kind in _BY_SERVICE,
        figures_of=figures(parts),
        measured=sum(member.measured for member in members),
        counted=sum(member.counted for member in members),
        total=sum(member.total for member in members),
        on_backup_ms=sum(member.on_backup_ms for member in counted),
    )


def join(parts: Sequence[ThingFigures], kind: Kind) -> ThingFigures:
    """One thing over several times that do not touch, as one."""
    if len(parts) == 1:
        return parts[0]
    split = add(part.split for part in parts)
    seen = any(part.measured for part in parts)
    losses: dict[int, Loss] = {}
    for loss in (loss for part in parts for loss in part.losses):
        other = losses.setdefault(loss.outage.id, loss)
        if other is not loss:
            lost, lost_ms = (*other.lost, *loss.lost), other.lost_ms + loss.lost_ms
            began = other.began or loss.began
            losses[loss.outage.id] = other._replace(began=began, lost=lost, lost_ms=lost_ms)
    return _tally(
        split,
        tuple(losses.values()),
        by_service=kind in _BY_SERVICE,
        figures_of=figures(split) if seen else NO_FIGURES,
        measured=int(seen),
        counted=max((part.counted for part in parts), default=0),
        total=max((part.total for part in parts), default=0),
        on_backup_ms=sum(part.on_backup_ms for part in parts),
    )


def _losses(history: History, period: Interval, lost: Sequence[Interval]) -> tuple[Loss, ...]:
    found = []
    start, end = period
    whole = set(lost)  # most outages count in full
    for outage in history.outages:
        first, until = outage.first_bad_ms, outage.first_good_ms
        window = first, end if until is None else until
        if window in whole:
            pieces: tuple[Interval, ...] = (window,)
            lost_ms = window[1] - first
        else:
            pieces = tuple(clip(lost, window))
            lost_ms = total(pieces)
        if pieces:
            began = first >= start or not _lost_before(history, first, start)
            root, spell = outage.root_id, outage.incident_id
            incident = -spell if spell is not None else outage.id if root is None else root
            own = root is None and outage.root_thing_id is None
            found.append(_loss((outage, began, pieces, lost_ms, incident, own)))
    return tuple(found)


def _lost_before(history: History, first: int, start: int) -> bool:
    """Each outage begins in one period only, so that months add up to quarters.

    One that started before, in planned, closed or unseen hours, begins to count when they end.
    """
    plain = (history.service, history.off_hours, history.maintenance, history.watched)
    return bool(sweep((first, start), plain, history.spans).lost)


def _tally(
    parts: Split,
    losses: tuple[Loss, ...],
    *,
    by_service: bool,
    figures_of: Figures,
    measured: int,
    counted: int,
    total: int,
    on_backup_ms: int,
) -> ThingFigures:
    answers = losses if by_service else [loss for loss in losses if loss.own]
    incidents = _incident_times(answers) if answers else ()
    return ThingFigures(
        split=parts,
        figures=figures_of,
        outages=len(losses),
        began=sum([loss.began for loss in losses]),
        incidents=len(incidents),
        longest_s=_longest_s(losses),
        longest_own_s=_longest_s(answers),
        mttr_s=sum(incidents) / len(incidents) / 1000 if incidents else None,
        mtbf_s=parts.served_ms / len(incidents) / 1000 if incidents else None,
        measured=measured,
        counted=counted,
        total=total,
        losses=losses,
        on_backup_ms=on_backup_ms,
    )


def _longest_s(losses: Sequence[Loss]) -> float:
    return max([loss.lost_ms for loss in losses]) / 1000 if losses else 0.0


def _incident_times(losses: Sequence[Loss]) -> list[int]:
    """How long each incident lasted: where many things share one, their time counts once."""
    if len({loss.incident for loss in losses}) == len(losses):
        return [loss.lost_ms for loss in losses]
    by_incident: dict[int, list[Loss]] = {}
    for loss in losses:
        by_incident.setdefault(loss.incident, []).append(loss)
    return [own[0].lost_ms if len(own) == 1 else _lasted(own) for own in by_incident.values()]


def _lasted(losses: Iterable[Loss]) -> int:
    return total(merge(part for loss in losses for part in loss.lost))
