"""From a reading of the record to the report's document: grouped, judged and put in order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from inventory.tiers import TIERS
from reports.collate import vietnamese
from reports.document import (
    THING_ORDER,
    Charge,
    Document,
    MapFigures,
    Row,
    SiteDevices,
    Standing,
    Tier,
    Verdict,
    Watch,
)
from reports.outage_lines import outage_lines
from reports.places import Places
from store import intervals, ledger
from store.period import History, Interval, Period, UnitRow
from store.states import Kind, State
from store.tally import EMPTY, ThingFigures, measure_all, roll_up

_VERDICT_ORDER = {
    Verdict.MISSED: 0,
    Verdict.MET: 1,
    Verdict.NO_TARGET: 1,
    Verdict.UNSURE: 1,
}
CHARGED = ("fibre", "provider")
UNDETERMINED = (None, "undetermined", "unknown")


@dataclass(frozen=True, slots=True)
class _Thing:
    history: History
    row: Row

    @property
    def figures(self) -> ThingFigures:
        return self.row.sums


class _Names:
    """Names by thing id: of sites, and of the unit above each unit."""

    def __init__(self, period: Period) -> None:
        self.sites = {h.thing_id: h.name for h in period.histories if h.kind is Kind.SITE}
        units = {h.thing_id: h for h in period.histories if h.kind is Kind.UNIT}
        self.over = {
            unit: units[history.unit_id].name
            for unit, history in units.items()
            if history.unit_id in units
        }


def figures(period: Period) -> Document:
    """Everything that a report of the period shows. Things outside the period are left out."""
    names = _Names(period)
    rows = [
        _Thing(history, _row(history, sums, names))
        for history, sums in zip(period.histories, measure_all(period), strict=True)
        if history.kind in THING_ORDER and history.kind is not Kind.UNIT and sums.total
    ]
    by_kind: dict[Kind, list[_Thing]] = defaultdict(list)
    for thing in rows:
        by_kind[thing.history.kind].append(thing)
    window = ledger.measured_interval(period)
    places = Places(period, [(site.history, site.figures) for site in by_kind[Kind.SITE]])
    units = _unit_rows(places.units(window), places.by_unit(window))
    return Document(
        network=period.network,
        timezone=period.timezone,
        language=period.language,
        from_ms=window[0],
        to_ms=window[1],
        asked_to_ms=period.to_ms,
        made_ms=period.now_ms,
        whole=_together(Kind.SITE, "", by_kind[Kind.SITE]),
        tiers=_tiers(by_kind[Kind.SITE], by_kind[Kind.DEVICE], places, window),
        units=units,
        maps=_maps(places),
        on_today=period.on_today,
        letterhead=period.letterhead,
        links=worst_first(_measured(by_kind[Kind.LINK])),
        services=worst_first(_measured(by_kind[Kind.SERVICE])),
        providers=_providers(period, by_kind[Kind.LINK], window),
        outages=outage_lines(thing.row for thing in rows),
        watch=_watch(period, window),
        without_figure=_without_figure(rows),
        things=(*units, *_in_fixed_order(rows)),
        as_of_ms=period.as_of_ms,
        late_works=period.late_works,
        tree=period.maps[-1].units if period.maps else {},
    )


def worst_first(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Below target first, then the lowest headline; what has no figure stands last."""
    return tuple(sorted(rows, key=_badness))


def headline(row: Row) -> float | None:
    """The percentage by which a row is judged."""
    if ledger.judged_by_availability(row.kind):
        return row.sums.figures.availability_pct
    return row.sums.figures.service_pct


def _badness(row: Row) -> tuple[int, bool, float, object]:
    pct = headline(row)
    return (
        _VERDICT_ORDER[row.verdict],
        pct is None,
        100.0 if pct is None else pct,
        vietnamese(row.name),
    )


def _row(history: History, sums: ThingFigures, names: _Names) -> Row:
    return Row(
        id=history.key,
        kind=history.kind,
        name=history.name,
        level=history.level,
        unit=history.unit,
        over=names.over.get(history.unit_id or 0),
        site=names.sites.get(history.site_id or 0),
        provider=history.provider,
        target_pct=history.target_pct,
        target_source=history.target_source,
        verdict=_verdict(history.target_pct, history.kind, sums),
        standing=_standing(history, sums),
        sums=sums,
        history=history,
    )


