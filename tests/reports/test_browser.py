"""The report in a real browser without a network: access for all, filter, languages, outside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from reports import page
from reports.figures import figures
from store.states import Kind
from tests import npm
from tests.browser import Browser, browsing
from tests.needs import need_program
from tests.reports.large import large
from tests.reports.province import BEGIN, END, october
from tests.reports.world import Fault, at, history, period

BOTH = ("vi", "en")
_SEEN = """[...document.querySelectorAll('article')].filter(a => a.checkVisibility())
  .map(a => a.lang).join()"""
_ROWS = """[...document.querySelectorAll('table.list tbody tr:not(.group)')]
  .filter(row => row.checkVisibility()).map(row => row.cells[0].firstChild.textContent.trim())"""
_AXE = "axe.run().then(all => JSON.stringify(all.violations.map(v => [v.id, v.nodes[0].html])))"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small province in one language and in both; a large network in several files."""
    here = tmp_path_factory.mktemp("pages")
    document = figures(october())
    (here / "vi.html").write_text(page.render(document, "vi"), "utf-8")
    (here / "both.html").write_text(page.render(document, *BOTH), "utf-8")
    for name, content in page.files(figures(large()), BOTH).items():
        (here / name).write_bytes(content)
    return here


@asynccontextmanager
async def shown(file: Path, address: str = "") -> AsyncIterator[Browser]:
    """The page, loaded; afterwards it has asked for itself alone."""
    need_program("chromium")
    async with browsing(file.as_uri() + address) as browser:
        await loaded(browser)
        yield browser
        assert {url.partition("?")[0].partition("#")[0] for url in browser.asked} == {file.as_uri()}


async def loaded(browser: Browser) -> None:
    async with asyncio.timeout(60):
        state = "document.readyState + location.protocol"
        while await browser.value(state) != "completefile:":  # noqa: ASYNC110  it tells nobody
            await asyncio.sleep(0.05)


async def later(browser: Browser, expression: str) -> Any:
    """What a promise gives."""
    found = await browser.do("Runtime.evaluate", expression=expression, awaitPromise=True)
    return found["result"].get("value")


async def type_into_filter(browser: Browser, words: str) -> None:
    await browser.value("document.querySelector('.filter input').focus()")
    await browser.do("Input.insertText", text=words)


async def click(browser: Browser, element: str) -> None:
    box = f"document.querySelector('{element}').getBoundingClientRect()"
    x, y = [await browser.value(f"{box}.{edge} + 5") for edge in ("x", "y")]
    for kind in ("mousePressed", "mouseReleased"):
        await browser.do(
            "Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1
        )


def large_pages(folder: Path) -> list[Path]:
    return [folder / page.SUMMARY, sorted(folder.glob("unit-*.html"))[0]]


def test_the_validator_finds_no_error(folder: Path) -> None:
    pages = [folder / "vi.html", folder / "both.html", *large_pages(folder)]
    assert npm.html_faults(*pages) == ""


@pytest.mark.parametrize("width", [1400, 480])
async def test_nobody_is_shut_out(folder: Path, width: int) -> None:
    axe = (npm.package(npm.AXE) / "axe.min.js").read_text("utf-8")
    for file in (folder / "vi.html", folder / "both.html", large_pages(folder)[1]):
        async with shown(file) as browser:
            size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
            await browser.do("Emulation.setDeviceMetricsOverride", **size)
            await browser.value(f"{axe}; 0")
            assert await later(browser, _AXE) == "[]", file.name


async def test_rows_are_found_by_words_without_tones(folder: Path) -> None:
    async with shown(folder / "vi.html") as browser:
        everything = await browser.value("document.querySelector('output').textContent")
        await type_into_filter(browser, "xa SON bao")
        assert await later(browser, f"Promise.resolve({_ROWS}.join())") == (
            "Ủy ban nhân dân xã Sơn Bao"
        )
        told = await browser.value("document.querySelector('output').textContent")
        assert told == f"Đang lọc: hiện 1 trên {everything} · “xa SON bao”"
        await click(browser, ".filter input")
        await browser.value("document.querySelector('.filter input').select()")
        await type_into_filter(browser, "Đức")
        assert await browser.value(f"{_ROWS}.length") == 0
        await browser.value("document.querySelector('.filter input').select()")
        await browser.do(
            "Input.dispatchKeyEvent",
            type="keyDown",
            key="Backspace",
            code="Backspace",
            windowsVirtualKeyCode=8,
        )
        assert await browser.value("document.querySelector('output').textContent") == everything
        assert "const" not in everything


