"""The archive of reports: what is in it, what is not, what a page of one may do, who may ask."""

from __future__ import annotations

import asyncio
import io
import os
import sys
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from playwright.sync_api import Browser

from cli.apart import command, environment
from inventory.model import Web
from inventory.phrases import LANGUAGES, say
from reports import page
from reports.figures import figures
from reports.web.bench import MOST_WAITING
from reports.web.desk import Desk
from reports.web.pages import ROOMS
from reports.web.pages.archive import archive_room
from reports.web.shelf import Shelf, described, period_of, policy, window_of
from reports.web.site import Site, application
from reports.web.visitor import Role
from store.engine import open_writer
from tests import npm
from tests.browser import until
from tests.reports.province import october
from tests.reports.world import at as moment
from tests.store.keeping import bring, network
from tests.web.field import Served, chromium, served
from tests.web.gates import CSRF, Passing, person

Client = TestClient[web.Request, web.Application]
NAME = "report-2026-10.vi.html"
SLOW = "import sys, time; sys.stderr.write('canh report: making pdf (3 s)\\n'); sys.stderr.flush(); time.sleep(600)"  # noqa: E501
_AXE = "axe.run().then(all => all.violations.map(v => [v.id, v.nodes[0].html]))"


@pytest.fixture(scope="module")
def report() -> bytes:
    return page.render(figures(october()), "vi", "en").encode()


@pytest.fixture
def gate() -> Passing:
    return Passing(person())


def pages(folder: Path, gate: Passing) -> Site:
    bring(f"sqlite:///{folder / 'record.db'}", network(), moment("2025-06-01"))
    (folder / "reports").mkdir()
    return Site(
        desk=Desk(f"sqlite:///{folder / 'record.db'}"),
        settings=Web(),
        data=folder,
        reports=folder / "reports",
        gate=gate,
    )


@pytest.fixture
async def client(tmp_path: Path, gate: Passing) -> AsyncIterator[Client]:
    """Its reports are made by the command itself."""
    site = pages(tmp_path, gate)
    data = {"CANH_DATA": f"sqlite:///{tmp_path / 'record.db'}"}
    room = archive_room(command("cli.main", "report"), environment() | data)
    async with TestClient(TestServer(application(site, (*ROOMS, room)))) as one:
        yield one


@pytest.fixture
async def slow(tmp_path: Path, gate: Passing) -> AsyncIterator[Client]:
    """Its reports take for ever."""
    room = archive_room([sys.executable, "-c", SLOW], environment())
    async with TestClient(TestServer(application(pages(tmp_path, gate), (*ROOMS, room)))) as one:
        yield one


async def ask(client: Client, **said: Any) -> int:
    form = {"csrf": CSRF, "lang": "vi", "form": "json"} | said
    answer = await client.post("/reports/make", data=form, allow_redirects=False)
    return answer.status


async def jobs(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await (await client.get("/reports/jobs")).json())["jobs"]
    return found


async def told(client: Client, enough: Callable[[list[dict[str, Any]]], bool]) -> Any:
    """The jobs, once they are so."""
    async with asyncio.timeout(240):
        while not enough(found := await jobs(client)):  # noqa: ASYNC110  children set no event
            await asyncio.sleep(0.2)
    return found


async def over(client: Client) -> Any:
    return await told(client, lambda found: all(one["over"] for one in found))


async def test_what_lies_in_the_folder_is_told_and_given_as_it_is(
    client: Client, tmp_path: Path, report: bytes
) -> None:
    folder = tmp_path / "reports"
    contents = {NAME: report, "report-2026-10.csv.zip": b"PK", "report-2026-Q3.en.pdf": b"%PDF-"}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    text = await (await client.get("/reports?lang=vi")).text()
    assert text.index("Tháng 10/2026") < text.index("Quý 3/2026") or "Quý 3/2026" in text
    for name, content in contents.items():
        answer = await client.get(f"/reports/file/{name}")
        assert await answer.read() == content
        assert answer.headers["Content-Disposition"] == f"attachment; filename*=UTF-8''{name}"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


