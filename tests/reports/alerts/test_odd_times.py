"""Clocks that go back, channels that were away, nights: nothing is lost, nothing told twice."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from inventory.alerts import Escalation, Rule
from store.states import Mark
from store.urls import sqlite_url
from tests.reports.alerts.world import BAD, GOOD, HOUR, MINUTE, MORNING, SECOND, declared, world
from tests.store.keeping import bring

DAY = 24 * HOUR
ALL = Rule(id="all", to=("noc",))
NIGHT = replace(ALL, severity=("down",), quiet_hours=(("22:00", "06:00"),))
MASS = Rule(id="mass", to=("noc",), severity=("mass",))


@pytest.fixture
def here(tmp_path: Path) -> str:
    return sqlite_url(tmp_path / "record.db")


def at(hour: int, minute: int = 0) -> int:
    """Local time of that day; hours over 24 are of the next."""
    return MORNING + (hour - 9) * HOUR + minute * MINUTE


def test_after_the_clock_went_back_what_falls_is_told(here: str) -> None:
    with world(here, declared(ALL)) as one:
        one.falls(MORNING + DAY, "p-r")
        assert one.through(MORNING + DAY, MORNING + DAY + MINUTE)
        one.falls(MORNING + MINUTE, "d-r")
        told = one.through(MORNING + MINUTE, MORNING + 5 * MINUTE)
        assert [key for _, _, key in told] == ["outage:2"]


def test_after_the_clock_went_back_a_channel_that_failed_is_tried_again(here: str) -> None:
    with world(here, declared(ALL)) as one:
        one.falls(MORNING + DAY, "p-r")
        one.through(MORNING + DAY, MORNING + DAY + MINUTE)
        one.falls(MORNING + DAY + HOUR, "d-r")
        [job] = one.desk.turn({}, (), MORNING + DAY + HOUR + MINUTE)
        one.desk.turn({job.row.id: BAD}, (), MORNING + DAY + HOUR + MINUTE + SECOND)
        told = one.through(MORNING + MINUTE, MORNING + 2 * MINUTE)
        assert [key for _, _, key in told] == ["outage:2"]


def test_the_end_of_an_outage_waits_for_the_morning_of_the_rule_that_told_it(here: str) -> None:
    """Another rule of the channel speaks at night, but not of such an outage."""
    with world(here, declared(NIGHT, MASS)) as one:
        one.falls(at(21, 50), "d-r")
        assert one.through(at(21, 50), at(21, 55))
        one.returns(at(26), "d-r")
        told = one.through(at(26), at(31), MINUTE)
        assert [(ms >= 4 * HOUR, key) for ms, _, key in told] == [(True, "outage:1:over")]


def test_an_escalation_is_one_although_the_outage_turns_out_to_flap(here: str) -> None:
    steps = (Escalation(rule="all", after_s=60, to=("chief",)),)
    with world(here, declared(ALL, steps=steps)) as one:
        one.falls(MORNING, "d-r")
        one.through(MORNING, MORNING + 5 * MINUTE)
        one.flaps(MORNING + 5 * MINUTE, "d-r", Mark.FLAPPING)
        one.through(MORNING + 5 * MINUTE, MORNING + 20 * MINUTE)
        one.returns(MORNING + 21 * MINUTE, "d-r")
        one.flaps(MORNING + 30 * MINUTE, "d-r")
        one.through(MORNING + 21 * MINUTE, MORNING + 40 * MINUTE)
        keys = [key for channel, key, _ in one.told if channel == "chief"]
    assert keys == ["outage:1:after:all:60", "outage:1:over"]


def test_what_began_and_ended_while_a_channel_was_away_is_told_when_it_is_back(here: str) -> None:
    with world(here, declared(ALL)) as one:
        one.falls(MORNING, "p-r")
        for minute in range(180):
            now = MORNING + minute * MINUTE
            if minute == 10:
                one.falls(now, "d-r")
            if minute == 40:
                one.returns(now, "d-r")
            jobs = one.desk.turn({}, (), now)
            one.desk.turn({job.row.id: BAD for job in jobs}, (), now + SECOND)
        back = MORNING + 3 * HOUR + 20 * MINUTE
        told = one.through(back, back + 30 * MINUTE, MINUTE)
        keys = {part.row.key for part in one.jobs if part.row.channel == "noc"}
    assert next(key for _, _, key in told) == "outage:1"
    assert "outage:2" in keys


def test_old_news_of_a_time_in_which_the_channel_could_speak_is_left_out(here: str) -> None:
    with world(here, declared(ALL)) as one:
        one.falls(MORNING, "d-r")
        one.returns(MORNING + 10 * MINUTE, "d-r")
        assert one.at(MORNING + 3 * HOUR, GOOD) == []


def test_a_thing_that_leaves_the_files_while_it_is_down_is_not_up_again(here: str) -> None:
    network = declared(ALL)
    with world(here, network) as one:
        one.falls(MORNING, "x3")
        one.through(MORNING, MORNING + MINUTE)
        devices = {key: each for key, each in network.devices.items() if key != "x3"}
        bring(here, replace(network, devices=devices), MORNING + 10 * MINUTE, accept=True)
        one.through(MORNING + 10 * MINUTE, MORNING + 11 * MINUTE)
        [_, (_, key, subject)] = one.told
        message = one.jobs[-1].parcel.message
    assert key == "outage:1:over"
    assert subject.startswith("không giám sát nữa, gián đoạn được 10 phút 00 giây: thiết bị x3")
    assert "đã bỏ khỏi tệp khai báo" in message.text
    assert "hoạt động" not in message.text
    assert not message.good


def test_a_channel_that_is_named_again_hears_of_what_it_was_not_told(here: str) -> None:
    with world(here, declared(ALL)) as one:
        network = one.desk.network
        one.falls(MORNING, "d-r")
        [job] = one.desk.turn({}, (), MORNING + 40 * SECOND)
        one.desk.turn({job.row.id: BAD}, (), MORNING + 41 * SECOND)
        one.desk.change(declared(replace(ALL, to=("other",))), MORNING + MINUTE)
        one.desk.change(network, MORNING + 2 * MINUTE)
        one.through(MORNING + 2 * MINUTE, MORNING + 10 * MINUTE)
        one.returns(MORNING + HOUR, "d-r")
        one.through(MORNING + HOUR, MORNING + HOUR + MINUTE)
        assert [(channel, key) for channel, key, _ in one.told] == [
            ("noc", "outage:1"), ("noc", "outage:1:over"),
        ]  # fmt: skip


def test_what_is_told_after_a_backup_came_back_is_no_repeat_of_what_was_told_before(
    here: str, tmp_path: Path
) -> None:
    """Numbers of outages count from the backup on, and receivers leave out what they know."""
    again = tmp_path / "again.db"
    with world(here, declared(ALL)) as one:
        with (
            closing(sqlite3.connect(tmp_path / "record.db")) as old,
            closing(sqlite3.connect(again)) as new,
        ):
            old.backup(new)
        one.falls(MORNING, "d-r")
        one.through(MORNING, MORNING + MINUTE)
    with world(sqlite_url(again), declared(ALL), MORNING + HOUR) as two:
        two.falls(MORNING + HOUR, "p-r")
        two.through(MORNING + HOUR, MORNING + HOUR + MINUTE)
        two.returns(MORNING + 2 * HOUR, "p-r")
        two.through(MORNING + 2 * HOUR, MORNING + 2 * HOUR + MINUTE)
    [before], [after, end] = one.jobs, two.jobs
    assert before.row.key == after.row.key == "outage:1"
    assert before.parcel.key != after.parcel.key
    assert end.parcel.thread == after.parcel.key
