"""`canh serve`: the board in a real browser that knows no address but 127.0.0.1."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import subprocess
import unicodedata
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import aiohttp
import pytest
from fontTools.ttLib import TTFont
from textual_serve.server import Server

from inventory.phrases import say
from tests import npm
from tests.browser import browsing, until
from tests.cli.running import canh, folder, start
from tests.needs import need_program

TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
_AXE = "axe.run().then(all => JSON.stringify(all.violations.map(v => [v.id, v.nodes[0].html])))"
DATA = "a 'record'; $(x)"  # for the shell between the server and a board
SITE = "UBND thành phố Quảng Ngãi"


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = folder(tmp_path_factory.mktemp("it's here"))
    code, _, err = canh(path, "run", "--quiet", "--for", "2", "--data", DATA)
    assert code == 0, err
    return path


class Served:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        self.process = process
        self.told = process.stderr.readline()
        self.url = re.findall(r"http://\S+/", self.told)[0]
        self.origin = self.url.rstrip("/")

    def boards(self) -> list[Path]:
        """The children, as /proc knows them."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [Path("/proc", child) for child in children.split()]


@contextmanager
def serving(where: Path, *words: str) -> Iterator[Served]:
    process = start(where, "serve", "--data", DATA, "--port", "0", *words)
    try:
        yield Served(process)
    finally:
        process.kill()
        process.communicate()


@asynccontextmanager
async def talking(
    served: Served, origin: str | None = None
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """What a page does: it opens the websocket."""
    url = f"{served.url}board/ws?width=160&height=45"
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, origin=origin or served.origin) as page,
    ):
        yield page


async def hear(page: aiohttp.ClientWebSocketResponse, words: str) -> None:
    heard = b""
    async with asyncio.timeout(30):
        while words.encode() not in heard:
            heard += await page.receive_bytes()


async def test_a_browser_shows_the_board_and_asks_nobody_else(where: Path) -> None:
    need_program("chromium")
    with serving(where) as served:
        async with browsing(f"{served.url}board/") as browser:
            assert "shows Mạng thử; Ctrl+C ends it" in served.told
            await until(lambda: SITE.encode() in browser.heard)
            assert await browser.value("document.title") == "Mạng thử – Canh"
            assert await browser.value("document.documentElement.lang") == "vi"
            fonts = "[...document.fonts].map(font => font.family + ' ' + font.status).join()"
            assert await browser.value(fonts) == "Roboto Mono loaded"
            assert len(await browser.picture()) > 20_000  # a blank page has 5 kB
            assert {url.split("/")[2] for url in browser.asked} == {served.origin.split("/")[2]}
            axe = (npm.package(npm.AXE) / "axe.min.js").read_text("utf-8")
            assert await browser.value(f"{axe}; 0") == 0
            told = await browser.do("Runtime.evaluate", expression=_AXE, awaitPromise=True)
            assert told["result"]["value"] == "[]"
            await browser.press("q")
            await until(lambda: not served.boards())


async def test_the_board_in_the_browser_only_shows(where: Path) -> None:
    with serving(where) as served:
        async with talking(served) as page:
            await hear(page, SITE)
            [board] = served.boards()
            assert b"--read-only" in (board / "cmdline").read_bytes().split(b"\0")
            await page.send_json(["stdin", "a"])
            await hear(page, say("vi", "notice.read_only"))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_no_board_outlives_the_server(where: Path, how: signal.Signals) -> None:
    with serving(where) as served:
        async with talking(served) as page:
            await page.receive_bytes(timeout=30)
            [board] = served.boards()
            served.process.send_signal(how)
            async for _ in page:
                pass
        said = served.process.communicate(timeout=30)
        code = -9 if how is signal.SIGKILL else 0
        assert (served.process.returncode, said) == (code, ("", ""))
        await until(lambda: not board.exists())


@pytest.mark.parametrize(
    ("origin", "words", "may"),
    [
        ("https://elsewhere.example", (), False),
        ("null", (), False),
        ("http://localhost:9000", (), True),  # a tunnel of ssh
        ("https://canh.example.vn", ("--origin", "https://canh.example.vn"), True),
    ],
)
async def test_a_page_from_elsewhere_does_not_read_the_board(
    where: Path, origin: str, words: tuple[str, ...], may: bool
) -> None:
    with serving(where, *words) as served:
        if may:
            async with talking(served, origin) as page:
                assert await page.receive_bytes(timeout=30)
        else:
            with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                async with talking(served, origin):
                    pass


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "canh.example.vn"])
def test_a_host_that_others_reach_is_refused_with_the_remedy(where: Path, host: str) -> None:
    code, out, err = canh(where, "serve", "--data", DATA, "--host", host)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "make one with `canh account add`" in err


def test_a_taken_port_is_one_clear_error(where: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, out, err = canh(where, "serve", "--data", DATA, "--port", port)
    assert (code, out) == (1, "")
    assert err == (
        f"canh serve: port {port} of 127.0.0.1: Address already in use; "
        "choose another with --port\n"
    )


def test_the_bundled_font_has_every_vietnamese_letter() -> None:
    font = Server("").statics_path / "fonts/RobotoMono-VariableFont_wght.ttf"
    letters = {
        unicodedata.normalize("NFC", case(vowel) + tone)
        for vowel in "aăâeêioôơuưy"
        for tone in TONES
        for case in (str.lower, str.upper)
    } | {"đ", "Đ"}
    assert len(letters) == 146
    assert {ord(letter) for letter in letters} <= TTFont(font).getBestCmap().keys()
