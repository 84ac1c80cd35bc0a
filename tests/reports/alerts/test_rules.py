"""Who is told of what and when, by the clock, over a real record on both engines."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from inventory.alerts import Channel, Escalation, Notify, Rule
from store.states import Mark, State
from tests.reports.alerts.world import (
    BAD,
    GOOD,
    HOUR,
    MINUTE,
    MORE,
    MORNING,
    SECOND,
    declared,
    restarted,
    world,
)
from tests.store.keeping import down, reading

T = MORNING
ALL = Rule(id="all", to=("noc",))


def clock(text: str) -> int:
    """A wall time of the day of these tests, or of the next with a +."""
    day = 16 if text.startswith("+") else 15
    hour, minute = map(int, text.removeprefix("+").split(":"))
    when = datetime(2027, 1, day, hour, minute, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    return int(when.timestamp() * 1000)


def test_a_root_is_one_message_that_counts_what_is_behind_it_and_one_at_its_end(url: str) -> None:
    with world(url, declared(ALL)) as one:
        outage = one.falls(T, "p-r")
        one.falls(T + 5 * SECOND, "d-r", *MORE, root="p-r")
        assert one.through(T, T + 5 * MINUTE) == [(30_000, "noc", f"outage:{outage}")]
        one.returns(T + 6 * MINUTE, "p-r", "d-r", *MORE)
        assert one.through(T + 6 * MINUTE, T + 10 * MINUTE) == [(0, "noc", f"outage:{outage}:over")]
    assert "(+ 31 thiết bị)" in one.told[0][2]
    assert one.told[1][2].startswith("hoạt động trở lại sau 6 phút")


def test_what_is_over_before_its_delay_is_told_to_nobody(url: str) -> None:
    with world(url, declared(replace(ALL, delay_s=60))) as one:
        one.falls(T, "d-r")
        one.at(T + 20 * SECOND)
        one.returns(T + 40 * SECOND, "d-r")
        assert one.through(T + 45 * SECOND, T + 10 * MINUTE) == []


def test_unit_level_kind_and_severity_choose_the_channel(url: str) -> None:
    rules = (
        Rule(id="a", to=("district",), unit=("522",)),
        Rule(id="b", to=("province",), level=("province",)),
        Rule(id="c", to=("links",), kind=("link",)),
        Rule(id="d", to=("whole",), unit=("51",)),
        Rule(id="e", to=("mild",), severity=("degraded",)),
    )
    with world(url, declared(*rules)) as one:
        first = one.falls(T, "d-r")
        second = one.falls(T, "p-r")
        assert sorted(one.at(T + MINUTE)) == [
            ("district", f"outage:{first}"),
            ("province", f"outage:{second}"),
            ("whole", f"outage:{first}"),
            ("whole", f"outage:{second}"),
        ]


def test_a_device_that_turns_worse_is_told_again_in_the_same_thread(url: str) -> None:
    with world(url, declared(replace(ALL, severity=("down", "degraded")))) as one:
        mild = replace(down(one.device("d-r"), T), state=State.DEGRADED)
        [outage] = one.commit(T + 500, mild)
        assert one.at(T + MINUTE) == [("noc", f"outage:{outage}:degraded")]
        one.commit(T + 2 * MINUTE, down(one.device("d-r"), T + 2 * MINUTE))
        assert one.at(T + 2 * MINUTE + SECOND) == [("noc", f"outage:{outage}")]
        one.returns(T + 3 * MINUTE, "d-r")
        assert one.at(T + 3 * MINUTE + SECOND) == [("noc", f"outage:{outage}:over")]
    assert {job.parcel.thread for job in one.jobs} == {one.jobs[1].parcel.key}


def test_nothing_is_told_twice_over_a_restart_nor_what_was_before_the_channel(url: str) -> None:
    with world(url, declared(ALL)) as one:
        one.falls(T, "d-r")
        assert len(one.at(T + MINUTE)) == 1
        restarted(one, T + 2 * MINUTE)
        assert one.at(T + 3 * MINUTE) == []
        one.desk.change(declared(ALL, Rule(id="new", to=("late",))), T + 4 * MINUTE)
        assert one.at(T + 5 * MINUTE) == []
        second = one.falls(T + 6 * MINUTE, "p-r")
        assert sorted(one.at(T + 7 * MINUTE)) == [
            ("late", f"outage:{second}"),
            ("noc", f"outage:{second}"),
        ]


def test_what_came_while_the_messenger_was_off_is_told_unless_it_is_over_and_old(url: str) -> None:
    with world(url, declared(ALL)) as one:
        one.falls(T, "x1")
        one.returns(T + 10 * MINUTE, "x1")  # over, and old at the restart
        fresh = one.falls(T + 2 * HOUR, "x2")
        one.returns(T + 2 * HOUR + 10 * MINUTE, "x2")  # over for five minutes
        still = one.falls(T + HOUR, "x3")
        restarted(one, T + 2 * HOUR + 15 * MINUTE)
        [(channel, key)] = one.at(T + 2 * HOUR + 15 * MINUTE)
        assert (channel, key.partition(":")[0]) == ("noc", "digest")
        [job] = one.jobs
        text = job.parcel.message.text
        assert "x2" in text
        assert "x3" in text
        assert "x1" not in text
        assert "đã khôi phục sau 10 phút" in text
        one.returns(T + 3 * HOUR, "x3")
        assert one.at(T + 3 * HOUR + SECOND) == [("noc", f"outage:{still}:over")]
    assert fresh != still


def test_what_is_over_when_it_is_first_told_is_one_message(url: str) -> None:
    with world(url, declared(ALL)) as one:
        outage = one.falls(T, "x1")
        one.returns(T + 10 * MINUTE, "x1")
        assert one.at(T + 11 * MINUTE) == [("noc", f"outage:{outage}")]
        assert one.at(T + 12 * MINUTE) == []
    assert one.told[0][2].startswith("hoạt động trở lại sau 10 phút")


def test_a_flapping_spell_is_one_message_and_one_at_its_end(url: str) -> None:
    with world(url, declared(replace(ALL, delay_s=0))) as one:
        at = T
        one.flaps(at, "d-r", Mark.FLAPPING)
        for _ in range(4):
            one.falls(at, "d-r")
            one.at(at + 2 * SECOND)
            one.returns(at + 8 * SECOND, "d-r")
            one.at(at + 10 * SECOND)
            at += 20 * SECOND
        one.flaps(at + 5 * MINUTE, "d-r")
        one.at(at + 6 * MINUTE)
    [first, last] = one.told
    assert first[1].startswith("incident:")
    assert last[1] == f"{first[1]}:over"
    assert first[2].startswith("chập chờn: thiết bị d-r")


def test_the_outage_that_was_told_before_one_knew_stands_for_the_spell(url: str) -> None:
    with world(url, declared(replace(ALL, delay_s=0))) as one:
        outage = one.falls(T, "d-r")
        assert one.at(T + SECOND) == [("noc", f"outage:{outage}")]
        one.flaps(T + 5 * SECOND, "d-r", Mark.FLAPPING)
        one.returns(T + 8 * SECOND, "d-r")
        one.falls(T + 20 * SECOND, "d-r")
        assert one.at(T + 25 * SECOND) == []
        one.returns(T + 30 * SECOND, "d-r")
        one.flaps(T + 5 * MINUTE, "d-r")
        assert one.at(T + 6 * MINUTE) == [("noc", f"outage:{outage}:over")]


def test_a_storm_is_one_message_to_each_channel_with_what_concerns_it(url: str) -> None:
    rules = (ALL, Rule(id="d", to=("district",), unit=("522",)))
    with world(url, declared(*rules)) as one:
        one.falls(T, "p-r", *MORE[:14])
        told = one.at(T + MINUTE)
        assert sorted(channel for channel, _ in told) == ["district", "noc"]
        assert len({key for _, key in told}) == 1
        one.falls(T + 90 * SECOND, *MORE[14:20])  # they join it
        assert one.at(T + 3 * MINUTE) == []
        one.returns(T + 5 * MINUTE, "p-r", *MORE[:19])
        assert one.at(T + 6 * MINUTE) == []
        one.returns(T + 7 * MINUTE, MORE[19])
        assert sorted(key for _, key in one.at(T + 8 * MINUTE)) == [f"{told[0][1]}:over"] * 2
    by_channel = {channel: subject for channel, _, subject in one.told[:2]}
    assert by_channel == {
        "noc": "nhiều nơi cùng hỏng: 15 sự cố",
        "district": "nhiều nơi cùng hỏng: 14 sự cố",
    }


def test_nobody_took_it_so_others_are_told_and_who_took_it_is_left_alone(url: str) -> None:
    steps = (
        Escalation(rule="all", after_s=900, to=("chief",)),
        Escalation(rule="all", after_s=3600, to=("noc", "director")),
    )
    with world(url, declared(ALL, steps=steps)) as one:
        lone, taken = one.falls(T, "d-r"), one.falls(T, "p-r")
        one.at(T + MINUTE)
        one.actions.acknowledge(taken, actor="Trực", expected=10**9)
        assert one.through(T + 2 * MINUTE, T + 70 * MINUTE, 30 * SECOND) == [
            (13 * MINUTE, "chief", f"outage:{lone}:after:all:900"),
            (58 * MINUTE, "noc", f"outage:{lone}:after:all:3600"),
            (58 * MINUTE, "director", f"outage:{lone}:after:all:3600"),
        ]
        one.returns(T + 80 * MINUTE, "d-r", "p-r")
        assert sorted(one.at(T + 81 * MINUTE)) == [
            ("chief", f"outage:{lone}:over"),
            ("director", f"outage:{lone}:over"),
            ("noc", f"outage:{lone}:over"),
            ("noc", f"outage:{taken}:over"),
        ]
    assert one.told[2][2].startswith("chưa ai tiếp nhận sau 15 phút")


def test_planned_work_is_silent_and_what_outlasts_it_is_told(url: str) -> None:
    with world(url, declared(ALL)) as one:
        scope = one.ids["site", "d"]
        one.actions.plan_maintenance(
            scope, actor="Trực", from_ms=T, to_ms=T + HOUR, reason="UPS", late=True
        )
        one.actions.approve_maintenance(1, actor="Ai khác")
        one.falls(T + MINUTE, "d-r")
        overrun = one.falls(T + MINUTE, "x1")
        assert one.at(T + 30 * MINUTE) == []
        one.returns(T + 40 * MINUTE, "d-r")
        assert one.through(T + 41 * MINUTE, T + 70 * MINUTE, 10 * SECOND) == [
            (19 * MINUTE + 30 * SECOND, "noc", f"outage:{overrun}")
        ]


def test_outside_its_hours_a_rule_is_silent_and_what_lasts_is_told_at_the_opening(
    url: str,
) -> None:
    with world(url, declared(replace(ALL, hours="office"), Rule(id="b", to=("x",)))) as one:
        at = clock("17:30")
        one.falls(at, "x1")
        one.returns(at + 20 * MINUTE, "x1")
        assert {channel for channel, _ in one.at(at + 21 * MINUTE)} == {"x"}
        weekend = one.falls(at, "x2")
        monday = clock("07:00") + 3 * 24 * HOUR
        assert [c for c, _ in one.at(monday - MINUTE)] == ["x"]
        assert one.through(monday, monday + 2 * MINUTE) == [(30_000, "noc", f"outage:{weekend}")]


def test_quiet_hours_hold_back_and_end_with_one_message(url: str) -> None:
    quiet = replace(ALL, quiet_hours=(("22:00", "06:00"),))
    with world(url, declared(quiet)) as one:
        before = one.falls(clock("21:50"), "x1")
        assert one.at(clock("21:55")) == [("noc", f"outage:{before}")]
        one.falls(clock("23:00"), "x2")
        one.returns(clock("23:30"), "x2")
        one.falls(clock("+01:00"), "x3")
        one.returns(clock("+02:00"), "x1")
        assert one.through(clock("22:00"), clock("+05:59"), 10 * MINUTE) == []
        [(_, key)] = one.at(clock("+06:00"))
        assert key.startswith("digest:")
        assert one.through(clock("+06:01"), clock("+07:00"), MINUTE) == []
    text = one.jobs[-1].parcel.message.text
    assert one.told[-1][2] == "tổng hợp 3 tin đã tạm giữ"
    assert [name in text for name in ("x1", "x2", "x3")] == [True] * 3


def test_a_channel_that_may_speak_seldom_gathers_what_comes_meanwhile(url: str) -> None:
    network = declared(ALL)
    seldom = Channel(id="noc", url="json://127.0.0.1:1/", min_interval_s=600)
    with world(url, replace(network, channels={"noc": seldom})) as one:
        first = one.falls(T, "x1")
        assert one.at(T + MINUTE) == [("noc", f"outage:{first}")]
        one.falls(T + 2 * MINUTE, "x2")
        one.falls(T + 3 * MINUTE, "x3")
        assert one.through(T + 2 * MINUTE, T + 10 * MINUTE, 30 * SECOND) == []
        assert [key.partition(":")[0] for _, key in one.at(T + 12 * MINUTE)] == ["digest"]


@pytest.mark.parametrize(("digest", "days"), [("07:30", 1), ("sat 07:30", 1), ("mon 07:30", 3)])
def test_a_digest_comes_at_its_time_and_nothing_before(url: str, digest: str, days: int) -> None:
    with world(url, declared(Rule(id="sum", to=("boss",), digest=digest))) as one:
        one.falls(clock("10:00"), "x1")
        one.returns(clock("10:20"), "x1")
        one.falls(clock("11:00"), "x2")
        due = clock("07:30") + days * 24 * HOUR
        assert one.through(clock("10:00"), due - MINUTE, HOUR) == []
        [(channel, key)] = one.at(due)
        assert (channel, key) == ("boss", f"summary:{due}:sum")
        assert one.through(due + MINUTE, due + 20 * HOUR, HOUR) == []
    text = one.jobs[-1].parcel.message.text
    assert "Số lần gián đoạn: 2" in text
    assert "Chưa khắc phục: 1" in text


def test_a_monitor_that_sees_nothing_is_told_and_that_it_sees_again(url: str) -> None:
    with world(url, declared(ALL, Rule(id="d", to=("only",), severity=("down",)))) as one:
        one.happens(T, "blind")
        assert one.at(T + 10 * SECOND) == []
        [(channel, key)] = one.at(T + 31 * SECOND)
        assert (channel, key.partition(":")[0]) == ("noc", "blind")
        one.happens(T + 5 * MINUTE, "sight")
        assert one.at(T + 5 * MINUTE + SECOND) == [("noc", f"{key}:over")]
    assert [subject for *_, subject in one.told] == [
        "bộ giám sát không quan sát được mạng",
        "bộ giám sát đã quan sát lại được",
    ]


def test_a_channel_that_fails_waits_longer_each_time_and_is_a_problem_of_its_own(url: str) -> None:
    with world(url, declared(ALL, Rule(id="b", to=("other",)))) as one:
        outage = one.falls(T, "x1")
        now, tries = T + 30 * SECOND, []
        while now < T + 30 * MINUTE:
            jobs = one.desk.turn({}, (), now)
            tries += [now - T for job in jobs if job.row.channel == "noc"]
            done = {job.row.id: BAD if job.row.channel == "noc" else GOOD for job in jobs}
            one.desk.turn(done, ("noc", "other"), now)
            now += 5 * SECOND
        waits = [later - earlier for earlier, later in pairwise(tries)]
        assert waits == [5000, 30_000, 120_000, 300_000, 900_000]
        one.falls(T + 31 * MINUTE, "x2")
        assert [c for c, _ in one.at(T + 35 * MINUTE)] == ["other"]
        assert one.at(T + 50 * MINUTE)[0] == ("noc", f"outage:{outage}")
        with reading(url) as reader:
            events = [(e["kind"], e["body"]) for e in reader.events()]
    told = [event for event in events if event[0] in ("channel_failed", "channel_back")]
    assert told == [
        ("channel_failed", {"channel": "noc", "error": "nobody there"}),
        ("channel_back", {"channel": "noc"}),
    ]


def test_the_report_of_a_month_is_sent_once_with_its_files(url: str, tmp_path: Path) -> None:
    folder = tmp_path / "bao-cao"
    folder.mkdir()
    for name in ("report-2026-12.vi.html", "report-2026-11.vi.html"):
        (folder / name).write_text("x")
    network = replace(declared(ALL), notify=Notify(report_to=("noc",)))
    with world(url, network) as one:
        restarted(one, T, folder)
        one.actions.monthly("2026-12", None, actor="canh run")
        now = time.time_ns() // 1_000_000 + SECOND
        assert one.at(now) == [("noc", "report:2026-12")]
        assert one.at(now + MINUTE) == []
    assert [path.name for path in one.jobs[0].parcel.files] == ["report-2026-12.vi.html"]


def test_a_channel_that_is_taken_out_of_the_files_is_a_problem_no_more(url: str) -> None:
    with world(url, declared(ALL, Rule(id="b", to=("other",)))) as one, reading(url) as reader:
        one.falls(T, "x1")
        for job in one.desk.turn({}, ("other",), T + MINUTE):
            one.desk.turn({job.row.id: BAD}, ("noc", "other"), T + MINUTE + SECOND)
        assert [unsent.channel for unsent in reader.unsent()] == ["noc"]
        one.desk.change(declared(Rule(id="b", to=("other",))), T + 2 * MINUTE)
        assert reader.unsent() == ()
