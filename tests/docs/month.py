"""A month of the sample province, thrown by seeded dice and written by the product's writer.

The network, its topology and what a cut silences are the product's own; only the times and the
victims come from the dice, so that the same seed gives the same report to the last digit.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from demo import victims
from demo.process import sample
from demo.world import Conditions, World, world
from inventory.model import Network
from inventory.sites_toml import read
from store.actions import open_actions
from store.changes import Batch, Happened, Seeing, Sight, Verdict
from store.declare import agree
from store.engine import open_writer
from store.migrate import migrate
from store.reader import open_questions
from store.spoken import maintenance
from store.states import Kind, State
from store.urls import sqlite_url
from store.writer import Writer

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
INTERVAL_MS = 10 * SECOND
Thing = tuple[Kind, str]


def at(text: str) -> int:
    """Local wall time as UTC milliseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() * 1000)


BEGIN, END, MADE = at("2026-10-01T00:00"), at("2026-11-01T00:00"), at("2026-11-02T08:00")
WATCHED_FROM = at("2026-09-28T08:00")
GAPS = (  # the monitor itself: a cut uplink, an update, a power failure in the machine room
    (at("2026-10-07T02:14:30"), at("2026-10-07T02:31:05"), Sight.BLIND),
    (at("2026-10-13T22:00:10"), at("2026-10-13T22:04:45"), Sight.STOPPED),
    (at("2026-10-24T13:20:00"), at("2026-10-24T15:07:20"), Sight.BLIND),
)
PLANNED = (at("2026-10-17T22:00"), at("2026-10-18T02:00"), "Thay thiết bị chuyển mạch lõi")
TARGETS_PCT = {"province": 99.9, "district": 99.5, "commune": 99.0}
NOTES = {
    "link": (
        "Đứt cáp do thi công mở rộng đường, nhà mạng hàn nối lại",
        "Cháy rừng làm hỏng cáp treo, thay 400 m cáp",
        "Sạt lở đất làm gãy cột, kéo cáp tạm",
    ),
    "power": ("Điện lực cắt điện sửa lưới", "Bộ lưu điện hỏng ắc quy, đã thay"),
    "silent": ("Khởi động lại bộ định tuyến tại chỗ", ""),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """`root` fails by itself, `parts` show it at once, everything in `behind` is cut off."""

    begin: int
    end: int | None
    root: Thing
    reason: str
    state: State = State.DOWN
    parts: tuple[Thing, ...] = ()
    behind: tuple[Thing, ...] = ()
    note: str = ""

    def things(self) -> frozenset[Thing]:
        return frozenset((self.root, *self.parts, *self.behind))


def write(data: Path, seed: int, network: Network | None = None) -> str:
    """Write the month of a network, by default the sample, into `data`/record.db; → its URL."""
    network = network or province()
    url = sqlite_url(data / "record.db")
    engine = open_writer(url)
    migrate(engine)
    with engine.begin() as conn:
        ids = agree(conn, network, WATCHED_FROM).ids
        hub = ids["site", "d-529"]
        begin, end, why = PLANNED
        window = {"thing_id": hub, "started": begin, "ended": end, "author": "truc-mang-tinh"}
        # The door of people's words stamps today's clock, and this window was announced before.
        told = {"reason": why, "entered": begin - 72 * HOUR, "revision": 1}
        conn.execute(insert(maintenance).values(**window, **told))
    engine.dispose()
    there = world(network, frozenset({_absent(network)}))
    faults = list(throw(there, Random(f"month {seed}")))
    _play(url, there, ids, faults)
    _annotate(url, ids, faults)
    return url


def province() -> Network:
    """The sample province, its offices with the targets that a province would set."""
    network = read(sample()).network
    assert network is not None
    level = {unit.id: unit.level for unit in network.units.values()}
    sites = {
        key: replace(site, target_pct=TARGETS_PCT[level[site.unit]])
        for key, site in network.sites.items()
    }
    return replace(network, sites=sites)


def _absent(network: Network) -> str:
    """One device that was declared and never stood there."""
    found = victims.absentee(world(network), Random("absent"))
    assert found is not None
    return found


def throw(there: World, dice: Random) -> Iterator[Fault]:
    """Faults of every kind; none shares a thing with another that stands near it in time."""
    taken: list[Fault] = []
    for fault in itertools.chain(_planned(there), _cuts(there, dice), _small(there, dice)):
        clear = (fault.begin - HOUR, (fault.end or MADE) + HOUR)
        if not any(_near(clear, old) and fault.things() & old.things() for old in taken):
            taken.append(fault)
            yield fault


def _near(window: tuple[int, int], old: Fault) -> bool:
    return window[0] < (old.end or MADE) and old.begin < window[1]


def _planned(there: World) -> Iterator[Fault]:
    """The announced work, which overran its window."""
    gateway = there.topology.gateways["d-529"][0]
    yield _site_fault(there, "d-529", gateway, PLANNED[0] + 600_000, PLANNED[1] + 22 * MINUTE)


def _cuts(there: World, dice: Random) -> Iterator[Fault]:
    """Fibre cuts of four hubs, in working hours, for hours."""
    taken = {"d-529"}
    for number in range(4):
        victim = victims.fibre_cut(there, dice, taken)
        if victim is None:
            return
        taken |= victim.sites(there)
        begin = BEGIN + (3 + 7 * number) * 24 * HOUR + int(dice.uniform(7, 16) * HOUR)
        end = begin + int(dice.uniform(1.2, 8.5) * HOUR)
        if len(victim.breaks) > 1:  # the backup had gone two days before
            lone = (Kind.LINK, victim.breaks[0])
            yield Fault(begin - 44 * HOUR, end + 5 * HOUR, lone, "port_down")
        behind = _cut_off(there, victim.silent, victim.breaks)
        note = NOTES["link"][number % len(NOTES["link"])]
        root = _thing(there, victim.root)
        behind = tuple(thing for thing in behind if thing != root)
        yield Fault(begin, end, root, "port_down", behind=behind, note=note)


def _small(there: World, dice: Random) -> Iterator[Fault]:
    """Power cuts, loss, routers that hang, a flapping port; one stands open at the month's end."""
    sites = [key for key, site in there.network.sites.items() if site.uplink]
    edge = [key for key in sites if key.startswith("c-")]
    yield _power(there, "c-o-21016", at("2026-09-30T21:40"), at("2026-10-01T06:12"), dice)
    yield _power(there, "c-o-21214", at("2026-10-31T16:05:40"), None, dice)
    for _ in range(34):
        begin = _moment(dice)
        yield _power(there, dice.choice(edge), begin, begin + _length(dice, 75), dice)
    for _ in range(22):
        begin = _moment(dice)
        yield _loss(there, dice.choice(edge), begin, begin + _length(dice, 150))
    for _ in range(130):
        site, begin = dice.choice(sites), _moment(dice)
        gateway = there.topology.gateways[site][0]
        note = dice.choice(NOTES["silent"])
        fault = _site_fault(there, site, gateway, begin, begin + _length(dice, 9))
        yield replace(fault, note=note)
    link, begin = (Kind.LINK, "L0006"), at("2026-10-20T09:30")
    for number in range(6):  # each begins an hour later, so that `throw` lets it stand
        start = begin + number * 150 * MINUTE
        yield Fault(start, start + int(dice.uniform(1, 6) * MINUTE), link, "port_down")


def _moment(dice: Random) -> int:
    return BEGIN + int(dice.uniform(0.01, 0.985) * (END - BEGIN))


def _length(dice: Random, middle_min: float) -> int:
    """Most are short and few are long."""
    return int(dice.lognormvariate(0, 0.9) * middle_min * MINUTE) + 40 * SECOND


def _power(there: World, site: str, begin: int, end: int | None, dice: Random) -> Fault:
    gateway = there.topology.gateways[site][0]
    note = dice.choice(NOTES["power"])
    fault = _site_fault(there, site, gateway, begin, end)
    dark = there.silenced(Conditions(dark=frozenset({site})))
    links = _links_of(there, dark)
    return replace(fault, behind=(*fault.behind, *((Kind.LINK, link) for link in links)), note=note)


def _loss(there: World, site: str, begin: int, end: int) -> Fault:
    gateway = (Kind.DEVICE, there.topology.gateways[site][0])
    return Fault(begin, end, gateway, "loss", State.DEGRADED, ((Kind.SITE, site),))


def _site_fault(there: World, site: str, gateway: str, begin: int, end: int | None) -> Fault:
    """The gateway is silent: its site is down, and what hangs on it is cut off."""
    silent = there.silenced(Conditions(dark=frozenset({site}))) - {gateway}
    behind = tuple(thing for thing in _cut_off(there, silent, ()) if thing != (Kind.SITE, site))
    return Fault(
        begin, end, (Kind.DEVICE, gateway), "no_answer", parts=((Kind.SITE, site),), behind=behind
    )


def _thing(there: World, key: str) -> Thing:
    return (Kind.LINK, key) if key in there.network.links else (Kind.DEVICE, key)


def _cut_off(there: World, silent: frozenset[str], broken: Sequence[str]) -> tuple[Thing, ...]:
    """Devices, the sites whose gateways are all among them, and their links."""
    gateways: Mapping[str, tuple[str, ...]] = there.topology.gateways
    sites = [site for site, doors in gateways.items() if doors and silent.issuperset(doors)]
    links = [link for link in _links_of(there, silent) if link not in broken]
    return (
        *((Kind.DEVICE, device) for device in sorted(silent)),
        *((Kind.SITE, site) for site in sorted(sites)),
        *((Kind.LINK, link) for link in sorted(links)),
    )


def _links_of(there: World, silent: frozenset[str]) -> set[str]:
    """Links over which silent devices would go up."""
    return {link for device in silent for link, _ in there.topology.ways[device] if link}


def _play(
    url: str, there: World, ids: Mapping[tuple[str, str], int], faults: Sequence[Fault]
) -> None:
    """Hand everything to the writer in the order in which it happened."""
    turns: list[tuple[int, Batch]] = [(WATCHED_FROM, _everything_up(url, there, ids))]
    for fault in faults:
        turns.append(_fails(fault, ids))
        if fault.end is not None:
            turns.append(_heals(fault, fault.end, ids))
    turns += _gaps()
    writer = Writer(open_writer(url), "may-giam-sat")
    writer.start(WATCHED_FROM)
    for _, batch in sorted(turns, key=lambda turn: turn[0]):
        writer.submit(batch).result(timeout=60)
    writer.close(MADE, seen_ms=MADE)


def _everything_up(url: str, there: World, ids: Mapping[tuple[str, str], int]) -> Batch:
    """The first round: all that is measured answers, but for the one that is not there."""
    reader = open_questions(url)
    rows = [row for row in reader.snapshot().rows if row.state is State.UNKNOWN]
    reader.close()
    missing = {ids[Kind.DEVICE, device] for device in there.absent}
    answered = tuple(
        Verdict(
            thing_id=row.thing_id,
            state=State.UP,
            since_ms=WATCHED_FROM + 20 + row.thing_id,
            reason="answers",
        )
        for row in rows
        if row.thing_id not in missing
    )
    opened = Seeing(sight=Sight.OPENED, at_ms=WATCHED_FROM)
    return Batch(at_ms=WATCHED_FROM + INTERVAL_MS, verdicts=answered, seeing=(opened,))


def _fails(fault: Fault, ids: Mapping[tuple[str, str], int]) -> tuple[int, Batch]:
    root = ids[fault.root]
    cut_off = State.UNREACHABLE
    said: list[tuple[Thing, State, int | None, str]]
    said = [(fault.root, fault.state, None, fault.reason)]
    said += [(part, fault.state, root, "part") for part in fault.parts]
    said += [(thing, cut_off, root, "end_silent") for thing in fault.behind]
    verdicts = tuple(
        Verdict(
            thing_id=ids[thing],
            state=state,
            since_ms=fault.begin + number,
            reason=reason,
            root_thing_id=over,
            last_good_ms=fault.begin + number - INTERVAL_MS,
            first_bad_ms=fault.begin + number,
            last_bad_ms=fault.begin + number + 2 * SECOND,
        )
        for number, (thing, state, over, reason) in enumerate(said)
    )
    seen = fault.begin + 5 * SECOND
    return fault.begin, Batch(at_ms=seen, verdicts=verdicts)


def _heals(fault: Fault, end: int, ids: Mapping[tuple[str, str], int]) -> tuple[int, Batch]:
    things = (fault.root, *fault.parts, *fault.behind)
    verdicts = tuple(
        Verdict(
            thing_id=ids[thing],
            state=State.UP,
            since_ms=end + number,
            reason="answers",
            last_bad_ms=end + number - INTERVAL_MS,
            first_good_ms=end + number,
        )
        for number, thing in enumerate(things)
    )
    return end, Batch(at_ms=end + 5 * SECOND, verdicts=verdicts)


def _gaps() -> Iterator[tuple[int, Batch]]:
    for begin, end, sight in GAPS:
        closed, opened = Seeing(sight=sight, at_ms=begin), Seeing(sight=Sight.OPENED, at_ms=end)
        yield begin, Batch(at_ms=begin, seeing=(closed,), events=(Happened(kind="blind"),))
        yield end, Batch(at_ms=end, seeing=(opened,), events=(Happened(kind="sight"),))


def _annotate(url: str, ids: Mapping[tuple[str, str], int], faults: Sequence[Fault]) -> None:
    """What people said about the longer ones."""
    notes = {(ids[f.root], f.begin): f.note for f in faults if f.note}
    reader, actions = open_questions(url), open_actions(url)
    for outage in reader.outages():
        text = notes.get((outage.thing_id, outage.first_bad_ms))
        if text:
            words = {"actor": "truc-mang-tinh", "text": text}
            actions.annotate(outage.thing_id, outage_id=outage.id, **words)
    actions.close()
    reader.close()
