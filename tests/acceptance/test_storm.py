"""A storm over the sample province: 150 sites lost in five minutes, back over four hours.

The product's judge, writer, reader and report, with time as a number: only sockets are left out.
"""

from __future__ import annotations

import json
import random
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select

from demo.process import sample
from inventory.model import Network
from inventory.sites_toml import read
from inventory.topology import Topology, build, metered
from store.changes import Batch, Seeing, Sight
from store.period import Period
from store.questions import OutageRow
from store.states import Kind, State
from store.tables import incident
from store.tally import measure_all, roll_up
from store.urls import sqlite_url
from store.writer import Writer
from tests.cli.running import canh
from tests.probes.play import T0, Play
from tests.store.keeping import bring, reading, writing

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
TICK_MS = 1000
BEFORE, BROKE, CALM = 10 * MINUTE, 70 * MINUTE, 76 * MINUTE  # a lone fault, the storm, its end
OVER = BROKE + 4 * HOUR
DARK_HUB, CUT_HUB = "d-522", "d-524"  # two districts that know nothing of each other
PRIMARY, BACKUP = "L0052", "L0053"  # the ways to the second one
SITES = 150
MONTH = "2001-09"  # the one in which simulated time begins
MONTH_S = 30 * 24 * 3600
FOUND_MS, BACK_MS = 14 * SECOND, 13 * SECOND  # a round, its timeout, and a tick
SPARED_MS = 50 * SECOND  # so much longer is the round of what is reached over metered links alone


@dataclass
class Script:
    """What breaks when, from and to in ms of the play."""

    network: Network
    topology: Topology
    dark: dict[str, tuple[int, int]] = field(default_factory=dict)  # site without power
    cut: dict[str, tuple[int, int]] = field(default_factory=dict)  # link

    def behind(self, hub: str) -> list[str]:
        return [s.id for s in self.network.sites.values() if hub in s.uplink]

    def moments(self) -> list[int]:
        return sorted({at for pair in (*self.dark.values(), *self.cut.values()) for at in pair})

    def roots(self) -> dict[str, tuple[int, int]]:
        """Every fault of its own: the gateway of a site without power, or a link."""
        return {self.topology.gateways[site][0]: times for site, times in self.dark.items()} | (
            self.cut
        )

    def root_of(self, site: str) -> str | None:
        """Behind what must a device of this site lie while it is not there?"""
        if site == CUT_HUB or CUT_HUB in self.network.sites[site].uplink:
            return BACKUP
        hub = DARK_HUB if DARK_HUB in self.network.sites[site].uplink else site
        return self.topology.gateways[hub][0] if hub in self.dark else None


def scripted() -> Script:
    network = read(sample()).network
    assert network is not None
    script = Script(network, build(network))
    dice = random.Random(5)
    hubs = {upper for site in network.sites.values() for upper in site.uplink}
    lost = [DARK_HUB, CUT_HUB, *script.behind(DARK_HUB), *script.behind(CUT_HUB)]
    leaves = [
        site.id
        for site in network.sites.values()
        if site.id not in {*hubs, *lost} and len(script.topology.gateways[site.id]) == 1
    ]
    dice.shuffle(leaves)

    def spell() -> tuple[int, int]:
        return dice.randrange(BROKE, BROKE + 4 * MINUTE), dice.randrange(CALM, OVER)

    script.dark = {site: spell() for site in (DARK_HUB, *leaves[: SITES - len(lost)])}
    script.dark[leaves[-1]] = (BEFORE, CALM)
    begin, end = spell()
    script.cut = {PRIMARY: (begin, OVER + MINUTE), BACKUP: (begin + 40 * SECOND, end)}
    return script


class Weather(Play):
    """The play, with what answers worked out once for each change of the script."""

    def follow(self, script: Script) -> None:
        self.moments = script.moments()
        self.known: dict[tuple[int, int], bool] = {}
        site_of = {key: device.site for key, device in script.network.devices.items()}

        def during(pair: tuple[int, int] | None, at: int) -> bool:
            return pair is not None and pair[0] <= at < pair[1]

        def far(link: str) -> str:
            return script.network.links[link].b.site

        self.alive = lambda key, at: not during(script.dark.get(site_of[key]), at)
        self.cut = lambda link, at: during(script.cut.get(link), at)
        self.probe_cut = lambda link, at: (
            self.cut(link, at) or during(script.dark.get(far(link)), at)
        )

    def reaches(self, n: int, at: int, depth: int = 0) -> bool:
        place = (bisect_right(self.moments, at), n)
        if place not in self.known:
            self.known[place] = super().reaches(n, at, depth)
        return self.known[place]

    def record(self, writer: Writer, until: int) -> None:
        """Play on; every change is committed as the monitor would do."""
        while self.now < until:
            self.now += TICK_MS
            now = T0 + self.now
            judged = self._tick(now)
            beat = self.judge.heartbeat(now) if self.now % MINUTE == 0 else None
            batch = Batch(
                at_ms=now,
                verdicts=tuple(judged.verdicts),
                marks=tuple(judged.marks),
                seeing=(*judged.seeing, *([beat] if beat else ())),
                events=tuple(judged.events),
            )
            if batch:
                writer.submit(batch)
        end = T0 + self.now
        stop = Batch(at_ms=end, seeing=(Seeing(sight=Sight.SEEN, at_ms=end),))
        writer.submit(stop).result(timeout=60)


