"""This period against the one before, like for like: only what was in service in both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from inventory.tiers import TIERS, TRANSIT
from reports.collate import vietnamese
from reports.document import Document, Row
from reports.places import Places
from store.ledger import MIN_SEEN_PCT, Split, add, figures, judged_by_availability
from store.period import History, Interval, Period, Signature
from store.states import Kind
from store.tally import ThingFigures, measure

KINDS = frozenset({Kind.SITE, Kind.LINK, Kind.SERVICE})
MOST_CHANGED = 10
MIN_SERVICE_PCT = 90  # of the time of each period: a thing of half a month is not like a whole one


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A thing, or several together, in both periods. `n` of `whole` things are compared."""

    kind: Kind
    id: str
    name: str
    then: Split
    now: Split
    n: int = 1
    whole: int = 1

    @property
    def then_pct(self) -> float | None:
        return _headline(self.kind, self.then)

    @property
    def now_pct(self) -> float | None:
        return _headline(self.kind, self.now)

    @property
    def then_lost_ms(self) -> int:
        return _lost(self.kind, self.then)

    @property
    def now_lost_ms(self) -> int:
        return _lost(self.kind, self.now)

    @property
    def points(self) -> float:
        """From then to now; 0 where one of them has no figure."""
        then, now = self.then_pct, self.now_pct
        return 0.0 if then is None or now is None else now - then


class Left(NamedTuple):
    """A thing that is not compared."""

    kind: Kind
    id: str
    name: str


