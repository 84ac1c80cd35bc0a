"""Events and the audit log reach a SOC: in each format, at least once, and nothing breaks out."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from inventory.model import Export
from reports.forward import forwarder as forwarding
from reports.forward.formats import FORMATS, Message, Source, as_json, cef, rfc5424
from reports.forward.forwarder import Forwarder
from reports.forward.senders import SendError, sender
from store.actions import open_actions
from store.forwarding import Forwarding
from tests.store.keeping import commit, down, reading, up, writing
from tests.web.served import NOW, copied, once_filled

SOURCE = Source("canh-01", "1.2", 77)
EVIL = 'a"b\\c]d|e=f\r\n<34>1 fake\x00\x1b[31m\u2028ộ'


def message(**about: Any) -> Message:
    usual: dict[str, Any] = {
        "id": "event-7",
        "at_ms": 1_795_412_400_123,
        "kind": "state.down",
        "actor": None,
        "thing_kind": "device",
        "thing": "d-r",
        "name": "Bộ định tuyến",
        "outage": 3,
        "detail": {},
    }
    return Message(**usual | about)


def test_rfc_5424_is_written_to_the_letter() -> None:
    assert rfc5424(message(), SOURCE) == (
        "<131>1 2026-11-23T05:40:00.123Z canh-01 canh 77 state.down "
        '[canh@32473 id="event-7" event="state.down" kind="device" thing="d-r"'
        ' name="Bộ định tuyến" outage="3"] \ufeffstate.down device d-r (Bộ định tuyến)'
    )


def test_cef_is_written_to_the_letter() -> None:
    said = message(kind="audit.sign_in", actor="an|b", thing=None, thing_kind=None, outage=None)
    assert cef(said, SOURCE) == (
        "<110>1 2026-11-23T05:40:00.123Z canh-01 canh 77 audit.sign_in - "
        "CEF:0|Canh|Canh|1.2|audit.sign_in|audit.sign_in (Bộ định tuyến) by an\\|b|2|"
        "rt=1795412400123 externalId=event-7 cat=audit suser=an|b msg=Bộ định tuyến"
    )


@given(st.text(max_size=60) | st.just(EVIL))
@pytest.mark.parametrize("form", FORMATS)
def test_whatever_people_and_devices_say_stays_in_its_place(form: str, said: str) -> None:
    told = FORMATS[form](message(name=said, actor=said, thing=said), SOURCE)
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029]", told)
    told.encode()
    if form == "json":
        assert json.loads(told)["name"] == said
    elif form == "rfc5424":
        data = re.fullmatch(r'\S+ \S+ \S+ \S+ \S+ \S+ \[(?:[^"\]]|"(?:[^"\\\]]|\\.)*")*\] .*', told)
        assert data is not None
        values = re.findall(r'(\w+)="((?:[^"\\\]]|\\.)*)"', told.partition("[")[2])
        assert [name for name, _ in values[:7]].count("actor") == 1
    else:
        head = re.fullmatch(r".*? CEF:0(?:\|(?:[^|\\]|\\.)*){6}\|(.*)", told)
        assert head is not None
        keys = re.findall(r"(?:^| )(\w+)(?<!\\)=", head[1])
        known = [
            "rt",
            "externalId",
            "cat",
            "suser",
            "dhost",
            "msg",
            "cs1Label",
            "cs1",
            "cn1Label",
            "cn1",
        ]
        assert set(keys) <= set(known)
    assert as_json(message(detail={"x": object()}), SOURCE)


class Receiver:
    """Takes syslog over TCP, or hangs up on it."""

    def __init__(self) -> None:
        self.heard = b""
        self.hang_up = False
        self.news = asyncio.Event()
        self.open: list[asyncio.StreamWriter] = []

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.append(writer)
        while told := await reader.read(65536):
            if self.hang_up:
                break
            self.heard += told
            self.news.set()
        writer.close()

    def messages(self) -> list[str]:
        """RFC 6587: each with its length before it."""
        found, rest = [], self.heard
        while rest:
            length, _, rest = rest.partition(b" ")
            found.append(rest[: int(length)].decode())
            rest = rest[int(length) :]
        return found

    async def until(self, wanted: Callable[[list[str]], bool]) -> list[str]:
        async with asyncio.timeout(60):
            while not wanted(self.messages()):
                self.news.clear()
                await self.news.wait()
        return self.messages()


@asynccontextmanager
async def receiving(port: int = 0) -> AsyncIterator[tuple[Receiver, int]]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.talk, "127.0.0.1", port)
    try:
        yield receiver, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in receiver.open:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


@asynccontextmanager
async def running(url: str, export: Export) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(Forwarder(url, export).run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return once_filled(tmp_path_factory)


@pytest.fixture
def url(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(forwarding, "POLL_S", 0.05)
    monkeypatch.setattr(forwarding, "LONGEST_S", 0.2)
    monkeypatch.setattr(forwarding, "FIRST_S", 0.05)
    return copied(filled, tmp_path)


def things(url: str) -> dict[str, int]:
    with reading(url) as reader:
        return {f"{row.kind}:{row.key}": row.thing_id for row in reader.snapshot().rows}


async def begun(url: str, name: str) -> None:
    """What happens from now on is told."""
    work = Forwarding(url, name)
    work.begin(NOW)
    work.close()


async def happen(url: str, thing: str, *, says_up: bool = False, after_ms: int = 0) -> None:
    at = NOW + after_ms
    with writing(url, at) as writer:
        commit(writer, at, (up if says_up else down)(things(url)[thing], at - 50))


async def test_events_and_words_arrive_and_it_goes_on_where_it_stopped(url: str) -> None:
    async with receiving() as (receiver, port):
        soc = Export(id="soc", url=f"syslog+tcp://127.0.0.1:{port}")
        await begun(url, "soc")
        async with running(url, soc):
            await happen(url, "device:p-r")
            actions = open_actions(url)
            actions.annotate(things(url)["device:d-r"], actor="an", text="a\nb", outage_id=None)
            actions.close()
            told = await receiver.until(lambda m: "audit.note" in "".join(m))
        assert any("state.down device p-r" in one for one in told)
        before = len(told)
        await happen(url, "device:p-r", says_up=True, after_ms=5_000)
        async with running(url, soc):
            told = await receiver.until(lambda m: "state.up device p-r" in "".join(m))
    ids = re.findall(r' id="([a-z]+-\d+)"', "".join(told))
    assert len(ids) == len(set(ids)) == len(told) > before


async def test_what_a_receiver_did_not_take_comes_again(url: str) -> None:
    async with receiving() as (receiver, port):
        soc = Export(id="soc", url=f"syslog+tcp://127.0.0.1:{port}")
        await begun(url, "soc")
        receiver.hang_up = True
        async with running(url, soc):
            await happen(url, "device:p-r")
            await asyncio.sleep(0.5)
            assert receiver.messages() == []
            receiver.hang_up = False
            await receiver.until(lambda m: "state.down device p-r" in "".join(m))


async def test_a_receiver_that_is_not_there_yet_is_waited_for(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    await begun(url, "soc")
    async with running(url, Export(id="soc", url=f"syslog+tcp://127.0.0.1:{port}")):
        await happen(url, "device:p-r")
        await asyncio.sleep(1)
        async with receiving(port) as (receiver, _):
            await receiver.until(lambda m: "state.down device p-r" in "".join(m))
    told = [record.getMessage() for record in caplog.records]
    assert told.count("export soc: Connection refused; it is tried again") == 1


async def test_only_what_was_asked_for_is_sent(url: str) -> None:
    async with receiving() as (receiver, port):
        about: dict[str, Any] = {"kinds": ("state.up",), "units": ("522",), "audit": False}
        soc = Export(id="soc", url=f"syslog+tcp://127.0.0.1:{port}", format="cef", **about)
        await begun(url, "soc")
        await happen(url, "device:p-r")
        await happen(url, "device:p-r", says_up=True, after_ms=1_000)
        await happen(url, "device:d-r", says_up=True, after_ms=2_000)
        actions = open_actions(url)
        actions.annotate(things(url)["device:d-r"], actor="an", text="a", outage_id=None)
        actions.close()
        async with running(url, soc):
            told = await receiver.until(lambda m: bool(m))
    assert len(told) == 1
    assert "dhost=d-r" in told[0]


async def test_datagrams_carry_a_message_each(url: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taker:
        taker.bind(("127.0.0.1", 0))
        taker.setblocking(False)
        port = taker.getsockname()[1]
        await begun(url, "soc")
        async with running(url, Export(id="soc", url=f"syslog+udp://127.0.0.1:{port}")):
            await happen(url, "device:p-r")
            async with asyncio.timeout(30):
                loop = asyncio.get_running_loop()
                told = await loop.sock_recv(taker, 65536)
    assert told.startswith(b"<131>1 ")


@asynccontextmanager
async def hook(
    *statuses: int,
) -> AsyncIterator[tuple[list[tuple[str, Any]], asyncio.Event, str]]:
    """(Idempotency-Key, body) of each POST, which it answers so, and when the next was taken."""
    taken = asyncio.Event()
    heard: list[tuple[str, Any]] = []
    answers = list(statuses)

    async def take(request: web.Request) -> web.Response:
        heard.append((request.headers["Idempotency-Key"], await request.json()))
        if not answers:
            taken.set()
        status = answers.pop(0) if answers else 204
        return web.Response(status=status, headers={"Location": "/stolen"})

    async def stolen(request: web.Request) -> web.Response:
        heard.append(("stolen", None))
        return web.Response()

    app = web.Application()
    app.add_routes([web.post("/hook", take), web.route("*", "/stolen", stolen)])
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield heard, taken, f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    finally:
        await runner.cleanup()


async def test_a_webhook_is_asked_again_with_the_same_key_and_never_led_elsewhere(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with hook(500, 302) as (heard, third, where):
        await begun(url, "soc")
        await happen(url, "device:p-r")
        async with running(url, Export(id="soc", url=f"{where}?token=hush")):
            async with asyncio.timeout(30):
                await third.wait()
    assert len({key for key, _ in heard}) == 1
    assert {one["event"] for one in heard[0][1]} >= {"state.down"}
    assert heard[0] == heard[1] == heard[2]
    told = caplog.text
    assert "the receiver answers 302" in told
    assert "hush" not in told


async def test_nothing_was_told_where_nothing_ever_happened(url: str) -> None:
    async with receiving() as (receiver, port):
        async with running(url, Export(id="new", url=f"syslog+tcp://127.0.0.1:{port}")):
            await asyncio.sleep(0.5)
        assert receiver.messages() == []  # what was before its first start is not sent


@pytest.mark.parametrize("address", ["", "gopher://h/hush", "https://", "syslog+tcp://h:99999"])
def test_an_address_that_is_none_is_told_without_it(address: str) -> None:
    with pytest.raises(ValueError, match="its url") as told:
        sender(address, "text/plain")
    assert "hush" not in str(told.value)


async def test_an_error_of_tls_names_no_address() -> None:
    async with receiving() as (_, port):
        with pytest.raises(SendError) as told:
            await sender(f"syslog+tls://127.0.0.1:{port}", "text/plain").send("k", ["hush"])
    assert "127.0.0.1" not in str(told.value)
    assert "hush" not in str(told.value)
