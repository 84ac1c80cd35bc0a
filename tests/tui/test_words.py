"""What an engineer says from the board, over a real record: forms, refusals, what stands then."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from sqlalchemy import select
from textual.pilot import Pilot
from textual.widgets import Input

from store.actions import open_actions
from store.changes import Batch, Evidence, Raw, Sight
from store.engine import open_reader
from store.questions import OutageRow
from store.reader import open_questions
from store.replay import open_replay
from store.spoken import audit
from store.states import Mark
from tests.store.keeping import bring, commit, down, network, reading, up, writing
from tests.tui.province import Province, fibre_cut
from tests.tui.screen import lines, press, text, until, watching
from tui.app import Board
from tui.forms import Form
from tui.lists import OutagesScreen
from tui.preview import MakePreviews
from tui.reporter import none_made
from tui.roots import RootList
from tui.screens import BoardScreen, TicketScreen
from tui.speaker import Speaker
from tui.why import WhyPanel

SIZE = (100, 30)


class Record:
    """Two things that failed, each on its own."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'record.db'}"
        self.now = time.time_ns() // 1_000_000
        self.ids = bring(self.url, network(), self.now - 3_600_000).ids
        bad = self.now - 600_000
        with writing(self.url, self.now) as writer:
            commit(writer, bad - 60_000, *(up(self.id(*key), bad - 60_000) for key in FAILED))
            commit(writer, bad, *(down(self.id(*key), bad) for key in FAILED))
            raws = (
                Raw(bad - 20_010, "icmp", 4_100, "ok"),
                Raw(bad - 12_000, "snmp", 9_000, "ok"),
                Raw(bad - 10_000, "icmp", 4_200, "ok"),
                Raw(bad, "icmp", None, "missed"),
                Raw(bad + 700, "tcp", None, "no_answer"),
            )
            seen = Evidence(
                thing_id=self.id("device", "d-r"),
                from_ms=bad - 20_010,
                to_ms=bad + 700,
                results=raws,
            )
            writer.submit(Batch(at_ms=bad, evidence=(seen,))).result(timeout=30)

    def id(self, kind: str, key: str) -> int:
        return self.ids[kind, key]

    def root(self, key: str) -> OutageRow:
        with reading(self.url) as reader:
            return next(root for root in reader.roots() if root.key == key)

    def audited(self) -> list[tuple[str, str]]:
        engine = open_reader(self.url)
        with engine.connect() as conn:
            rows = conn.execute(select(audit.c.actor, audit.c.action)).all()
        engine.dispose()
        return [(row.actor, row.action) for row in rows]

    @asynccontextmanager
    async def board(
        self,
        language: str = "vi",
        *,
        speaks: bool = True,
        make_previews: MakePreviews = none_made,
    ) -> AsyncIterator[tuple[Board, Pilot[None]]]:
        board = Board(
            lambda: open_questions(self.url),
            language=language,
            ascii_only=False,
            speaker=Speaker(lambda: open_actions(self.url), "Nguyễn An") if speaks else None,
            open_past=lambda moment: open_replay(self.url, moment),
            make_previews=make_previews,
        )
        async with board.run_test(size=SIZE) as pilot:
            await until(pilot, lambda: board.scene.heard_s is not None)
            await pilot.pause()
            yield board, pilot


FAILED = (("device", "d-r"), ("link", "L1"))


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return Record(tmp_path)


async def to(board: Board, pilot: Pilot[None], key: str) -> None:
    """Walk to a root."""
    roots = board.screen.query_one(RootList)
    await press(pilot, "g")
    for _ in range(len(roots.keys)):
        if roots.here is not None and roots.here.key == key:
            return
        await press(pilot, "j")
    raise AssertionError(f"{key} is no root: {text(board)}")


async def fill(pilot: Pilot[None], board: Board, **said: str) -> None:
    for name, value in said.items():
        board.screen.query_one(f"#f-{name}", Input).value = value
    await press(pilot, "enter")


