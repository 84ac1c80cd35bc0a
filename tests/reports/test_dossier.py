"""A dossier holds all that is known of an outage, is bound to the record, and harms nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from cli.main import main
from inventory.model import Network
from store.actions import open_actions
from store.changes import Evidence, Health, Raw
from store.evidence import keep_evidence, keep_health
from store.reader import open_questions
from store.speech import Done
from store.states import State
from store.tables import live, outage
from tests.reports.world import DAY, HOUR, MINUTE, at
from tests.store.historic import Past, past
from tests.store.keeping import network

BEGIN, NEXT = at("2026-09-01T00:00"), at("2026-10-01T00:00")
FAULT = BEGIN + 5 * DAY
EVIL = '<script>alert(1)</script>\u202e../../etc/"=1+1'
REASONS = [{"code": "stayed_alive", "devices": 2}]
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MONTH = ("--month", "2026-09")


def declared() -> Network:
    plain = network()
    link = replace(plain.links["L1"], circuit_id="QNI-0042", contract=f"12/HĐ {EVIL}")
    return replace(plain, links={"L1": link})


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Past]:
    """A link that failed for two hours, an hour of which was planned; its monitor was unset."""
    url = f"sqlite:///{tmp_path / 'record.db'}"
    with past(url, declared(), BEGIN - DAY) as found:
        found.watched(BEGIN - DAY, NEXT + 20 * DAY)
        link = found.ids["link", "L1"]
        found.span(link, State.UP, BEGIN - DAY, FAULT)
        found.span(link, State.DOWN, FAULT, FAULT + 2 * HOUR)
        found.span(link, State.UP, FAULT + 2 * HOUR, None)
        found.planned(link, FAULT + HOUR, FAULT + 3 * HOUR, reason=f"thay cáp {EVIL}")
        more: dict[str, Any] = {"cause": "fibre", "cause_reasons": REASONS, "last_good": FAULT - 9}
        found.outage(link, FAULT, FAULT + 2 * HOUR, **more)
        raw = (Raw(FAULT - 10_000, "icmp", 912, "ok"), Raw(FAULT, "icmp", None, "missed"))
        body = {"lag_ms": 41, "blind": False, "clock_synced": False, "jumped_ms": 0}
        with found.engine.begin() as conn:
            keep_evidence(
                conn, [Evidence(thing_id=link, from_ms=FAULT - 10_000, to_ms=FAULT, results=raw)]
            )
            keep_health(conn, Health(at_ms=FAULT, mono_ns=1, body=body), "past")
        yield found


def canh(world: Past, command: str, *words: str) -> int:
    return main([command, "--data", world.url, *words])


def correct(world: Past, **changes: str | int | None) -> None:
    reader, actions = open_questions(world.url), open_actions(world.url)
    said = {"actor": "Hà", "reason": EVIL, "expected": reader.revision()[1]}
    assert isinstance(actions.correct(1, changes, **said), Done)  # type: ignore[arg-type]
    actions.close()
    reader.close()


def told(world: Past, out: Path, *words: str) -> Mapping[str, Any]:
    assert canh(world, "dossier", "1", *words, "--format", "json", "-o", str(out)) == 0
    found: Mapping[str, Any] = json.loads((out / "dossier-1.json").read_text("utf-8"))
    return found


def test_it_tells_the_line_the_times_and_the_raw_results(world: Past, tmp_path: Path) -> None:
    form = told(world, tmp_path / "out")
    [circuit] = form["circuits"]
    assert circuit["declared"]["circuit_id"] == "QNI-0042"
    assert (circuit["provider"], circuit["hotline"]) == ("VNPT", "1800-0000")
    assert form["outage"]["first_bad"] == "2026-09-06T00:00:00+07:00"
    assert form["outage"]["last_good"] == "2026-09-05T23:59:59.991+07:00"
    results = form["evidence"]["start"]["results"]
    assert [(one["said"], one["rtt_ms"]) for one in results] == [("ok", 0.912), ("missed", None)]
    assert form["evidence"]["start"]["health"][0]["clock_synced"] is False
    assert form["counted"]["split_s"] == {"maintenance": 3600.0, "down": 3600.0}
    assert (form["counted"]["lost_s"], form["counted"]["charge"]) == (3600.0, "charged")
    assert [work["scope"] for work in form["maintenance"]] == ["link:L1"]


def test_a_cause_is_proposed_until_a_person_confirms_it(world: Past, tmp_path: Path) -> None:
    before = told(world, tmp_path / "a")["outage"]
    assert (before["cause"], before["cause_proposed"]) == ("fibre", True)
    correct(world, cause="fibre")
    form = told(world, tmp_path / "b")
    assert form["outage"]["cause_proposed"] is False
    [said] = form["corrections"]
    assert (said["field"], said["old"], said["new"], said["author"]) == (
        "cause", "fibre", "fibre", "Hà",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("started", "ended"),
    [(FAULT - HOUR, FAULT + HOUR), (FAULT + HOUR, FAULT + 3 * HOUR)],
)
def test_a_time_that_a_person_said_stands_alone_with_what_was_measured_beside_it(
    world: Past, tmp_path: Path, started: int, ended: int
) -> None:
    correct(world, started=started, ended=ended)
    found = told(world, tmp_path / "out")["outage"]
    assert found["last_good"] < found["first_bad"] <= found["last_bad"] < found["first_good"]
    assert (found["first_bad"], found["started"]) == (iso(FAULT), iso(started))
    assert (found["first_good"], found["ended"]) == (iso(FAULT + 2 * HOUR), iso(ended))
    assert canh(world, "dossier", "1", "--lang", "vi", "-o", str(tmp_path / "page")) == 0
    text = Page((tmp_path / "page" / "dossier-1.vi.html").read_text("utf-8")).text
    said = f"{local(started)} · theo hiệu chỉnh của Hà · hệ thống đo được: 05/09/2026 23:59:59"
    assert said in text
    assert f"{local(ended)} · theo hiệu chỉnh của Hà · hệ thống đo được: 06/09/2026" in text
    assert f"{local(ended)} –" not in text


def iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, ZONE).isoformat()


def local(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, ZONE).strftime("%d/%m/%Y %H:%M:%S")


class Page(HTMLParser):
    """Elements and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("vi", ["Hồ sơ gián đoạn số 1", "Mã kênh của nhà mạng", "chưa có người xác nhận",
                "đồng hồ chưa được đồng bộ", "không trả lời", "Kỳ báo cáo chưa được ký"]),
        ("en", ["Dossier of outage 1", "Circuit id", "no person has confirmed it",
                "clock not set by a time service", "no answer", "not signed yet"]),
    ],
)  # fmt: skip
def test_the_page_says_it_in_words_and_hostile_names_stay_text(
    world: Past, tmp_path: Path, language: str, words: list[str]
) -> None:
    with world.engine.begin() as conn:
        conn.execute(update(live).values(name=EVIL))
    correct(world, note=EVIL)
    out = tmp_path / "out"
    asked = ("--lang", language, "-o", str(out))
    assert canh(world, "dossier", "1", *asked) == 0
    assert [path.name for path in out.iterdir()] == [f"dossier-1.{language}.html"]
    text = next(out.iterdir()).read_text("utf-8")
    page = Page(text)
    for word in words:
        assert word in page.text
    assert "script" not in page.tags
    assert "<script>alert(1)</script>" in page.text
    assert "\u202e" not in text
    assert "src=" not in text
    assert "http" not in text


