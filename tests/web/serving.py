"""The pages over real connections, with accounts whose clock a test turns."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from inventory.model import Web
from reports.web.account_gate import AccountGate
from reports.web.desk import Desk
from reports.web.limits import IDLE_S, LINGER_S, Porch, opened
from reports.web.pages import ROOMS
from reports.web.site import Routes, Site, application
from store.account_rows import By
from store.accounts import Accounts
from store.passwords import Cost
from store.speech import Done
from store.tokens import Tokens
from tests.store.keeping import bring
from tests.web.test_scope import province

CHEAP = Cost(2, 1, 1)
PASSWORD = "Mưa rào tháng Bảy"
ROOT = By("root")


class Clock:
    now = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now


@dataclass
class Served:
    """A server that listens; `url` has no slash at its end."""

    url: str
    port: int
    site: Site
    gate: AccountGate
    clock: Clock

    def add(self, name: str, role: str = "viewer", units: Iterable[str] | None = None) -> int:
        may = {"role": role, "units": None if units is None else list(units)}
        outcome = self.gate.accounts.add(name, PASSWORD, by=ROOT, **may)  # type: ignore[arg-type]
        assert isinstance(outcome, Done), outcome
        return outcome.row_id

    def token(self, name: str, role: str | None = None, days: int = 30) -> tuple[str, int]:
        whose = self.gate.accounts.named(name)
        assert whose is not None
        made = Tokens(self.gate.accounts).issue(whose, "thử", by=ROOT, days=days, role=role)
        assert isinstance(made, tuple), made
        return made

    def client(self) -> Client:
        return Client(self)


class Client:
    """A browser: it keeps cookies, and goes nowhere by itself."""

    def __init__(self, served: Served) -> None:
        self.served, self.csrf = served, ""
        jar = aiohttp.CookieJar(unsafe=True)
        self._session = aiohttp.ClientSession(served.url, cookie_jar=jar)
        self.cookies = jar

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._session.close()

    def get(self, path: str, **about: Any) -> Any:
        return self._session.get(path, allow_redirects=False, **about)

    def post(self, path: str, **about: Any) -> Any:
        return self._session.post(path, allow_redirects=False, **about)

    def talk(self, path: str) -> Any:
        """A websocket, as our own page opens it."""
        return self._session.ws_connect(path, origin=self.served.url)

    def elsewhere(self, url: str) -> Any:
        """Another server, with the same browser."""
        return aiohttp.request("GET", url, allow_redirects=False)

    async def asked(self, method: str, path: str, **about: Any) -> tuple[int, str]:
        """Status and text; it follows nothing."""
        async with self._session.request(method, path, allow_redirects=False, **about) as answer:
            return answer.status, await answer.text()

    async def signed(self, name: str, password: str = PASSWORD) -> Client:
        """Signed in; `csrf` is what its forms send."""
        form = {"name": name, "password": password, "to": "/account", "csrf": self.csrf}
        async with self.post("/sign-in", data=form) as answer:
            assert answer.status == 303, await answer.text()
        status, page = await self.asked("GET", "/account")
        assert status == 200, page
        self.csrf = re.findall(r'name="csrf" value="([^"]*)"', page)[0]
        return self

    async def send(self, path: str, **form: str) -> tuple[int, str]:
        return await self.asked("POST", path, data={"csrf": self.csrf} | form)

    @property
    def token(self) -> str | None:
        """Of the session, as the browser keeps it."""
        found = self.cookies.filter_cookies(URL(self.served.url))
        return found["canh"].value if "canh" in found else None


@asynccontextmanager
async def serving(
    folder: Path,
    *,
    rooms: Iterable[Routes] = ROOMS,
    settings: Web | None = None,
    head_s: float = 10.0,
    idle_s: float = IDLE_S,
    most_each: int = 256,
    cost: Cost = CHEAP,
) -> AsyncIterator[Served]:
    """On the province of the tests, without any account yet."""
    url = f"sqlite:///{folder / 'record.db'}"
    await asyncio.to_thread(bring, url, province())
    settings, clock = settings or Web(), Clock()
    gate = AccountGate(Accounts(url, cost=cost, clock=clock), settings)
    site = Site(desk=Desk(url), settings=settings, data=folder, reports=folder, gate=gate)
    await site.desk.refresh()
    app = application(site, rooms)
    runner = web.AppRunner(
        app,
        access_log=None,
        keepalive_timeout=idle_s,
        lingering_time=LINGER_S,
        shutdown_timeout=1.0,
    )
    await runner.setup()
    porch = Porch(runner, gate.callers, head_s=head_s, most_each=most_each)
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    server = await opened(porch, listening, None)
    try:
        yield Served(f"http://127.0.0.1:{port}", port, site, gate, clock)
    finally:
        site.stop.set()
        server.close()
        porch.close()
        await runner.cleanup()
        gate.close()


async def raw(port: int, *parts: bytes, wait_s: float = 0.0) -> bytes:
    """What comes back until the server closes; each part is sent after a wait."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(wait_s)
        async with asyncio.timeout(60):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()