async def said(pilot: Pilot[None], board: Board) -> None:
    await until(pilot, lambda: isinstance(board.screen, BoardScreen))
    await until(pilot, lambda: "Đã ghi vào hồ sơ" in lines(board)[-1])


async def test_a_root_is_taken_with_a_note_an_owner_and_a_time_and_given_back(
    record: Record,
) -> None:
    async with record.board() as (board, pilot):
        assert "✖ 2" in lines(board)[0]
        await to(board, pilot, "d-r")
        await press(pilot, "A")
        assert "chưa có ai tiếp nhận" in lines(board)[-1]
        await press(pilot, "a", *"đi")
        await press(pilot, "tab", *"an", "tab", *"2h")
        await press(pilot, "enter")
        await said(pilot, board)
        root = record.root("d-r")
        assert (root.acknowledged, root.note, root.owner) == (True, "đi", "an")
        assert root.acknowledged_until_ms is not None
        assert 7_100_000 < root.acknowledged_until_ms - time.time() * 1000 <= 7_200_000
        await until(pilot, lambda: "✖ 1" in lines(board)[0])
        await press(pilot, "A")
        await until(pilot, lambda: "✖ 2" in lines(board)[0])
    assert record.audited() == [("Nguyễn An", "acknowledge"), ("Nguyễn An", "withdraw")]


async def test_all_marked_roots_are_taken_at_once(record: Record) -> None:
    async with record.board() as (board, pilot):
        await press(pilot, "g", "x", "x")
        assert len(board.screen.query_one(RootList).marked) == 2
        assert "Sự cố gốc đang mở · 2 dòng đã chọn" in text(board)
        await press(pilot, "a")
        assert "Tiếp nhận 2 sự cố gốc" in text(board)
        await fill(pilot, board, note="đội cáp")
        await until(pilot, lambda: "Đã ghi 2 mục" in lines(board)[-1])
        assert board.screen.query_one(RootList).marked == set()
        assert "đã chọn" not in text(board)
    assert [record.root(key).note for _, key in FAILED] == ["đội cáp", "đội cáp"]


async def test_of_marked_rows_all_have_a_ticket_and_planned_work_and_the_one_pointed_at_a_why(
    record: Record,
) -> None:
    async with record.board() as (board, pilot):
        await to(board, pilot, "L1")
        await press(pilot, "X")
        await press(pilot, "y")
        await until(pilot, lambda: isinstance(board.screen, TicketScreen))
        assert board.clipboard.count("PHIẾU BÁO SỰ CỐ") == 2
        await press(pilot, "escape", "i")
        await until(pilot, lambda: isinstance(board.screen, WhyPanel))
        assert "(L1)" in text(board)
        await press(pilot, "escape", "m")
        assert "Đặt lịch bảo trì cho 2 nơi" in text(board)
        await fill(pilot, board, reason="thay cáp")
        await until(pilot, lambda: "Đã ghi 2 mục" in lines(board)[-1])
    with reading(record.url) as reader:
        assert {work.key for work in reader.works()} == {"d", "L1"}


async def test_what_was_said_before_stands_in_the_form_again(record: Record) -> None:
    with reading(record.url) as reader:
        seen = reader.revision()[1]
    actions = open_actions(record.url)
    root = record.root("L1")
    actions.acknowledge(root.id, actor="b", expected=seen, note_text="cũ", owner="bình")
    actions.close()
    async with record.board() as (board, pilot):
        await to(board, pilot, "L1")
        await press(pilot, "a")
        assert [box.value for box in board.screen.query(Input)] == ["cũ", "bình", ""]


async def test_a_wrong_time_is_told_and_what_was_typed_stays(record: Record) -> None:
    async with record.board() as (board, pilot):
        await press(pilot, "a")
        await fill(pilot, board, note="ghi chú dài", until="mai")
        assert isinstance(board.screen, Form)
        assert "đến khi: “mai” không phải giờ" in text(board)
        assert board.screen.values == {"note": "ghi chú dài", "owner": "", "until": "mai"}
        await press(pilot, "escape")
        assert isinstance(board.screen, BoardScreen)
    assert record.audited() == []


