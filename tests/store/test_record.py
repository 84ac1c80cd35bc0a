"""What the writer commits and what readers see, on both engines."""

from __future__ import annotations

import dataclasses
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from inventory.moments import EARLIEST_MS, LATEST_MS
from store.actions import Done, Refused, open_actions
from store.changes import Batch, DeviceSaid, Interface, Marked, Reading, Sight
from store.engine import BUSY_MS, RecordError, open_reader, open_writer
from store.reader import open_questions
from store.spoken import audit
from store.states import Kind, Mark, State
from store.tables import span, thing
from tests.store.keeping import (
    NOW,
    bring,
    commit,
    down,
    network,
    reading,
    up,
    writing,
)


def test_rows_get_their_own_numbers_also_where_others_are_used_between_them(url: str) -> None:
    ids = bring(url, network()).ids
    devices = [ids["device", key] for key in ("p-r", "d-r", "d-u")]
    engine = open_writer(url)
    if engine.dialect.name == "postgresql":  # there another transaction may take numbers meanwhile
        with engine.begin() as conn:
            for table in ("span", "outage"):
                conn.execute(text(f"ALTER SEQUENCE {table}_id_seq INCREMENT BY 3"))
    with writing(url) as writer, reading(url) as reader:
        opened = commit(writer, NOW, *(down(n, NOW) for n in devices)).opened
        assert {row.id: row.thing_id for row in reader.outages()} == dict(
            zip(opened, devices, strict=True)
        )
        commit(writer, NOW + 9000, up(devices[1], NOW + 9000))
        with engine.connect() as conn:
            ended = conn.execute(select(span.c.thing_id).where(span.c.ended.is_not(None))).all()
        assert [row.thing_id for row in ended] == [devices[1]]
    engine.dispose()


def test_an_outage_opens_and_closes_with_its_spans_events_and_live_row(url: str) -> None:
    ids = bring(url, network()).ids
    device = ids["device", "d-r"]
    with writing(url) as writer, reading(url) as reader:
        commit(writer, NOW, up(device, NOW))
        opened = commit(writer, NOW + 9000, down(device, NOW + 8000)).opened
        [root] = reader.roots()
        assert (root.id, root.state, root.first_bad_ms) == (opened[0], State.DOWN, NOW + 8000)
        assert reader.sheet(device).outages == (root,)
        assert root.last_good_ms == NOW + 7000
        closed = commit(writer, NOW + 20_000, up(device, NOW + 19_000)).closed
        assert closed == opened
        assert reader.roots() == ()
        [row] = reader.outages()
        assert (row.last_bad_ms, row.first_good_ms) == (NOW + 18_900, NOW + 19_000)
        told = [e["kind"] for e in reader.events() if e["thing_id"] == device]
        assert told == ["state.up", "state.down", "state.up"]
        [history] = [h for h in reader.period(NOW, NOW + 60_000, NOW + 60_000).histories
                     if h.thing_id == device]  # fmt: skip
        assert [(s, a, b) for s, a, b, _ in history.spans] == [
            (State.UP, NOW, NOW + 8000),
            (State.DOWN, NOW + 8000, NOW + 19_000),
            (State.UP, NOW + 19_000, None),
        ]


def test_children_name_the_outage_of_their_root_whatever_the_order_in_the_batch(url: str) -> None:
    ids = bring(url, network()).ids
    root, child = ids["device", "p-r"], ids["device", "d-r"]
    with writing(url) as writer, reading(url) as reader:
        commit(writer, NOW, down(child, NOW, root=root), down(root, NOW))
        by_thing = {row.thing_id: row for row in reader.outages()}
        assert by_thing[child].root_id == by_thing[root].id
        assert by_thing[root].members_by_kind == {"device": 1}
        assert reader.sheet(root).outages == (by_thing[root],), "its own, not those behind it"
        assert [row.thing_id for row in reader.roots()] == [root]


def test_two_verdicts_about_one_thing_in_one_batch_are_both_kept(url: str) -> None:
    device = bring(url, network()).ids["device", "d-r"]
    with writing(url) as writer, reading(url) as reader:
        commit(writer, NOW, down(device, NOW), up(device, NOW + 700), down(device, NOW + 2000))
        assert [row.first_good_ms for row in reader.outages()] == [None, NOW + 700]


