"""Samples come back as they were measured, from slabs as from chunks, and hurt nobody."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from cli.main import main
from store import sample_file
from store.changes import Batch, DeviceSaid
from store.engine import RecordError, open_writer
from store.sample_file import chunk, meta, open_keeping, slab
from store.sample_keeper import SampleKeeper
from store.samples import HOUR_MS, MINUTE_MS, Measure, Roster, Samples
from store.tables import record
from tests.store.keeping import NOW, bring, commit, down, network, reading, writing
from tests.store.sampling import (
    NAMES,
    interfaces,
    keep,
    looking,
    measure,
    poll,
    roster,
    settle,
    stock,
)


def octets(
    inward: int | None, outward: int | None, name: str = NAMES[0]
) -> dict[str, dict[Measure, int | None]]:
    return {name: {Measure.IN_OCTETS: inward, Measure.OUT_OCTETS: outward}}


def _count(url: str, table: object) -> int:
    engine = open_keeping(url)
    with engine.connect() as conn:
        found = conn.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[arg-type]
    engine.dispose()
    return int(found)


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
        assert (_count(url, chunk), _count(url, slab)) == (2, 14)  # an hour, and its sequel
        with looking(url) as reader:
            seen = [point for point in pings if point[0] <= NOW + 66.5 * MINUTE_MS]
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
        poll(samples, NOW + late * 1000, roster(kept.device, NAMES[:1]), octets(late, 7))
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
        measure(samples, NOW, kept.device, {4711: 5})
        of = Roster(kept.device, (1, 77), (NAMES[0], "Vlan77"), bytes(2))
        poll(samples, NOW, of, octets(1, 1))
        keep(url, samples.flush(NOW, last=True))
    told = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    strangers = ("thing 999999", "'Vlan77' (if_index 77)", "sensor 4711")
    assert any(all(stranger in text for stranger in strangers) for text in told)
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
    poll(samples, NOW, roster(kept.device, NAMES[:2]), octets(10, 10) | octets(20, 20, NAMES[1]))
    keep(url, samples.flush(NOW, last=True))
    with writing(url) as writer, closing(SampleKeeper(url, "test", writer.beside)) as keeper:
        turned = (NAMES[1], NAMES[0], *NAMES[2:])
        said = DeviceSaid(thing_id=kept.device, status="ok", detail="",
                          interfaces=interfaces(turned))  # fmt: skip
        writer.submit(Batch(at_ms=NOW + 1000, said=(said,)))
        of = Roster(kept.device, (1, 2), turned[:2], bytes(2))
        poll(samples, NOW + 1000, of, octets(11, 11) | octets(21, 21, NAMES[1]))
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
            said = {n: octets(None if n == "Gi0/4" else 2**63 + k, k)[NAMES[0]] for n in NAMES}
            poll(samples, NOW + k * 30_000, roster(kept.device, NAMES), said)
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
    poll(samples, NOW, roster(kept.device, NAMES[:1]), octets(123, 456))
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


@pytest.mark.parametrize(
    ("rooms", "heavy"),
    [
        ("cli.board, tui.app, store.reader", "numpy sqlmodel holidays"),
        ("store.reader", "inventory.model store.changes"),
        ("cli.status, cli.outages", "numpy"),
        ("cli.report", "numpy"),
    ],
)
def test_who_only_asks_questions_does_not_wait_for_what_others_need(rooms: str, heavy: str) -> None:
    """Tenths of a second each; numpy is for samples, SQLModel for who writes the inventory, the
    models of things and of their changes for who declares and judges them."""
    words = f"import sys, {rooms}; sys.exit(any(map(sys.modules.get, {heavy.split()})))"
    assert subprocess.run([sys.executable, "-c", words], check=False).returncode == 0