HOSTILE = (
    *("record.db", ".hidden", "notes.html", "report-2026-10.exe", "report-2026-10.vi.html.bak"),
    *("report-2026-10.vi.html\n", "report-<b>.vi.html", "report-２０２６-10.vi.html"),
)


async def test_nothing_else_is_told_or_given(client: Client, tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    for name in HOSTILE:
        (folder / name).write_text("secret")
    secret = tmp_path / "secret.html"
    secret.write_text("secret")
    (folder / "report-2026-09.vi.html").symlink_to(secret)
    (folder / "report-2026-08.vi.html").mkdir()
    os.mkfifo(folder / "report-2026-07.vi.html")
    text = await (await client.get("/reports?lang=en")).text()
    assert say("en", "archive.empty") in text
    tries = [*HOSTILE, *(f"report-2026-{month}.vi.html" for month in ("07", "08", "09"))]
    tries += ["..%2Frecord.db", "..%2F..%2Fetc%2Fpasswd", "%2e%2e", "%00", "report-2026-10.vi.pdf"]
    for name in tries:
        for way in ("file", "read"):
            answer = await client.get(f"/reports/{way}/{name}", allow_redirects=False)
            assert answer.status in (400, 404), name
            assert "secret" not in await answer.text()


async def test_pages_of_a_large_network_are_read_out_of_their_file(
    client: Client, tmp_path: Path
) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("index.html", "<p>summary")
        archive.writestr("../evil.html", "evil")
        archive.writestr("other.exe", "evil")
    (tmp_path / "reports/report-2026-10.zip").write_bytes(held.getvalue())
    at = "/reports/read/report-2026-10.zip"
    answer = await client.get(at)
    assert (answer.url.path, await answer.text()) == (f"{at}/index.html", "<p>summary")
    for member in ("..%2Fevil.html", "other.exe", "none.html", "%2Fetc%2Fpasswd"):
        assert (await client.get(f"{at}/{member}")).status == 404
    (tmp_path / "reports/report-2026-09.zip").write_bytes(b"no zip")
    assert (await client.get("/reports/read/report-2026-09.zip/index.html")).status == 404


async def test_a_report_is_made_by_a_child_and_stands_in_the_archive(
    client: Client, tmp_path: Path
) -> None:
    assert await ask(client, period="2025-10") == 303
    [job] = await over(client)
    assert say("vi", "archive.job.done") in job["text"]
    assert [one.name for one in Shelf(tmp_path / "reports").files()] == ["report-2025-10.json"]
    assert (await client.get("/reports/file/report-2025-10.json")).status == 200
    assert await ask(client, period="2099-12") == 303  # it has not begun
    job = (await over(client))[0]
    assert "has not begun yet" in job["text"]


async def test_signatures_are_verified_by_a_child(client: Client, tmp_path: Path) -> None:
    run = [*command("cli.main", "report", "--month", "2025-10", "--sign", "--by", "Lan")]
    run += ["-o", f"{tmp_path / 'reports'}/", "--format", "html,json", "--with-open-items"]
    data = {"CANH_DATA": f"sqlite:///{tmp_path / 'record.db'}"}
    child = await asyncio.create_subprocess_exec(
        *run, env=environment() | data, stderr=-3, stdout=-3
    )
    assert await child.wait() == 0
    text = await (await client.get("/reports?lang=en")).text()
    assert "Signed by Lan" in text
    assert say("en", "archive.unverified") in text
    body = await (await client.get("/reports/signed/1/file/report-2025-10.vi.html")).read()
    assert body == (tmp_path / "reports/report-2025-10.vi.html").read_bytes()
    for name in ("report-2025-10.en.html", "..%2Frecord.db", "x"):
        assert (await client.get(f"/reports/signed/1/file/{name}")).status == 404
    await client.post("/reports/verify", data={"csrf": CSRF})
    await over(client)
    text = await (await client.get("/reports?lang=en")).text()
    assert "Matches what was signed" in text
    engine = open_writer(f"sqlite:///{tmp_path / 'record.db'}")
    with engine.begin() as conn:
        conn.exec_driver_sql("UPDATE signed_file SET body = x'00' WHERE name LIKE '%.html'")
    engine.dispose()
    await client.post("/reports/verify", data={"csrf": CSRF})
    await over(client)
    text = await (await client.get("/reports?lang=en")).text()
    assert "Does NOT match what was signed: 1 differences" in text


async def test_one_at_a_time_and_few_wait(slow: Client) -> None:
    for month in range(1, MOST_WAITING + 2):
        assert await ask(slow, period=f"2025-0{month}") == 303
        await asyncio.sleep(0.05)
    assert await ask(slow, period="2025-01") == 303  # it is on its way already
    answer = await slow.post(
        "/reports/make?lang=en",
        data={"csrf": CSRF, "lang": "vi", "form": "json", "period": "2025-12"},
    )
    assert answer.status == 429
    assert say("en", "archive.refused.queue") in await answer.text()
    found = await told(slow, lambda found: "PDF" in found[-1]["text"])
    words = [say("en", "archive.job.waiting"), say("en", "archive.job.running")]
    assert [sum(word in one["text"] for one in found) for word in words] == [MOST_WAITING, 1]


async def test_no_child_outlives_the_pages(tmp_path: Path, gate: Passing) -> None:
    pid = tmp_path / "pid"
    script = f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    room = archive_room([sys.executable, "-c", script], environment())
    async with TestClient(TestServer(application(pages(tmp_path, gate), (*ROOMS, room)))) as one:
        assert await ask(one, period="2025-10") == 303
        await until(lambda: pid.exists() and bool(pid.read_text()))
    process = Path(f"/proc/{pid.read_text()}")
    await until(lambda: not process.exists())


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"period": "2026-13"}, "period"),
        ({"period": "--help"}, "period"),
        ({"period": "2026-10", "from": "2026-10-01", "to": "2026-10-02"}, "period"),
        ({}, "period"),
        ({"from": "2026-10-02", "to": "2026-10-01"}, "days"),
        ({"from": "-o", "to": "/etc"}, "days"),
        ({"from": "0001-01-01", "to": "9999-12-31"}, "years"),
        ({"from": "1999-12-31", "to": "2000-02-01"}, "years"),
        ({"from": "2100-12-01", "to": "2101-01-01"}, "years"),
        ({"period": "9998-12"}, "years"),
        ({"period": "0001"}, "years"),
        ({"period": "1999-Q4"}, "years"),
        ({"period": "2026-10", "lang": "xx"}, "none"),
        ({"period": "2026-10", "form": "exe"}, "none"),
    ],
)
async def test_what_makes_no_sense_is_refused_before_a_child_is_made(
    slow: Client, said: dict[str, str], why: str
) -> None:
    form = {"csrf": CSRF, "lang": "vi", "form": "json"} | said
    answer = await slow.post("/reports/make?lang=en", data=form)
    assert answer.status == 422
    assert say("en", f"archive.refused.{why}") in await answer.text()
    assert await jobs(slow) == []


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        ("raise ValueError('of /srv/canh')", say("vi", "archive.job.broken")),
        (
            "sys.exit('canh report: making pdf (3 s)\\ncanh report: the disk is full')",
            "the disk is full",
        ),
        ("sys.exit(2)", say("vi", "archive.job.broken")),
    ],
)
async def test_a_job_that_fails_tells_one_sentence_and_the_log_the_rest(
    tmp_path: Path, gate: Passing, caplog: pytest.LogCaptureFixture, ends: str, told: str
) -> None:
    room = archive_room([sys.executable, "-c", f"import sys; {ends}"], environment())
    site = pages(tmp_path, gate)
    async with TestClient(TestServer(application(site, (*ROOMS, room)))) as client:
        assert await ask(client, period="2025-10") == 303
        [job] = await over(client)
    failed = say("vi", "archive.job.failed")
    assert job["text"].partition(f"{failed}: ")[2] == told
    if "/srv" in ends:
        assert "Traceback" in caplog.text
        assert "/srv/canh" in caplog.text


