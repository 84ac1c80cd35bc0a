"""`canh ack`, `maintenance`, `correct`, `history`, `outages`, as a person at a shell uses them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from inventory.sites_toml import read
from store.changes import Sight
from store.declare import agree
from store.engine import open_writer
from store.migrate import migrate
from store.spoken import maintenance
from store.urls import sqlite_url
from store.writer import Writer
from tests.cli.running import SITES, answer, canh, folder
from tests.store.keeping import commit, down, up

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
HOUR, DAY = 3_600_000, 86_400_000
NOW = time.time_ns() // 1_000_000
BEGAN = NOW // 1000 * 1000 - 2 * DAY
MORE = '\n[[provider]]\nid = "vnpt"\nname = "VNPT Quảng Ngãi"\n'
HEAD = "thing,state,started,ended,cause,provider,note\n"


def local(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, ZONE).isoformat()


@contextmanager
def monitored(where: Path) -> Iterator[dict[tuple[str, str], int]]:
    """The record of a monitor that saw for a day: r2 had an hour, r1 is down since."""
    network = read(where / "sites.toml").network
    assert network is not None
    url = sqlite_url(where / "canh-data" / "record.db")
    engine = open_writer(url)
    migrate(engine)
    with engine.begin() as conn:
        ids = dict(agree(conn, network, BEGAN).ids)
    writer = Writer(engine, "test")
    writer.start(BEGAN)
    r1, r2 = ids["device", "r1"], ids["device", "r2"]
    commit(writer, BEGAN, up(r1, BEGAN), up(r2, BEGAN), sight=Sight.OPENED)
    commit(writer, BEGAN + HOUR, down(r2, BEGAN + HOUR))
    commit(writer, BEGAN + 2 * HOUR, up(r2, BEGAN + 2 * HOUR))
    commit(writer, BEGAN + 3 * HOUR, down(r1, BEGAN + 3 * HOUR))
    commit(writer, BEGAN + DAY, sight=Sight.SEEN)
    try:
        yield ids
    finally:
        writer.close(BEGAN + DAY, seen_ms=None)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    where = folder(tmp_path, SITES + MORE)
    with monitored(where):
        pass
    return where


def outages(where: Path, *words: str) -> dict[str, Any]:
    return {row["thing"]: row for row in answer(where, "outages", *words)["outages"]}


def test_an_outage_is_acknowledged_for_two_hours_and_given_back(desk: Path) -> None:
    number = str(outages(desk)["r1"]["id"])
    said = ("--note", "đội\x1b[31m đang đi", "--owner", "đội 2", "--until", "2h", "--by", "an")
    row = answer(desk, "ack", number, *said)
    assert (row["acknowledged"], row["acknowledged_by"], row["owner"]) == (True, "an", "đội 2")
    until = datetime.fromisoformat(row["until"]) - datetime.now(ZONE)
    assert timedelta(hours=1, minutes=55) < until < timedelta(hours=2)
    assert outages(desk, "--open")["r1"] == row
    code, out, _ = canh(desk, "outages")
    assert code == 0
    assert "\x1b" not in out, "what people wrote cannot steer a terminal"
    assert answer(desk, "ack", number, "--withdraw")["acknowledged"] is False


def test_the_speaker_is_named_by_the_environment_or_the_login(desk: Path) -> None:
    number = str(outages(desk)["r1"]["id"])
    import getpass

    assert answer(desk, "ack", number)["acknowledged_by"] == getpass.getuser()
    os.environ["CANH_ACTOR"] = "bình"
    try:
        assert answer(desk, "ack", number, "--by", "chi")["acknowledged_by"] == "chi"
    finally:
        del os.environ["CANH_ACTOR"]


def test_refusals_are_one_line_and_leave_stdout_empty(desk: Path) -> None:
    over = str(outages(desk)["r2"]["id"])
    cases = {
        ("ack", "99"): (1, "there is no outage 99"),
        ("ack", over): (1, f"outage {over} is over"),
        ("ack", over, "--until", "soon"): (2, "30m, 2h, 1d"),
        ("correct", over, "--cause", "fibre"): (1, "needs a reason"),
        ("correct", over): (2, "--cause"),
        ("correct", "--add", "nobody", "--from", local(BEGAN), "--to", local(BEGAN + HOUR),
         "--reason", "x"): (1, "nothing here is called 'nobody'"),
        ("maintenance", "cancel", "7"): (1, "there is no maintenance 7"),
        ("outages", "--thing", "nobody"): (1, "nothing here is called 'nobody'"),
        ("history", "import", "none.csv"): (1, "none.csv: No such file"),
    }  # fmt: skip
    for words, (wanted, told) in cases.items():
        code, out, err = canh(desk, *words)
        assert (code, out, err.count("\n")) == (wanted, "", 1), err
        assert told in err


def test_a_correction_moves_the_figures_and_keeps_what_was_recorded(desk: Path) -> None:
    number = str(outages(desk)["r2"]["id"])
    ended = local(BEGAN + HOUR + HOUR // 2)
    said = ("--cause", "power", "--provider", "vnpt", "--side", "office", "--ended", ended)
    done = ("--action", "thay bộ nguồn")
    row = answer(desk, "correct", number, *said, *done, "--reason", "điện lực báo")
    assert (row["cause"], row["provider"], row["side"]) == ("power", "VNPT Quảng Ngãi", "office")
    assert row["action"] == "thay bộ nguồn"
    assert row["corrected"] == ["action", "cause", "ended", "provider", "side"]
    assert datetime.fromisoformat(row["ended"]) == datetime.fromisoformat(ended)
    recorded = datetime.fromisoformat(row["recorded"]["ended"])
    assert recorded.timestamp() * 1000 == BEGAN + 2 * HOUR
    assert set(outages(desk, "--cause", "power")) == {"r2"}
    assert set(outages(desk, "--cause", "none", "--thing", "device:r1")) == {"r1"}
    assert figures(desk, BEGAN, BEGAN + DAY)["r2"]["split_s"]["down"] == 1800
    assert row["last_bad"] < row["first_good"] == row["recorded"]["ended"]
    shown = canh(desk, "show", f"outage:{number}")[1].splitlines()
    assert f"  first good {row['first_good']}" in shown
    assert f"  ended      {row['ended']}, as corrected" in shown


def figures(where: Path, begin: int, end: int) -> dict[str, Any]:
    words = ("report", "--format", "json", "--from", local(begin), "--to", local(end))
    code, out, err = canh(where, *words)
    assert code == 0, err
    return {thing["id"]: thing for thing in json.loads(out)["things"]}


def test_an_outage_is_declared_in_time_that_nobody_saw(desk: Path) -> None:
    unseen = BEGAN + DAY + HOUR
    span = ("--from", local(unseen), "--to", local(unseen + HOUR))
    row = answer(desk, "correct", "--add", "r2", *span, "--cause", "power", "--reason", "sổ trực")
    assert (row["declared"], row["note"], row["cause"]) == (True, "sổ trực", "power")
    split = figures(desk, BEGAN + DAY, unseen + 2 * HOUR)["r2"]["split_s"]
    assert (split["down"], split["unknown"]) == (3600, 7200)
    seen = ("--from", local(BEGAN + 5 * HOUR), "--to", local(BEGAN + 6 * HOUR))
    code, _, err = canh(desk, "correct", "--add", "r2", *seen, "--reason", "x")
    assert code == 1
    assert "was watched then" in err


def test_a_day_that_not_every_month_has_is_no_day_of_every_month(desk: Path) -> None:
    window = ("--from", "2027-08-31T01:00", "--to", "2027-08-31T02:00", "--reason", "thay UPS")
    code, _, err = canh(desk, "maintenance", "plan", "site:d", *window, "--every", "month")
    assert code == 2
    assert "not every month has a day 31; --rrule 'FREQ=MONTHLY;BYMONTHDAY=-1'" in err
    rule = ("--rrule", "FREQ=MONTHLY;BYMONTHDAY=-1")
    assert answer(desk, "maintenance", "plan", "site:d", *window, *rule)["rrule"] == rule[1]


def test_maintenance_is_planned_listed_approved_and_cancelled(desk: Path) -> None:
    ahead = ("--from", local(NOW + HOUR), "--to", local(NOW + 2 * HOUR), "--reason", "thay UPS")
    row = answer(desk, "maintenance", "plan", "site:d", *ahead, "--every", "week", "--until",
                 "2027-12-31")  # fmt: skip
    assert (row["rrule"], row["scope"], row["late"], row["warnings"]) == (
        "FREQ=WEEKLY;UNTIL=20271231", "d", False, [],
    )  # fmt: skip
    past = ("--from", local(NOW - 2 * HOUR), "--to", local(NOW - HOUR), "--reason", "quên báo")
    code, _, err = canh(desk, "maintenance", "plan", "r2", *past)
    assert (code, "--late" in err) == (1, True)
    late = answer(desk, "maintenance", "plan", "r2", *past, "--late", "--by", "an")
    assert "second person" in late["warnings"][0]
    number = str(late["id"])
    assert canh(desk, "maintenance", "approve", number, "--by", "an")[0] == 1
    assert answer(desk, "maintenance", "approve", number, "--by", "bình")["approved_by"] == "bình"
    gone = answer(desk, "maintenance", "cancel", str(row["id"]))
    assert gone["cancelled"] is not None
    listed = answer(desk, "maintenance")["maintenance"]
    assert [one["id"] for one in listed] == [row["id"], late["id"]]
    assert answer(desk, "maintenance", "list")["maintenance"] == listed


def test_windows_that_no_calendar_holds_are_refused_and_those_on_record_are_told(
    desk: Path,
) -> None:
    far = ("--from", "9999-12-30T23:00", "--to", "9999-12-31T01:00", "--reason", "x")
    code, out, err = canh(desk, "maintenance", "plan", "r2", *far)
    assert (code, out, err.count("\n")) == (1, "", 1), err
    assert "2000 and 2100" in err
    engine = open_writer(sqlite_url(desk / "canh-data" / "record.db"))
    with engine.begin() as conn:
        for begin, end, rule in (
            (-(1 << 52), 1 << 52, None),
            (253_402_275_600_000, 1 << 52, "FREQ=DAILY"),
        ):
            said = {"thing_id": 1, "author": "an", "reason": "x", "entered": BEGAN, "revision": 1}
            window = {"started": begin, "ended": end, "rrule": rule}
            conn.execute(insert(maintenance).values(**said, **window))
    engine.dispose()
    assert len(answer(desk, "maintenance")["maintenance"]) == 2
    assert canh(desk, "maintenance", "list")[0] == 0
    for form in ("html", "csv", "xlsx", "json"):
        files = ("--format", form, "-o", f"{desk}/")
        code, _, err = canh(desk, "report", *files, "--from", local(BEGAN), "--to", local(NOW))
        assert code == 0, err
    assert answer(desk, "maintenance", "cancel", "1")["cancelled"] is not None


def test_imported_history_stands_in_the_report_to_the_second(tmp_path: Path) -> None:
    """A record that is younger than the file: what the report says is the file alone."""
    where = folder(tmp_path, SITES.replace('id = "r2"', 'id = "r2"\nwas = ["r2-old"]') + MORE)
    with monitored(where):
        pass
    (where / "old.csv").write_text(
        HEAD
        + "r2-old,watched,2026-01-01,2026-02-01,,,\n"
        + "r2,down,2026-01-10T08:00,2026-01-10T09:30:15,power,,mất điện\n"
        + "site:d,unreachable,2026-01-10T08:00,2026-01-10T09:00,,,\n",
        "utf-8",
    )
    code, out, err = canh(where, "history", "import", "old.csv")
    assert code == 0, err
    assert "no `watched` row" in out
    assert "3 rows to import" in out
    assert "preview" in err
    done = answer(where, "history", "import", "old.csv", "--apply")
    assert (done["applied"], done["new"]) == (True, 3)
    assert answer(where, "history", "import", "old.csv", "--apply")["known"] == 3
    january = datetime(2026, 1, 1, tzinfo=ZONE), datetime(2026, 2, 1, tzinfo=ZONE)
    things = figures(where, *(int(day.timestamp() * 1000) for day in january))
    month = 31 * 86_400
    nothing = dict.fromkeys(
        ("degraded", "down", "unreachable", "maintenance", "unknown", "off_hours",
         "not_in_service"), 0,
    )  # fmt: skip
    assert things["r2"]["split_s"] == nothing | {"down": 5415, "up": month - 5415}
    assert things["d"]["split_s"] == nothing | {"unreachable": 3600, "up": month - 3600}
    assert things["d"]["service_pct"] == pytest.approx(100 * (month - 3600) / month)
    router = next(one for one in done["things"] if one["id"] == "r2")
    assert router["split_s"] == things["r2"]["split_s"], "the preview told the same"


def test_a_file_with_problems_is_imported_only_without_them(desk: Path) -> None:
    good = "r2,down,2026-01-10T08:00,2026-01-10T09:00,,,\n"
    bad = "r9,down,2026-01-10T08:00,2026-01-10T09:00,,,\n"
    (desk / "old.csv").write_text(HEAD + good + bad, "utf-8")
    code, out, err = canh(desk, "history", "import", "old.csv", "--apply", "--json")
    assert code == 1
    assert err.startswith('old.csv:3: thing: "r9" is not in the record; declare it in sites.toml')
    assert json.loads(out)["applied"] is False
    assert len(outages(desk)) == 2
    done = answer(desk, "history", "import", "old.csv", "--apply", "--skip-bad")
    assert (done["applied"], done["new"], done["errors"]) == (True, 1, 1)


def test_no_word_makes_a_record_where_there_is_none(tmp_path: Path) -> None:
    where = folder(tmp_path)
    for words in (("ack", "1"), ("maintenance",), ("correct", "1", "--cause", "power")):
        code, _, err = canh(where, *words)
        assert (code, "remedy" in err) == (1, True)
    assert not (where / "canh-data").exists()
