"""From a row of the queue to what is sent: the facts as they stand when it is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from inventory.alerts import Rule
from reports.alerts.hours import last_digest
from reports.alerts.rules import Plan, matches
from reports.alerts.ways import Parcel
from reports.alerts.words import Message, Telling, Words, worst_first
from reports.periods import Clock
from store.message_facts import Look, Root
from store.outbox import OVER, Outbox, Row
from store.period import Interval
from store.questions import OutageRow

LONGEST_NAME = 44
SUFFIXES = (".html", ".pdf", ".xlsx", ".zip", ".json")


class Teller:
    """`folder`: where the reports of months are kept."""

    def __init__(self, outbox: Outbox, plan: Plan, folder: Path) -> None:
        self._outbox, self._plan, self._folder = outbox, plan, folder

    def parcel(self, row: Row, look: Look, now_ms: int) -> Parcel:
        channel = self._plan.network.channels[row.channel]
        telling = self.telling(row.channel, row.key, look, self._outbox.parts(row))
        files = self._files(row.key) if telling.kind == "report" else []
        return Parcel(
            url=channel.url,
            key=self._name(row, row.key),
            thread=self._name(row, row.thread),
            message=self.message(row.channel, telling, now_ms),
            files=files,
        )

    def message(self, channel: str, telling: Telling, now_ms: int) -> Message:
        network = self._plan.network
        language = network.channels[channel].language or network.language
        words = Words(network, Clock(self._plan.zone, language), network.web.origin)
        return words.message(telling, now_ms)

    def telling(self, channel: str, key: str, look: Look, parts: Sequence[Row] = ()) -> Telling:
        kind, _, about = key.partition(":")
        match kind:
            case "outage" | "incident":
                return Telling(key=key, outages=self._outages(channel, key, look))
            case "digest":
                told = tuple(self.telling(channel, one.key, look) for one in parts)
                return Telling(key=key, parts=told)
            case "summary":
                due, _, rule = about.partition(":")
                return self._summary(key, int(due), self._plan.network.rules.get(rule), look)
            case "blind" | "stopped":
                return Telling(key=key, span=self._span(key, look))
            case "report":
                names = tuple(path.name for path in self._files(key))
                return Telling(key=key, files=names)
            case _:
                return Telling(key=key)

    def _outages(self, channel: str, key: str, look: Look) -> tuple[OutageRow, ...]:
        """The outage; of a storm those that concern the channel; of a flapping thing the last."""
        kind, number = key.split(":")[:2]
        ids = [int(number)]
        if kind == "incident":
            members = (one for one in look.roots.values() if one.incident_id == int(number))
            ids = [one.outage_id for one in members if self._concerns(channel, one, look)]
        found = list(self._outbox.outages(ids).values())
        if len({one.thing_id for one in found}) == 1:
            found = sorted(found, key=lambda one: one.first_bad_ms)[-1:]
        return worst_first(tuple(found))

    def _concerns(self, channel: str, root: Root, look: Look) -> bool:
        return any(
            matches(self._plan, rule, root, look)
            for rule in self._plan.network.rules.values()
            if channel in rule.to or any(channel in one.to for one in self._plan.steps(rule))
        )

    def _summary(self, key: str, due_ms: int, rule: Rule | None, look: Look) -> Telling:
        if rule is None or rule.digest is None:
            return Telling(key=key, span=(due_ms, due_ms))
        span = last_digest(rule.digest, due_ms, self._plan.zone)
        rows = [one for one in self._outbox.between(*span) if self._asked(rule, one, look)]
        return Telling(key=key, outages=worst_first(rows), span=span)

    def _asked(self, rule: Rule, row: OutageRow, look: Look) -> bool:
        root = Root(
            outage_id=row.id,
            thing_id=row.thing_id,
            kind=row.kind,
            key=row.key,
            state=row.state,
            began_ms=row.first_bad_ms,
            over_ms=row.first_good_ms,
            event_id=0,
            end_event_id=None,
            incident_id=row.incident_id,
        )
        return matches(self._plan, rule, root, look)

    def _span(self, key: str, look: Look) -> Interval:
        """Of what the monitor did not see; the end is the beginning while it goes on."""
        kind, number = key.split(":")[:2]
        if kind == "stopped":
            end = look.seen_to_ms if key.endswith(OVER) else int(number)
            return int(number), max(end, int(number))
        for one in look.blind:
            if one.event_id == int(number):
                return one.from_ms, one.to_ms or one.from_ms
        return 0, 0

    def _files(self, key: str) -> list[Path]:
        """Those of a month, the smallest first."""
        month = key.partition(":")[2]
        if not self._folder.is_dir():
            return []
        found: Iterable[Path] = self._folder.glob(f"*{month}*")
        files = (path for path in found if path.suffix in SUFFIXES and path.is_file())
        return sorted(files, key=lambda path: (path.stat().st_size, path.name))

    def _name(self, row: Row, key: str) -> str:
        """What a repeat is recognised by: short, for a Message-ID that is folded is not always
        understood. With the second in which its thread began: from a backup on numbers count anew.
        """
        held = self._outbox.rows.get(row.channel, {}).values()
        begun_ms = min(
            (r.created_ms for r in held if r.thread == row.thread), default=row.created_ms
        )
        record = self._outbox.record_id[:8]
        name = f"{key.replace(':', '.')}.{row.channel}.{begun_ms // 1000:x}.{record}"
        if len(name) <= LONGEST_NAME:
            return name
        return f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.{record}"