async def test_who_may_not_is_refused(slow: Client, gate: Passing, tmp_path: Path) -> None:
    (tmp_path / "reports" / NAME).write_text("<p>")
    assert await ask(slow, period="2025-10", csrf="x") == 403
    gate.who = person(role=Role.VIEWER)
    assert await ask(slow, period="2025-10") == 403
    assert (await slow.post("/reports/verify", data={"csrf": CSRF})).status == 403
    assert (await slow.get(f"/reports/file/{NAME}")).status == 200
    gate.who = person(units=frozenset({"522"}))
    assert await ask(slow, period="2025-10") == 403
    for address in ("/reports", "/reports/jobs", f"/reports/file/{NAME}", f"/reports/read/{NAME}"):
        assert (await slow.get(address)).status == 403
    assert (await slow.get(f"/reports/signed/1/file/{NAME}")).status == 403
    gate.who = None
    assert (await slow.get(f"/reports/file/{NAME}", allow_redirects=False)).status == 303


def test_a_name_tells_its_period() -> None:
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    for period in ("2026-10", "2026-Q4", "2026"):
        assert period_of(window_of(period, zone), zone) == period
    days = (moment("2026-10-02"), moment("2026-10-05"))
    assert period_of(days, zone) == "2026-10-02T0000_2026-10-05T0000"
    named = described("report-2026-10-02T0000_2026-10-05T0000_map-today.errata.en.html")
    assert named is not None
    assert (named.period, named.errata, named.on_today) == (period_of(days, zone), True, True)


