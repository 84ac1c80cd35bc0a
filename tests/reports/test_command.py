"""`canh report` over a real record: files that appear whole, JSON on stdout, clear refusals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from cli.main import main
from cli.progress import Progress
from inventory.sites_toml import read
from inventory.written import _is_no_file, write_whole
from reports.periods import iso, month_of
from store.changes import Batch, Seeing, Sight, Verdict
from store.declare import agree
from store.engine import open_writer
from store.migrate import migrate
from store.spoken import signed_file
from store.states import State
from store.urls import sqlite_url
from store.writer import Writer
from tests.reports.world import DAY, HOUR, MINUTE

NOW = int(time.time() * 1000)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
BEGAN = NOW - 3 * DAY
SITES = """
[network]
name = "Mạng thử của tỉnh"
timezone = "Asia/Ho_Chi_Minh"
language = "vi"
anchor = ["r1"]
[[unit]]
id = "51"
code = "51"
name = "Tỉnh Quảng Ngãi"
level = "province"
[[site]]
id = "p1"
name = "Trung tâm Dữ liệu tỉnh"
unit = "51"
target_pct = 99.9
[[device]]
id = "r1"
site = "p1"
role = "router"
address = "127.51.0.1"
snmp = false
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record of three days in which the router failed for an hour."""
    here = tmp_path_factory.mktemp("canh")
    (here / "sites.toml").write_text(SITES, "utf-8")
    reading = read(here / "sites.toml")
    assert reading.network is not None, reading.problems
    engine = open_writer(sqlite_url(here / "canh-data" / "record.db"))
    migrate(engine)
    with engine.begin() as conn:
        ids = agree(conn, reading.network, BEGAN).ids
    router, site = ids["device", "r1"], ids["site", "p1"]
    writer = Writer(engine, "test")
    writer.start(BEGAN)
    writer.submit(
        Batch(
            at_ms=BEGAN,
            verdicts=tuple(
                Verdict(thing_id=thing, state=State.UP, since_ms=BEGAN, reason="answered")
                for thing in (router, site)
            ),
            seeing=(Seeing(sight=Sight.OPENED, at_ms=BEGAN),),
        )
    )
    bad = BEGAN + DAY
    writer.submit(Batch(at_ms=bad, verdicts=(failed(router, bad), failed(site, bad, router))))
    good = bad + HOUR
    writer.submit(Batch(at_ms=good, verdicts=(healed(router, good), healed(site, good))))
    writer.submit(Batch(at_ms=NOW, seeing=(Seeing(sight=Sight.SEEN, at_ms=NOW),))).result()
    writer.close(NOW, seen_ms=NOW)
    return here


def failed(thing: int, at_ms: int, root: int | None = None) -> Verdict:
    return Verdict(
        thing_id=thing,
        state=State.DOWN if root is None else State.UNREACHABLE,
        since_ms=at_ms,
        reason="silent",
        root_thing_id=root,
        last_good_ms=at_ms - 10_000,
        first_bad_ms=at_ms,
        last_bad_ms=at_ms,
    )


def healed(thing: int, at_ms: int) -> Verdict:
    return Verdict(
        thing_id=thing,
        state=State.UP,
        since_ms=at_ms,
        reason="answered",
        last_bad_ms=at_ms - 10_000,
        first_good_ms=at_ms,
    )


def canh(folder: Path, *words: str) -> int:
    return main(["report", "--config", str(folder / "sites.toml"), *words])


def local(moment_ms: int) -> str:
    return iso(moment_ms // MINUTE * MINUTE, ZONE) or ""


def test_json_alone_goes_to_stdout_and_counts_the_hour(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert canh(folder, "--format", "json", "--from", local(BEGAN), "--to", local(NOW)) == 0
    form = json.loads(capsys.readouterr().out)
    found = {thing["id"]: thing for thing in form["things"]}
    assert form["period"]["timezone"] == "Asia/Ho_Chi_Minh"
    assert found["r1"]["split_s"]["down"] == 3600
    assert found["p1"]["service_pct"] == pytest.approx(100 * 71 / 72, abs=0.01)
    assert found["p1"]["verdict"] == "missed"
    assert (found["r1"]["outages"], found["r1"]["began"], found["r1"]["mttr_s"]) == (1, 1, 3600)


def test_without_a_month_the_running_one_is_written_in_both_languages(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--lang", "vi,en", "--format", "html,json", "-o", f"{tmp_path}/")
    assert canh(folder, *asked) == 0
    name = f"report-{month_of(NOW, ZONE)}"
    paths = [str(tmp_path / f"{name}.{end}") for end in ("html", "json")]
    assert capsys.readouterr().out.splitlines() == paths
    assert sorted(str(path) for path in tmp_path.iterdir()) == sorted(paths)
    text = Path(paths[0]).read_text("utf-8")
    assert text.count("Trung tâm Dữ liệu tỉnh") > 1
    assert ('<article lang="vi"' in text, '<article lang="en"' in text) == (True, True)


def test_one_format_and_language_go_to_the_file_that_was_named(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = tmp_path / "deep" / "report.html"
    assert canh(folder, "-o", str(wanted)) == 0
    assert capsys.readouterr().out == f"{wanted}\n"
    assert '<html lang="vi">' in wanted.read_text("utf-8")
    assert wanted.stat().st_mode & 0o777 == 0o666 & ~current_umask()


def current_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--format", "odt"], "'odt' is not known; there are html, pdf, xlsx, csv, json"),
        (["--lang", "fr"], "'fr' is not known; there are vi, en"),
        (["--month", "2026-13"], "'2026-13' is no month; write it as 2026-10"),
        (["--month", "2026-10", "--from", "2026-10-01"], "--month and --from exclude each other"),
        (["--quarter", "2026-Q5"], "'2026-Q5' is no quarter; write it as 2026-Q3"),
        (["--year", "0001"], "the year 1 is not from 2000 to 2100"),
        (["--year", "26"], "'26' is no year; write it as 2026"),
        (["--year", "2026", "--quarter", "2026-Q3"], "--quarter and --year exclude each other"),
        (["--sign"], "--sign and --by NAME go together"),
        (["--to", "2026-10-01"], "--to needs --from"),
        (["--from", "soon"], "'soon' is no date or time"),
        (["--from", "2026-10-02", "--to", "2026-10-01"], "--to must be after --from"),
        (["--month", "2099-01"], "it has not begun yet"),
        (["--format", "html,json", "-o", "one.html"], "2 files are to be written; name a folder"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_reason(
    folder: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert canh(folder, *words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err


def test_a_signed_period_says_so_from_then_on_and_cannot_be_signed_again(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    window = ("--from", local(BEGAN), "--to", local(BEGAN + 2 * DAY))
    signing = (*window, "--format", "html,json", "-o", f"{tmp_path}/", "--sign", "--by", "Lan")
    assert canh(folder, *signing, "--with-open-items") == 0
    out, err = capsys.readouterr()
    assert err == "signed by Lan\n"
    assert [Path(line).exists() for line in out.splitlines()] == [True, True]
    assert canh(folder, *window, "--format", "json") == 0
    out, err = capsys.readouterr()
    assert err.startswith("signed by Lan at 20")
    form = json.loads(out)
    assert form["signed"]["by"] == "Lan"
    assert len(form["signed"]["sha256"]) == 64
    assert (form["errata"], form["signed_figures_hold"]) == ([], True)
    assert canh(folder, *signing) == 1
    assert "was signed by Lan" in capsys.readouterr().err
    assert canh(folder, "--sign", "--by", "Lan", "-o", str(tmp_path / "now.html")) == 1
    assert "not over yet" in capsys.readouterr().err
    assert not (tmp_path / "now.html").exists()


def test_what_is_not_up_opens_to_its_intervals_with_root_and_outage(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert canh(folder, "--format", "json", "--from", local(BEGAN), "--to", local(NOW)) == 0
    found = {thing["id"]: thing for thing in json.loads(capsys.readouterr().out)["things"]}
    [own] = [one for one in found["r1"]["intervals"] if one["share"] == "down"]
    [behind] = [one for one in found["p1"]["intervals"] if one["share"] == "unreachable"]
    assert (own["root"], behind["root"]) == (None, "r1")
    assert own["outage"] != behind["outage"]
    assert (own["from"], own["to"]) == (behind["from"], behind["to"])
    for thing in ("r1", "p1"):
        sums = dict.fromkeys(found[thing]["split_s"], 0.0)
        for one in found[thing]["intervals"]:
            lasted = datetime.fromisoformat(one["to"]) - datetime.fromisoformat(one["from"])
            sums[one["share"]] += lasted.total_seconds()
        del sums["up"]
        assert sums == {k: v for k, v in found[thing]["split_s"].items() if k != "up"}


def test_without_a_record_the_remedy_is_named(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert canh(folder, "--data", str(tmp_path)) == 1
    assert "canh run" in capsys.readouterr().err


def test_every_form_is_written_in_its_languages(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Progress, "step", lambda self, what: None)  # a busy machine takes long
    asked = ("--lang", "vi,en", "--format", "pdf,xlsx,csv", "-o", f"{tmp_path}/")
    assert canh(folder, *asked) == 0
    out, err = capsys.readouterr()
    name = f"report-{month_of(NOW, ZONE)}"
    ends = ("vi.pdf", "en.pdf", "vi.xlsx", "en.xlsx", "csv.zip")
    assert out.splitlines() == [str(tmp_path / f"{name}.{end}") for end in ends]
    assert err == ""
    for path in map(Path, out.splitlines()):
        assert path.read_bytes().startswith(b"%PDF-" if path.suffix == ".pdf" else b"PK")


def test_without_the_compiler_of_pdf_its_package_is_named(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)  # as Python marks what it did not find
    assert canh(folder, "--format", "xlsx,pdf", "-o", f"{tmp_path}/") == 2
    assert "pip install 'canh[pdf]'" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    assert canh(folder, "--format", "xlsx", "-o", f"{tmp_path}/") == 0


def test_the_signed_files_are_kept_as_they_were_written(folder: Path, tmp_path: Path) -> None:
    window = ("--from", local(BEGAN + HOUR), "--to", local(BEGAN + 2 * DAY))
    signing = (*window, "--format", "pdf,xlsx,csv", "-o", f"{tmp_path}/", "--sign", "--by", "Lan")
    assert canh(folder, *signing, "--with-open-items") == 0
    engine = open_writer(sqlite_url(folder / "canh-data" / "record.db"))
    with engine.connect() as conn:
        kept = {row.name: row.body for row in conn.execute(select(signed_file))}
    engine.dispose()
    assert len(list(tmp_path.iterdir())) == 3
    for path in tmp_path.iterdir():
        assert kept[path.name] == path.read_bytes()


def test_a_folder_that_cannot_be_made_is_one_clear_error(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("x")
    assert canh(folder, "-o", f"{tmp_path}/file/report.html") == 1
    assert "file" in capsys.readouterr().err


def test_a_pipe_is_written_to_and_stays_one(folder: Path, tmp_path: Path) -> None:
    pipe, heard = tmp_path / "pipe", list[bytes]()
    os.mkfifo(pipe)
    listener = threading.Thread(target=lambda: heard.append(pipe.read_bytes()), daemon=True)
    listener.start()
    assert canh(folder, "--format", "json", "-o", str(pipe)) == 0
    listener.join(timeout=30)
    assert {"tiers", "things"} <= json.loads(heard[0]).keys()
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


@pytest.mark.parametrize("path", ["/dev/null", "/dev/stdout", "/dev/stderr"])
def test_devices_and_their_names_are_never_replaced(path: str) -> None:
    assert _is_no_file(Path(path))


def test_an_interrupted_writing_leaves_the_old_file_and_no_half_one(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_whole(path, "old")

    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "half\udc80")  # a lone surrogate stops the encoder midway
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("form", "end"), [("html", b"</html>"), ("pdf", b"%%EOF"), ("xlsx", b""), ("csv", b"")]
)
def test_a_killed_report_leaves_nothing_under_its_name(
    folder: Path, tmp_path: Path, form: str, end: bytes
) -> None:
    """Killed at many moments, the named file is whole or absent."""
    path = tmp_path / f"report.{form}"
    words = ["report", "--config", str(folder / "sites.toml"), "--format", form, "-o", str(path)]
    for delay in (0.2, 0.5, 0.9, 1.4):
        running = subprocess.Popen(
            [sys.executable, "-m", "cli.main", *words], stdout=subprocess.DEVNULL
        )
        time.sleep(delay)
        running.send_signal(signal.SIGKILL)
        running.wait()
        assert not path.exists() or whole(path, end)


def whole(path: Path, end: bytes) -> bool:
    if end:
        return path.read_bytes().rstrip().endswith(end)
    with zipfile.ZipFile(path) as archive:
        return archive.testzip() is None
