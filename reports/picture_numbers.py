"""The numbers of each picture as a table, so that nobody has to read them off the lines."""

from __future__ import annotations

from collections.abc import Iterator

from reports.drawn import days
from reports.drawn.site_map import state_of
from reports.pictures import (
    Calendar,
    Courses,
    Day,
    Picture,
    SiteMap,
    Sparks,
    Strip,
    TierBars,
    Timeline,
)
from reports.tables import (
    Amount,
    At,
    Cell,
    Column,
    Count,
    Lasting,
    Line,
    Percent,
    Ratio,
    Table,
    Text,
    Word,
)
from store.intervals import END
from store.ledger import MIN_SEEN_PCT, Split, figures
from store.stretches import LOST, SHARES

MOST_LINES = 600
_DAYS = (
    Column("who", 2.6),
    Column("from", 1.2),
    Column("to", 1.2),
    Column("day_pct", 1, True),
    Column("seen_pct", 1, True),
    Column("lost", 1.4, True),
)
_SPELLS = (
    Column("site", 2.6),
    Column("from", 1.7),
    Column("to", 1.7),
    Column("state", 1.2),
    Column("duration", 1.4, True),
)
_BARS = (
    Column("tier", 2),
    Column("service_pct", 1, True),
    Column("lost", 1.4, True),
    Column("target", 1.4, True),
    Column("measured", 1, True),
    Column("verdict", 1),
)
_COURSES = (
    Column("tier", 2),
    Column("month", 1),
    Column("service_pct", 1, True),
    Column("seen_pct", 1, True),
    Column("measured", 1, True),
    Column("basis", 1),
)
_SPOTS = (
    Column("mark", 0.6, True),
    Column("site", 3),
    Column("lat", 1, True),
    Column("lon", 1, True),
    Column("service_pct", 1, True),
    Column("target", 0.8, True),
    Column("verdict", 1.2),
)


def numbers_of(picture: Picture) -> Table:
    """Named as the picture, with `-numbers` behind."""
    columns: tuple[Column, ...]
    match picture:
        case Calendar() | Sparks():
            columns, found = _DAYS, [row for strip in picture.strips for row in _strip(strip)]
        case Timeline():
            columns, found = _SPELLS, list(_spells(picture))
        case TierBars():
            columns, found = _BARS, list(_bars(picture))
        case Courses():
            columns, found = _COURSES, list(_courses(picture))
        case SiteMap():
            columns, found = _SPOTS, list(_spots(picture))
    caption = Word("pictures.numbers" if columns is not _DAYS else "pictures.numbers_days")
    lines = tuple(found[:MOST_LINES])
    return Table(f"{picture.name}-numbers", caption, columns, lines, len(found))


def _strip(strip: Strip) -> Iterator[Line]:
    """Days that were whole are left out; equal ones without a figure stand in one line."""
    for first, last in _runs(strip):
        split = first.split
        found = days.judged(split, strip.kind)
        cells: tuple[Cell, ...] = (
            strip.who,
            At(first.from_ms, day=True),
            At(last.from_ms, day=True),
            Percent(found.pct) if found.pct is not None else Word(f"pictures.day.{found.level}"),
            Percent(found.seen_pct, (MIN_SEEN_PCT,)),
            Lasting(split.lost_ms),
        )
        yield Line(cells, id=strip.id, kind=strip.kind)


def _runs(strip: Strip) -> list[tuple[Day, Day]]:
    """The first and the last day of each line."""
    runs: list[tuple[Day, Day]] = []
    before = None  # what the day before was, if the next may stand in its line
    for day in strip.days:
        found = days.judged(day.split, strip.kind)
        if found.level == "whole" and not found.unsure:
            before = None
        elif found.pct is None and found.level == before:
            runs[-1] = runs[-1][0], day
        else:
            runs.append((day, day))
            before = found.level if found.pct is None else None
    return runs


def _spells(picture: Timeline) -> Iterator[Line]:
    lost = [SHARES[share] for share in LOST]
    for track in picture.tracks:
        for piece in track.pieces:
            if piece.share in lost:
                cells: tuple[Cell, ...] = (
                    track.who,
                    At(piece.from_ms),
                    At(None if piece.to_ms >= END else piece.to_ms),
                    Word(f"share.{piece.share}"),
                    Lasting(piece.to_ms - piece.from_ms, plain=True),
                )
                yield Line(cells, id=track.id, kind="site")


def _bars(picture: TierBars) -> Iterator[Line]:
    for bar in picture.bars:
        limits = tuple(target.value for target in bar.targets if target.value is not None)
        goal: Cell = None
        if len(bar.targets) == 1:
            goal = bar.targets[0]
        elif bar.targets:
            goal = Word("pictures.between", {"low": bar.targets[-1], "high": bar.targets[0]})
        verdict = None if bar.verdict == "no_target" else Word(f"verdict.{bar.verdict}")
        cells: tuple[Cell, ...] = (
            bar.who,
            Percent(figures(bar.split).service_pct, limits, main=True),
            Lasting(bar.split.lost_ms),
            goal,
            Ratio(bar.measured, bar.total),
            verdict,
        )
        yield Line(cells, id=bar.level, kind="tier")


def _courses(picture: Courses) -> Iterator[Line]:
    for course in picture.courses:
        limits = tuple(target.value for target in course.targets if target.value is not None)
        for month, point in zip(picture.months, course.points, strict=True):
            split = Split() if point is None else point.split
            found = figures(split)
            basis: Cell = None
            if point is not None:
                basis = Word(f"pictures.basis.{'signed' if point.signed else 'computed'}")
            cells: tuple[Cell, ...] = (
                course.who,
                Text(month),
                Percent(found.service_pct, limits, main=True),
                Percent(found.seen_pct, (MIN_SEEN_PCT,)),
                None if point is None else Ratio(point.measured, point.total),
                basis,
            )
            yield Line(cells, id=course.level, kind="tier")


def _spots(picture: SiteMap) -> Iterator[Line]:
    for spot in picture.spots:
        limits = () if spot.target.value is None else (spot.target.value,)
        cells: tuple[Cell, ...] = (
            Count(spot.number),
            Text(spot.name),
            Amount(spot.lat, digits=4),
            Amount(spot.lon, digits=4),
            Percent(figures(spot.split).service_pct if spot.figured else None, limits),
            spot.target,
            Word(f"pictures.map.{state_of(spot)}"),
        )
        yield Line(cells, id=spot.id, kind="site")