def test_only_the_script_that_the_head_vouches_for_may_run(report: bytes) -> None:
    wanted = policy(report)
    assert wanted.count("'sha256-") >= 2
    assert "'unsafe-inline'" not in wanted.replace("style-src-attr 'unsafe-inline'", "")
    evil = (
        b"<title>x</title><script-src 'sha256-" + b"A" * 43 + b"='><script>evil()</script></head>"
    )
    assert "script-src 'none'" in policy(evil)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory, report: bytes) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("archive")
    (folder / "reports").mkdir()
    (folder / "reports" / NAME).write_bytes(report)
    evil = report.replace(b"</main>", b"<script>document.title = 'evil'</script></main>", 1)
    (folder / "reports/report-2026-09.vi.html").write_bytes(evil)
    room = archive_room([sys.executable, "-c", ""], environment())
    with served(folder, Passing(person()), room) as one:
        yield one


def test_a_report_reads_as_it_does_from_a_disk_and_is_nobody(
    shown: Served, browser: Browser
) -> None:
    context = browser.new_context()
    sheet, wrong = context.new_page(), list[str]()
    sheet.on("console", lambda told: wrong.append(told.text))
    sheet.on("pageerror", lambda error: wrong.append(str(error)))
    sheet.goto(f"{shown.at}/reports/read/{NAME}")
    assert wrong == []
    assert sheet.evaluate("window.origin") == "null"
    assert sheet.evaluate("getComputedStyle(document.body).fontFamily").startswith('"Liberation')
    look = "[...document.querySelectorAll('article')].filter(a => a.checkVisibility()).length"
    assert sheet.evaluate(look) == 1  # of two languages
    sheet.goto(f"{shown.at}/reports/read/report-2026-09.vi.html")
    assert sheet.title() != "evil"
    assert any("Content Security Policy" in one for one in wrong)
    context.close()


def test_a_report_is_downloaded_by_a_click(shown: Served, browser: Browser, report: bytes) -> None:
    context = browser.new_context(accept_downloads=True)
    sheet = context.new_page()
    sheet.goto(f"{shown.at}/reports")
    with sheet.expect_download() as coming:
        sheet.locator(f"a[download][href$='{NAME}']").click()
    assert coming.value.suggested_filename == NAME
    assert coming.value.path().read_bytes() == report
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_everybody_can_use_it_on_a_telephone(
    shown: Served, browser: Browser, language: str
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    sheet, wrong = context.new_page(), list[str]()
    sheet.on("console", lambda told: wrong.append(told.text))
    sheet.goto(f"{shown.at}/reports?lang={language}")
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not sheet.evaluate(wide)
    sheet.evaluate((npm.package(npm.AXE) / "axe.min.js").read_text("utf-8"))
    assert sheet.evaluate(_AXE) == []
    assert wrong == []
    context.close()
