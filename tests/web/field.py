"""A commune office with all that a sheet tells, its pages on a real port, and a real browser."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from aiohttp import web
from playwright.sync_api import Browser, sync_playwright

from inventory.model import Contact, Device, End, Link, Network, Site, Unit, Web
from reports.web.desk import Desk
from reports.web.gate import public
from reports.web.pages import ROOMS
from reports.web.site import Routes, application
from reports.web.site import Site as Pages
from store.actions import open_actions
from tests.needs import missing, need_program
from tests.store.keeping import NOW, bring, commit, down, network, up, writing
from tests.web.gates import Passing

OFFICE = "Ủy ban nhân dân đặc khu Nguyễn Nghiêm – Trương Quang Trọng (cơ sở 2)"
ORIGIN = "https://canh.example.vn"
HOSTILE = "<script>alert(1)</script>\x1b[31m"
ROLES = ("router", "switch", "switch", "onu", "ups_small", "access_point", "camera", "server")


def province() -> Network:
    """Above `keeping.network`: an office c with eight devices and three links, and a large e."""
    small = network()
    units = {
        "52201": Unit(id="52201", code="01", name="Đặc khu Nguyễn Nghiêm", level="commune",
                      parent="522"),
        "52202": Unit(id="52202", code="02", name="Xã Tịnh Ấn Đông", level="commune", parent="522"),
    }  # fmt: skip
    people = {
        "lan": Contact(
            id="lan", name="Nguyễn Thị Bích Ngọc", phone="0255 3822 862", email="ngoc@example.vn",
            role="Phó Chánh Văn phòng HĐND và UBND",
        ),
        "hung": Contact(id="hung", name="Trương Quang Hưng", phone="+84 905 123 456 (trực)"),
    }  # fmt: skip
    sites = {
        "c": Site(
            id="c", name=OFFICE, unit="52201", uplink=("d",), contacts=tuple(people),
            postal_address="127 đường Nguyễn Công Phương, tổ dân phố Trường Thọ Đông, Quảng Ngãi",
        ),
        "e": Site(id="e", name="Điểm truyền dẫn Tịnh Ấn Đông", unit="52202", uplink=("d",)),
    }  # fmt: skip
    devices = {
        f"c-{role}-{n}": Device(
            id=f"c-{role}-{n}", site="c", role=role, address=f"127.51.2.{n}",
            vendor="Ruijie Networks (Reyee)", model="RG-NBS3100-24GT4SFP-P V2 1.1",
            serial=f"G1QH9WK00{n}234", asset_tag=f"QNI-UBND-2026-00{n}",
            uplink=() if n == 1 else ("c-router-1",),
        )
        for n, role in enumerate(ROLES, 1)
    }  # fmt: skip
    devices |= {
        f"e-{n}": Device(id=f"e-{n}", site="e", role="switch", address=f"127.51.3.{n}")
        for n in range(1, 70)
    }
    links = {
        f"QNI-C-{n}": Link(
            id=f"QNI-C-{n}", a=End(site="d", device="d-r", interface=f"GigabitEthernet0/0/{n}"),
            b=End(site="c", device="c-router-1", interface=f"WAN{n}"), provider="vnpt",
            medium="fibre", capacity_mbps=200, circuit_id=f"TSLCD/QNI/2026/000{n}",
        )
        for n in (1, 2, 3)
    }  # fmt: skip
    return replace(
        small,
        units={**small.units, **units},
        contacts=people,
        sites={**small.sites, **sites},
        devices={**small.devices, **devices},
        links={**small.links, **links},
    )


def filled(folder: Path) -> tuple[str, dict[tuple[str, str], int]]:
    """The URL of a record of it: five outages of the office, four notes, one of them hostile."""
    url = f"sqlite:///{folder / 'record.db'}"
    ids = dict(bring(url, province()).ids)
    site, router = ids["site", "c"], ids["device", "c-router-1"]
    with writing(url) as writer:
        for n in range(5):
            at = NOW + n * 3_600_000
            commit(writer, at + 1000, up(site, at + 1000), up(router, at + 1000))
            commit(writer, at + 60_000, down(site, at + 60_000))
    with closing(open_actions(url)) as actions:
        for text in (HOSTILE, "Chìa khóa tủ mạng ở phòng bảo vệ, tầng trệt.", "Đã gọi nhà mạng."):
            actions.annotate(router, actor="Lê Văn Bách", text=text, outage_id=None)
    return url, ids


class Served:
    """The pages in a thread of their own; they can go away and come back at the same address."""

    def __init__(self, folder: Path, gate: Passing, *rooms: Routes, **web_: Any) -> None:
        self.url, self.ids = filled(folder)
        self.data, self._rooms = folder, rooms
        self._settings = Web(**{"origin": ORIGIN} | web_)
        self.gate = gate
        self.port = 0

    @property
    def at(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        begun: Future[None] = Future()
        self._thread = threading.Thread(target=asyncio.run, args=(self._run(begun),))
        self._thread.start()
        begun.result(60)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(60)

    async def _run(self, begun: Future[None]) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        site = Pages(
            desk=Desk(self.url),
            settings=self._settings,
            data=self.data,
            reports=self.data / "reports",
            gate=self.gate,
        )
        runner = web.AppRunner(
            application(site, (*ROOMS, _nobody, *self._rooms)), shutdown_timeout=1
        )
        try:
            await runner.setup()
            where = web.TCPSite(runner, "127.0.0.1", self.port)
            await where.start()
            self.port = runner.addresses[0][1]
            await site.desk.refresh()
        except BaseException as error:
            await runner.cleanup()
            begun.set_exception(error)
            return
        begun.set_result(None)
        await self._over.wait()
        await runner.cleanup()


def _nobody(site: Pages) -> list[web.AbstractRouteDef]:
    """A page for everybody, as that of signing in is."""

    @public
    async def nobody(request: web.Request) -> web.Response:
        return await site.page(request, "fault.html.j2", lambda _: {"status": 200, "told": "–"})

    return [web.get("/test/nobody", nobody), web.get("/sign-in", nobody)]


@contextmanager
def served(folder: Path, gate: Passing, *rooms: Routes, **web_: Any) -> Iterator[Served]:
    pages = Served(folder, gate, *rooms, **web_)
    pages.start()
    try:
        yield pages
    finally:
        pages.stop()


@contextmanager
def chromium() -> Iterator[Browser]:
    """It knows no address but 127.0.0.1."""
    need_program("chromium")
    try:
        playing = sync_playwright().start()
    except Exception as error:
        missing(f"playwright does not start: {error}")
    try:
        browser = playing.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
        )
        yield browser
        browser.close()
    finally:
        playing.stop()