class Differs(NamedTuple):
    """A thing whose signed figure for the earlier period is no longer what the record says."""

    kind: Kind
    id: str
    name: str
    signed_pct: float | None
    today_pct: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedBefore:
    by: str
    at_ms: int
    differs: tuple[Differs, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """With [from_ms, to_ms). `whole` None: there is nothing to compare; `began_ms`: since when
    anything was in service then, None: nothing was. `left`: why → what is left out: added, removed,
    part, unseen, moved."""

    from_ms: int
    to_ms: int
    began_ms: int | None
    whole: Compared | None = None
    tiers: tuple[Compared, ...] = ()
    units: tuple[Compared, ...] = ()
    providers: tuple[Compared, ...] = ()
    services: tuple[Compared, ...] = ()
    worse: tuple[Compared, ...] = ()
    better: tuple[Compared, ...] = ()
    left: Mapping[str, tuple[Left, ...]]
    transit: tuple[Left, ...] = ()  # offices that became transit points meanwhile
    ended: tuple[str, ...] = ()  # tiers that there are no more
    signed: SignedBefore | None = None


class _Both(NamedTuple):
    """A thing in both periods; `row` is that of this one."""

    row: Row
    history: History
    then: ThingFigures


def compare(
    period: Period, document: Document, earlier: Period, signature: Signature | None
) -> Comparison:
    """`earlier`: the splits of the things of KINDS in the period before."""
    window = earlier.from_ms, min(earlier.to_ms, earlier.now_ms)
    before = {h.thing_id: (h, measure(h, window)) for h in earlier.histories if h.kind in KINDS}
    now = {
        row.history.thing_id: row
        for row in document.things
        if row.history is not None and row.kind in KINDS
    }
    both, left = _apart(now, before, (document.from_ms, document.to_ms), window)
    served = [history for history, sums in before.values() if _served(sums.split)]
    began_ms = _began(served, window) if served else None
    nothing = Comparison(from_ms=window[0], to_ms=window[1], began_ms=began_ms, left=left)
    if not both:
        return nothing
    sites = [one for one in both if one.row.kind is Kind.SITE]
    places = _Places(period, earlier, document, sites, window)
    links = [one for one in both if one.row.kind is Kind.LINK]
    things = [_compared(one) for one in both]
    worse, better = _most_changed(things)
    tiers = tuple(places.tiers())
    return replace(
        nothing,
        whole=_together(Kind.SITE, "", "", sites, document.whole.sums.total) if sites else None,
        tiers=tiers,
        units=tuple(places.units()),
        providers=tuple(_providers(document, links)),
        services=tuple(one for one in things if one.kind is Kind.SERVICE),
        worse=worse,
        better=better,
        left=left | ({"moved": moved} if (moved := places.moved()) else {}),
        transit=places.transit(),
        ended=places.ended(),
        signed=_signed(signature, both),
    )  # fmt: skip


def _apart(
    now: Mapping[int, Row],
    before: Mapping[int, tuple[History, ThingFigures]],
    window: Interval,
    earlier: Interval,
) -> tuple[list[_Both], dict[str, tuple[Left, ...]]]:
    """What can be compared, and by why the rest cannot."""
    histories = (row.history for row in now.values() if row.history is not None)
    expected = _expected(histories, window), _expected((h for h, _ in before.values()), earlier)
    both: list[_Both] = []
    left: dict[str, list[Left]] = {}
    for thing_id, row in now.items():
        history, sums = before.get(thing_id, (None, None))
        served_then = 0 if sums is None else _served(sums.split)
        served_now = _served(row.sums.split)
        short = any(
            100 * served < MIN_SERVICE_PCT * length
            for served, length in zip((served_now, served_then), expected, strict=True)
        )
        if not served_now and not served_then:
            continue
        if not served_now:
            left.setdefault("removed", []).append(_left(row))
        elif history is None or sums is None or not served_then:
            left.setdefault("added", []).append(_left(row))
        elif short:
            left.setdefault("part", []).append(_left(row))
        elif not row.sums.measured or not sums.measured:
            left.setdefault("unseen", []).append(_left(row))
        else:
            both.append(_Both(row, history, sums))
    gone = (pair for thing_id, pair in before.items() if thing_id not in now)
    for history, sums in gone:
        if _served(sums.split):
            one = Left(history.kind, history.key, history.name)
            left.setdefault("removed", []).append(one)
    return both, {why: _by_name(found) for why, found in left.items()}


def _expected(histories: Iterable[History], window: Interval) -> int:
    """How long anything could be in service: the record may have begun within the period."""
    return window[1] - _began(histories, window)


def _began(histories: Iterable[History], window: Interval) -> int:
    """Since when anything was in service."""
    starts = [history.service[0][0] for history in histories if history.service]
    return max(window[0], min(starts, default=window[0]))


def _served(split: Split) -> int:
    return split.total_ms - split.not_in_service_ms


class _Places:
    """The compared sites by tier and unit, each as long as it stood there, then and now."""

    def __init__(
        self,
        period: Period,
        earlier: Period,
        document: Document,
        sites: Sequence[_Both],
        window: Interval,
    ) -> None:
        self._document, self._sites = document, sites
        held = [(one.row.history, one.row.sums) for one in sites if one.row.history is not None]
        now = Places(period, held)
        then = Places(earlier, [(one.history, one.then) for one in sites])
        here = document.from_ms, document.to_ms
        self._levels = then.in_levels(window), now.in_levels(here)
        self._units = then.in_units(window), now.in_units(here)
        self._rows = now.units(here)

    def tiers(self) -> Iterator[Compared]:
        whole = {tier.level: tier.whole.sums.total for tier in self._document.tiers}
        for level in (*TIERS, *sorted(self._levels[1].keys() - set(TIERS))):
            then, now = (side.get(level, {}) for side in self._levels)
            made = _common(Kind.SITE, level, level, then, now, whole.get(level, 0))
            if made is not None:
                yield made

    def units(self) -> Iterator[Compared]:
        whole = {row.id: row.sums.total for row in self._document.units}
        for unit_id, row in sorted(self._rows.items()):
            then, now = (side.get(unit_id, {}) for side in self._units)
            made = _common(Kind.UNIT, row.key, row.name, then, now, whole.get(row.key, 0))
            if made is not None and made.n > 1:
                yield made

    def moved(self) -> tuple[Left, ...]:
        """Compared in the whole network, but in no tier: they changed it."""
        then, now = ({level: s.keys() for level, s in side.items()} for side in self._levels)
        stayed = {site for level in now for site in now[level] & then.get(level, set())}
        changed = (one for one in self._sites if one.history.thing_id not in stayed)
        return _by_name(_left(one.row) for one in changed)

    def transit(self) -> tuple[Left, ...]:
        then, now = (side.get(TRANSIT, {}).keys() for side in self._levels)
        fresh = now - then
        return _by_name(_left(one.row) for one in self._sites if one.history.thing_id in fresh)

    def ended(self) -> tuple[str, ...]:
        alive = {tier.level for tier in self._document.tiers}
        return tuple(level for level in TIERS if level in self._levels[0].keys() - alive)


def _common(
    kind: Kind,
    key: str,
    name: str,
    then: Mapping[int, ThingFigures],
    now: Mapping[int, ThingFigures],
    whole: int,
) -> Compared | None:
    shared = [site for site in now if site in then and then[site].measured and now[site].measured]
    if not shared:
        return None
    return Compared(
        kind=kind,
        id=key,
        name=name,
        then=add(then[site].split for site in shared),
        now=add(now[site].split for site in shared),
        n=len(shared),
        whole=max(whole, len(shared)),
    )


def _together(kind: Kind, key: str, name: str, members: Sequence[_Both], whole: int) -> Compared:
    then = add(one.then.split for one in members)
    now = add(one.row.sums.split for one in members)
    return Compared(kind=kind, id=key, name=name, then=then, now=now, n=len(members), whole=whole)


def _providers(document: Document, links: Sequence[_Both]) -> Iterator[Compared]:
    """Links that changed hands in between are nobody's comparison."""
    for row in document.providers:
        mine = [
            one
            for one in links
            if one.row.provider == one.history.provider and one.row.provider in (row.id, row.name)
        ]
        if mine:
            yield _together(Kind.PROVIDER, row.id, row.name, mine, row.sums.total)


def _compared(one: _Both) -> Compared:
    row = one.row
    return Compared(
        kind=row.kind, id=row.id, name=row.name, then=one.then.split, now=row.sums.split
    )


def _most_changed(
    things: Iterable[Compared],
) -> tuple[tuple[Compared, ...], tuple[Compared, ...]]:
    """What got worse and what got better most, of what was seen well enough both times."""
    points = ((one.points, one) for one in things)
    changed = [pair for pair in points if pair[0] and _well_seen(pair[1].then, pair[1].now)]
    changed.sort(key=lambda pair: (pair[0], pair[1].id))
    worse = [one for change, one in changed[:MOST_CHANGED] if change < 0]
    better = [one for change, one in changed[: -MOST_CHANGED - 1 : -1] if change > 0]
    return tuple(worse), tuple(better)


def _well_seen(*splits: Split) -> bool:
    return all((figures(split).seen_pct or 0) >= MIN_SEEN_PCT for split in splits)


def _signed(signature: Signature | None, both: Sequence[_Both]) -> SignedBefore | None:
    if signature is None:
        return None
    signed = {(row["kind"], row["id"]): row for row in signature.document.get("things", ())}
    differs = []
    for one in both:
        row, held = one.row, signed.get((one.row.kind.value, one.history.key))
        if held is None:
            continue
        own = judged_by_availability(row.kind)
        said = held["availability_pct" if own else "service_pct"]
        today = _headline(row.kind, one.then.split)
        if said != today:
            differs.append(Differs(row.kind, row.id, row.name, said, today))
    differs.sort(key=lambda one: vietnamese(one.name))
    return SignedBefore(by=signature.by, at_ms=signature.at_ms, differs=tuple(differs))


def _headline(kind: Kind, split: Split) -> float | None:
    found = figures(split)
    return found.availability_pct if judged_by_availability(kind) else found.service_pct


def _lost(kind: Kind, split: Split) -> int:
    return split.down_ms if judged_by_availability(kind) else split.lost_ms


def _left(row: Row) -> Left:
    return Left(row.kind, row.id, row.name)


def _by_name(found: Iterable[Left]) -> tuple[Left, ...]:
    order = (Kind.SITE, Kind.LINK, Kind.SERVICE)
    return tuple(sorted(found, key=lambda one: (order.index(one.kind), vietnamese(one.name))))