def test_a_degraded_spell_that_gets_worse_is_one_outage(url: str) -> None:
    device = bring(url, network()).ids["device", "d-r"]
    with writing(url) as writer, reading(url) as reader:
        degraded = dataclasses.replace(down(device, NOW), state=State.DEGRADED)
        commit(writer, NOW, degraded)
        commit(writer, NOW + 5000, down(device, NOW + 4000))
        [row] = reader.outages()
        assert (row.state, row.first_bad_ms) == (State.DOWN, NOW)


def test_losing_sight_of_a_thing_does_not_end_its_outage(url: str) -> None:
    device = bring(url, network()).ids["link", "L1"]
    with writing(url) as writer, reading(url) as reader:
        commit(writer, NOW, down(device, NOW))
        unknown = dataclasses.replace(
            up(device, NOW + 3000), state=State.UNKNOWN, first_good_ms=None
        )
        commit(writer, NOW + 3000, unknown)
        assert reader.outages()[0].first_good_ms is None


def test_a_restarted_writer_goes_on_with_open_outages_and_marks_the_gap(url: str) -> None:
    device = bring(url, network()).ids["device", "d-r"]
    with writing(url) as writer:
        commit(writer, NOW, sight=Sight.OPENED)
        commit(writer, NOW + 9000, down(device, NOW + 5000), sight=Sight.SEEN)
    with writing(url, NOW + 60_000) as writer, reading(url) as reader:
        commit(writer, NOW + 70_000, sight=Sight.OPENED)
        commit(writer, NOW + 80_000, up(device, NOW + 75_000), sight=Sight.SEEN)
        assert len(reader.outages()) == 1
        assert reader.period(NOW, NOW + 100_000, NOW + 90_000).coverage == (
            (NOW, NOW + 9000),
            (NOW + 70_000, NOW + 80_000),
        )


def test_of_a_batch_that_breaks_a_rule_the_rest_is_kept(url: str) -> None:
    ids = bring(url, network()).ids
    good, bad = ids["device", "p-r"], ids["device", "d-r"]
    with writing(url) as writer, reading(url) as reader:
        broken = dataclasses.replace(down(bad, NOW), last_good_ms=NOW + 1)
        with pytest.raises(DBAPIError):
            commit(writer, NOW, broken, down(good, NOW), sight=Sight.OPENED)
        commit(writer, NOW + 1000, sight=Sight.SEEN)
        assert [row.thing_id for row in reader.outages()] == [good]
        assert reader.period(0, NOW * 2, NOW + 2000).coverage == ((NOW, NOW + 1000),)


