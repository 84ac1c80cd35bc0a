"""The site of the docs: built strictly, whole in itself, in two languages, from a folder too."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.docs.pages import DOCS, ROOT, english
from tests.needs import need_program

CHROMIUM = "/usr/bin/chromium"
LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src"}
STYLE_URL = re.compile(r"""(?:url\(|@import\s)\s*["']?([^"')]+)""")


class Links(HTMLParser):
    """What a page loads, what it leads to, and the anchors that it has."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.leads: list[str] = []
        self.anchors: set[str] = set()
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attrs}
        self.anchors |= {about[name] for name in ("id", "name") if name in about}
        if tag in LOADED and LOADED[tag] in about:
            self.loads.append(about[LOADED[tag]])
        if tag == "link" and about.get("rel") not in {"alternate", "canonical", "next", "prev"}:
            self.loads.append(about["href"])
        if tag == "a" and "href" in about:
            self.leads.append(about["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-P", "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Links]:
    return {page: Links(page) for page in sorted(site.rglob("*.html"))}


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    need_program("chromium")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def test_every_page_is_there_in_both_languages(site: Path) -> None:
    for page in english():
        name = page.with_suffix(".html").name
        assert (site / name).is_file()
        assert (site / "vi" / name).is_file()
    assert len(list((site / "decisions").glob("*.html"))) == len(
        list((DOCS / "decisions").glob("*.md"))
    )


def test_nothing_but_pages_and_their_assets_is_published(site: Path) -> None:
    strange = [
        str(path.relative_to(site))
        for path in site.rglob("*")
        if path.suffix in {".py", ".tsv", ".md", ".yml"}
    ]
    assert strange == []


def test_no_page_and_no_style_loads_anything_of_another_host(
    site: Path, pages: dict[Path, Links]
) -> None:
    loads = [(page, url) for page, links in pages.items() for url in links.loads]
    loads += [
        (style, url)
        for style in site.rglob("*.css")
        for url in STYLE_URL.findall(style.read_text("utf-8"))
    ]
    assert len(loads) > 100
    assert [(str(page), url) for page, url in loads if _foreign(url)] == []


def test_every_link_and_anchor_leads_somewhere(site: Path, pages: dict[Path, Links]) -> None:
    broken = []
    for page, links in pages.items():
        base = site if page.name == "404.html" else page.parent
        for link in links.leads:
            path, anchor = urldefrag(link)
            if _foreign(link) or path.startswith(("/", "mailto:")):
                continue
            target = (base / unquote(path)).resolve() if path else page
            if not target.is_file():
                broken.append(f"{page.relative_to(site)}: {link}")
            elif anchor and target in pages and unquote(anchor) not in pages[target].anchors:
                broken.append(f"{page.relative_to(site)}: {link} has no such anchor")
    assert broken == []


@pytest.mark.parametrize("path", ["index.html", "vi/figures.html", "vi/commands.html"])
def test_a_browser_asks_no_other_host(chromium: Browser, served: str, path: str) -> None:
    asked: list[str] = []
    page = chromium.new_page(locale="en-GB")
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{served}/{path}", wait_until="networkidle")
    _search(page, "down")
    page.close()
    assert len(asked) > 5
    assert [url for url in asked if not url.startswith((served, "data:"))] == []


@pytest.mark.parametrize("typed", ["gián đoạn", "gian doan", "GIAN DOAN"])
@pytest.mark.parametrize("how", ["served", "file"])
def test_words_are_found_with_and_without_tones(
    chromium: Browser, site: Path, served: str, typed: str, how: str
) -> None:
    page = chromium.new_page(locale="vi-VN")
    page.goto(f"{served if how == 'served' else site.as_uri()}/vi/index.html")
    found = _search(page, typed)
    page.close()
    assert any(urlsplit(url).path.endswith("/vi/figures.html") for url in found)
    assert all("/vi/" in url for url in found)


def test_a_search_in_english_finds_english_pages(chromium: Browser, served: str) -> None:
    page = chromium.new_page(locale="en-GB")
    page.goto(f"{served}/index.html")
    found = _search(page, "acknowledge")
    page.close()
    assert found
    assert not any("/vi/" in url for url in found)


def test_words_without_tones_are_not_shown(chromium: Browser, served: str) -> None:
    page = chromium.new_page(locale="vi-VN")
    page.goto(f"{served}/vi/index.html")
    _search(page, "gian doan")
    shown = page.locator(".md-search-result__list").inner_text()
    page.close()
    assert "gian doan" not in shown


@pytest.mark.parametrize(
    ("locale", "lands"), [("vi-VN", "/vi/index.html"), ("en-GB", "/index.html")]
)
def test_the_front_page_is_in_the_language_of_the_browser(
    chromium: Browser, served: str, locale: str, lands: str
) -> None:
    page = chromium.new_page(locale=locale)
    page.goto(f"{served}/index.html", wait_until="networkidle")
    at = urlsplit(page.url).path
    page.close()
    assert at == lands


def test_the_language_that_was_chosen_stays(chromium: Browser, served: str) -> None:
    page = chromium.new_page(locale="vi-VN")
    page.goto(f"{served}/vi/board.html")
    page.locator("button[aria-label]:has(+ .md-select__inner)").first.hover()
    page.locator("a[hreflang=en]").first.click()
    page.wait_for_url("**/board.html")
    chosen = urlsplit(page.url).path
    page.goto(f"{served}/index.html", wait_until="networkidle")
    at = urlsplit(page.url).path
    page.close()
    assert (chosen, at) == ("/board.html", "/index.html")


@pytest.mark.parametrize(("scheme", "wanted"), [("light", "default"), ("dark", "slate")])
def test_the_colours_are_those_of_the_system(
    chromium: Browser, served: str, scheme: str, wanted: str
) -> None:
    page = chromium.new_page(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(f"{served}/vi/board.html", wait_until="networkidle")
    found = page.locator("body").get_attribute("data-md-color-scheme")
    page.close()
    assert found == wanted


@pytest.mark.parametrize("path", ["vi/sites-toml.html", "vi/figures.html", "commands.html"])
def test_a_page_is_no_wider_than_a_phone(chromium: Browser, served: str, path: str) -> None:
    page = chromium.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{served}/{path}", wait_until="networkidle")
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert wide <= 390


def _search(page: Page, text: str) -> list[str]:
    """The addresses of what is found."""
    field = page.locator(".md-search__input")
    field.click()
    field.press_sequentially(text)
    page.locator(".md-search-result__link").first.wait_for(state="attached")
    found: list[str] = page.locator(".md-search-result__link").evaluate_all(
        "links => links.map(link => link.href)"
    )
    return found


def _foreign(url: str) -> bool:
    return urlsplit(url).scheme in {"http", "https"} or url.startswith("//")
