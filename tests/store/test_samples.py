"""Samples come back as they were measured, from slabs as from chunks, and hurt nobody."""

from __future__ import annotations

import itertools
import json
import logging
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from cli.main import main
from store import sample_file
from store.changes import Batch, DeviceSaid
from store.engine import RecordError, open_writer
from store.sample_file import chunk, meta, open_keeping, slab
from store.sample_keeper import SampleKeeper
from store.samples import HOUR_MS, MINUTE_MS, Measure, Samples
from store.tables import record
from tests.store.keeping import NOW, bring, commit, down, network, reading, writing
from tests.store.sampling import NAMES, Kept, interfaces, keep, looking, row, settle, stock

OCTETS = st.one_of(st.none(), st.integers(0, 2**64 - 2), st.integers(0, 50))
POLLS = st.lists(
    st.tuples(
        st.integers(1, 40 * MINUTE_MS),  # since the one before
        st.dictionaries(st.sampled_from(NAMES), st.tuples(OCTETS, OCTETS, st.integers(1, 7))),
        st.booleans(),  # a minute is over
    ),
    max_size=14,
)
_days = itertools.count(1)


def _count(url: str, table: object) -> int:
    engine = open_keeping(url)
    with engine.connect() as conn:
        found = conn.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[arg-type]
    engine.dispose()
    return int(found)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return stock(f"sqlite:///{tmp_path_factory.mktemp('samples') / 'record.db'}")


@settings(max_examples=30, deadline=None)
@given(polls=POLLS)
def test_counters_come_back_whatever_was_reset_lost_or_unplugged(
    kept: Kept, polls: list[tuple[int, dict[str, tuple[int | None, int | None, int]], bool]]
) -> None:
    samples, flushes = Samples(), []
    began = at = NOW + next(_days) * 24 * HOUR_MS
    said: dict[tuple[str, Measure], list[tuple[int, int | None]]] = {}
    samples.flush(at)
    for gap, ports, minute_over in polls:
        at += gap
        names = tuple(name for name in NAMES if name in ports)
        samples.counters(kept.device, at, names, [row(n, *ports[n]) for n in names])
        for name in names:
            values = zip((Measure.IN_OCTETS, Measure.OUT_OCTETS, Measure.OPER_STATUS), ports[name],
                         strict=True)  # fmt: skip
            for measure, value in values:
                said.setdefault((name, measure), []).append((at, value))
        if minute_over:
            flushes.append(samples.flush(at + MINUTE_MS))
    flushes.append(samples.flush(at, last=True))
    samples.pings([(kept.device, at + 2 * HOUR_MS, 1)])
    for flush in (flushes, [samples.flush(at + 2 * HOUR_MS, last=True)]):
        keep(kept.url, *flush)  # first in slabs, then in chunks
        with looking(kept.url) as reader:
            for name, measure in itertools.product(NAMES, (Measure.IN_OCTETS, Measure.OUT_OCTETS,
                                                           Measure.OPER_STATUS)):  # fmt: skip
                found = reader.series(kept.ports[name], measure, began, began + 24 * HOUR_MS)
                assert list(found) == said.get((name, measure), [])


def test_pings_come_back_with_their_losses_across_slab_and_chunk(url: str) -> None:
    kept = stock(url)
    samples = Samples()
    pings = [(NOW + k * 10_000, None if k % 7 == 3 else 1000 + k) for k in range(400)]
    with writing(url) as writer, closing(SampleKeeper(url, "test", writer.beside)) as keeper:
        for at_ms, rtt in pings:
            samples.pings([(kept.device, at_ms, rtt), (kept.other, at_ms, 5)])
            if flush := samples.flush(at_ms):
                keeper.keep(flush)
                settle(writer, keeper)
        assert (_count(url, chunk), _count(url, slab)) == (2, 7)  # an hour, and its sequel
        with looking(url) as reader:
            seen = [point for point in pings if point[0] <= NOW + 66 * MINUTE_MS]
            assert list(reader.series(kept.device, Measure.RTT_US, NOW, NOW + HOUR_MS * 2)) == seen
            part = reader.series(kept.device, Measure.RTT_US, NOW + 5000, NOW + 30_000)
            assert list(part) == pings[1:3]
            other = reader.series(kept.other, Measure.RTT_US, 0, 2 * NOW)
            assert {value for _, value in other} == {5}


