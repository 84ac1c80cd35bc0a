"""Decides who is told of what: the record, the rules, what was told and the time → messages.

Nothing is kept beside the queue: what is owed is worked out anew, so a crash loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from zoneinfo import ZoneInfo

from inventory.alerts import BLIND, DEGRADED, DOWN, MASS, Escalation, Rule
from inventory.model import Network
from inventory.opening import Opening
from reports.alerts.hours import last_digest, loud, quiet_until, reached, released
from reports.alerts.places import Place, place
from store.message_facts import Look, Root
from store.outbox import FAILED, OVER, QUEUED, Floor, Letter, Row
from store.states import Kind, State

NEWS_MS = 3_600_000  # what is over for longer is told no more
MISSED_MS = 12 * 3_600_000  # a digest that is later than this is left out
STALE_MS = 30_000  # so long a monitor may be silent beside the delay of a rule
FLAPPING, STORM = "flapping", "storm"
MILD = ":degraded"  # it was told before it grew worse
Told = Mapping[str, Mapping[str, Row]]  # channel → key → message


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A message that is due since `due_ms`, and the rule that wants it ("" = what was told)."""

    letter: Letter
    due_ms: int
    rule: str


@dataclass(frozen=True)
class Plan:
    """The declared network as the rules need it."""

    network: Network
    _places: dict[tuple[Kind, str], Place] = field(default_factory=dict, repr=False)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.network.timezone)

    @cached_property
    def openings(self) -> Mapping[str, Opening]:
        calendars = self.network.calendars
        return {key: Opening(one, self.zone) for key, one in calendars.items()}

    def place(self, root: Root) -> Place:
        at = (root.kind, root.key)
        if at not in self._places:
            self._places[at] = place(self.network, *at)
        return self._places[at]

    def opening(self, rule: Rule) -> Opening | None:
        return None if rule.hours is None else self.openings[rule.hours]

    def steps(self, rule: Rule) -> Iterator[Escalation]:
        return (one for one in self.network.escalations if one.rule == rule.id)

    def quiet(self, rule: Rule, at_ms: int) -> bool:
        return quiet_until(rule.quiet_hours, at_ms, self.zone) is not None


def owed(
    plan: Plan, look: Look, told: Told, floors: Mapping[str, Floor], now_ms: int
) -> list[Owed]:
    """What is to be said now, the longest due first; each (channel, key) once."""
    found: dict[tuple[str, str], Owed] = {}
    for one in _all(plan, look, told, floors, now_ms):
        letter = one.letter
        if letter.channel in told and letter.key not in told[letter.channel]:
            known = found.setdefault((letter.channel, letter.key), one)
            if one.due_ms < known.due_ms:
                found[letter.channel, letter.key] = one
    return sorted(found.values(), key=lambda one: one.due_ms)


def _all(
    plan: Plan, look: Look, told: Told, floors: Mapping[str, Floor], now_ms: int
) -> Iterator[Owed]:
    for rule in plan.network.rules.values():
        if rule.digest is not None:
            yield from _sums(plan, rule, floors, now_ms)
        elif not plan.quiet(rule, now_ms):
            for root in look.roots.values():
                if matches(plan, rule, root, look):
                    yield from _of_root(plan, rule, root, look, told, floors, now_ms)
            if BLIND in rule.severity:
                yield from _blind(plan, rule, look, told, floors, now_ms)
    yield from _ends(plan, look, told, now_ms)
    for month, event_id in look.drafts:
        for channel in plan.network.notify.report_to:
            if channel in floors and event_id > floors[channel].event_id:
                letter = Letter(channel=channel, key=f"report:{month}", event_id=event_id)
                yield Owed(letter=letter, due_ms=now_ms, rule="")


def severities(root: Root, look: Look) -> frozenset[str]:
    """The words of rules that fit an outage: a mass outage is down, too."""
    spell = look.spells.get(root.incident_id or 0)
    mass = {MASS} if spell is not None and spell.kind == MASS else set()
    return frozenset({DEGRADED if root.state is State.DEGRADED else DOWN} | mass)


def matches(plan: Plan, rule: Rule, root: Root, look: Look) -> bool:
    """Does the rule ask for such an outage, wherever it is told?"""
    if rule.kind and root.kind not in rule.kind and root.kind is not Kind.BEYOND:
        return False
    if not severities(root, look) & set(rule.severity):
        return False
    at = plan.place(root)
    if at.anywhere:
        return True
    inside = not rule.unit or not at.units.isdisjoint(rule.unit)
    return inside and (not rule.level or not at.levels.isdisjoint(rule.level))


