"""From draft to signature to errata by the command, over a real record."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import update

from cli.main import main
from store.actions import open_actions
from store.dated_tables import site_at, unit_at
from store.engine import open_writer
from store.reader import open_questions
from store.speech import Done
from store.tables import span
from store.urls import sqlite_url
from tests.reports.test_command import BEGAN, canh, folder, local
from tests.reports.world import DAY

__all__ = ["folder"]
WINDOW = ("--from", local(BEGAN), "--to", local(BEGAN + 2 * DAY))
BOTH = ("--format", "html,json", "--lang", "vi,en")


@pytest.fixture
def here(folder: Path, tmp_path: Path) -> Path:
    """A copy of the record, with its own sites.toml."""
    shutil.copytree(folder, tmp_path / "net")
    return tmp_path / "net"


def url(here: Path) -> str:
    return sqlite_url(here / "canh-data" / "record.db")


def correct(here: Path, **changes: str | int | None) -> None:
    reader = open_questions(url(here))
    [root] = [row for row in reader.outages() if row.root_id is None]
    actions = open_actions(url(here))
    said = {"actor": "Hà", "reason": "biên bản", "expected": reader.revision()[1]}
    done = actions.correct(root.id, changes, **said)  # type: ignore[arg-type]
    actions.close()
    reader.close()
    assert isinstance(done, Done), done


def explain(here: Path) -> None:
    correct(here, cause="power", side="power_company", note="điện lực cấp lại điện")


def sign(here: Path, out: Path, *words: str) -> int:
    return canh(here, *WINDOW, *BOTH, "-o", f"{out}/", "--sign", "--by", "Lan", *words)


def files(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.iterdir()}


def test_review_lists_what_is_missing_with_the_command_that_mends_it(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert canh(here, *WINDOW, "--review", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    [one] = told["outages"]
    assert (told["open_items"], one["thing"], one["lost_s"]) == (1, "r1", 3600)
    assert one["lacks"] == ["cause", "side", "action"]
    assert one["remedy"].startswith(f"canh correct {one['id']} --cause CAUSE --side SIDE")
    assert canh(here, *WINDOW, "--review") == 1
    assert "lacks cause, side, action" in capsys.readouterr().out
    explain(here)
    assert canh(here, *WINDOW, "--review") == 0
    assert "nothing is missing" in capsys.readouterr().err


def test_a_draft_says_how_much_is_missing(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert canh(here, *WINDOW, "--json") == 0
    form = json.loads(capsys.readouterr().out)
    assert (form["draft"], form["open_items"]) == (True, 1)


def test_a_month_with_open_items_is_signed_only_on_purpose(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sign(here, tmp_path / "out") == 1
    assert "action: 1; --review lists them, --with-open-items" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert sign(here, tmp_path / "out", "--with-open-items") == 0


def test_a_month_in_which_nothing_was_watched_is_signed_only_on_purpose(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ("--format", "html", "-o", f"{tmp_path / 'out'}/")
    words = ("--month", "2024-01", *out, "--sign", "--by", "Lan")
    assert canh(here, *words) == 1
    assert "nothing was watched" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert canh(here, *words, "--with-open-items") == 0


def test_a_signed_report_is_the_same_bytes_when_asked_again_and_changes_are_errata(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    explain(here)
    first, again, later = (tmp_path / name for name in ("first", "again", "later"))
    assert sign(here, first) == 0
    assert canh(here, *WINDOW, *BOTH, "-o", f"{again}/") == 0
    assert files(again) == files(first)
    assert "signed by Lan at" in capsys.readouterr().err
    correct(here, ended=BEGAN + 2 * DAY - 1)
    assert canh(here, *WINDOW, *BOTH, "-o", f"{later}/") == 0
    told = files(later)
    assert {name: told.pop(name) for name in files(first)} == files(first)
    assert sorted(name.split(".", 1)[1] for name in told) == [
        "errata.en.html", "errata.json", "errata.vi.html",
    ]  # fmt: skip
    page = next(body for name, body in told.items() if name.endswith("vi.html")).decode()
    assert "Đính chính sau khi ký" in page
    assert "biên bản" in page
    assert "Khôi phục: từ “" in page


def test_a_report_that_was_signed_into_a_file_of_another_name_is_given_again(
    here: Path, tmp_path: Path
) -> None:
    explain(here)
    first, again = tmp_path / "ký.html", tmp_path / "again"
    assert canh(here, *WINDOW, "-o", str(first), "--sign", "--by", "Lan") == 0
    assert canh(here, *WINDOW, "-o", f"{again}/") == 0
    assert list(files(again).values()) == [first.read_bytes()]
    assert canh(here, "verify", str(first)) == 0


def test_the_answer_of_a_signed_period_has_the_signed_figures(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    explain(here)
    assert sign(here, tmp_path / "out") == 0
    correct(here, ended=BEGAN + 2 * DAY - 1)
    capsys.readouterr()
    assert canh(here, *WINDOW, "--json") == 0
    form = json.loads(capsys.readouterr().out)
    found = {thing["id"]: thing for thing in form["things"]}
    assert found["r1"]["split_s"]["down"] == 3600
    assert [one["field"] for one in form["errata"]] == ["ended"]
    assert form["signed_figures_hold"] is True
    assert len(form["signed"]["head"]) == 64


def test_verify_finds_nothing_in_an_honest_month_and_names_what_was_changed(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert canh(here, "verify") == 1
    assert "no period is signed yet" in capsys.readouterr().err
    explain(here)
    out = tmp_path / "out"
    assert sign(here, out) == 0
    paths = sorted(map(str, out.iterdir()))
    capsys.readouterr()
    assert canh(here, "verify", *paths) == 0
    told = capsys.readouterr().out
    assert "  matches\n" in told
    assert told.count("is a signed file") == 2
    json_of = json.loads((next(out.glob("*.json"))).read_text("utf-8"))
    assert f"seal {json_of['signed']['head']} over" in told
    correct(here, cause="device")
    assert canh(here, "verify", *WINDOW) == 0
    assert "errata since: 1" in capsys.readouterr().out
    edited = next(out.glob("*.html"))
    edited.write_text(edited.read_text("utf-8").replace("Trung tâm", "Trung Tâm"), "utf-8")
    assert canh(here, "verify", *WINDOW, str(edited)) == 1, "files may stand behind the options"
    assert f"{edited}: was changed after the signature" in capsys.readouterr().out
    engine = open_writer(url(here))
    with engine.begin() as conn:
        conn.execute(update(span).where(span.c.state == "down").values(state="degraded"))
    engine.dispose()
    assert canh(here, "verify", "--json") == 1
    [period] = json.loads(capsys.readouterr().out)["periods"]
    named = {(one["what"], one["how"], one["about"]) for one in period["faults"]}
    assert ("span", "changed", "device:r1") in named
    assert ("figures", "recomputed", "device:r1") in named


def test_another_target_or_name_under_a_signed_month_is_named_in_every_form(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    explain(here)
    assert canh(here, *WINDOW, "-o", f"{tmp_path}/out/", "--sign", "--by", "Lan") == 0
    engine = open_writer(url(here))
    with engine.begin() as conn:
        conn.execute(update(site_at).values(target_pct=50))
        conn.execute(update(unit_at).values(name="Tỉnh khác"))
    engine.dispose()
    capsys.readouterr()
    assert canh(here, "verify") == 1
    told = capsys.readouterr().out
    assert "site:p1: target_pct, verdict not as signed when made again\n" in told
    assert "unit:51: name not as signed when made again\n" in told
    assert "  does not match" in told
    assert canh(here, *WINDOW, "--json") == 0
    form = json.loads(capsys.readouterr().out)
    assert form["signed_figures_hold"] is False


def test_what_verify_cannot_read_or_does_not_know_is_said(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert canh(here, "verify", str(tmp_path / "none.html")) == 2
    assert "none.html: No such file" in capsys.readouterr().err
    assert canh(here, "check") == 2
    assert "'check' is not known" in capsys.readouterr().err
    assert canh(here, "verify", *WINDOW) == 1
    assert "this period is not signed" in capsys.readouterr().err
    assert main(["report", "--config", str(here / "sites.toml"), "verify", str(here)]) == 2