@dataclass(frozen=True)
class After:
    """The record once all is over."""

    script: Script
    folder: Path
    outages: tuple[OutageRow, ...]
    incidents: tuple[Any, ...]
    period: Period

    def own(self) -> Iterator[OutageRow]:
        for row in self.outages:
            if row.root_thing_id is None and row.state == State.DOWN:
                yield row


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> After:
    folder = tmp_path_factory.mktemp("storm")
    (folder / "sites.toml").write_text(sample().read_text("utf-8"), "utf-8")
    url = sqlite_url(folder / "record.db")
    script = scripted()
    weather = Weather(script.network)
    weather.follow(script)
    agreed = bring(url, script.network, T0)
    assert {pair: agreed.ids[pair] for pair in weather.ids} == weather.ids  # one numbering
    with writing(url, T0) as writer:
        weather.record(writer, OVER + 10 * MINUTE)
    engine = create_engine(url)
    with engine.connect() as conn:
        incidents = tuple(conn.execute(select(incident)))
    engine.dispose()
    with reading(url) as reader:
        begin = T0 - (T0 + 7 * HOUR) % (24 * HOUR) - 8 * 24 * HOUR  # 1 September, local midnight
        period = reader.period(begin, begin + MONTH_S * 1000, begin + MONTH_S * 2000)
        return After(script, folder, reader.outages(), incidents, period)


def test_the_roots_are_those_of_the_script_with_their_times(after: After) -> None:
    expected = after.script.roots()
    roots = {row.key: row for row in after.own()}
    assert len(roots) == len(list(after.own()))
    assert roots.keys() == expected.keys()
    spared = metered(after.script.network, after.script.topology.ways)
    for key, (begin, end) in expected.items():
        found = roots[key]
        assert found.first_good_ms is not None
        longer = SPARED_MS * (key in spared)
        assert 0 <= found.first_bad_ms - T0 - begin <= FOUND_MS + longer, key
        late = BACK_MS if found.kind == Kind.DEVICE else MINUTE  # a port is asked each minute
        assert 0 <= found.first_good_ms - T0 - end <= late + longer, key


def test_each_child_lies_behind_the_right_root(after: After) -> None:
    """Devices at the sites that were lost: each has one outage, behind what the script broke."""
    devices = after.script.network.devices
    behind = [row for row in after.outages if row.kind == Kind.DEVICE and row.root_thing_id]
    wrong = [(r.key, r.root_key) for r in behind
             if r.root_key != after.script.root_of(devices[r.key].site)]  # fmt: skip
    assert wrong == []
    roots = set(after.script.roots())
    lost = {
        key
        for key, device in devices.items()
        if key in after.script.topology.askable
        and key not in roots
        and after.script.root_of(device.site) is not None
    }
    assert sorted(row.key for row in behind) == sorted(lost)
    sites = {r.key for r in after.outages if r.kind == Kind.SITE and r.state != State.DEGRADED}
    assert len(sites) == SITES + 1  # and the one of an hour before


def test_the_storm_holds_its_roots_alone_and_ends_with_the_last(after: After) -> None:
    (storm,) = after.incidents
    roots = {row.key: row for row in after.own()}
    members = {row.key for row in roots.values() if row.incident_id == storm.id}
    before = {k for k, (begin, _) in after.script.roots().items() if begin == BEFORE}
    assert storm.kind == "storm"
    assert members == after.script.roots().keys() - before
    assert storm.started == min(roots[key].first_bad_ms for key in members)
    assert storm.ended == max(roots[key].first_good_ms or 0 for key in members)
    by_id = {row.id: row for row in after.outages}
    for row in after.outages:
        if row.root_id is not None:
            assert row.incident_id == by_id[row.root_id].incident_id


def test_the_shares_of_every_thing_and_roll_up_add_to_the_month(after: After) -> None:
    measured = list(zip(after.period.histories, measure_all(after.period), strict=True))
    for history, sums in measured:
        assert sums.split.total_ms == MONTH_S * 1000, history.key
    sites = [sums for history, sums in measured if history.kind is Kind.SITE]
    whole = roll_up(sites, Kind.SITE)
    assert whole.split.total_ms == whole.counted * MONTH_S * 1000
    assert whole.split.unreachable_ms == sum(one.split.unreachable_ms for one in sites)
    assert whole.incidents == 2


def test_the_report_adds_up_for_things_units_and_providers(after: After) -> None:
    words = ("report", "--month", MONTH, "--format", "json", "--data", ".")
    code, out, err = canh(after.folder, *words)
    assert code == 0, err
    said = json.loads(out)
    things = said["things"]
    for thing in things:
        times = thing["total"] if thing["kind"] == "unit" else 1
        assert sum(map(_ms, thing["split_s"].values())) == times * MONTH_S * 1000, thing["id"]
    province = next(t for t in things if t["kind"] == "unit" and t["level"] == "province")
    sites = [t for t in things if t["kind"] == "site"]
    for share, seconds in province["split_s"].items():
        assert _ms(seconds) == sum(_ms(site["split_s"][share]) for site in sites), share
    assert said["providers"]
    for provider in said["providers"]:
        circuits = [t for t in things if t["kind"] == "link" and t["provider"] == provider["name"]]
        for share, seconds in provider["split_s"].items():
            counted = [t for t in circuits if t["standing"] != "never_seen"]
            assert _ms(seconds) == sum(_ms(t["split_s"][share]) for t in counted), share


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
