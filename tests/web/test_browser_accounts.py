"""Who signs in does so in a real Chromium; the pages of accounts and programs shut nobody out."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Route, async_playwright

from inventory.phrases import LANGUAGES
from reports.web.api.room import api_room
from reports.web.pages import ROOMS, live
from reports.web.pages.archive import archive_room
from tests import npm
from tests.needs import need_program
from tests.store.keeping import NOW, bring, commit, down, up, writing
from tests.web.served import nothing_made
from tests.web.serving import PASSWORD, ROOT, serving
from tests.web.test_browser_pages import _AXE, _TOO_WIDE, _WATCH, ARGS, PATIENCE_MS
from tests.web.test_scope import province

LONG = "Nguyễn Thị Thanh Thúy, Phòng Hạ tầng số và An toàn thông tin"
PHONE = {"width": 360, "height": 740}
ALL = (*ROOMS, archive_room(["canh", "report"], {}), api_room(nothing_made))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_pages_behind_a_sign_in_shut_nobody_out(
    tmp_path: Path, language: str, scheme: str
) -> None:
    need_program("chromium")
    axe = (npm.package(npm.AXE) / "axe.min.js").read_text("utf-8")
    async with serving(tmp_path, rooms=ALL) as served, async_playwright() as playwright:
        served.add(LONG, "admin")
        viewer = served.add("Lan", "viewer", ["522"])
        served.token("Lan")
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=list(ARGS)
        )
        held = await browser.new_context(
            base_url=served.url,
            viewport=PHONE,  # type: ignore[arg-type]
            color_scheme=scheme,  # type: ignore[arg-type]
            bypass_csp=True,  # for axe alone
        )
        await held.add_init_script(_WATCH)
        page = await held.new_page()
        page.set_default_timeout(PATIENCE_MS)
        found: dict[str, object] = {}

        async def look(name: str) -> None:
            await page.evaluate(axe)
            faults = [*await page.evaluate(_AXE), *await page.evaluate(_TOO_WIDE)]
            if faults or await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found[name] = faults

        await page.goto(f"/sign-in?lang={language}")
        await look("sign in")
        await page.fill("[name=name]", LONG)
        await page.fill("[name=password]", "wrong")
        await page.click("main form button")
        await page.wait_for_selector("[role=alert]")
        await look("refused")
        await page.fill("[name=password]", PASSWORD)
        await page.click("main form button")
        await page.wait_for_url(served.url + "/")
        await page.goto("/account")
        await page.fill("[name=label]", "máy thu thập số liệu")
        await page.click('form[action="/account/tokens"] button')
        await page.wait_for_selector("code.secret")
        await look("new token")
        for path in (
            "/account",
            "/admin/accounts",
            f"/admin/accounts/{viewer}",
            "/admin/audit",
            "/reports",
            "/sheets",
            "/api",
            "/nowhere",
        ):
            await page.goto(path)
            await look(path)
        await browser.close()
        assert found == {}


async def test_what_a_viewer_may_not_see_is_refused_in_words(tmp_path: Path) -> None:
    need_program("chromium")
    async with serving(tmp_path, rooms=ALL) as served, async_playwright() as playwright:
        served.add("Lan", "viewer")
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=list(ARGS)
        )
        page = await browser.new_page(base_url=served.url)
        await page.add_init_script(_WATCH)
        await page.goto("/sign-in?to=/admin/accounts&lang=vi")
        await page.fill("[name=name]", "Lan")
        await page.fill("[name=password]", PASSWORD)
        await page.click("main form button")
        await page.wait_for_url("**/admin/accounts")
        assert await page.locator("main h1").count() == 1
        assert await page.locator('form[action="/admin/accounts"]').count() == 0
        assert await page.evaluate("window.faults") == []
        await browser.close()


async def test_a_page_leads_to_the_sign_in_once_its_session_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_program("chromium")
    monkeypatch.setattr(live, "ALIVE_S", 0.2)
    async with serving(tmp_path, rooms=ALL) as served, async_playwright() as playwright:
        served.add("root", "admin")
        number = served.add("Lan", "viewer")
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=list(ARGS)
        )
        page = await browser.new_page(base_url=served.url)
        await page.goto("/sign-in?to=/sites")
        await page.fill("[name=name]", "Lan")
        await page.fill("[name=password]", PASSWORD)
        async with page.expect_request("**/live?*"):
            await page.click("main form button")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        served.gate.accounts.disable(number, by=ROOT)
        await page.wait_for_url("**/sign-in?to=/sites")
        assert sum("/live" in url for url in asked) <= 1
        await browser.close()


async def test_a_page_that_may_not_listen_asks_for_itself_and_does_not_hurry(
    tmp_path: Path,
) -> None:
    need_program("chromium")
    async with serving(tmp_path, rooms=ALL) as served, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=list(ARGS)
        )
        page = await browser.new_page(base_url=served.url)
        asked: list[str] = []

        async def refuse(route: Route) -> None:
            asked.append(route.request.url)
            await route.fulfill(status=429)

        await page.route("**/live?*", refuse)
        await page.goto("/sites")
        async with page.expect_response("**/sites"):
            pass
        await page.wait_for_timeout(4000)  # in which an eager page asks again
        assert len(asked) == 1
        await browser.close()


async def test_what_somebody_types_outlives_their_session(tmp_path: Path) -> None:
    need_program("chromium")
    url = f"sqlite:///{tmp_path / 'record.db'}"
    ids = bring(url, province()).ids
    async with serving(tmp_path) as served, async_playwright() as playwright:
        served.add("Lan", "operator")
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=list(ARGS)
        )
        held = await browser.new_context(base_url=served.url)
        held.set_default_timeout(PATIENCE_MS)
        page, other = await held.new_page(), await held.new_page()

        async def sign_in() -> None:
            await other.goto("/sign-in?to=/account")
            await other.fill("[name=name]", "lan")
            await other.fill("[name=password]", PASSWORD)
            await other.click("main form button")
            await other.wait_for_selector('form[action="/sign-out"]')

        with writing(url) as writer:
            commit(writer, NOW, up(ids["device", "d-r"], NOW), up(ids["device", "e-r"], NOW))
            commit(writer, NOW + 1000, down(ids["device", "d-r"], NOW + 1000))
            await sign_in()
            await page.goto("/outages/1?lang=en")
            note = page.locator('form[action$="/note"] [name=note]')
            await note.fill("typed before")
            await other.click('form[action="/sign-out"] button')
            await other.wait_for_selector("[name=password]")
            commit(writer, NOW + 2000, down(ids["device", "e-r"], NOW + 2000))
            await page.locator("#session-over").wait_for()
            assert await note.input_value() == "typed before"
            await sign_in()
            commit(writer, NOW + 3000, up(ids["device", "e-r"], NOW + 3000))
            await page.locator("#session-over").wait_for(state="hidden")
        await page.click('form[action$="/note"] button')
        await page.wait_for_selector("main .done")
        assert "typed before" in await page.inner_text("main")
        await browser.close()
