"""The sample province in a storm, told to two real receivers: one message a root and channel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from inventory.alerts import Channel, Rule
from reports.alerts.desk import Desk
from reports.alerts.ways import deliver
from store.changes import Batch
from store.outbox import OVER
from store.questions import OutageRow
from store.states import Kind, State
from store.urls import sqlite_url
from store.writer import Writer
from tests.acceptance.test_storm import (
    BACKUP,
    CALM,
    DARK_HUB,
    MINUTE,
    PRIMARY,
    SECOND,
    TICK_MS,
    Script,
    Weather,
    scripted,
)
from tests.probes.play import T0
from tests.sinks import Calls, Mailbox, mailbox, webhook
from tests.store.keeping import bring, reading, writing

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
TURN_MS = 5 * SECOND


@dataclass
class Told:
    """What both receivers heard of it."""

    script: Script
    box: Mailbox
    calls: Calls
    outages: tuple[OutageRow, ...]

    def roots(self) -> list[OutageRow]:
        return [
            row
            for row in self.outages
            if row.root_thing_id is None
            and row.state == State.DOWN
            and row.kind in (Kind.DEVICE, Kind.LINK)
        ]

    def threads(self) -> dict[str, list[list[str]]]:
        """channel → the keys of each receiver's messages, without their ids."""
        mail = [one.strip("<>").partition(".mail.")[0] for one in self.box.ids]
        hook = [(one or "").partition(".hook.")[0] for one in self.calls.keys]
        return {"mail": [one.split(".") for one in mail], "hook": [one.split(".") for one in hook]}


def play(script: Script, until: int, folder: Path, box: Mailbox, calls: Calls) -> Told:
    """The province lives on; its desk has a turn each five seconds."""
    channels = {"mail": Channel(id="mail", url=box.url), "hook": Channel(id="hook", url=calls.url)}
    rule = Rule(id="all", to=("mail", "hook"), severity=("down", "mass"))
    network = replace(script.network, channels=channels, rules={"all": rule})
    url = sqlite_url(folder / "record.db")
    weather = Weather(script.network)
    weather.follow(script)
    bring(url, network, T0)
    with writing(url, T0) as writer, desk_of(url, network) as desk:
        while weather.now < until:
            commit(weather, writer)
            if weather.now % TURN_MS == 0:
                turns(desk, T0 + weather.now)
    with reading(url) as reader:
        return Told(script, box, calls, reader.outages())


@contextmanager
def desk_of(url: str, network: object) -> Iterator[Desk]:
    desk = Desk(url, network, Path("/nowhere"))  # type: ignore[arg-type]
    desk.begin(T0)
    try:
        yield desk
    finally:
        desk.close()


def commit(weather: Weather, writer: Writer) -> None:
    weather.now += TICK_MS
    now = T0 + weather.now
    judged = weather._tick(now)
    beat = weather.judge.heartbeat(now) if weather.now % MINUTE == 0 else None
    batch = Batch(
        at_ms=now,
        verdicts=tuple(judged.verdicts),
        marks=tuple(judged.marks),
        seeing=(*judged.seeing, *([beat] if beat else ())),
        events=tuple(judged.events),
    )
    if batch:
        writer.submit(batch).result(60)


def turns(desk: Desk, now: int) -> None:
    jobs = desk.turn({}, (), now)
    while jobs:
        ended = {job.row.id: deliver(job.parcel) for job in jobs}
        assert all(one.sent for one in ended.values()), ended
        jobs = desk.turn(ended, (), now)


def test_two_roots_that_know_nothing_of_each_other_are_one_message_each_with_all_behind(
    tmp_path: Path,
) -> None:
    script = scripted()
    script.dark = {DARK_HUB: (2 * MINUTE, 8 * MINUTE)}
    script.cut = {PRIMARY: (2 * MINUTE, 9 * MINUTE), BACKUP: (3 * MINUTE, 9 * MINUTE)}
    with mailbox() as box, webhook() as calls:
        told = play(script, 15 * MINUTE, tmp_path, box, calls)
    roots = {str(row.id): row for row in told.roots()}
    assert {row.key for row in roots.values()} == script.roots().keys()
    for keys in told.threads().values():
        counted = Counter((kind, number, *rest) for kind, number, *rest in keys)
        assert set(counted.values()) == {1}
        assert set(counted) == {
            ("outage", number, *end) for number in roots for end in ((), (OVER.strip(":"),))
        }
    behind = [row.members_by_kind.get("site", 0) for row in roots.values()]
    assert sum(behind) > 20
    begun = [str(mail["Subject"]) for mail in box.mails if "trở lại" not in str(mail["Subject"])]
    hiding = [row for row in roots.values() if row.members_by_kind.get("site")]
    assert sum("điểm mạng" in subject for subject in begun) == len(hiding), begun
    assert len(hiding) >= 2, begun


def test_in_a_storm_each_root_is_told_in_one_thread_alone_and_no_child_is(tmp_path: Path) -> None:
    script = scripted()
    end = CALM + 10 * MINUTE
    script.dark = {site: (begin, min(over, end)) for site, (begin, over) in script.dark.items()}
    script.cut = {link: (begin, min(over, end)) for link, (begin, over) in script.cut.items()}
    with mailbox() as box, webhook() as calls:
        told = play(script, end + 10 * MINUTE, tmp_path, box, calls)
    roots = {row.id: row for row in told.roots()}
    storm = {row.incident_id for row in roots.values()} - {None}
    assert len(roots) > 60
    assert len(storm) == 1
    for keys in told.threads().values():
        openings = [one for one in keys if one[-1] != OVER.strip(":")]
        closings = [one[:2] for one in keys if one[-1] == OVER.strip(":")]
        assert sorted(closings) == sorted(openings)
        alone = {int(number) for kind, number in openings if kind == "outage"}
        assert [kind for kind, _ in openings].count("incident") == 1
        assert alone <= roots.keys()
        assert len(openings) < 15  # of more than sixty roots
