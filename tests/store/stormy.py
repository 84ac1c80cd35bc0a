"""A seeded past: storms, people's words, changed files, a monitor that stopped and was blind."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, insert

from inventory.model import Device, End, Link, Network, Site, Unit
from store.acks import acknowledge, withdraw
from store.changes import Batch, Seeing, Sight, Verdict
from store.declare import agree
from store.questions import LiveRow, OutageRow
from store.reader import RecordReader
from store.revision import next_revision
from store.speech import Word
from store.spoken import maintenance, note
from store.states import Kind, Mark, State
from store.writer import Writer
from tests.store.keeping import NOW, bring, network, reading, writing

STEP = 10_000
Belief = tuple[State, int | None]  # with the root thing


def province(sites: int = 5) -> Network:
    """All hangs on one router: sites with a router, a switch, and a link from the hub."""
    plain = network()
    found, devices, links = dict(plain.sites), dict(plain.devices), dict(plain.links)
    for n in range(sites):
        site = f"s{n}"
        found[site] = Site(id=site, name=f"UBND xã {n}", unit="522", uplink=("p",))
        for part in ("r", "w"):
            key, address = f"{site}-{part}", f"127.52.{n}.{1 + (part == 'w')}"
            devices[key] = Device(id=key, site=site, role="router", address=address)
        hub = End(site="p", device="p-r", interface=f"Gi1/{n}")
        links[f"K{n}"] = Link(id=f"K{n}", a=hub, b=End(site=site))
    return replace(plain, sites=found, devices=devices, links=links)


def edited(declared: Network, rng: random.Random) -> Network:
    """A name, an address, a unit, a key or a thing that leaves or comes back."""
    site, device = f"s{rng.randrange(5)}", f"s{rng.randrange(5)}-w"
    sites, devices, units = dict(declared.sites), dict(declared.devices), dict(declared.units)
    kind = rng.randrange(5)
    if kind == 0:
        sites[site] = replace(sites[site], name=f"{sites[site].name} mới")
    elif kind == 1:
        other = f"52{rng.randrange(3, 6)}"
        made = Unit(id=other, code=other, name=f"TP {other}", level="district", parent="51")
        units.setdefault(other, made)
        sites[site] = replace(sites[site], unit=other)
    elif kind == 2:
        units["522"] = replace(units["522"], name=f"TP {rng.randrange(9)}")
    elif device in devices:
        del devices[device]
    else:
        devices[device] = Device(id=device, site=device[:2], role="switch", address="127.9.9.9")
    return replace(declared, sites=sites, devices=devices, units=units)


@dataclass
class Story:
    """`seen`: moment → what the plain reader showed then."""

    url: str
    rng: random.Random
    declared: Network = field(default_factory=province)
    ids: dict[tuple[str, str], int] = field(default_factory=dict)
    now_ms: int = NOW
    believed: dict[int, Belief] = field(default_factory=dict)
    since: dict[int, int] = field(default_factory=dict)
    seen: dict[int, tuple[Any, Any]] = field(default_factory=dict)

    def say(self, writer: Writer, work: Callable[[Connection, Word], Any]) -> Any:
        """One person's word, half a second before the next batch."""

        def change(conn: Connection) -> Any:
            word = Word("Lan", self.now_ms + STEP - 500, next_revision(conn))
            return work(conn, word)

        return writer.change(change).result(timeout=30)

    def words(self, writer: Writer, reader: RecordReader) -> None:
        rng, opened = self.rng, reader.roots()
        if opened and rng.random() < 0.6:
            one = rng.choice(opened).id
            until = self.now_ms + rng.randrange(2, 6) * STEP + 7 if rng.random() < 0.5 else None
            about: dict[str, Any] = {"note_text": f"số {rng.randrange(99)}", "owner": "Minh"}
            take = rng.random() < 0.7
            self.say(
                writer,
                lambda conn, word: (
                    acknowledge(conn, word, one, expected=1 << 60, until_ms=until, **about)
                    if take
                    else withdraw(conn, word, one, expected=1 << 60)
                ),
            )
        if opened and rng.random() < 0.3:
            root = rng.choice(opened)
            said = {"author": "An", "text": f"ghi {rng.randrange(99)}", "thing_id": root.thing_id}

            def jot(conn: Connection, word: Word) -> None:
                noted = {"outage_id": root.id, "entered": word.now_ms, **said}
                conn.execute(insert(note).values(**noted))
                word.raise_outage(conn, root.id, root.thing_id)

            self.say(writer, jot)
        if rng.random() < 0.2:
            begin = self.now_ms + rng.randrange(4) * STEP + 77
            work = {"started": begin, "ended": begin + 3 * STEP, "author": "An", "reason": "điện"}
            scope = rng.choice(sorted(self.ids.values()))
            self.say(
                writer,
                lambda conn, word: conn.execute(
                    insert(maintenance).values(
                        thing_id=scope, entered=word.now_ms, revision=word.revision, **work
                    )
                ),
            )

    def reload(self, writer: Writer) -> None:
        self.declared = edited(self.declared, self.rng)
        found = self.say(
            writer,
            lambda conn, word: agree(conn, self.declared, word.now_ms, accept_retired=True),
        )
        self.ids = dict(found.ids)
        gone = found.ended | (self.believed.keys() - set(self.ids.values()))
        for thing_id in gone:
            self.believed.pop(thing_id, None)
            self.since.pop(thing_id, None)

    def step(self, writer: Writer, reader: RecordReader, sight: Sight = Sight.SEEN) -> None:
        """A batch, and what the board shows after it."""
        begin, self.now_ms = self.now_ms, self.now_ms + STEP
        wanted = self.blind() if sight is Sight.BLIND else self.weather()
        verdicts = tuple(
            self.verdict(thing_id, belief, begin)
            for thing_id, belief in wanted.items()
            if self.believed.get(thing_id) != belief
        )
        seeing = (Seeing(sight=sight, at_ms=self.now_ms),)
        batch = Batch(at_ms=self.now_ms, verdicts=verdicts, seeing=seeing)
        writer.submit(batch).result(timeout=30)
        self.seen[self.now_ms] = shown(reader)

    def weather(self) -> dict[int, Belief]:
        """The hub hides all; a router hides its site; the rest falls and rises by itself."""
        rng, hub = self.rng, self.ids[Kind.DEVICE, "p-r"]
        cut = rng.random() < 0.2
        found: dict[int, Belief] = {}
        for (kind, key), thing_id in sorted(self.ids.items()):
            if kind not in (Kind.DEVICE, Kind.LINK) or key in ("d-u", "p-r"):
                continue
            old = self.believed.get(thing_id, (State.UP, None))
            luck = rng.random()
            own = State.DOWN if luck < 0.1 else State.DEGRADED if luck < 0.15 else State.UP
            own = State.UNKNOWN if luck > 0.97 else own
            stays = old[1] is None and 0.4 < luck < 0.9
            found[thing_id] = old if stays else (own, None)
            if cut and luck < 0.95:
                found[thing_id] = (State.UNREACHABLE, hub)
        found[hub] = (State.DOWN if cut else State.UP, None)
        for site in self.declared.sites:
            router = self.ids.get((Kind.DEVICE, f"{site}-r"))
            if router is not None:
                state, root = found[router]
                behind = root or (router if state is State.DOWN else None)
                found[self.ids[Kind.SITE, site]] = (state, behind)
        return found

    def blind(self) -> dict[int, Belief]:
        return dict.fromkeys(self.believed, (State.UNKNOWN, None))

    def verdict(self, thing_id: int, belief: Belief, begin: int) -> Verdict:
        state, root = belief
        since = self.rng.randrange(begin + 1, begin + STEP - 1000)
        last = self.since.get(thing_id, NOW)
        self.believed[thing_id], self.since[thing_id] = belief, since
        brackets: dict[str, Any] = {}
        if state is State.UP:
            brackets = {"last_bad_ms": last, "first_good_ms": since}
        elif state is not State.UNKNOWN:
            brackets = {"last_good_ms": last, "first_bad_ms": since, "last_bad_ms": since}
        return Verdict(
            thing_id=thing_id,
            state=state,
            since_ms=since,
            reason="no_answer",
            root_thing_id=root,
            **brackets,
        )


