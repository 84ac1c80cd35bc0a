"""What the report shows as pictures, each with its numbers: the whole first, its days behind."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from reports.daily import Daily
from reports.document import Document, Row, Standing, Tier, Verdict
from reports.figures import worst_first
from reports.pictures import (
    Bar,
    Calendar,
    Course,
    Courses,
    Picture,
    Point,
    SiteMap,
    Sparks,
    Spot,
    Strip,
    TierBars,
    Timeline,
    Track,
)
from reports.sections.rows import tier_word
from reports.tables import Cell, Count, Section, Stack, Target, Text, Word
from reports.trend import MonthFigures
from store.ledger import add, figures, intervals
from store.period import History
from store.states import Kind

MOST_STRIPS = 15  # the worst sites of a calendar of one month
MOST_TRACKS = 24  # what a page holds
MOST_TIMELINES = 12
ALL_LINKS = 60  # up to here every link has its line, beyond those that lost something
MOST_SPARKS = 180
ON_A_PAGE = 30  # small lines of one picture


def pictures(document: Document) -> Section:
    if not document.whole.sums.counted:
        return Section("pictures", ())
    daily = Daily(document)
    parts: list[Picture] = [tier_bars(document), *courses(document), *calendars(document, daily)]
    return Section("pictures", (*parts, *site_map(document)), apart=True)


def by_day(document: Document) -> Section:
    """Many pages of a large network, and therefore not among the first."""
    daily = Daily(document)
    parts: list[Picture] = [*timelines(document, daily), *sparks(document, daily)]
    return Section("days", tuple(parts), apart=True)


def tier_bars(document: Document) -> TierBars:
    bars = [_bar(tier) for tier in document.tiers if tier.whole.sums.counted]
    return TierBars(name="tier-bars", caption=Word("caption.tier_bars"), bars=tuple(bars))


def _bar(tier: Tier) -> Bar:
    sums, targets = tier.whole.sums, _targets(tier)
    counts = sums.measured, sums.total
    who = tier_word(tier.level)
    return Bar(who, tier.level, sums.split, targets, *counts, tier.whole.verdict)


def _targets(tier: Tier) -> tuple[Target, ...]:
    """Each limit once, the highest first."""
    found = {
        row.target_pct: Target(row.target_pct, row.target_source)
        for row in tier.sites
        if row.target_pct is not None
    }
    return tuple(found[pct] for pct in sorted(found, reverse=True))


def courses(document: Document) -> tuple[Courses, ...]:
    """Of the tiers of this period, over the months that were gathered."""
    trend = document.beside.trend
    if trend is None or not trend.months:
        return ()
    lines = []
    for tier in document.tiers:
        if not tier.whole.sums.counted:
            continue
        points = []
        for month in trend.months:
            found = month.tiers.get(tier.level)
            judged = found is not None and figures(found.split).service_pct is not None
            points.append(Point(*found, month.signed) if found and judged else None)
        who = tier_word(tier.level)
        lines.append(Course(who, tier.level, tuple(points), _targets(tier)))
    left = sum(month.left_out for month in trend.months)
    notes = [Word("pictures.trend.left_out", {"n": Count(left)})] if left else []
    if short := ", ".join(month.month for month in trend.months if _is_short(month)):
        notes.append(Word("pictures.trend.short", {"months": short}))
    months = tuple(month.month for month in trend.months)
    made = Courses(
        name="trend",
        caption=Word("caption.trend", {"n": Count(len(months))}),
        notes=tuple(notes),
        months=months,
        courses=tuple(lines),
    )
    return (made,) if lines else ()


def _is_short(month: MonthFigures) -> bool:
    """Sites were in service for under 90 % of what is told of it."""
    whole = add(tier.split for tier in month.tiers.values())
    return 10 * whole.not_in_service_ms > whole.total_ms


def calendars(document: Document, daily: Daily) -> tuple[Calendar, ...]:
    """The network, its tiers, and the sites that were the worst; in two pictures if it is long."""
    of_tier = daily.tiers()
    tiers = [Strip(Word("whole"), daily.whole(), document.whole.sums.split, kind="tier")]
    tiers += [
        Strip(tier_word(tier.level), of_tier[tier.level], tier.whole.sums.split, tier.level, "tier")
        for tier in document.tiers
        if tier.whole.sums.counted and tier.level in of_tier
    ]
    months = len({day.day[:7] for day in tiers[0].days})
    failed = [row for row in _sites(document) if row.sums.split.lost_ms]
    worst = worst_first(failed)[: max(3, MOST_STRIPS // months)]
    sites = [
        Strip(Text(row.name), daily.days(row), row.sums.split, row.id, row.kind) for row in worst
    ]
    values = {"n": Count(len(worst)), "total": Count(len(failed))}
    notes = (Word("pictures.worst_of", values),) if len(worst) < len(failed) else ()
    if months == 1:
        return (_calendar("calendar", (*tiers, *sites), notes),)
    apart = (_calendar("calendar-sites", sites, notes),) if sites else ()
    return (_calendar("calendar-tiers", tiers, ()), *apart)


def _calendar(name: str, strips: Sequence[Strip], notes: tuple[Word, ...]) -> Calendar:
    caption = Word(f"caption.{name.replace('-', '_')}")
    return Calendar(name=name, caption=caption, notes=notes, strips=tuple(strips))


def _sites(document: Document) -> list[Row]:
    return [row for tier in document.tiers for row in tier.sites if row.sums.measured]


def timelines(document: Document, daily: Daily) -> list[Timeline]:
    """Of each unit with outages; sites that have their unit for themselves stand with the unit
    above it. Many are cut into pages, and of these the first are shown."""
    pages = []
    for unit, rows in _by_unit(document):
        ordered = sorted(rows, key=lambda row: (-row.sums.split.lost_ms, row.id))
        parts = [ordered[at : at + MOST_TRACKS] for at in range(0, len(ordered), MOST_TRACKS)]
        pages += [(_caption(unit, n, len(parts)), part) for n, part in enumerate(parts, 1)]
    left = sum(len(rows) for _, rows in pages[MOST_TIMELINES:])
    shown = pages[:MOST_TIMELINES]
    return [
        Timeline(
            name=f"timeline-{number}",
            caption=caption,
            notes=(Word("pictures.left", {"n": Count(left)}),)
            if left and number == len(shown)
            else (),
            edges=daily.edges,
            tracks=tuple(_track(row, row.history, daily) for row in rows if row.history),
        )
        for number, (caption, rows) in enumerate(shown, 1)
    ]


def _by_unit(document: Document) -> list[tuple[str, list[Row]]]:
    """Units with the sites that lost something, from the most time lost."""
    rows = _sites(document)
    in_unit = Counter(map(_unit, rows))
    above = {row.over for row in rows if in_unit[_unit(row)] == 1 and row.over}
    groups: dict[object, list[Row]] = defaultdict(list)
    names: dict[object, str] = {}
    for row in rows:
        name = row.over if in_unit[_unit(row)] == 1 and row.over else row.unit or ""
        key = name if name in above else _unit(row)
        names[key] = name
        if row.sums.split.lost_ms:
            groups[key].append(row)
    order = sorted(groups, key=lambda key: -sum(row.sums.split.lost_ms for row in groups[key]))
    return [(names[key], groups[key]) for key in order]


def _unit(row: Row) -> int | None:
    return row.history.unit_id if row.history else None


def _caption(unit: str, number: int, pages: int) -> Word:
    values: dict[str, Cell | str | int] = {"unit": unit} if unit else {}
    return _paged("caption.timeline" if unit else "caption.timeline_all", values, number, pages)


def _paged(key: str, values: Mapping[str, Cell | str | int], number: int, pages: int) -> Word:
    """A caption that says which of several pages it stands on."""
    if pages == 1:
        return Word(key, values)
    return Word(f"{key}_part", {**values, "n": number, "total": pages})


def _track(row: Row, history: History, daily: Daily) -> Track:
    pieces = tuple(intervals(history, daily.window))
    return Track(Text(row.name), row.id, pieces, row.sums.split.lost_ms)


def sparks(document: Document, daily: Daily) -> tuple[Sparks, ...]:
    """Every link; of many, those that lost something."""
    rows = [row for row in document.links if row.sums.measured]
    failed = [row for row in rows if row.sums.split.down_ms]
    shown = rows if len(rows) <= ALL_LINKS else failed[:MOST_SPARKS]
    if not shown:
        return ()
    strips = [
        Strip(
            Stack(Text(row.id), (Text(row.name),)) if row.id not in row.name else Text(row.name),
            daily.days(row),
            row.sums.split,
            row.id,
            row.kind,
        )
        for row in shown
    ]
    notes = []
    if len(rows) > len(shown):
        whole = Count(len(rows) - len(failed))
        notes.append(Word("pictures.links_whole", {"n": whole}))
    if len(rows) > len(shown) and len(failed) > len(shown):
        values = {"n": Count(len(shown)), "total": Count(len(failed))}
        notes.append(Word("pictures.links_worst", values))
    pages = [strips[at : at + ON_A_PAGE] for at in range(0, len(strips), ON_A_PAGE)]
    return tuple(
        Sparks(
            name=f"sparks-{number}",
            caption=_paged("caption.sparks", {}, number, len(pages)),
            notes=tuple(notes) if number == len(pages) else (),
            strips=tuple(part),
        )
        for number, part in enumerate(pages, 1)
    )


def site_map(document: Document) -> tuple[SiteMap, ...]:
    """Sites whose coordinates are declared, those below target numbered from the worst."""
    places = document.beside.places or {}
    missed = [row for row in worst_first(_sites(document)) if row.verdict is Verdict.MISSED]
    numbers = {row.id: number for number, row in enumerate(missed, 1) if row.id in places}
    numbers = {key: number for number, key in enumerate(numbers, 1)}
    rows = [row for row in document.things if row.kind is Kind.SITE]
    spots = [
        Spot(
            row.id,
            row.name,
            *places[row.id],
            row.verdict,
            row.standing is Standing.MEASURED,
            row.sums.split,
            Target(row.target_pct, row.target_source),
            numbers.get(row.id),
        )
        for row in rows
        if row.id in places
    ]
    if not spots:
        return ()
    spots.sort(key=lambda spot: spot.number or len(spots) + 1)
    left = len(rows) - len(spots)
    notes = (Word("pictures.map.nowhere", {"n": Count(left)}),) if left else ()
    caption = Word("caption.site_map", {"n": Count(len(spots)), "total": Count(len(rows))})
    return (SiteMap(name="site-map", caption=caption, notes=notes, spots=tuple(spots)),)
