"""Works off the queue: writes down what came of the last tries, and hands out the next."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from inventory.model import Network
from reports.alerts.rules import Owed, Plan, owed
from reports.alerts.telling import Teller
from reports.alerts.turns import next_letter
from reports.alerts.ways import Outcome, Parcel
from store.message_facts import Look
from store.outbox import BACK_EVENT, FAILED_EVENT, Outbox, Row

PAUSES_S = (5, 30, 120, 300, 900)  # before the second try, and the next ones
TROUBLED = 2  # after so many failed tries a channel is a problem
GIVEN_UP_MS = 24 * 3_600_000  # what could not be said for so long is said no more
SINCE_MS = 26 * 3_600_000  # how far back it is looked for what nobody was told of
CLOCK_MS = 1000  # what waits for the clock is looked at so often
READ_MS = 10_000  # and the record, where its revision stands


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A message that is to be sent now."""

    row: Row
    parcel: Parcel


@dataclass(slots=True)
class _Trouble:
    tries: int = 0  # failed ones in a row
    failed_ms: int = 0
    again_ms: int = 0  # when the next one is made
    told: bool = False

    def waits(self, now_ms: int) -> bool:
        """Not where the clock went back since."""
        return self.failed_ms <= now_ms < self.again_ms


@dataclass(slots=True)
class _Seen:
    look: Look | None = None
    read_ms: int = 0
    weighed_ms: int = 0

    def due(self, after_ms: int, now_ms: int) -> bool:
        """So long after the last time; also where the clock went back."""
        last_ms = self.weighed_ms if after_ms == CLOCK_MS else self.read_ms
        return not last_ms <= now_ms < last_ms + after_ms


class Desk:
    """Of one record; `turn` again and again, from one thread at a time. RecordError: nothing was
    done, and nothing is lost. `folder`: where the reports of months are."""

    def __init__(self, url: str, network: Network, folder: Path) -> None:
        self.network = network
        self._folder = folder
        self._outbox = Outbox(url)
        self._troubles: dict[str, _Trouble] = {}
        self._seen = _Seen()

    def begin(self, now_ms: int) -> None:
        """What happened before a channel was named for the first time is not told there."""
        self._outbox.begin(self.network.channels.keys(), now_ms)
        self._plan = Plan(self.network)
        self._teller = Teller(self._outbox, self._plan, self._folder)
        self._seen = _Seen()
        self._troubles = {key: _Trouble() for key in self.network.channels}
        for key, trouble in self._troubles.items():
            row = self._outbox.queued(key)
            if row is not None and row.error is not None:
                trouble.tries, trouble.told = row.tries, row.tries >= TROUBLED

    def change(self, network: Network, now_ms: int) -> None:
        """Other files: other channels and rules. Nothing may be on its way."""
        self.network = network
        self.begin(now_ms)

    @property
    def declared(self) -> str:
        """sha256 of the files that the record agrees with."""
        return self._outbox.revision()[1]

    @property
    def seeing(self) -> bool:
        """A monitor runs and sees: what the dead-man's signal vouches for."""
        return self._seen.look is not None and self._seen.look.seeing

    def turn(self, ended: Mapping[int, Outcome], busy: Collection[str], now_ms: int) -> list[Job]:
        """`ended`: row → what came of its try; `busy`: channels that are being used."""
        for row in [r for rows in self._outbox.rows.values() for r in rows.values()]:
            if row.id in ended:
                self._settle(row, ended[row.id], now_ms)
        anew = self._look(now_ms)
        look = self._seen.look
        free = [key for key in self.network.channels if key not in busy]
        if look is None or not free or not (anew or ended):
            return []
        told, floors = self._outbox.rows, self._outbox.floors
        wanted = owed(self._plan, look, told, floors, now_ms)
        jobs = [self._next(key, look, wanted, now_ms) for key in free]
        return [job for job in jobs if job is not None]

    def close(self) -> None:
        self._outbox.close()

    def _look(self, now_ms: int) -> bool:
        """Is there something to weigh: the record changed, or the clock went on?"""
        seen = self._seen
        revision, _ = self._outbox.revision()
        if seen.look is None or seen.look.revision != revision or seen.due(READ_MS, now_ms):
            look = self._outbox.look(now_ms, since_ms=now_ms - SINCE_MS)
            self._seen = _Seen(look, now_ms, now_ms)
            return True
        if not seen.due(CLOCK_MS, now_ms):
            return False
        seen.weighed_ms = now_ms
        return True

    def _next(self, key: str, look: Look, wanted: Sequence[Owed], now_ms: int) -> Job | None:
        if self._troubles[key].waits(now_ms):
            return None
        row = self._outbox.queued(key)
        if row is not None:
            row = self._outbox.again(row, now_ms)
        else:
            mine = [one for one in wanted if one.letter.channel == key]
            rows = self._outbox.rows[key].values()
            letter = next_letter(self.network.channels[key], mine, rows, now_ms)
            if letter is None:
                return None
            row = self._outbox.put(letter, now_ms)
        return Job(row=row, parcel=self._teller.parcel(row, look, now_ms))

    def _settle(self, row: Row, outcome: Outcome, now_ms: int) -> None:
        trouble = self._troubles[row.channel]
        if outcome.sent:
            self._outbox.settle(row, now_ms, sent=True)
            if trouble.told:
                self._outbox.tell(BACK_EVENT, {"channel": row.channel}, now_ms)
            self._troubles[row.channel] = _Trouble()
            return
        last = row.tries > len(PAUSES_S) and now_ms - row.created_ms > GIVEN_UP_MS
        self._outbox.settle(row, now_ms, sent=False, error=outcome.said, last=last)
        trouble.tries += 1
        pause_s = PAUSES_S[min(trouble.tries, len(PAUSES_S)) - 1]
        trouble.failed_ms, trouble.again_ms = now_ms, now_ms + pause_s * 1000
        if trouble.tries >= TROUBLED and not trouble.told:
            body = {"channel": row.channel, "error": outcome.said}
            self._outbox.tell(FAILED_EVENT, body, now_ms)
            trouble.told = True