async def test_what_changed_meanwhile_is_refused_in_the_form(record: Record) -> None:
    async with record.board() as (board, pilot):
        await to(board, pilot, "d-r")
        await press(pilot, "a")
        bad = record.root("d-r").first_bad_ms
        with writing(record.url, record.now) as writer:
            thing = record.id("device", "d-r")
            commit(writer, bad + 1_000, up(thing, bad + 1_000))
        await fill(pilot, board, note="x")
        await until(pilot, lambda: "đã thay đổi từ lúc bạn đọc" in text(board))
        await until(pilot, lambda: "d-r · đã kết thúc" in text(board))
        assert isinstance(board.screen, Form)
        await press(pilot, "enter")
        await until(pilot, lambda: re.search(r"sự cố \d+ đã kết thúc", text(board)) is not None)
    assert record.audited() == []


async def test_what_was_refused_is_said_again_to_what_is_now(record: Record) -> None:
    async with record.board() as (board, pilot):
        await to(board, pilot, "d-r")
        await press(pilot, "a")
        with closing(open_actions(record.url)) as actions:
            root = record.root("d-r")
            actions.acknowledge(root.id, actor="bình", expected=10**9, note_text="đi")
        await fill(pilot, board, note="x")
        await until(pilot, lambda: "đã có người tiếp nhận: bình" in text(board))
        await press(pilot, "enter")
        await said(pilot, board)
    assert record.audited() == [("bình", "acknowledge"), ("Nguyễn An", "acknowledge")]


async def test_a_note_is_written_and_an_empty_one_is_not(record: Record) -> None:
    async with record.board() as (board, pilot):
        await to(board, pilot, "d-r")
        await press(pilot, "c", "enter")
        assert "hãy ghi nội dung" in text(board)
        await fill(pilot, board, note="thợ đã đến")
        await said(pilot, board)
    assert record.audited() == [("Nguyễn An", "note")]


async def test_work_is_planned_for_the_site_and_ended_again(record: Record) -> None:
    async with record.board() as (board, pilot):
        await to(board, pilot, "d-r")
        await press(pilot, "m")
        assert board.screen.query_one("#f-scope", Input).value == "site:d"
        await press(pilot, "enter")
        assert "hãy ghi lý do" in text(board)
        await fill(pilot, board, scope="site:x", reason="thay UPS")
        assert "không có gì mang mã “site:x”" in text(board)
        await fill(pilot, board, scope="device:d-r", to="1h")
        await said(pilot, board)
        with reading(record.url) as reader:
            [work] = reader.works()
        assert (work.key, work.reason, work.to_ms - work.from_ms) == ("d-r", "thay UPS", 3_600_000)
        assert not work.late
    assert record.audited() == [("Nguyễn An", "maintenance")]


async def test_of_maintenance_that_recurs_the_form_says_so_and_only_what_goes_on_is_ended(
    record: Record,
) -> None:
    hour, day = 3_600_000, 86_400_000
    site, now = record.id("site", "d"), time.time_ns() // 1_000_000
    first = now - 14 * day - hour // 2
    actions = open_actions(record.url)
    for thing, begin in ((record.id("device", "d-r"), first + 2 * day), (site, first)):
        actions.plan_maintenance(
            thing,
            actor="b",
            from_ms=begin,
            to_ms=begin + hour,
            reason="sao lưu",
            rrule="FREQ=WEEKLY",
            late=True,
        )
    actions.close()
    with writing(record.url, now) as writer:
        commit(writer, now + 60_000, sight=Sight.BEAT)
    async with record.board() as (board, pilot):
        await to(board, pilot, "d-r")
        row = record.id("device", "d-r")
        await until(pilot, lambda: Mark.MAINTENANCE in board.scene.known.rows[row].marks)
        await press(pilot, "m")
        await until(pilot, lambda: isinstance(board.screen, Form))
        shown = text(board)
        assert "Hủy cả loạt bảo trì định kỳ" in shown
        assert "Lặp lại hằng tuần" in shown
        today = board.scene.moment(first + 14 * day)
        assert f"site:d · {today}" in shown
        await press(pilot, "enter")
        await said(pilot, board)
        with reading(record.url) as reader:
            ended = {work.key for work in reader.works() if work.cancelled_ms is not None}
        assert ended == {"d"}


