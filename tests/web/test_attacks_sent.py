"""Tried as an attacker: what is sent, slowly, in crowds. Each is a row of docs/web-security.md."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web

import store.passwords
from reports.web.callers import Callers
from reports.web.gate import MOST_BODY
from reports.web.limits import AT_ONCE, Paces, Porch, Seats, limited, opened
from reports.web.pages import ROOMS
from store.actions import open_actions
from store.sessions import FREE_ADDRESS, FREE_NAME
from tests.web.attacking import HOME, MARKUP, pages
from tests.web.serving import PASSWORD, ROOT, Client, Served, raw, serving

# -- what is sent ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/static/x/../../../../etc/passwd",
        "/static/x/..%2f..%2f..%2fetc%2fpasswd",
        "/static/x/%2e%2e/%2e%2e/gate.py",
        "/static/x/..%5c..%5cgate.py",
        "/static/x//etc/passwd",
        "/static/x/page.css%00.png",
        "/static/../gate.py",
        "/static/x/../pages/account.py",
    ],
)
async def test_path_traversal(served: Served, client: Client, path: str) -> None:
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    answer = await raw(served.port, head.encode())
    status = int(answer.split(b" ", 2)[1])
    assert status in (303, 400, 401, 404), answer[:200]
    assert b"root:" not in answer
    assert b"def " not in answer


async def test_stored_markup(served: Served, client: Client) -> None:
    accounts = served.gate.accounts
    accounts.add(MARKUP, PASSWORD, by=ROOT, role="admin")
    agent = {"User-Agent": MARKUP}
    form = {"name": MARKUP, "password": PASSWORD, "to": "/account"}
    assert (await client.asked("POST", "/sign-in", data=form, headers=agent))[0] == 303
    page = (await client.asked("GET", "/account"))[1]
    client.csrf = re.findall(r'name="csrf" value="([^"]*)"', page)[0]
    made = (await client.send("/account/tokens", label=MARKUP, days="1", role="viewer"))[1]
    refused = await client.send("/admin/accounts", name=MARKUP, password="x", role=MARKUP)
    typed = await client.send("/sign-in", name=MARKUP, password="wrong", to=MARKUP)
    assert (refused[0], typed[0]) == (400, 401)
    shown = [made, refused[1], typed[1]]
    for path in ("/account", "/admin/accounts", "/admin/audit", "/admin/accounts/2"):
        shown.append((await client.asked("GET", path))[1])
    query = {"actor": MARKUP, "action": MARKUP, "from": MARKUP, "to": MARKUP, "lang": MARKUP}
    status, filtered = await client.asked("GET", "/admin/audit", params=query)
    assert status == 200
    for page in (*shown, filtered):
        assert "&lt;script&gt;" in page
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "{{7*7}}" in page


async def test_formulas_in_the_exported_log(served: Served, client: Client) -> None:
    url = str(served.gate.accounts._writer.url)
    with contextlib.closing(open_actions(url)) as actions:
        known = served.site.desk.known
        router = next(row.thing_id for row in known.rows.values() if row.key == "d-r")
        actions.annotate(router, actor="=HYPERLINK(1)", text="x", outage_id=None)
    await client.signed("root")
    page = (await client.asked("GET", "/admin/audit.csv"))[1]
    assert "'=HYPERLINK(1)" in page
    assert ",=HYPERLINK" not in page


async def test_oversized(served: Served, client: Client) -> None:
    await client.signed("root")
    big = {"csrf": client.csrf, "text": "x" * MOST_BODY}
    assert (await client.asked("POST", "/speak", data=big))[0] == 413
    assert (await client.asked("POST", "/sign-in", data=big))[0] == 413
    packed = zlib.compress(b"csrf=x&text=" + b"x" * 50_000_000)
    headers = {
        "Content-Encoding": "deflate",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    assert (await client.asked("POST", "/sign-in", data=packed, headers=headers))[0] in (400, 413)
    many = "&".join(f"a{n}=1" for n in range(10_000))
    plain = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await client.asked("POST", "/sign-in", data=many, headers=plain))[0] in (400, 401, 413)
    for head in (
        b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"x" * 20_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X: y\r\n" * 3_000 + b"\r\n",
        b"x" * 100_000,
    ):
        answer = await raw(served.port, head)
        assert answer == b"" or b" 400 " in answer.split(b"\r\n")[0], answer[:100]
    assert (await client.asked("GET", "/"))[0] == 200


async def test_what_makes_no_sense(served: Served, client: Client) -> None:
    await client.signed("root")
    odd = "application/x-www-form-urlencoded; charset="
    for kind, body in (
        (odd + "none", b"csrf=x"),
        (odd + "utf-16", b"csrf=x"),
        (odd + "utf-8", b"csrf=%ff%fe\xff"),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\nbroken"),
        ("multipart/form-data; boundary=" + "x" * 80, b"x"),
    ):
        for path in ("/speak", "/sign-in", "/account/tokens"):
            asked = client.asked("POST", path, data=body, headers={"Content-Type": kind})
            assert (await asked)[0] in (400, 401, 403), (kind, path)
    nul = await client.send("/sign-in", name="ro\x00ot", password="x\x00" * 6)
    assert nul[0] == 401


# -- slow and many ---------------------------------------------------------------------------


async def test_slow_heads(tmp_path: Path) -> None:
    async with serving(tmp_path, head_s=0.5, idle_s=0.5) as served:
        part = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        assert await raw(served.port, part) == b""
        assert await raw(served.port, b"") == b""
        dripped = await raw(served.port, part, *(b"X-a: b\r\n" for _ in range(8)), wait_s=0.2)
        assert dripped == b""
        whole = part + b"\r\n"
        answer = await raw(served.port, whole, part)  # the second head on the same connection
        assert answer.count(b"HTTP/1.1") == 1
        async with served.client() as client:
            assert (await client.asked("GET", "/"))[0] == 200


async def test_slow_bodies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import reports.web.site

    quick = lambda callers: limited(callers, time_s=4.0)  # noqa: E731
    monkeypatch.setattr(reports.web.site, "limited", quick)
    async with serving(tmp_path, rooms=(*ROOMS, pages)) as served, served.client() as client:
        served.add("root", "admin")
        await client.signed("root")

        async def slow(path: str) -> bytes:
            head = (
                f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: canh={client.token}\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n"
            )
            return await raw(served.port, head.encode(), b"csrf=")

        paths = ("/sign-in", "/speak", "/account/tokens")
        for answer in await asyncio.gather(*map(slow, paths)):
            assert b" 408 " in answer.split(b"\r\n")[0]
        status, streamed = await client.asked("GET", "/stream")
        assert (status, streamed) == (200, "xxx")  # what has begun may take its time


async def test_many_connections_of_one_address(tmp_path: Path) -> None:
    async with serving(tmp_path, most_each=4, head_s=30) as served:
        held = [await asyncio.open_connection("127.0.0.1", served.port) for _ in range(4)]
        await asyncio.sleep(0.2)
        assert await raw(served.port, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") == b""
        for _, writer in held:
            writer.close()
        await asyncio.sleep(0.2)
        async with served.client() as client:
            assert (await client.asked("GET", "/"))[0] == 200


async def _few_at_a_time(come: Callable[[], int], whole: int) -> None:
    steps = []
    while (before := come()) < whole:
        await asyncio.sleep(0)
        steps.append(come() - before)
        assert len(steps) < 100_000
    assert max(steps) <= AT_ONCE


async def test_many_who_come_at_once_are_taken_up_a_few_at_a_time() -> None:
    came = 0

    class Guest(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            nonlocal came
            came += 1
            transport.close()

    listening = socket.create_server(("127.0.0.1", 0))
    server = await opened(Guest, listening, None)
    crowd = [socket.socket() for _ in range(100)]
    for one in crowd:
        one.setblocking(False)
        one.connect_ex(listening.getsockname())
    await _few_at_a_time(lambda: came, len(crowd))
    for one in crowd:
        one.close()
    server.close()


async def test_many_who_ask_at_once_begin_a_few_at_a_time() -> None:
    began = 0

    async def begin(request: web.Request) -> web.Response:
        nonlocal began
        began += 1
        return web.Response(text="here")

    app = web.Application()
    app.add_routes([web.get("/", begin)])
    runner = web.AppRunner(app)
    await runner.setup()
    porch = Porch(runner, Callers())
    listening = socket.create_server(("127.0.0.1", 0))
    server = await opened(porch, listening, None)
    try:
        address = listening.getsockname()
        crowd = [await asyncio.open_connection(*address) for _ in range(100)]
        await asyncio.sleep(0.2)
        assert len(porch.waiting) == len(crowd)
        for _, writer in crowd:
            writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        gone = crowd.pop(50)[1]
        gone.transport.abort()
        await _few_at_a_time(lambda: began, len(crowd))
        for reader, writer in crowd:
            assert (await reader.read()).endswith(b"here")
            writer.close()
    finally:
        server.close()
        porch.close()
        await runner.cleanup()


async def test_brute_force(served: Served, client: Client) -> None:
    told = [
        (await client.send("/sign-in", name="root", password=f"wrong{n}"))[0]
        for n in range(FREE_NAME + 5)
    ]
    assert told == [401] * FREE_NAME + [429] * 5
    right = await client.send("/sign-in", name="root", password=PASSWORD)
    assert right[0] == 429
    assert FREE_ADDRESS < 100


async def test_brute_force_does_not_shut_out_who_is_in(served: Served) -> None:
    async with served.client() as inside, served.client() as stranger:
        await inside.signed("root")
        for n in range(FREE_NAME + 4):
            await stranger.send("/sign-in", name="root", password=f"wrong{n}")
        assert (await inside.asked("GET", "/account"))[0] == 200


async def test_timing_of_unknown_accounts(served: Served, client: Client) -> None:
    asked: list[str] = []
    real = store.passwords.fits

    def counting(password: str, kept: str) -> bool:
        asked.append(kept.split("$")[1])
        return real(password, kept)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("store.sessions.fits", counting)
        answers = [
            await client.send("/sign-in", name=name, password="wrong") for name in ("root", "none")
        ]
    assert asked == ["2", "2"]
    known, unknown = (page.replace('value="root"', 'value="none"') for _, page in answers)
    assert known == unknown


def test_a_pace_is_kept_by_each_caller() -> None:
    now = 0.0
    paces = Paces(lambda: now)
    waits = [paces.wait_s("x", "a", 2.0, 3) for _ in range(5)]
    assert waits == [0, 0, 0, 2, 2]
    assert paces.wait_s("x", "b", 2.0, 3) == 0
    assert paces.wait_s("y", "a", 2.0, 3) == 0
    now = 2.0
    assert [paces.wait_s("x", "a", 2.0, 3) for _ in range(2)] == [0, 2]
    now = 100.0
    assert [paces.wait_s("x", "a", 2.0, 3) for _ in range(4)] == [0, 0, 0, 2]


def test_streams_of_one_session_are_counted() -> None:
    seats = Seats(2)
    with seats.taken("a"), seats.taken("a"):
        with pytest.raises(web.HTTPTooManyRequests), seats.taken("a"):
            pass
        with seats.taken("b"):
            pass
    with seats.taken("a"):
        pass


# -- the table -------------------------------------------------------------------------------


def test_each_row_of_the_table_names_its_test() -> None:
    page = (HOME / "docs/web-security.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ") and "test_" in line]
    named = set(re.findall(r"`(test_\w+)`", page))
    assert len(rows) >= 30
    known = set()
    for path in (HOME / "tests").rglob("test_*.py"):
        known |= set(
            re.findall(r"^(?:async )?def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
        )
    assert named - known == set()
    here = set()
    for path in Path(__file__).parent.glob("test_attacks*.py"):
        here |= set(re.findall(r"^(?:async )?def (test_\w+)", path.read_text("utf-8"), re.M))
    assert here - named == {"test_each_row_of_the_table_names_its_test"}
