"""A headless chromium that knows no address but 127.0.0.1, driven by its DevTools protocol."""

from __future__ import annotations

import asyncio
import base64
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

COMMAND = (
    "--headless",
    "--no-sandbox",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--remote-debugging-port=0",
    "--window-size=1400,900",
)
BINARY = 2


class Browser:
    """One page, every address that it asked for, and all that came over its websocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.asked: list[str] = []
        self.heard = b""
        self._socket = socket
        self._numbers = itertools.count()
        self._answers: dict[int, asyncio.Future[Any]] = {}

    async def listen(self) -> None:
        async for message in self._socket:
            told = message.json()
            about = told.get("params", {})
            match told.get("method"):
                case None:
                    self._answers.pop(told["id"]).set_result(told.get("result"))
                case "Network.requestWillBeSent":
                    self.asked.append(about["request"]["url"])
                case "Network.webSocketCreated":
                    self.asked.append(about["url"])
                case "Network.webSocketFrameReceived" if about["response"]["opcode"] == BINARY:
                    self.heard += base64.b64decode(about["response"]["payloadData"])

    async def do(self, method: str, **about: Any) -> Any:
        number = next(self._numbers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": about})
        return await self._answers[number]

    async def value(self, expression: str) -> Any:
        """What the page's JavaScript says."""
        found = await self.do("Runtime.evaluate", expression=expression)
        return found["result"].get("value")

    async def press(self, key: str) -> None:
        await self.do("Input.dispatchKeyEvent", type="keyDown", key=key, text=key)

    async def picture(self) -> bytes:
        """A PNG."""
        shot = await self.do("Page.captureScreenshot")
        return base64.b64decode(shot["data"])


@asynccontextmanager
async def browsing(url: str) -> AsyncIterator[Browser]:
    """The page at `url`, until the end of the block."""
    chromium = shutil.which("chromium")
    assert chromium is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        program = await asyncio.create_subprocess_exec(
            chromium,
            *COMMAND,
            f"--user-data-dir={folder}",
            "about:blank",
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            told = Path(folder) / "DevToolsActivePort"
            await until(lambda: told.exists() and "\n" in told.read_text())
            port = told.read_text().split()[0]
            async with aiohttp.ClientSession() as session:
                async with session.get(f"http://127.0.0.1:{port}/json") as answer:
                    [page] = [a for a in await answer.json() if a["type"] == "page"]
                async with session.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0) as ws:
                    browser = Browser(ws)
                    listening = asyncio.create_task(browser.listen())
                    await browser.do("Network.enable")
                    await browser.do("Page.navigate", url=url)
                    yield browser
                    listening.cancel()
        finally:
            program.terminate()
            await program.wait()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110  what others do sets no event
            await asyncio.sleep(0.05)