def thread_of(root: Root, look: Look, rows: Mapping[str, Row]) -> str:
    """What it is told as: itself, or the spell or storm that it belongs to."""
    own = f"outage:{root.outage_id}"
    spell = look.spells.get(root.incident_id or 0)
    if spell is None or spell.kind not in (FLAPPING, STORM):
        return own
    if any(row.thread == own for row in rows.values()):
        return own
    if spell.kind == FLAPPING:  # the outage that was told before one knew stands for the spell
        for other in look.roots.values():
            thread = f"outage:{other.outage_id}"
            open_ = thread + OVER not in rows or spell.over
            if other.incident_id == spell.id and thread in rows and open_:
                return thread
    return f"incident:{spell.id}"


def _of_root(
    plan: Plan,
    rule: Rule,
    root: Root,
    look: Look,
    told: Told,
    floors: Mapping[str, Floor],
    now_ms: int,
) -> Iterator[Owed]:
    """The first word of a root, that it grew worse, and each step that nobody prevented."""
    if not root.own or (root.over_ms is None and _at_work(root, now_ms)):
        return
    wanted = [(channel, 0.0, "") for channel in rule.to]
    if root.over_ms is None and not root.acknowledged:
        wanted += [
            (channel, step.after_s, f":after:{rule.id}:{step.after_s:g}")
            for step in plan.steps(rule)
            for channel in step.to
        ]
    for channel, after_s, suffix in wanted:
        rows = told.get(channel, {})
        if channel not in floors or root.event_id <= floors[channel].event_id:
            continue
        thread = thread_of(root, look, rows)
        mild = root.state is State.DEGRADED and not suffix
        key = thread + (suffix or (MILD if mild else ""))
        if key in rows or thread + OVER in rows or (mild and thread in rows):
            continue
        due_ms = _due(plan, rule, root, max(rule.delay_s, after_s), now_ms)
        if due_ms is None or _old_news(plan, rule, root.over_ms, channel, rows, now_ms):
            continue
        letter = Letter(
            channel=channel,
            key=key,
            event_id=None if suffix or thread.startswith("incident") else root.event_id,
            happened="escalated" if suffix else "told",
            outage_id=root.outage_id,
            body={"rule": rule.id},
            parts=_ended_with_it(root, look, channel, thread, suffix),
        )
        yield Owed(letter=letter, due_ms=due_ms, rule=rule.id)


def _ended_with_it(
    root: Root, look: Look, channel: str, thread: str, suffix: str
) -> tuple[Letter, ...]:
    """What is over when it is first told is told once."""
    if suffix or not _over(thread, look):
        return ()
    end = Letter(channel=channel, key=thread + OVER, outage_id=root.outage_id)
    return (end,)


def _at_work(root: Root, now_ms: int) -> bool:
    return any(begin <= now_ms < end for begin, end in root.works)


def _due(plan: Plan, rule: Rule, root: Root, needed_s: float, now_ms: int) -> int | None:
    """Since when it has lasted long enough, in time that concerns somebody."""
    until = now_ms if root.over_ms is None else min(root.over_ms, now_ms)
    opening = plan.opening(rule)
    if not root.works and opening is None:
        since = root.began_ms + int(needed_s * 1000)
        return since if since <= until else None
    return reached(loud(root.began_ms, until, root.works, opening), int(needed_s * 1000))


def _old_news(
    plan: Plan,
    rule: Rule,
    over_ms: int | None,
    channel: str,
    rows: Mapping[str, Row],
    now_ms: int,
) -> bool:
    """Over for long, and the channel could have told of it all that time."""
    if over_ms is None:
        return False
    pause_ms = int(2000 * plan.network.channels[channel].min_interval_s)
    told_from = released(rule.quiet_hours, over_ms, plan.zone)
    news_ms = max(NEWS_MS, pause_ms)
    if now_ms - told_from <= news_ms:
        return False
    waited = ((row.created_ms, _free_ms(row, now_ms)) for row in rows.values())
    free_ms = max((end for begin, end in waited if begin <= told_from < end), default=told_from)
    return now_ms - free_ms > news_ms


def _free_ms(row: Row, now_ms: int) -> int:
    """Until when the channel had this message to tell before any other."""
    return now_ms if row.state == QUEUED else row.changed_ms


