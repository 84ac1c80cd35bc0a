"""`canh show` opens a figure to its intervals and an outage to its evidence, as a process."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from store.changes import Batch, Evidence, Health, Raw, Seeing, Sight
from tests.cli.running import canh, folder
from tests.store.keeping import bring, commit, down, network, up, writing

LASTED = 60_000


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int, int]:
    """A folder with an outage of a minute, its number and first moment; an open one after it."""
    where = folder(tmp_path_factory.mktemp("shown"))
    began = time.time_ns() // 1_000_000 - 1_000_000
    url = f"sqlite:///{where / 'record.db'}"
    ids = bring(url, network(), began - 10_000).ids
    device, other = ids["device", "d-r"], ids["device", "p-r"]
    raw = (Raw(began - 1000, "icmp", 900, "ok"), Raw(began, "icmp", None, "missed"))
    piece = Evidence(thing_id=device, from_ms=began - 1000, to_ms=began, results=raw)
    body = {"lag_ms": 3, "blind": False, "clock_synced": True}
    health = Health(at_ms=began, mono_ns=1, body=body)
    with writing(url, began - 5000) as writer:
        both = up(device, began - 5000), up(other, began - 5000)
        commit(writer, began - 5000, *both, sight=Sight.OPENED)
        [number] = commit(writer, began, down(device, began)).opened
        commit(writer, began + LASTED, up(device, began + LASTED), down(other, began + LASTED))
        seen = (Seeing(sight=Sight.SEEN, at_ms=began + 2 * LASTED),)
        batch = Batch(at_ms=began + LASTED, evidence=(piece,), health=health, seeing=seen)
        writer.submit(batch).result(timeout=30)
    return where, number, began


def shown(where: Path, *words: str) -> str:
    code, out, err = canh(where, "show", *words, "--data", str(where))
    assert code == 0, err
    return out


def test_a_percentage_opens_to_its_intervals_and_they_to_their_outage(
    told: tuple[Path, int, int],
) -> None:
    where, number, began = told
    hour = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(began / 1000 - 600))
    [device] = json.loads(shown(where, "d-r", "--from", hour, "--json"))["devices"]
    assert device["split_s"]["down"] == LASTED / 1000
    assert device["figures"]["service_pct"] < 100
    [lost] = [piece for piece in device["intervals"] if piece["share"] == "down"]
    assert lost["outage"] == number
    assert f"canh show outage:{number}" in shown(where, "d-r", "--from", hour)


def test_an_outage_opens_to_raw_results_and_the_monitors_health(
    told: tuple[Path, int, int],
) -> None:
    where, number, _ = told
    document = json.loads(shown(where, f"outage:{number}", "--json"))
    assert document["outage"]["thing"] == "d-r"
    start, end = document["evidence"]["start"], document["evidence"]["end"]
    assert {"from", "to", "at", "results", "health"} == start.keys() == end.keys()
    assert [(one["how"], one["rtt_ms"], one["said"]) for one in start["results"]] == [
        ("icmp", 0.9, "ok"),
        ("icmp", None, "missed"),
    ]
    assert start["health"][0]["lag_ms"] == 3
    text = shown(where, f"outage:{number}")
    assert "first bad" in text
    assert all(len(line) <= 80 for line in text.splitlines())


def test_an_opened_outage_tells_what_people_said_and_what_stood_there_before(
    told: tuple[Path, int, int],
) -> None:
    where, number, began = told
    words = ("--by", "lan", "--data", str(where))
    begin = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(began // 1000 - 2))
    changes = ("--cause", "power", "--started", begin, "--reason", "biên bản số 7")
    code, _, err = canh(where, "correct", str(number), *changes, *words)
    assert code == 0, err
    about = json.loads(shown(where, f"outage:{number}", "--json"))["outage"]
    assert (about["cause"], about["recorded"]["cause"]) == ("power", "undetermined")
    by_field = {one["field"]: one for one in about["corrections"]}
    assert by_field["cause"]["old"] == "undetermined"
    assert by_field["started"]["new"] == about["started"]
    assert (by_field["cause"]["author"], by_field["cause"]["reason"]) == ("lan", "biên bản số 7")
    text = shown(where, f"outage:{number}")
    for told_too in ("the monitor proposed undetermined", "cause corrected from", "biên bản số 7"):
        assert told_too in text
    assert all(len(line) <= 80 for line in text.splitlines())


def test_an_open_outage_tells_who_is_on_it_and_has_no_evidence_of_an_end(
    told: tuple[Path, int, int],
) -> None:
    where, number, _ = told
    note = "điện lực báo cắt điện theo lịch tại trạm, gọi lại sau hai giờ nếu chưa có điện trở lại"
    words = ("--owner", "Minh", "--until", "2h", "--note", note, "--by", "lan")
    code, _, err = canh(where, "ack", str(number + 1), *words, "--data", str(where))
    assert code == 0, err
    document = json.loads(shown(where, f"outage:{number + 1}", "--json"))
    about = document["outage"]
    assert (about["thing"], about["ended"], document["evidence"]["end"]) == ("p-r", None, None)
    [held] = about["acknowledgements"]
    assert (held["actor"], held["owner"], held["note"]) == ("lan", "Minh", note)
    text = shown(where, f"outage:{number + 1}")
    assert "first good open" in text
    assert "owner Minh" in text
    assert note in " ".join(text.split())
    assert all(len(line) <= 80 for line in text.splitlines())


def test_what_is_not_there_and_what_cannot_be_asked_is_one_line(
    told: tuple[Path, int, int],
) -> None:
    where, *_ = told
    code, out, err = canh(where, "show", "outage:999", "--data", str(where))
    assert (code, out, err) == (1, "", "canh show: there is no outage 999\n")
    code, _, err = canh(where, "show", "d-r", "--to", "2026-10-01", "--data", str(where))
    assert (code, err) == (2, "canh show: --to needs --from\n")
