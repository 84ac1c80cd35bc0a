"""A small record, a desk with rules, and a clock that a test turns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from inventory.alerts import Channel, Escalation, Rule
from inventory.model import Calendar, Contact, Device, Network
from reports.alerts.desk import Desk, Job
from reports.alerts.ways import Outcome
from store.actions import Actions, open_actions
from store.changes import Batch, Happened, Marked, Verdict
from store.states import Mark
from store.writer import Writer
from tests.store.keeping import NOW, bring, commit, down, network, up, writing

SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000
GOOD = Outcome(sent=True, said="taken")
BAD = Outcome(sent=False, said="nobody there")
MORE = tuple(f"x{n}" for n in range(1, 31))  # switches of their own at the district office
MORNING = NOW - NOW % (24 * HOUR) + 2 * HOUR  # 09:00 in Viet Nam, a Friday


def declared(*rules: Rule, steps: tuple[Escalation, ...] = (), **channels: str) -> Network:
    """With channels by their URLs."""
    named = {key: Channel(id=key, url=url) for key, url in channels.items()}
    for rule in rules:
        for key in rule.to:
            named.setdefault(key, Channel(id=key, url="json://127.0.0.1:1/"))
    for step in steps:
        for key in step.to:
            named.setdefault(key, Channel(id=key, url="json://127.0.0.1:1/"))
    base = network()
    devices = {
        key: Device(id=key, site="d", role="switch", address=f"127.52.0.{n}")
        for n, key in enumerate(MORE, 1)
    }
    site = replace(base.sites["d"], contacts=("it",), postal_address="1 Hùng Vương")
    office = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), (("07:00", "17:00"),))
    week = office | {"sat": (), "sun": ()}
    return replace(
        base,
        sites={**base.sites, "d": site},
        devices={**base.devices, **devices},
        contacts={"it": Contact(id="it", name="Chị Hoa", phone="0255 111 222")},
        calendars={"office": Calendar(id="office", week=week)},
        channels=named,
        rules={rule.id: rule for rule in rules},
        escalations=steps,
    )


@dataclass
class World:
    """`told`: (channel, key, subject) of all that was sent, in its order."""

    url: str
    writer: Writer
    desk: Desk
    ids: Mapping[tuple[str, str], int]
    actions: Actions
    told: list[tuple[str, str, str]] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)

    def device(self, key: str) -> int:
        return self.ids["device", key]

    def falls(self, at: int, *keys: str, root: str | None = None, told: int | None = None) -> int:
        """The id of the first outage."""
        behind = None if root is None else self.device(root)
        verdicts = [down(self.device(key), at, behind) for key in keys]
        return self.commit(at + 500 if told is None else told, *verdicts)[0]

    def returns(self, at: int, *keys: str) -> None:
        self.commit(at + 500, *(up(self.device(key), at) for key in keys))

    def commit(self, at: int, *verdicts: Verdict) -> tuple[int, ...]:
        return commit(self.writer, at, *verdicts).opened

    def flaps(self, at: int, key: str, *marks: Mark) -> None:
        marked = Marked(thing_id=self.device(key), marks=frozenset(marks))
        self.writer.submit(Batch(at_ms=at, marks=(marked,))).result(30)

    def happens(self, at: int, kind: str) -> None:
        self.writer.submit(Batch(at_ms=at, events=(Happened(kind=kind),))).result(30)

    def at(self, now: int, outcome: Outcome = GOOD) -> list[tuple[str, str]]:
        """What is sent at a moment, until nothing more is due: (channel, key)."""
        ended: dict[int, Outcome] = {}
        found: list[tuple[str, str]] = []
        while True:
            jobs = self.desk.turn(ended, (), now)
            for job in jobs:
                found.append((job.row.channel, job.row.key))
                self.jobs.append(job)
                subject = job.parcel.message.subject.removeprefix("[Canh] ")
                self.told.append((job.row.channel, job.row.key, subject))
            if not jobs and not ended:
                return found
            ended = {job.row.id: outcome for job in jobs}
            now += 1

    def through(self, begin: int, end: int, step: int = 5 * SECOND) -> list[tuple[int, str, str]]:
        """The clock goes on by steps: (ms since `begin`, channel, key)."""
        return [(now - begin, *one) for now in range(begin, end + 1, step) for one in self.at(now)]


@contextmanager
def world(url: str, network: Network, begin: int = MORNING) -> Iterator[World]:
    agreed = bring(url, network, begin - HOUR)
    with writing(url, begin - HOUR) as writer:
        desk = Desk(url, network, Path("/nowhere"))
        desk.begin(begin - MINUTE)
        actions = open_actions(url)
        one = World(url, writer, desk, agreed.ids, actions)
        try:
            yield one
        finally:
            actions.close()
            one.desk.close()


def restarted(one: World, now: int, folder: Path = Path("/nowhere")) -> None:
    """The messenger's process is another."""
    network = one.desk.network
    one.desk.close()
    one.desk = Desk(one.url, network, folder)
    one.desk.begin(now)