def test_verify_knows_a_dossier_and_sees_that_it_was_edited(
    world: Past, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    both = ("--format", "html,json", "--lang", "vi,en", "-o", str(out))
    assert canh(world, "dossier", *MONTH, *both) == 0
    paths = sorted(map(str, out.iterdir()))
    assert [Path(path).name for path in paths] == [
        "dossier-1.en.html", "dossier-1.json", "dossier-1.vi.html",
    ]  # fmt: skip
    capsys.readouterr()
    assert canh(world, "report", "verify", *paths) == 0
    assert capsys.readouterr().out.count("is a dossier that was made here") == 3
    edited = out / "dossier-1.json"
    edited.write_text(edited.read_text("utf-8").replace("QNI-0042", "QNI-0043"), "utf-8")
    assert canh(world, "report", "verify", *paths) == 1
    assert f"{edited}: was changed" in capsys.readouterr().out


def test_after_the_signature_it_names_its_place_in_the_chain_and_rewritten_ones_are_found(
    world: Past, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from store.spoken import audit

    told(world, tmp_path / "before")
    signing = (*MONTH, "--json", "--sign", "--by", "Lan", "--with-open-items")
    assert canh(world, "report", *signing) == 0
    head = json.loads(capsys.readouterr().out.partition("\n")[2])["signed"]["head"]
    proof = told(world, tmp_path / "after")["proof"]
    assert (proof["head"], proof["signed_by"]) == (head, "Lan")
    assert 0 < proof["place"] <= proof["of"]
    assert canh(world, "report", "verify", *MONTH) == 0
    with world.engine.begin() as conn:
        made = audit.c.action == "dossier"
        detail = {"file": "dossier-1.json", "sha256": "0" * 64}
        conn.execute(update(audit).where(made).values(detail=detail))
        conn.execute(update(outage).values(last_good=FAULT - MINUTE))
    capsys.readouterr()
    assert canh(world, "report", "verify", *MONTH) == 1
    said = capsys.readouterr().out
    assert "outage 1 was changed after the signature" in said
    assert "of outage:1 was changed after the signature" in said


def test_an_outage_that_is_not_there_is_said(
    world: Past, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert canh(world, "dossier", "99", "-o", str(tmp_path / "out")) == 1
    assert "there is no outage 99" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert canh(world, "dossier", "--month", "2026-13") == 2