async def test_a_board_that_only_shows_says_so_and_hides_these_keys(record: Record) -> None:
    async with record.board(speaks=False) as (board, pilot):
        assert " a nhận" not in lines(board)[-1]
        for key in ("a", "A", "c", "m"):
            await press(pilot, key)
            assert "chỉ để xem" in lines(board)[-1]
            assert isinstance(board.screen, BoardScreen)


async def test_a_record_that_takes_nothing_leaves_the_form_open(record: Record) -> None:
    async with record.board() as (board, pilot):
        board.speaker = Speaker(lambda: open_actions("sqlite:////proc/none/record.db"), "an")
        await press(pilot, "a")
        await fill(pilot, board, note="x")
        await until(pilot, lambda: "hồ sơ không ghi được: " in text(board))
        assert isinstance(board.screen, Form)


async def test_why_tells_what_was_asked_and_which_rule_decided(record: Record) -> None:
    async with record.board() as (board, pilot):
        await to(board, pilot, "d-r")
        await press(pilot, "i")
        await until(pilot, lambda: isinstance(board.screen, WhyPanel))
        shown = text(board)
        assert "Vì sao: d-r (d-r)" in shown
        assert "Hỏi mỗi 10 giây: " in shown
        assert "icmp trả lời 4,2 ms" in shown
        assert "icmp không trả lời" in shown
        assert "Quy tắc: không trả lời, đã hỏi lại" in shown
        await press(pilot, "i")
        assert isinstance(board.screen, BoardScreen)


async def test_why_has_six_lines_at_most_and_leads_from_what_is_hidden_to_its_root() -> None:
    province = Province()
    fibre_cut(province)
    async with watching(province) as (board, pilot):
        board.open_thing(province.by_key["d-524"])
        await press(pilot, "i")
        await until(pilot, lambda: isinstance(board.screen, WhyPanel))
        assert "nằm sau sự cố gốc: UBND huyện Bình Sơn L-d-524" in text(board)


async def test_the_ticket_is_shown_and_copied_in_both_languages(record: Record) -> None:
    async with record.board() as (board, pilot):
        await to(board, pilot, "L1")
        await press(pilot, "y")
        await until(pilot, lambda: isinstance(board.screen, TicketScreen))
        assert "gọi: VNPT · L1: 1800-0000" in board.clipboard
        assert "tình trạng: mất kết nối" in board.clipboard
        assert "Đã chép" in lines(board)[-1]
        await press(pilot, "l", "y")
        assert "to call: VNPT · L1: 1800-0000" in board.clipboard
        assert "OUTAGE TICKET" in text(board)
        await press(pilot, "escape")
        assert isinstance(board.screen, BoardScreen)


async def test_keys_that_need_a_root_say_so_where_none_is_open() -> None:
    async with watching(Province()) as (board, pilot):
        await press(pilot, "3", "y")
        assert "không có sự cố gốc" in lines(board)[-1].casefold()


async def test_rows_stand_still_while_somebody_walks_and_new_ones_come_behind() -> None:
    province = Province()
    for ago_s, key in enumerate(("d-525-cpe1", "d-527-cpe1"), 1):
        province.fail(key, ago_s=ago_s * 100)
    async with watching(province) as (board, pilot):
        roots = board.screen.query_one(RootList)
        await press(pilot, "j")
        before = list(roots.keys)
        newest = province.fail("d-529-cpe1", ago_s=5)
        await until(pilot, lambda: len(roots.keys) == 3)
        assert list(roots.keys) == [*before, newest]
        roots._touched = -1e9
        board.follow()
        assert roots.keys[0] == newest


async def test_an_answer_that_comes_late_is_not_shown_over_another_screen(record: Record) -> None:
    async with record.board() as (board, pilot):
        board.action_why()
        board.action_copy()
        board.action_show("outages")
        await pilot.pause(1.5)
        assert isinstance(board.screen, OutagesScreen)