def test_a_record_that_is_locked_for_long_loses_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'record.db'}"
    device = bring(url, network()).ids["device", "d-r"]
    with writing(url) as writer, reading(url) as reader:
        blocker = sqlite3.connect(tmp_path / "record.db", isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        first = writer.submit(Batch(at_ms=NOW, verdicts=(down(device, NOW),)))
        second = writer.submit(Batch(at_ms=NOW + 1, verdicts=(up(device, NOW + 600),)))
        with pytest.raises(TimeoutError):
            first.result(timeout=BUSY_MS / 1000 + 1)
        assert writer.failed is not None
        blocker.execute("COMMIT")
        blocker.close()
        assert len(first.result(timeout=20).opened) == 1
        assert len(second.result(timeout=20).closed) == 1
        assert writer.failed is None
        assert reader.outages()[0].first_good_ms == NOW + 600


def test_an_acknowledgement_outlives_a_change_of_the_outage(url: str) -> None:
    ids = bring(url, network()).ids
    device, root = ids["device", "d-r"], ids["device", "p-r"]
    with writing(url) as writer, reading(url) as reader:
        commit(writer, NOW, down(device, NOW))
        actions = open_actions(url)
        actions.acknowledge(reader.roots()[0].id, actor="a", expected=reader.revision()[1])
        commit(writer, NOW + 9000, down(root, NOW), down(device, NOW + 5000, root=root))
        shown = {row.key: row.acknowledged for row in reader.snapshot().rows}
        assert shown["d-r"] is True
        commit(writer, NOW + 20_000, up(device, NOW + 15_000))
        commit(writer, NOW + 30_000, down(device, NOW + 25_000))
        shown = {row.key: row.acknowledged for row in reader.snapshot().rows}
        assert shown["d-r"] is False, "a new outage is nobody's yet"
        actions.close()


def test_memory_is_given_back_between_two_batches_and_nothing_else_changes(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    device = bring(url, network()).ids["device", "d-r"]
    with writing(url) as writer, reading(url) as reader:
        commit(writer, NOW, up(device, NOW))
        writer.give_back()
        commit(writer, NOW + 9000, down(device, NOW + 8000))
        assert [row.thing_id for row in reader.outages()] == [device]
    assert not caplog.records


def test_a_batch_that_cannot_be_committed_changes_nothing_and_the_next_one_goes_on(
    url: str,
) -> None:
    device = bring(url, network()).ids["device", "d-r"]
    with writing(url) as writer, reading(url) as reader:
        bad = dataclasses.replace(down(device, NOW), first_bad_ms=NOW, last_good_ms=NOW + 1)
        with pytest.raises(DBAPIError):
            commit(writer, NOW, bad)
        assert reader.outages() == ()
        commit(writer, NOW + 1, down(device, NOW + 1))
        assert len(reader.outages()) == 1


def test_a_snapshot_since_a_revision_holds_only_what_changed(url: str) -> None:
    ids = bring(url, network()).ids
    with writing(url) as writer, reading(url) as reader:
        first = reader.snapshot()
        assert {row.key for row in first.rows} >= {"p", "d", "p-r", "d-r", "d-u", "L1", "51", "522"}
        marks = frozenset({Mark.NO_ICMP})
        change = Batch(
            at_ms=NOW,
            marks=(Marked(thing_id=ids["device", "d-r"], marks=marks),),
            readings=(Reading(thing_id=ids["device", "p-r"], rtt_us=1500, loss_pct=2.5),),
        )
        writer.submit(change).result()
        found = {row.key: row for row in reader.snapshot(first.revision).rows}
        assert found.keys() == {"d-r"}, "a round trip is on no list"
        assert found["d-r"].marks == marks
        assert reader.revision()[1] == first.revision + 1
        router = reader.sheet(ids["device", "p-r"]).row
        assert (router.rtt_us, router.loss_pct) == (1500, 2.5)
        commit(writer, NOW, down(ids["site", "d"], NOW))
        latest = {row.key: row.state for row in reader.snapshot(first.revision + 1).rows}
        assert latest["522"] == State.DOWN, "a unit follows its sites"


def test_facts_of_a_device_are_dated_and_written_only_when_they_change(url: str) -> None:
    device = bring(url, network()).ids["device", "p-r"]
    port = Interface(
        if_index=7,
        if_name="Gi0/1",
        if_descr="GigabitEthernet0/1",
        if_alias="to d",
        if_type=6,
        mac="00:11:22:33:44:55",
        speed_bps=10**9,
        admin_status=1,
        oper_status=1,
    )
    said = DeviceSaid(
        thing_id=device,
        status="ok",
        detail="",
        sys_name="p-r",
        sys_descr="router",
        sys_object_id="1.3.6.1.4.1.9",
        booted_ms=NOW - 1000,
        interfaces=(port,),
    )
    with writing(url) as writer, reading(url) as reader:
        for at in (NOW, NOW + 60_000):
            writer.submit(Batch(at_ms=at, said=(said,))).result()
        cut = dataclasses.replace(port, if_index=9, oper_status=2)
        later = dataclasses.replace(said, sys_name="p-new", interfaces=(cut,))
        writer.submit(Batch(at_ms=NOW + 120_000, said=(later,))).result()
        sheet = reader.sheet(device)
        assert sheet.measured["sys_name"] == "p-new"
        [row] = sheet.interfaces
        assert (row.if_index, row.admin_status, row.oper_status) == (9, "up", "down")
        kinds = [e["kind"] for e in reader.events() if e["thing_id"] == device]
        assert kinds == ["facts"]
    engine = open_reader(url)
    with engine.connect() as conn:
        keys = conn.execute(select(thing.c.key).where(thing.c.kind == Kind.INTERFACE)).scalars()
        assert list(keys) == ["p-r:Gi0/1"], "a new if_index is no new interface"
        dated = conn.execute(text("SELECT count(*) FROM interface_fact")).scalar()
        assert dated == 2
    engine.dispose()


def test_whatever_a_device_calls_its_ports_each_is_kept_and_stays_itself(url: str) -> None:
    device = bring(url, network()).ids["device", "p-r"]
    names = ["eth", "eth", "x" * 5000, "100%_a", "<script>", "a:b", "cổng 1"]
    rows = tuple(
        Interface(
            if_index=i,
            if_name=name,
            if_descr="d" * 60_000,
            if_alias=None,
            if_type=6,
            mac=":".join(["00"] * 40),
            speed_bps=2**62,
            admin_status=1,
            oper_status=1,
        )
        for i, name in enumerate(names, 1)
    )
    said = DeviceSaid(
        thing_id=device, status="ok", detail="", sys_object_id="1.3" * 200, interfaces=rows
    )
    with writing(url) as writer, reading(url) as reader:
        for at in (NOW, NOW + 60_000):
            writer.submit(Batch(at_ms=at, said=(said,))).result()
        assert [row.if_name for row in reader.sheet(device).interfaces] == names
    engine = open_reader(url)
    with engine.connect() as conn:
        assert conn.execute(text("SELECT count(*) FROM interface_fact")).scalar() == len(names)
    engine.dispose()


def test_an_acknowledgement_is_audited_and_refused_when_it_comes_too_late(url: str) -> None:
    device = bring(url, network()).ids["device", "d-r"]
    with writing(url) as writer, reading(url) as reader:
        commit(writer, NOW, down(device, NOW))
        [root] = reader.roots()
        seen = reader.revision()[1]
        actions = open_actions(url)
        done = actions.acknowledge(root.id, actor="kỹ sư", expected=seen, note_text="đội đang đi")
        assert isinstance(done, Done)
        assert reader.roots()[0].acknowledged
        row = reader.find("d-r")
        assert row is not None
        assert row.acknowledged
        stale = actions.acknowledge(root.id, actor="khác", expected=seen)
        assert isinstance(stale, Refused)
        commit(writer, NOW + 9000, up(device, NOW + 8000))
        over = actions.acknowledge(root.id, actor="khác", expected=10**9)
        assert over == Refused(f"outage {root.id} is over")
        nobody = actions.annotate(10**6, actor="a", text="?", outage_id=None)
        assert nobody == Refused("there is no thing 1000000")
        actions.close()
    engine = open_reader(url)
    with engine.connect() as conn:
        rows = conn.execute(select(audit.c.actor, audit.c.action)).all()
    engine.dispose()
    assert [tuple(row) for row in rows] == [("kỹ sư", "acknowledge")]


def test_maintenance_entered_late_counts_from_its_entry(url: str) -> None:
    site = bring(url, network()).ids["site", "d"]
    actions = open_actions(url)
    assert isinstance(
        actions.plan_maintenance(site, actor="a", from_ms=5, to_ms=4, reason="x"), Refused
    )
    begin, end = EARLIEST_MS, LATEST_MS - 1
    late = actions.plan_maintenance(site, actor="a", from_ms=begin, to_ms=end, reason="thay UPS")
    assert isinstance(late, Done)
    actions.close()
    with reading(url) as reader:
        found = reader.period(0, 2 * 10**13, 2 * 10**13).histories
        windows = {h.key: h.maintenance for h in found}
    assert windows["d-r"] == windows["d"]
    [(start, _)] = windows["d"]
    assert start > EARLIEST_MS


def test_readers_cannot_write(url: str) -> None:
    bring(url, network())
    engine = open_reader(url)
    with pytest.raises(DBAPIError), engine.begin() as conn:
        conn.execute(text("UPDATE record SET revision = 0"))
    engine.dispose()


def test_many_writers_wait_for_each_other_and_lose_nothing(url: str) -> None:
    thing_id = bring(url, network()).ids["device", "d-r"]

    def annotate(worker: int) -> None:
        actions = open_actions(url)
        for i in range(20):
            actions.annotate(thing_id, actor=f"w{worker}", text=str(i), outage_id=None)
        actions.close()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(annotate, range(3)))
    with reading(url) as reader:
        assert reader.revision()[1] >= 60
    engine = open_writer(url)
    with engine.connect() as conn:
        assert conn.execute(text("SELECT count(*) FROM note")).scalar() == 60
    engine.dispose()


def test_no_record_is_one_clear_error(tmp_path: object) -> None:
    with pytest.raises(RecordError, match="remedy"):
        open_questions(f"sqlite:///{tmp_path}/none.db")


def test_a_thousand_things_failing_at_once_are_one_transaction(url: str) -> None:
    from inventory.model import Device

    many = {
        f"x{i}": Device(id=f"x{i}", site="d", role="switch", address=f"127.52.{i // 250}.{i % 250}")
        for i in range(1000)
    }
    declared = dataclasses.replace(network(), devices={**network().devices, **many})
    ids = bring(url, declared).ids
    with writing(url) as writer, reading(url) as reader:
        things = [ids["device", key] for key in many]
        commit(writer, NOW, *(up(i, NOW) for i in things))
        done = commit(
            writer, NOW + 9000, down(things[0], NOW + 5000),
            *(down(i, NOW + 5000, root=things[0]) for i in things[1:]),
        )  # fmt: skip
        assert len(done.opened) == 1000
        assert reader.roots()[0].members == 999