def shown(reader: RecordReader) -> tuple[Any, Any]:
    """What must be the same in a replay; keys are those of today."""
    rows = {row.thing_id: _row(row) for row in reader.snapshot().rows}
    return rows, {row.id: _root(row) for row in reader.roots()}


def _row(row: LiveRow) -> tuple[Any, ...]:
    where = (row.level, row.unit_id, row.site_id, row.uplink_id, row.address)
    believed = (row.state, row.since_ms, row.root_id, row.outage_id, row.acknowledged)
    return row.kind, row.name, *where, *believed, Mark.MAINTENANCE in row.marks


def _root(row: OutageRow) -> tuple[Any, ...]:
    times = (row.last_good_ms, row.first_bad_ms, row.first_good_ms)
    said = (row.note, row.owner, row.acknowledged_by, row.acknowledged_until_ms)
    behind = (row.members, dict(row.members_by_kind))
    return row.thing_id, row.name, row.state, *times, row.root_id, *said, *behind


@contextmanager
def stormy(url: str, seed: int, steps: int = 12) -> Iterator[Story]:
    """Three watches, each with a blind spell in it; between them the monitor stands still."""
    story = Story(url, random.Random(seed))
    story.ids = dict(bring(url, story.declared).ids)
    with reading(url) as reader:
        for watch in range(3):
            with writing(url, story.now_ms) as writer:
                story.step(writer, reader, Sight.OPENED)
                for n in range(steps):
                    story.words(writer, reader)
                    if story.rng.random() < 0.3:
                        story.reload(writer)
                    story.step(writer, reader, Sight.BLIND if n == 7 else Sight.SEEN)
                    if n == 7:
                        story.step(writer, reader, Sight.OPENED)
                seeing = (Seeing(sight=Sight.STOPPED, at_ms=story.now_ms + 1),)
                stops = Batch(at_ms=story.now_ms + 1, seeing=seeing)
                writer.submit(stops).result(timeout=30)
            story.now_ms += 60 * STEP if watch < 2 else 0
    yield story
