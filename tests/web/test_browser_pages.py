"""The pages in a real Chromium: read, taken, kept live, by keyboard, on a phone, for everybody."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright

from inventory.model import Web
from inventory.phrases import LANGUAGES, say
from reports.web.gate import Gate
from tests import npm
from tests.needs import need_program
from tests.store.keeping import reading
from tests.web.gates import Passing, person
from tests.web.test_pages import PAGES
from tests.web.world import World, shown, troubled

ARGS = ("--no-sandbox", "--disable-background-networking")
REFUSED = re.compile(r"40[49] \((Not Found|Conflict)\)")  # of a page that is asked for
PATIENCE_MS = 120_000  # how long it takes is no claim
_WATCH = """
window.faults = [];
document.addEventListener('securitypolicyviolation', e => faults.push(e.violatedDirective));
"""
_AXE = "axe.run().then(all => all.violations.map(v => v.id + ' ' + v.nodes[0].html))"
_TOO_WIDE = """[...document.querySelectorAll('main *')]
  .filter(e => !e.closest('.wide, svg, .unseen, thead, option') && e.checkVisibility())
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML)"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with troubled(tmp_path) as made:
        yield made


@asynccontextmanager
async def browsing(
    world: World, gate: Gate | None = None, **context: object
) -> AsyncIterator[tuple[Page, str]]:
    """A page; afterwards it has asked nobody else, and nothing was wrong with it."""
    need_program("chromium")
    settings = Web(status_page=True)
    async with shown(world, gate, settings) as (base, _), async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=list(ARGS)
        )
        held = await browser.new_context(base_url=base, **context)  # type: ignore[arg-type]
        await held.add_init_script(_WATCH)
        page = await held.new_page()
        page.set_default_timeout(PATIENCE_MS)
        asked, said = set[str](), list[str]()
        page.on("request", lambda request: asked.add(request.url))
        page.on("console", lambda m: said.append(m.text) if not REFUSED.search(m.text) else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        yield page, base
        assert await page.evaluate("window.faults") == []
        assert not [url for url in asked if not url.startswith(base)]
        assert said == []
        await browser.close()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_from_the_overview_to_an_outage_that_somebody_has(
    world: World, language: str
) -> None:
    phone = {"width": 360, "height": 740}
    async with browsing(world, Passing(person("Lan")), viewport=phone) as (page, _):
        await page.goto(f"/?lang={language}")
        await page.click("main tr.needs a")
        await page.fill('form[action$="acknowledge"] [name=note]', "đội đang đi")
        await page.fill('form[action$="acknowledge"] [name=until]', "2h")
        await page.click('form[action$="acknowledge"] button')
        done = say(language, "web.done.acknowledge")
        await page.wait_for_selector(f"text={done}")
        await page.goto("/")
        await page.wait_for_selector("h1.verdict.taken")
        assert await page.locator("#needs a").count() == 0
    with reading(world.url) as reader:
        [root] = reader.roots()
        assert (root.acknowledged_by, root.note) == ("Lan", "đội đang đi")


async def test_a_new_fault_comes_by_itself_and_leaves_focus_and_place(world: World) -> None:
    async with browsing(world) as (page, _):
        await page.goto("/")
        await page.focus('main a[href="/outages/1"]')
        await page.evaluate("scrollTo(0, 120)")
        world.fail("p-r")
        await page.wait_for_selector('main a[href="/outages/3"]')
        assert await page.evaluate("document.activeElement.getAttribute('href')") == "/outages/1"
        assert await page.evaluate("scrollY") == 120
        assert "2" in await page.inner_text("#needs")


async def test_a_form_that_somebody_fills_is_left_alone(world: World) -> None:
    async with browsing(world, Passing(person())) as (page, _):
        await page.goto("/outages/1")
        note = page.locator('form[action$="/note"] [name=note]')
        await note.fill("đang viết dở")
        world.fail("p-r")
        await page.locator("#needs", has_text="2").wait_for()  # nothing evaluates: the CSP stands
        assert await note.input_value() == "đang viết dở"


async def test_a_refused_form_says_that_its_page_stays_as_it_was(world: World) -> None:
    async with browsing(world, Passing(person())) as (page, _):
        await page.goto("/outages/1?lang=en")
        await page.fill('form[action$="acknowledge"] [name=until]', "in a while")
        await page.click('form[action$="acknowledge"] button')
        await page.wait_for_selector(".refused")
        world.fail("p-r")
        await page.locator("#needs", has_text="2").wait_for()
        await page.locator("#held").wait_for()
        assert await page.input_value('form[action$="acknowledge"] [name=until]') == "in a while"
        await page.click("#held a")
        await page.wait_for_url("**/outages/1")
        await page.locator("#held").wait_for(state="hidden")


async def test_the_keyboard_is_enough(world: World) -> None:
    async with browsing(world, Passing(person())) as (page, _):
        await page.goto("/?lang=en")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.className") == "skip"
        await page.keyboard.press("Enter")
        assert await page.evaluate("document.activeElement.id") == "main"
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.getAttribute('href')") == "/outages/1"
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".ticket")
        await page.keyboard.press("/")
        await page.keyboard.type("khu cong nghiep")
        await page.keyboard.press("Enter")
        await page.wait_for_selector('main a[href="/sites/c"]')


async def test_without_script_all_is_there(world: World) -> None:
    need_program("chromium")
    async with shown(world, Passing(person())) as (base, _), async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=list(ARGS)
        )
        page = await (await browser.new_context(java_script_enabled=False)).new_page()
        await page.goto(base + "/outages/1?lang=en")
        await page.fill('form[action$="/note"] [name=note]', "seen")
        await page.click('form[action$="/note"] button')
        assert "The note is on record." in await page.inner_text("main")
        await browser.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_nobody_is_shut_out_and_nothing_is_too_wide(
    world: World, language: str, scheme: str
) -> None:
    axe = (npm.package(npm.AXE) / "axe.min.js").read_text("utf-8")
    phone = {"width": 360, "height": 740}
    looks = {"viewport": phone, "color_scheme": scheme, "bypass_csp": True}
    async with browsing(world, Passing(person()), **looks) as (page, _):
        await page.goto(f"/?lang={language}")
        found: dict[str, object] = {}
        for path in (*PAGES, "/status", "/sites/none"):
            await page.goto(path)
            await page.evaluate(axe)
            faults = [*await page.evaluate(_AXE), *await page.evaluate(_TOO_WIDE)]
            if faults or await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found[path] = faults
        assert found == {}