async def test_devices_are_found_by_the_name_of_their_site(folder: Path) -> None:
    async with shown(folder / "vi.html") as browser:
        await type_into_filter(browser, "huyện Sơn Hà d-529-switch")
        outage, *devices = (await browser.value(f"{_ROWS}.join('|')")).split("|")
        assert outage.startswith("Ủy ban nhân dân huyện Sơn Hà – ")  # they were cut off behind it
        assert devices == ["d-529-switch2", "d-529-switch10"]


async def test_rows_below_target_stand_alone_and_print_so(folder: Path) -> None:
    async with shown(folder / "vi.html", "?below") as browser:
        rows = await browser.value(f"{_ROWS}.join('|')")
        assert len(rows.split("|")) == await browser.value(
            "document.querySelectorAll('tr.bad').length"
        )
        assert await browser.value("document.querySelector('#method').hidden")
        assert not await browser.value("document.querySelector('#summary').hidden")
        await browser.do("Emulation.setEmulatedMedia", media="print")
        assert await browser.value("document.querySelector('output').checkVisibility()")
        assert not await browser.value("document.querySelector('.filter label').checkVisibility()")


async def test_the_keyboard_alone_reaches_filter_and_languages(folder: Path) -> None:
    async with shown(folder / "both.html") as browser:
        met = []
        for _ in range(40):  # past the list of sections
            await browser.do(
                "Input.dispatchKeyEvent",
                type="keyDown",
                key="Tab",
                code="Tab",
                windowsVirtualKeyCode=9,
            )
            met.append(
                await browser.value(
                    "document.activeElement.type || document.activeElement.localName"
                )
            )
        assert met[0] == "radio"
        assert met.index("search") < met.index("checkbox")


@pytest.mark.parametrize("scripts", [True, False])
async def test_the_language_is_switched_with_and_without_scripts(
    folder: Path, scripts: bool
) -> None:
    async with shown(folder / "both.html") as browser:
        await browser.do("Emulation.setScriptExecutionDisabled", value=not scripts)
        await browser.do("Page.reload")
        await asyncio.sleep(0.5)
        await loaded(browser)
        assert await browser.value(_SEEN) == "vi"
        await click(browser, "#lang-en")
        assert await browser.value(_SEEN) == "en"
        if scripts:
            assert await browser.value("document.documentElement.lang") == "en"
            assert (await browser.value("document.title")).startswith("Monthly report")
        else:
            assert not await browser.value("document.querySelector('.filter').checkVisibility()")


async def test_a_link_into_the_other_language_shows_it(folder: Path) -> None:
    async with shown(folder / "both.html", "#en-links") as browser:
        assert await browser.value(_SEEN) == "en"


async def test_what_people_and_devices_say_runs_nowhere(tmp_path: Path) -> None:
    evil = "</title></script><script>document.title='taken'</script><img src=x onerror=alert(1)>"
    turned = "\u202egnp.exe\u0007"
    fault = Fault(begin=at("2026-10-02T00:00"), end=at("2026-10-03T00:00"), note=evil, cause=evil)
    site = history(Kind.SITE, "a'\"><b>", evil + turned, unit=evil, unit_id=7, faults=[fault])
    file = tmp_path / "page.html"
    made = figures(period(BEGIN, END, [site], network=evil))
    file.write_text(page.render(made, *BOTH), "utf-8")
    assert npm.html_faults(file) == ""
    async with shown(file) as browser:
        assert (await browser.value("document.title")).startswith("Báo cáo tháng 10")
        assert await browser.value("document.images.length + document.scripts.length") == 1
        assert turned[0] not in await browser.value("document.body.textContent")
