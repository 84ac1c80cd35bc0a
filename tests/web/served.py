"""The pages and the API over a record, on a port of this machine."""

from __future__ import annotations

import shutil
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from inventory.model import Service, Web
from reports.web.api.documents import Command
from reports.web.api.room import api_room
from reports.web.desk import Desk
from reports.web.gate import Gate
from reports.web.pages import ROOMS
from reports.web.site import Site, application
from reports.web.visitor import Role, Visitor
from tests.store.keeping import bring, commit, down, network, up, writing

NOW = time.time_ns() // 1_000_000
MINUTE, HOUR = 60_000, 3_600_000
BEGAN = NOW - HOUR
TOKENS = {
    "looks": Visitor(name="nhìn", role=Role.VIEWER),
    "speaks": Visitor(name="vận hành", role=Role.OPERATOR),
    "rules": Visitor(name="quản trị", role=Role.ADMIN),
    "district": Visitor(name="huyện", role=Role.ADMIN, units=frozenset({"522"})),
}


class Bearer:
    """Knows each visitor by a token."""

    open = False

    def __init__(self, tokens: Mapping[str, Visitor] = TOKENS) -> None:
        self._tokens = tokens

    async def visitor(self, request: web.Request) -> Visitor | None:
        return self._tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))


async def nothing_made(*words: str) -> tuple[int, bytes, str]:
    return 2, b"", f"canh: {words[0]}: the test makes none"


def fill(url: str) -> dict[tuple[str, str], int]:
    """Both routers answer, then that of the district falls silent. (kind, key) → id."""
    portal = Service(id="portal", name="Cổng <b>dịch vụ</b>", site="p", url="http://127.51.9.1/")
    ids = dict(bring(url, replace(network(), services={"portal": portal}), BEGAN - MINUTE).ids)
    p_r, d_r, d = ids["device", "p-r"], ids["device", "d-r"], ids["site", "d"]
    with writing(url, BEGAN) as writer:
        commit(writer, BEGAN + 1_000, up(p_r, BEGAN), up(d_r, BEGAN), up(d, BEGAN))
        commit(writer, BEGAN + MINUTE, down(d_r, BEGAN + 50_000), down(d, BEGAN + 50_000, d_r))
    return ids


def once_filled(factory: pytest.TempPathFactory) -> Path:
    """A record that the tests of a file copy."""
    path = factory.mktemp("filled")
    fill(f"sqlite:///{path / 'record.db'}")
    return path


def copied(filled: Path, where: Path) -> str:
    for file in filled.glob("record.db*"):
        shutil.copy(file, where)
    return f"sqlite:///{where / 'record.db'}"


@dataclass(frozen=True)
class Client:
    session: aiohttp.ClientSession
    origin: str
    site: Site
    app: web.Application

    def paths(self) -> set[str]:
        """Of all routes."""
        return {resource.canonical for resource in self.app.router.resources()}

    async def ask(
        self, path: str, *, method: str = "GET", token: str | None = "looks", **about: Any
    ) -> tuple[int, Any, Mapping[str, str]]:
        """Status, the JSON or text of the answer, headers."""
        headers = dict(about.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        url = f"{self.origin}{path}"
        async with self.session.request(method, url, headers=headers, **about) as answer:
            told = await answer.read()
            if "json" in answer.content_type and told:
                return answer.status, await answer.json(content_type=None), answer.headers
            return answer.status, told.decode(), answer.headers


@asynccontextmanager
async def serving(
    url: str, data: Path, *, gate: Gate | None = None, command: Command = nothing_made
) -> AsyncIterator[Client]:
    site = Site(
        desk=Desk(url),
        settings=Web(),
        data=data,
        reports=data / "reports",
        gate=gate or Bearer(),
    )
    app = application(site, (*ROOMS, api_room(command)))
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await site.desk.refresh()
    try:
        listening = web.TCPSite(runner, "127.0.0.1", 0)
        await listening.start()
        port = runner.addresses[0][1]
        async with aiohttp.ClientSession() as session:
            yield Client(session, f"http://127.0.0.1:{port}", site, app)
    finally:
        site.stop.set()
        await runner.cleanup()