def _over(thread: str, look: Look) -> int | None:
    """Since when what was told under it is over; None: it goes on."""
    kind, _, number = thread.partition(":")
    if kind == "incident":
        spell = look.spells.get(int(number))
        ends = [o.over_ms or 0 for o in look.roots.values() if o.incident_id == int(number)]
        return max(ends, default=1) if spell is not None and spell.over else None
    root = look.roots.get(int(number)) if kind == "outage" else None
    if root is None or root.over_ms is None:
        return None
    spell = look.spells.get(root.incident_id or 0)
    return None if spell and spell.kind == FLAPPING and not spell.over else root.over_ms


def _ends(plan: Plan, look: Look, told: Told, now_ms: int) -> Iterator[Owed]:
    """Each thread that was opened somewhere is closed there."""
    for channel, rows in told.items():
        threads = {one.thread for one in rows.values() if one.state != FAILED}
        for thread in threads:
            if thread + OVER in rows or (ended := _end_of(thread, look)) is None:
                continue
            over_ms, event_id, outage_id = ended
            if _all_quiet(plan, channel, _roots_of(thread, look), look, now_ms):
                continue
            letter = Letter(
                channel=channel, key=thread + OVER, event_id=event_id, outage_id=outage_id
            )
            yield Owed(letter=letter, due_ms=over_ms, rule="")


def _end_of(thread: str, look: Look) -> tuple[int, int | None, int | None] | None:
    """(since when, the event that tells of it, the outage)."""
    kind, _, number = thread.partition(":")
    if kind == "blind":
        return next(
            (
                (one.to_ms, one.end_event_id, None)
                for one in look.blind
                if one.event_id == int(number) and one.to_ms is not None
            ),
            None,
        )
    if kind == "stopped":
        return (look.seen_to_ms, None, None) if look.running else None
    if kind not in ("outage", "incident") or (over_ms := _over(thread, look)) is None:
        return None
    root = look.roots.get(int(number)) if kind == "outage" else None
    return over_ms, root.end_event_id if root else None, root.outage_id if root else None


def _roots_of(thread: str, look: Look) -> list[Root]:
    kind, _, number = thread.partition(":")
    if kind == "incident":
        return [root for root in look.roots.values() if root.incident_id == int(number)]
    root = look.roots.get(int(number)) if kind == "outage" else None
    return [] if root is None else [root]


def _all_quiet(plan: Plan, channel: str, roots: Sequence[Root], look: Look, now_ms: int) -> bool:
    """Every rule that asks for them and leads there is silent now."""
    rules = [
        rule
        for rule in plan.network.rules.values()
        if channel in rule.to or any(channel in step.to for step in plan.steps(rule))
    ]
    asked = [rule for rule in rules if any(matches(plan, rule, root, look) for root in roots)]
    return bool(rules) and all(
        rule.digest is None and plan.quiet(rule, now_ms) for rule in asked or rules
    )


def _blind(
    plan: Plan, rule: Rule, look: Look, told: Told, floors: Mapping[str, Floor], now_ms: int
) -> Iterator[Owed]:
    """The monitor saw nothing, or is not there."""
    delay_ms = int(rule.delay_s * 1000)
    for channel in rule.to:
        if channel not in floors:
            continue
        for one in look.blind:
            due_ms = one.from_ms + delay_ms
            until = now_ms if one.to_ms is None else one.to_ms
            rows = told.get(channel, {})
            old = _old_news(plan, rule, one.to_ms, channel, rows, now_ms)
            if due_ms <= until and one.event_id > floors[channel].event_id and not old:
                key = f"blind:{one.event_id}"
                end = (Letter(channel=channel, key=key + OVER),) if one.to_ms is not None else ()
                letter = Letter(channel=channel, key=key, event_id=one.event_id, parts=end)
                yield Owed(letter=letter, due_ms=due_ms, rule=rule.id)
        due_ms = look.seen_to_ms + delay_ms + STALE_MS
        if not look.running and look.seen_to_ms and due_ms <= now_ms:
            letter = Letter(channel=channel, key=f"stopped:{look.seen_to_ms}")
            yield Owed(letter=letter, due_ms=due_ms, rule=rule.id)


def _sums(plan: Plan, rule: Rule, floors: Mapping[str, Floor], now_ms: int) -> Iterator[Owed]:
    """The digest whose time has come."""
    assert rule.digest is not None
    from_ms, due_ms = last_digest(rule.digest, now_ms, plan.zone)
    for channel in rule.to:
        if channel in floors and floors[channel].at_ms < due_ms and now_ms - due_ms < MISSED_MS:
            key = f"summary:{due_ms}:{rule.id}"
            body = {"rule": rule.id, "from": from_ms, "to": due_ms}
            letter = Letter(channel=channel, key=key, happened="digest", body=body)
            yield Owed(letter=letter, due_ms=due_ms, rule=rule.id)
