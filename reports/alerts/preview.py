"""What would be sent to whom and why: the rules played through without sending."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from inventory.alerts import Rule
from reports.alerts.hours import loud, reached, released
from reports.alerts.rules import Owed, Plan, matches, owed
from reports.alerts.telling import Teller
from reports.alerts.words import Message
from store.message_facts import Look, Root
from store.outbox import SENT, Floor, Outbox, Row

AHEAD_MS = 48 * 3_600_000  # how far an outage is thought to go on


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """A message at its time. `rule`: which one wants it; "": what was told comes to its end."""

    at_ms: int
    channel: str
    rule: str
    key: str
    outages: tuple[int, ...]
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmoved:
    """A rule that says nothing, and why."""

    rule: str
    why: str


class Preview:
    """Reads the record and writes nothing."""

    def __init__(self, outbox: Outbox, plan: Plan, teller: Teller, now_ms: int) -> None:
        self._outbox, self._plan, self._teller, self._now_ms = outbox, plan, teller, now_ms
        outbox.peek(plan.network.channels.keys(), now_ms)
        self._look = outbox.look(now_ms, since_ms=now_ms - AHEAD_MS)

    def due(self, at_ms: int) -> list[Foreseen]:
        """What is owed then, if nothing else happens and nothing more is sent."""
        told, floors = self._outbox.rows, self._outbox.floors
        wanted = owed(self._plan, self._look, told, floors, at_ms)
        return [self._foreseen(one, self._look, at_ms) for one in wanted]

    def of(self, outage_id: int) -> tuple[list[Foreseen], list[Unmoved]] | None:
        """All that an outage leads to, from its beginning, as if nobody had been told; None: it is
        no root of the record that may be told of."""
        root = self._look.roots.get(outage_id) or self._outbox.root(outage_id, self._now_ms)
        if root is None:
            return None
        told: dict[str, dict[str, Row]] = {key: {} for key in self._plan.network.channels}
        floors = dict.fromkeys(told, Floor(-1, 0))
        found = []
        for at_ms in sorted(set(self._moments(root))):
            then = root if root.over_ms is not None and root.over_ms <= at_ms else _going_on(root)
            look = replace(self._look, roots={outage_id: then}, blind=(), drafts=(), running=True)
            for one in owed(self._plan, look, told, floors, at_ms):
                if one.letter.outage_id == outage_id:
                    told[one.letter.channel] |= dict(_sent(one, at_ms))
                    found.append(self._foreseen(one, look, at_ms))
        return found, list(self._unmoved(root))

    def _moments(self, root: Root) -> Iterator[int]:
        """When something may become due."""
        last = root.began_ms + AHEAD_MS
        for rule in self._plan.network.rules.values():
            waits = [rule.delay_s, *(step.after_s for step in self._plan.steps(rule))]
            spells = loud(root.began_ms, last, root.works, self._plan.opening(rule))
            for wait_s in waits:
                due_ms = reached(spells, int(max(wait_s, rule.delay_s) * 1000))
                if due_ms is not None:
                    yield released(rule.quiet_hours, due_ms, self._plan.zone)
            if root.over_ms is not None:
                yield released(rule.quiet_hours, root.over_ms, self._plan.zone)

    def _unmoved(self, root: Root) -> Iterator[Unmoved]:
        for rule in self._plan.network.rules.values():
            if why := self._why_not(rule, root):
                yield Unmoved(rule=rule.id, why=why)

    def _why_not(self, rule: Rule, root: Root) -> str:
        if not matches(self._plan, rule, root, self._look):
            return "it asks for another unit, level, kind or severity"
        if rule.digest is not None:
            return f"it sums up at {rule.digest}"
        if not root.own:
            return "the outage lies behind another root"
        until = root.began_ms + AHEAD_MS if root.over_ms is None else root.over_ms
        spells = loud(root.began_ms, until, root.works, self._plan.opening(rule))
        if reached(spells, int(rule.delay_s * 1000)) is None:
            return "it did not last long enough outside planned work and within service hours"
        return ""

    def _foreseen(self, one: Owed, look: Look, at_ms: int) -> Foreseen:
        letter = one.letter
        telling = self._teller.telling(letter.channel, letter.key, look)
        return Foreseen(
            at_ms=at_ms,
            channel=letter.channel,
            rule=one.rule,
            key=letter.key,
            outages=tuple(outage.id for outage in telling.outages),
            message=self._teller.message(letter.channel, telling, at_ms),
        )


def _going_on(root: Root) -> Root:
    return replace(root, over_ms=None, end_event_id=None, acknowledged=False)


def _sent(one: Owed, at_ms: int) -> Iterator[tuple[str, Row]]:
    for letter in (one.letter, *one.letter.parts):
        yield (
            letter.key,
            Row(
                id=0,
                event_id=0,
                channel=letter.channel,
                key=letter.key,
                state=SENT,
                tries=1,
                created_ms=at_ms,
                changed_ms=at_ms,
                part_of=None,
                error=None,
            ),
        )