def test_what_comes_after_its_hour_was_closed_is_kept_beside_it(url: str) -> None:
    kept = stock(url)
    samples = Samples()
    for late in range(3):
        samples.pings([(kept.device, NOW + late * 1000, late)])
        samples.counters(kept.device, NOW + late * 1000, NAMES[:1], [row(NAMES[0], late, 7)])
        keep(url, samples.flush(NOW + 2 * HOUR_MS + late, last=True))
    assert (_count(url, chunk), _count(url, slab)) == (6, 0)
    with looking(url) as reader:
        span = (NOW, NOW + HOUR_MS)
        three = tuple((NOW + k * 1000, k) for k in range(3))
        assert reader.series(kept.device, Measure.RTT_US, *span) == three
        assert reader.series(kept.ports[NAMES[0]], Measure.IN_OCTETS, *span) == three
        assert reader.latest_octets(kept.device) == {kept.ports[NAMES[0]]: (2, 7)}


def test_the_samples_of_unknown_things_are_reported_and_not_guessed(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    kept = stock(url)
    samples = Samples()
    for _ in range(2):
        samples.pings([(999_999, NOW, 5), (kept.device, NOW, 6)])
        rows = [row(NAMES[0], 1, 1), (77, 1, 1, 5, 5)]
        samples.counters(kept.device, NOW, (NAMES[0], "Vlan77"), rows)
        keep(url, samples.flush(NOW, last=True))
    told = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert any("thing 999999" in t and "'Vlan77' (if_index 77)" in t for t in told)
    with looking(url) as reader:
        assert len(reader.series(kept.device, Measure.RTT_US, NOW, NOW + 1)) == 2
        assert reader.latest_octets(kept.device) == {kept.ports[NAMES[0]]: (1, 1)}
        with pytest.raises(KeyError, match="the record does not know it"):
            reader.series(999_999, Measure.RTT_US, NOW, NOW + 1)
        with pytest.raises(KeyError):  # a device has no octets of its own
            reader.series(kept.device, Measure.IN_OCTETS, NOW, NOW + 1)


def test_an_index_that_moves_to_another_port_takes_no_history_along(url: str) -> None:
    kept = stock(url)
    samples = Samples()
    samples.counters(kept.device, NOW, NAMES[:2], [row(NAMES[0], 10, 10), row(NAMES[1], 20, 20)])
    keep(url, samples.flush(NOW, last=True))
    with writing(url) as writer, closing(SampleKeeper(url, "test", writer.beside)) as keeper:
        turned = (NAMES[1], NAMES[0], *NAMES[2:])
        said = DeviceSaid(thing_id=kept.device, status="ok", detail="",
                          interfaces=interfaces(turned))  # fmt: skip
        writer.submit(Batch(at_ms=NOW + 1000, said=(said,)))
        rows = [(1, 1, 1, 21, 21), (2, 1, 1, 11, 11)]
        samples.counters(kept.device, NOW + 1000, turned[:2], rows)
        flush = samples.flush(NOW + 1000, last=True)
        assert flush is not None
        keeper.keep(flush)
        settle(writer, keeper)
    with looking(url) as reader:
        series = reader.series(kept.ports[NAMES[0]], Measure.IN_OCTETS, NOW, NOW + HOUR_MS)
        assert series == ((NOW, 10), (NOW + 1000, 11))


def test_show_gives_the_counters_of_the_last_poll(url: str) -> None:
    kept = stock(url)
    with reading(url) as reader:
        assert {port.in_octets for port in reader.sheet(kept.device).interfaces} == {None}
    samples = Samples()
    with writing(url) as writer, closing(SampleKeeper(url, "test", writer.beside)) as keeper:
        for k in range(2):
            rows = [row(n, None if n == "Gi0/4" else 2**63 + k, k) for n in NAMES]
            samples.counters(kept.device, NOW + k * 30_000, NAMES, rows)
        flush = samples.flush(NOW + MINUTE_MS, last=True)
        assert flush is not None
        keeper.keep(flush)
        settle(writer, keeper)
    with reading(url) as reader:
        ports = {port.if_name: port for port in reader.sheet(kept.device).interfaces}
    assert (ports["Gi0/1"].in_octets, ports["Gi0/1"].out_octets) == (2**63 + 1, 1)
    assert (ports["Gi0/4"].in_octets, ports["Gi0/4"].out_octets) == (None, 1)


def test_the_command_prints_the_counters(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = stock(f"sqlite:///{tmp_path / 'record.db'}")
    samples = Samples()
    samples.counters(kept.device, NOW, NAMES[:1], [row(NAMES[0], 123, 456)])
    keep(kept.url, samples.flush(NOW, last=True))
    config = Path(__file__).parents[2] / "sites.toml"
    where = ["--config", str(config), "--data", str(tmp_path)]
    assert main(["show", "d-r", "--json", *where]) == 0
    [device] = json.loads(capsys.readouterr().out)["devices"]
    found = {p["if_name"]: (p["in_octets"], p["out_octets"]) for p in device["interfaces"]}
    assert found["Gi0/1"] == (123, 456)
    assert found["Gi0/2"] == (None, None)


# -- whose samples they are ------------------------------------------------------------------


def test_the_samples_of_another_record_are_refused(tmp_path: Path) -> None:
    one, two = (f"sqlite:///{tmp_path / name / 'record.db'}" for name in ("one", "two"))
    bring(one, network())
    bring(two, network())
    sample_file.prepare(one)
    (tmp_path / "one" / "samples.db").rename(tmp_path / "two" / "samples.db")
    for use in (sample_file.prepare, looking_at):
        with pytest.raises(RecordError, match=r"two/samples\.db belong to record.*remedy"):
            use(two)


def looking_at(url: str) -> None:
    with looking(url):
        pass


def test_samples_of_a_newer_format_are_refused(url: str) -> None:
    bring(url, network())
    sample_file.prepare(url)
    engine = open_keeping(url)
    with engine.begin() as conn:
        conn.execute(update(meta).values(format=99))
    engine.dispose()
    for use in (sample_file.prepare, looking_at):
        with pytest.raises(RecordError, match=r"have format 99.*remedy: use the newer canh"):
            use(url)


def test_samples_beside_an_older_copy_of_their_record_are_refused(url: str) -> None:
    """Its ids may since have been given to other things."""
    kept = stock(url)
    samples = Samples()
    samples.pings([(kept.device, NOW, 5)])
    keep(url, samples.flush(NOW, last=True))
    engine = open_writer(url)
    with engine.begin() as conn:
        conn.execute(update(record).values(revision=record.c.revision - 1))
    engine.dispose()
    with pytest.raises(RecordError, match=r"newer than their record.*remedy: restore both"):
        sample_file.prepare(url)


def test_a_record_without_samples_is_read_as_one(url: str) -> None:
    kept = stock(url)
    with looking(url) as reader:
        assert reader.series(kept.device, Measure.RTT_US, 0, 2 * NOW) == ()
        assert reader.latest_octets(kept.device) == {}


# -- what may go wrong -----------------------------------------------------------------------


def test_broken_samples_cost_no_outage_and_no_sheet(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"sqlite:///{tmp_path / 'record.db'}"
    kept = stock(url)
    broken = tmp_path / "samples.db"
    broken.write_bytes(b"no database at all" * 1000)
    sample_file.prepare(url)  # told, and the monitor goes on
    samples = Samples()
    with writing(url) as writer, closing(SampleKeeper(url, "test", writer.beside)) as keeper:
        for k in range(3):
            samples.pings([(kept.device, NOW + k, 5)])
            flush = samples.flush(NOW + k * MINUTE_MS, last=True)
            assert flush is not None
            keeper.keep(flush)
        assert commit(writer, NOW, down(kept.device, NOW)).opened
        settle(writer, keeper)
        assert writer.failed is None
        told = [r.getMessage() for r in caplog.records if "not kept" in r.getMessage()]
        assert len(told) == 1  # once, not each minute
        with reading(url) as reader:
            assert reader.roots()[0].thing_id == kept.device
            assert len(reader.sheet(kept.device).interfaces) == len(NAMES)
        broken.unlink()  # the remedy
        samples.pings([(kept.device, NOW + 500, 6)])
        flush = samples.flush(NOW + 10 * MINUTE_MS, last=True)
        assert flush is not None
        keeper.keep(flush)
        settle(writer, keeper)
    with looking(url) as reader:
        assert reader.series(kept.device, Measure.RTT_US, 0, 2 * NOW) == ((NOW + 500, 6),)


def test_a_file_that_is_moved_away_is_made_anew(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'record.db'}"
    kept = stock(url)
    samples = Samples()
    with writing(url) as writer, closing(SampleKeeper(url, "test", writer.beside)) as keeper:
        for k in range(2):
            samples.pings([(kept.device, NOW + k * 1000, k)])
            flush = samples.flush(NOW + k * MINUTE_MS, last=True)
            assert flush is not None
            keeper.keep(flush)
            settle(writer, keeper)
            if k == 0:
                for part in list(tmp_path.glob("samples.db*")):
                    part.rename(part.with_name(part.name.replace("samples", "away")))
    with looking(url) as reader:
        assert reader.series(kept.device, Measure.RTT_US, 0, 2 * NOW) == ((NOW + 1000, 1),)