def _verdict(target_pct: float | None, kind: Kind, sums: ThingFigures) -> Verdict:
    if target_pct is None:
        return Verdict.NO_TARGET
    met = ledger.meets(sums.split, kind, target_pct) if sums.measured else None
    return Verdict.UNSURE if met is None else Verdict.MET if met else Verdict.MISSED


def _standing(history: History, sums: ThingFigures) -> Standing:
    if not history.measured:
        return Standing.NOT_MONITORED
    if not history.service:
        return Standing.NEVER_SEEN
    return Standing.MEASURED if sums.measured else Standing.NO_DATA


def _measured(things: Iterable[_Thing]) -> list[Row]:
    """Rows for a table: a thing that was never seen or is not asked stands in a list instead."""
    shown = (Standing.MEASURED, Standing.NO_DATA)
    return [thing.row for thing in things if thing.row.standing in shown]


def _together(kind: Kind, name: str, things: Sequence[_Thing], **who: str) -> Row:
    return rolled(kind, name, [thing.figures for thing in things], **who)


def rolled(kind: Kind, name: str, members: Sequence[ThingFigures], **who: str) -> Row:
    """A row of several things together."""
    sums = roll_up(members, kind) if members else EMPTY
    standing = Standing.MEASURED if sums.measured else Standing.NO_DATA
    return Row(
        id=who.get("id", name),
        kind=kind,
        name=name,
        level=who.get("level", ""),
        standing=standing,
        sums=sums,
    )


def _tiers(
    sites: Sequence[_Thing], devices: Sequence[_Thing], places: Places, window: Interval
) -> tuple[Tier, ...]:
    """Sites stand in the list of their last tier; a tier adds up the time that was spent in it."""
    by_level: dict[str, list[_Thing]] = defaultdict(list)
    level_of: dict[int | None, str] = {}
    for site in sites:
        by_level[site.history.level].append(site)
        level_of[site.history.thing_id] = site.history.level
    by_site: dict[int | None, list[_Thing]] = defaultdict(list)
    for device in devices:
        home = device.history.site_id
        by_site[home if home in level_of else None].append(device)
    if None in by_site:
        by_level.setdefault("", [])
    times = places.by_level(window)
    for level in times:
        by_level.setdefault(level, [])
    return tuple(
        _tier(level, by_level[level], by_site, times.get(level, ()))
        for level in _in_order(by_level)
    )


def promised(whole: Row, sites: Sequence[Row]) -> Row:
    """A tier whose sites have one and the same target is held to it as a whole, too."""
    targets = {row.target_pct: row.target_source for row in sites if row.target_pct is not None}
    if len(targets) != 1 or not whole.sums.counted:
        return whole
    ((pct, source),) = targets.items()
    verdict = _verdict(pct, Kind.SITE, whole.sums)
    return replace(whole, target_pct=pct, target_source=source, verdict=verdict)


def _tier(
    level: str,
    sites: Sequence[_Thing],
    by_site: Mapping[int | None, list[_Thing]],
    times: Sequence[ThingFigures],
) -> Tier:
    shown = worst_first(_measured(sites))
    ordered = sorted(sites, key=lambda site: vietnamese(site.row.name))
    groups = [_site_devices(site.row, by_site.get(site.history.thing_id, [])) for site in ordered]
    if not level:
        groups.append(_site_devices(None, by_site.get(None, [])))
    return Tier(
        level=level,
        whole=promised(rolled(Kind.SITE, level, times, level=level), shown),
        sites=shown,
        devices=tuple(group for group in groups if group.devices),
        verdicts=dict(Counter(row.verdict for row in shown)),
    )


def _site_devices(site: Row | None, devices: Iterable[_Thing]) -> SiteDevices:
    rows = sorted(_measured(devices), key=lambda row: vietnamese(row.name))
    return SiteDevices(site=site, devices=tuple(rows))


