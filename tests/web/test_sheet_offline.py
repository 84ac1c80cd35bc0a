"""Sheets on a telephone without a network: kept, marked as old, renewed, and never another's."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from aiohttp import web
from playwright.sync_api import Browser, BrowserContext, Error, Page

from inventory.phrases import say
from reports.web.visitor import Role, Visitor
from store.actions import open_actions
from store.engine import RecordError
from tests.web.field import OFFICE, Served, chromium, served
from tests.web.gates import Passing, person

KEPT = """async () => { const all = []; for (const name of await caches.keys())
  for (const one of await (await caches.open(name)).keys())
    if (!one.url.endsWith("/owner")) all.push(new URL(one.url).pathname + new URL(one.url).search);
  return all.sort(); }"""
_SHEET = re.compile(
    r"/sheets(\?unit=\w+)?|/sheet/[^/]+|/static/.+|/photos/[0-9a-f]{64}\.small\.jpg"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, Failing(person())) as one:
        yield one


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    one = browser.new_context(viewport={"width": 390, "height": 800})
    yield one
    one.close()


class Failing(Passing):
    """It cannot say who asks, at times: the record is away."""

    fails = False

    async def visitor(self, request: web.Request) -> Visitor | None:
        if self.fails:
            raise RecordError("the record is away")
        return self.who


def kept(page: Page) -> list[str]:
    found: list[str] = page.evaluate(KEPT)
    return found


def until(true: Callable[[], bool]) -> None:
    """`wait_for_function` takes the promise of an async function for a yes."""
    deadline = time.monotonic() + 30
    while True:
        with contextlib.suppress(Error):  # the page is on its way to another
            if true():
                return
        assert time.monotonic() < deadline
        time.sleep(0.05)


def until_kept(page: Page, *addresses: str) -> None:
    until(lambda: {*addresses} <= {*kept(page)})


def opened(context: BrowserContext, pages: Served, address: str) -> Page:
    """A page that the worker has in its hands and keeps."""
    page = context.new_page()
    page.goto(pages.at + address)
    page.evaluate("navigator.serviceWorker.ready.then(() => 0)")
    until_kept(page, address)
    return page


def is_copy(page: Page) -> bool:
    return page.locator(".offline").is_visible()


def test_a_sheet_once_opened_is_there_without_a_network_and_says_its_age(
    pages: Served, context: BrowserContext
) -> None:
    page = opened(context, pages, "/sheet/c")
    assert not is_copy(page)
    context.set_offline(True)
    page.reload()
    assert page.locator("h1").inner_text() == OFFICE
    assert page.locator(".code svg").is_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('table')).tableLayout") == "fixed"
    told = page.locator(".offline").inner_text()
    assert say("vi", "sheet.offline") in told
    assert re.search(r"\(.*phút.*\)", told)  # 0 minutes ago, and it goes on
    page.evaluate("document.querySelector('[data-age]').dataset.age -= 5 * 3600 * 1000")


def test_a_sheet_is_there_when_the_server_is_gone(pages: Served, context: BrowserContext) -> None:
    page = opened(context, pages, "/sheet/c")
    pages.stop()
    try:
        page.goto(f"{pages.at}/sheet/c?lang=vi")
        assert page.locator("h1").inner_text() == OFFICE
        assert is_copy(page)
    finally:
        pages.start()


def test_back_online_it_is_as_the_record_is(pages: Served, context: BrowserContext) -> None:
    page = opened(context, pages, "/sheet/c")
    context.set_offline(True)
    page.reload()
    with closing(open_actions(pages.url)) as actions:
        thing = pages.ids["site", "c"]
        actions.annotate(thing, actor="Lan", text="Đã thay bộ nguồn.", outage_id=None)
    context.set_offline(False)  # the page hears of it and asks anew
    page.get_by_text("Đã thay bộ nguồn.").wait_for()
    assert not is_copy(page)
    context.set_offline(True)
    page.reload()
    assert page.get_by_text("Đã thay bộ nguồn.").is_visible()


def test_a_number_that_was_called_does_not_keep_the_page_old(
    pages: Served, context: BrowserContext
) -> None:
    page = opened(context, pages, "/sheet/c")
    context.set_offline(True)
    page.reload()
    page.clock.install()
    page.evaluate("window.dispatchEvent(new Event('beforeunload'))")  # as a tapped number does
    page.clock.fast_forward(11_000)
    with closing(open_actions(pages.url)) as actions:
        thing = pages.ids["site", "c"]
        actions.annotate(thing, actor="Lan", text="Đã gọi trạm trưởng.", outage_id=None)
    context.set_offline(False)
    page.get_by_text("Đã gọi trạm trưởng.").wait_for()


def test_the_sheets_of_a_unit_are_kept_by_a_button(pages: Served, context: BrowserContext) -> None:
    page = opened(context, pages, "/sheets?unit=522")
    page.locator("[data-keep]").click()
    page.locator("[data-progress][data-over]").wait_for()
    assert "5/5" in page.locator("[data-progress]").inner_text()
    context.set_offline(True)
    for address, words in (("/sheet/c", OFFICE), ("/sheet/e", "Tịnh Ấn Đông"), ("/sheet/d", "TP")):
        page.goto(pages.at + address)
        assert words in page.locator("main").inner_text()
        assert is_copy(page)
    page.goto(f"{pages.at}/sheets")
    page.locator("[data-kept-list] a", has_text=OFFICE).wait_for()
    page.goto(f"{pages.at}/sheet/p")  # not kept: what is, is shown instead
    page.locator("[data-kept-list]").wait_for()


def test_nothing_but_sheets_and_what_they_show_is_kept(
    pages: Served, context: BrowserContext
) -> None:
    page = opened(context, pages, "/sheet/c")
    others = ("/", "/sheet/c/photos", "/sheet/c/label", "/sheets/labels?unit=522")
    for address in (*others, "/sheets?unit=522"):
        page.goto(pages.at + address)
    until_kept(page, "/sheets?unit=522")
    held = kept(page)
    assert [one for one in held if not _SHEET.fullmatch(one)] == []
    assert {one for one in held if "sheet" in one and "static" not in one} == {
        "/sheet/c",
        "/sheets?unit=522",
    }
    secret = "async csrf => { for (const n of await caches.keys()) for (const r of await (await caches.open(n)).matchAll()) if ((await r.text()).includes(csrf)) return true; return false; }"  # noqa: E501
    assert page.evaluate(secret, "c" * 43) is False


def test_signing_out_deletes_what_was_kept(pages: Served, context: BrowserContext) -> None:
    page = opened(context, pages, "/sheet/c")
    page.evaluate(
        """() => { const form = document.createElement('form'); form.method = 'post';
        form.action = '/sign-out'; document.body.append(form); form.requestSubmit(); }"""
    )
    page.wait_for_load_state()
    until(lambda: not kept(page))
    context.set_offline(True)
    with pytest.raises(Error, match=r"ERR_FAILED|ERR_INTERNET_DISCONNECTED"):
        page.goto(f"{pages.at}/sheet/c")


def test_a_page_for_nobody_deletes_it_too(pages: Served, context: BrowserContext) -> None:
    page = opened(context, pages, "/sheet/c")
    pages.gate.who = None
    page.goto(f"{pages.at}/test/nobody")
    until(lambda: not kept(page))


def test_an_ended_session_deletes_it(pages: Served, context: BrowserContext) -> None:
    page = opened(context, pages, "/sheet/c")
    pages.gate.who = None
    page.goto(f"{pages.at}/sheet/c")  # leads to where people sign in
    assert "/sign-in" in page.url
    until(lambda: not kept(page))


@pytest.mark.parametrize("first", ["/", "/sheet/e", "/sheets"])
def test_another_account_on_the_same_telephone_never_sees_it(
    pages: Served, context: BrowserContext, first: str
) -> None:
    page = opened(context, pages, "/sheet/c")
    pages.gate.who = person("binh", Role.VIEWER, frozenset({"52202"}))
    page.goto(pages.at + first)
    until(lambda: "/sheet/c" not in kept(page))
    context.set_offline(True)
    try:
        page.goto(f"{pages.at}/sheet/c")
    except Error:
        return
    assert OFFICE not in page.locator("h1").inner_text()


def test_a_narrower_limit_is_another_account(pages: Served, context: BrowserContext) -> None:
    page = opened(context, pages, "/sheet/c")
    pages.gate.who = person("an", Role.OPERATOR, frozenset({"52202"}))
    page.goto(f"{pages.at}/sheet/e")
    until(lambda: "/sheet/c" not in kept(page))


def test_a_sheet_that_is_no_more_is_dropped(pages: Served, context: BrowserContext) -> None:
    page = opened(context, pages, "/sheet/c")
    put = "async () => { const cache = await caches.open('canh-sheets-2'); await cache.put('/sheet/gone', new Response('<html >')); }"  # noqa: E501
    page.evaluate(put)
    page.goto(f"{pages.at}/sheet/gone")
    until(lambda: "/sheet/gone" not in kept(page))
    page.goto(f"{pages.at}/sheet/c")
    assert "/sheet/c" in kept(page)


def test_copies_of_an_older_form_go(pages: Served, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(f"{pages.at}/offline/manifest.webmanifest")
    page.evaluate(
        "caches.open('canh-sheets-0-x').then(c => c.put('/sheet/c', new Response('old')))"
    )
    page.evaluate("caches.open('of another program').then(c => c.put('/other', new Response('x')))")
    page.goto(f"{pages.at}/sheet/e")
    until_kept(page, "/sheet/e")
    until(lambda: "canh-sheets-0-x" not in page.evaluate("caches.keys()"))
    assert "of another program" in page.evaluate("caches.keys()")


def test_a_failing_server_shows_the_copy(pages: Served, context: BrowserContext) -> None:
    page = opened(context, pages, "/sheet/c")
    assert isinstance(pages.gate, Failing)
    pages.gate.fails = True
    page.goto(f"{pages.at}/sheet/c")
    assert page.locator("h1").inner_text() == OFFICE
    assert is_copy(page)
    page.goto(f"{pages.at}/test/nobody")  # says that it fails, and nothing of who asks
    assert "/sheet/c" in kept(page)
