"""The sheet of a site: on one page of paper, true to the record, with a code that leads to it."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import segno
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

from inventory.phrases import LANGUAGES, say
from reports.web.sheet import Telling
from reports.web.visitor import Role
from tests import npm
from tests.needs import need_program
from tests.web.field import HOSTILE, OFFICE, ORIGIN, Served, chromium, served
from tests.web.gates import Passing, person

_SMALL = """[...document.querySelectorAll('main *')].filter(one => one.checkVisibility()
  && [...one.childNodes].some(n => n.nodeType === 3 && n.data.trim())
  && parseFloat(getComputedStyle(one).fontSize) < 13.3).map(one => one.outerHTML)"""
_AXE = "axe.run().then(all => all.violations.map(v => [v.id, v.nodes[0].html]))"
_MM = 72 / 25.4


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("office")
    with served(folder, Passing(person())) as one:
        yield one


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    one = browser.new_context(viewport={"width": 360, "height": 740})
    yield one
    one.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def printed(page: Page, to: Path) -> tuple[int, tuple[float, float], list[str]]:
    """How many pages, their size in points, and the text of each."""
    need_program("pdfinfo")
    page.pdf(path=str(to), prefer_css_page_size=True)
    told = subprocess.run(["pdfinfo", str(to)], capture_output=True, text=True, check=True).stdout
    count = re.search(r"Pages:\s+(\d+)", told)
    size = re.search(r"Page size:\s+([\d.]+) x ([\d.]+)", told)
    assert count is not None
    assert size is not None
    words = ["pdftotext", "-layout", str(to), "-"]
    text = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return int(count[1]), (float(size[1]), float(size[2])), text.split("\f")[:-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_office_with_eight_devices_is_one_page(
    pages: Served, page: Page, tmp_path: Path, language: str
) -> None:
    page.goto(f"{pages.at}/sheet/c?lang={language}")
    count, size, [text] = printed(page, tmp_path / "sheet.pdf")
    assert count == 1
    assert size == pytest.approx((210 * _MM, 297 * _MM), abs=1)
    told = re.sub(r"\s+", "", text)
    for word in (
        *("c-ups_small-5", "G1QH9WK008234", "QNI-UBND-2026-008", "127.51.2.8", "0255 3822 862"),
        *("TSLCD/QNI/2026/0003", "1800-0000", "d-r GigabitEthernet0/0/2", "c-router-1 WAN2"),
        *("Chìa khóa tủ mạng", say(language, "state.down"), say(language, "sheet.outages")),
    ):
        assert word.replace(" ", "") in told, word
    page.emulate_media(media="print")
    assert page.evaluate(_SMALL) == []


def test_a_large_site_flows_on_and_each_page_has_the_head_of_the_table(
    pages: Served, page: Page, tmp_path: Path
) -> None:
    page.goto(f"{pages.at}/sheet/e?lang=en")
    count, _, texts = printed(page, tmp_path / "sheet.pdf")
    assert count > 2
    assert [say("en", "sheet.made") in text for text in texts] == [True] * count
    rows = re.findall(r"^(e-\d+) ", "\n".join(texts), re.MULTILINE)
    assert sorted(rows) == sorted(f"e-{n}" for n in range(1, 70))


def matrix(page: Page) -> list[list[int]]:
    """The dark fields of the code as it is shown, with its quiet border."""
    svg = page.locator(".qr")
    fields = int(str(svg.get_attribute("viewBox")).split()[2])
    alone = "(svg, width) => { svg.style.width = width; document.body.replaceChildren(svg) }"
    svg.evaluate(alone, f"{fields * 8}px")
    shot = Image.open(io.BytesIO(svg.screenshot())).convert("L")
    step = shot.width / fields
    at = [int((n + 0.5) * step) for n in range(fields)]
    dark = [[shot.getpixel((x, y)) for x in at] for y in at]
    return [[int(isinstance(one, int) and one < 128) for one in row] for row in dark]


@pytest.mark.parametrize("address", ["/sheet/c", "/sheet/c/label"])
def test_the_code_leads_to_the_sheet(pages: Served, browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 1200, "height": 900}, bypass_csp=True)
    page = context.new_page()
    page.goto(pages.at + address)
    made = segno.make(f"{ORIGIN}/sheet/c", error="m", micro=False)
    assert matrix(page) == [list(row) for row in made.matrix_iter(border=4)]
    context.close()


def test_a_label_is_as_large_as_its_paper_and_whole(
    pages: Served, page: Page, tmp_path: Path
) -> None:
    page.goto(f"{pages.at}/sheet/c/label")
    count, size, [text] = printed(page, tmp_path / "label.pdf")
    assert count == 1
    assert size == pytest.approx((70 * _MM, 37 * _MM), abs=1)
    assert re.sub(r"\s+", "", OFFICE) in re.sub(r"\s+", "", text)
    page.emulate_media(media="print")
    over = "e => e.scrollHeight > e.clientHeight || e.scrollWidth > e.clientWidth"
    assert not page.locator(".label").evaluate(over)


def test_labels_of_a_unit_stand_24_on_a_page(pages: Served, page: Page, tmp_path: Path) -> None:
    page.goto(f"{pages.at}/sheets/labels?unit=522")
    count, size, texts = printed(page, tmp_path / "labels.pdf")
    assert count == 1
    assert size == pytest.approx((210 * _MM, 297 * _MM), abs=1)
    assert page.locator(".label").count() == 3  # of the district and of the communes below it
    assert "TP" in texts[0]


def test_numbers_can_be_called(pages: Served, page: Page) -> None:
    page.goto(f"{pages.at}/sheet/c")
    calls = {one.get_attribute("href") for one in page.locator("a.call").all()}
    assert calls == {"tel:02553822862", "tel:+84905123456", "tel:18000000"}
    assert Telling.dial("gọi lễ tân") == Telling.dial("-") == Telling.dial("12") == ""


def test_what_people_said_is_text(pages: Served, page: Page) -> None:
    page.goto(f"{pages.at}/sheet/c")
    shown = page.locator("main").inner_text()
    assert HOSTILE.partition("\x1b")[0] in shown
    assert "\x1b" not in page.content()


@pytest.mark.parametrize(
    "address",
    ["/sheet/nope", "/sheet/c-router-1", "/sheet/..%2Fd", "/sheets?unit=9", "/sheets/labels"],
)
def test_what_is_no_site_has_no_sheet(pages: Served, page: Page, address: str) -> None:
    answer = page.goto(pages.at + address)
    assert answer is not None
    assert answer.status == 404


def test_a_limited_visitor_sees_the_sheets_of_their_unit_alone(pages: Served, page: Page) -> None:
    whole = pages.gate.who
    pages.gate.who = person("an", Role.VIEWER, frozenset({"52201"}))
    try:
        told = {}
        for address in (
            *("/sheet/c", "/sheet/c/label", "/sheets?unit=52201", "/sheets/labels?unit=52201"),
            *("/sheet/d", "/sheet/d/label", "/sheets?unit=522", "/sheets/labels?unit=522"),
        ):
            answer = page.goto(pages.at + address)
            assert answer is not None
            told[address] = answer.status
        page.goto(f"{pages.at}/sheets")
        units = page.locator(".columns a").all_inner_texts()
    finally:
        pages.gate.who = whole
    assert [*told.values()] == [200] * 4 + [404] * 4
    assert units == ["Đặc khu Nguyễn Nghiêm"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "address",
    [
        *("/sheet/c", "/sheet/c/label", "/sheet/c/photos"),
        *("/sheets", "/sheets?unit=522", "/sheets/labels?unit=522"),
    ],
)
def test_everybody_can_use_it_on_a_telephone(
    pages: Served, page: Page, address: str, language: str
) -> None:
    wrong: list[str] = []
    page.on("console", lambda told: wrong.append(told.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{pages.at}{address}{'&' if '?' in address else '?'}lang={language}")
    assert page.evaluate("document.documentElement.lang") == language
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not page.evaluate(wide)
    page.evaluate((npm.package(npm.AXE) / "axe.min.js").read_text("utf-8"))
    assert page.evaluate(_AXE) == []
    assert wrong == []