def _maps(places: Places) -> tuple[MapFigures, ...]:
    """Where the administrative map changed inside the period: the figures of each of its times."""
    if len(places.parts) < 2:
        return ()
    found = []
    for part in places.parts:
        window = (part.from_ms, part.to_ms)
        times = places.by_level(window)
        fresh = (row.act for row in part.units.values() if row.from_ms == part.from_ms)
        found.append(
            MapFigures(
                from_ms=window[0],
                to_ms=window[1],
                acts=tuple(sorted({act for act in fresh if act})),
                tiers=tuple(
                    rolled(Kind.SITE, level, times[level], level=level)
                    for level in _in_order(times)
                ),
                units=_unit_rows(part.units, places.by_unit(window)),
            )
        )
    return tuple(found)


def _unit_rows(
    units: Mapping[int, UnitRow], times: Mapping[int, Sequence[ThingFigures]]
) -> tuple[Row, ...]:
    return tuple(
        _with_target(
            rolled(Kind.UNIT, unit.name, times[unit_id], id=unit.key, level=unit.level), unit
        )
        for unit_id, unit in sorted(units.items())
        if unit_id in times
    )


def _in_order(levels: Iterable[str]) -> list[str]:
    """Tiers from above; transit points after them; what has no tier last."""
    given = set(levels)
    return [*(level for level in TIERS if level in given), *sorted(given - set(TIERS))]


def _with_target(row: Row, of: History | UnitRow) -> Row:
    verdict = _verdict(of.target_pct, row.kind, row.sums)
    return replace(row, target_pct=of.target_pct, target_source=of.target_source, verdict=verdict)


def _providers(period: Period, links: Iterable[_Thing], window: Interval) -> tuple[Row, ...]:
    """Providers answer for the availability of their links."""
    declared = {h.key: h for h in period.histories if h.kind is Kind.PROVIDER}
    by_name = {history.name: history for history in declared.values()}
    theirs: dict[str, list[_Thing]] = defaultdict(list)
    for link in links:
        if link.history.provider:
            theirs[link.history.provider].append(link)
    rows = []
    for provider, circuits in theirs.items():
        history = declared.get(provider) or by_name.get(provider)
        if history is None:
            row = _together(Kind.PROVIDER, provider, circuits)
        else:
            row = _together(Kind.PROVIDER, history.name, circuits, id=history.key)
            row = _with_target(row, history)
        rows.append(replace(row, charge=_charge(circuits, window)))
    return worst_first(rows)


def _charge(links: Iterable[_Thing], window: Interval) -> Charge:
    """Whose fault the links' down time was; time without an outage is undetermined."""
    sums = dict.fromkeys(("charged", "undetermined", "other"), 0)
    for link in links:
        if not link.figures.counted or not link.figures.split.down_ms:
            continue
        cause_of = {outage.id: outage.cause for outage in link.history.outages}
        for outage_id, down_ms in ledger.down_to(link.history, window).items():
            sums[_column(cause_of.get(outage_id or 0))] += down_ms
    return Charge(sums["charged"], sums["undetermined"], sums["other"])


def _column(cause: str | None) -> str:
    if cause in CHARGED:
        return "charged"
    return "undetermined" if cause in UNDETERMINED else "other"


def _watch(period: Period, window: Interval) -> Watch:
    """The monitor is expected to watch from the first moment at which anything was in service."""
    starts = [history.service[0][0] for history in period.histories if history.service]
    expected = intervals.clip([(min(starts), window[1])], window) if starts else []
    watched = intervals.clip(intervals.merge(period.coverage), window)
    parts = ledger.split(
        window,
        service=expected,
        off_hours=(),
        maintenance=(),
        watched=watched,
        spans=[(State.UP, begin, end, None) for begin, end in watched],
    )
    return Watch(
        seen_pct=ledger.figures(parts).seen_pct,
        split=parts,
        watched=tuple(watched),
        blind=tuple(intervals.subtract(expected, watched)),
    )


def _without_figure(things: Iterable[_Thing]) -> tuple[Row, ...]:
    rows = [thing.row for thing in things if thing.row.standing is not Standing.MEASURED]
    return tuple(sorted(rows, key=_place))


def _in_fixed_order(things: Iterable[_Thing]) -> tuple[Row, ...]:
    return tuple(sorted((thing.row for thing in things), key=_place))


def _place(row: Row) -> tuple[int, object, str]:
    return THING_ORDER.index(row.kind), vietnamese(row.name), row.id
