"""Tried as an attacker: each test is a row of docs/web-security.md, and none succeeds."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import zlib
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest
from aiohttp import web

import store.passwords
from reports.web.callers import Callers
from reports.web.gate import MOST_BODY, needs, visitor_of
from reports.web.limits import Paces, Seats, limited
from reports.web.pages import ROOMS
from reports.web.scope import Scope
from reports.web.site import Site
from reports.web.visitor import Role
from store.actions import open_actions
from store.sessions import FREE_ADDRESS, FREE_NAME, IDLE_MS
from tests.web.serving import PASSWORD, ROOT, Client, Served, raw, serving

HOME = Path(__file__).parents[2]
MARKUP = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"
ADMIN_PAGES = ("/admin/accounts", "/admin/accounts/1", "/admin/audit", "/admin/audit.csv")
ADMIN_FORMS = (
    *("/admin/accounts", "/admin/accounts/1", "/admin/accounts/1/password"),
    *("/admin/accounts/1/disable", "/admin/accounts/1/enable", "/admin/tokens/1/revoke"),
    "/admin/sessions/1/end",
)
REFUSED = (403, 429)
OWN_PAGES = ("/", "/account", "/no/such/page")
OWN_FORMS = (
    *("/account/password", "/account/language", "/account/tokens", "/account/tokens/1/revoke"),
    *("/account/sessions/1/end", "/sign-out"),
)


def pages(site: Site) -> Iterable[web.AbstractRouteDef]:
    """What other topics do, as simply as it can be done: see, speak, take a file, stream."""

    async def thing(request: web.Request) -> web.StreamResponse:
        known = site.desk.known
        row = known.rows.get(int(request.match_info["id"]))
        if row is None or not Scope.of(visitor_of(request), known).sees(row):
            raise web.HTTPNotFound
        return web.json_response({"key": row.key})

    @needs(Role.OPERATOR)
    async def speak(request: web.Request) -> web.StreamResponse:
        return web.Response(text=str((await request.post()).get("text")))

    async def fail(request: web.Request) -> web.StreamResponse:
        raise RuntimeError("of the database password hunter2")

    async def stream(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        for _ in range(3):
            await answer.write(b"x")
            await asyncio.sleep(2)
        return answer

    return [
        web.get(r"/api/things/{id:\d+}", thing),
        web.post("/speak", speak),
        web.get("/fail", fail),
        web.get("/stream", stream),
    ]


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path, rooms=(*ROOMS, pages)) as found:
        found.add("root", "admin")
        yield found


@pytest.fixture
async def client(served: Served) -> AsyncIterator[Client]:
    async with served.client() as found:
        yield found


async def every(client: Client, **about: object) -> dict[tuple[str, str], int]:
    """The status of each page and form."""
    found = {}
    for path in (*OWN_PAGES, *ADMIN_PAGES):
        found["GET", path] = (await client.asked("GET", path, **about))[0]
    for path in (*OWN_FORMS, *ADMIN_FORMS, "/speak"):
        found["POST", path] = (await client.asked("POST", path, data={"csrf": ""}, **about))[0]
    return found


# -- who asks --------------------------------------------------------------------------------


async def test_unauthenticated(client: Client) -> None:
    told = await every(client)
    assert {path: code for path, code in told.items() if code not in (303, 401)} == {}
    assert {code for (method, _), code in told.items() if method == "POST"} == {401}
    assert (await client.asked("GET", "/api/things/1"))[0] == 401
    assert (await client.asked("GET", "/", headers={"Accept": "application/json"}))[0] == 401
    status, page = await client.asked("GET", "/sign-in")
    assert status == 200
    assert not re.search(r"UBND|127\.51|L1", page)


@pytest.mark.parametrize(
    "cookie", ["", "x", "x" * 4000, "'; DROP TABLE session; --", "\u1ec7", "a" * 43]
)
async def test_invented_sessions(client: Client, cookie: str) -> None:
    told = await every(client, headers={"Cookie": f"canh={cookie}; __Host-canh={cookie}"})
    assert set(told.values()) == {303, 401}


async def test_expired_session(served: Served, client: Client) -> None:
    await client.signed("root")
    assert (await client.asked("GET", "/admin/accounts"))[0] == 200
    served.clock.now += IDLE_MS
    told = await every(client)
    assert set(told.values()) == {303, 401}


@pytest.mark.parametrize("how", ["expired", "revoked", "disabled", "invented", "basic"])
async def test_tokens_that_open_nothing(served: Served, client: Client, how: str) -> None:
    served.add("An", "operator")
    secret, number = served.token("an", days=1)
    header = f"Bearer {secret}"
    assert (await client.asked("GET", "/api/things/1", headers={"Authorization": header}))[0] == 200
    if how == "expired":
        served.clock.now += 86_400_000
    elif how == "revoked":
        served.gate.tokens.revoke(number, by=ROOT)
    elif how == "disabled":
        one = served.gate.accounts.named("an")
        assert one is not None
        served.gate.accounts.disable(one.id, by=ROOT)
    header = {"invented": "Bearer canh_" + "a" * 43, "basic": "Basic cm9vdDpyb290"}.get(how, header)
    told = await every(client, headers={"Authorization": header})
    assert set(told.values()) == {303, 401}
    assert (await client.asked("GET", "/api/things/1", headers={"Authorization": header}))[0] == 401


async def test_a_wrong_token_is_not_made_good_by_a_cookie(client: Client) -> None:
    await client.signed("root")
    bad = {"Authorization": "Bearer canh_x"}
    assert (await client.asked("GET", "/api/things/1", headers=bad))[0] == 401
    form = {"csrf": client.csrf, "text": "x"}
    assert (await client.asked("POST", "/speak", data=form, headers=bad))[0] == 401


# -- what they may ---------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["viewer", "operator"])
async def test_wrong_role(served: Served, client: Client, role: str) -> None:
    served.add("An", role)
    await client.signed("an")
    for path in ADMIN_PAGES:
        assert (await client.asked("GET", path))[0] == 403, path
    for path in ADMIN_FORMS:
        assert (await client.send(path, password=PASSWORD, role="admin", name="x"))[0] == 403, path
    may = (await client.send("/speak", text="x"))[0]
    assert may == (200 if role == "operator" else 403)
    assert len(served.gate.accounts.all()) == 2


async def test_a_token_of_a_lesser_role_may_less(served: Served, client: Client) -> None:
    secret, _ = served.token("root", role="viewer")
    bearer = {"Authorization": f"Bearer {secret}"}
    assert (await client.asked("GET", "/", headers=bearer))[0] == 200
    assert (await client.asked("POST", "/speak", headers=bearer, data={"text": "x"}))[0] == 403
    assert (await client.asked("GET", "/admin/audit", headers=bearer))[0] == 403


async def test_a_token_of_an_admin_administers_no_accounts(served: Served, client: Client) -> None:
    secret, _ = served.token("root", role="admin")
    bearer = {"Authorization": f"Bearer {secret}"}
    for path in (*ADMIN_PAGES, "/account"):
        assert (await client.asked("GET", path, headers=bearer))[0] == 403, path
    for path in (*ADMIN_FORMS, *(path for path in OWN_FORMS if path != "/sign-out")):
        assert (await client.asked("POST", path, headers=bearer))[0] == 403, path


async def test_a_token_follows_its_account_down(served: Served, client: Client) -> None:
    number = served.add("An", "operator")
    secret, _ = served.token("an", role="operator")
    bearer = {"Authorization": f"Bearer {secret}"}
    assert (await client.asked("POST", "/speak", headers=bearer, data={"text": "x"}))[0] == 200
    served.gate.accounts.change(number, by=ROOT, role="viewer", units=["522"])
    assert (await client.asked("POST", "/speak", headers=bearer, data={"text": "x"}))[0] == 403
    keys = {row.key: row.thing_id for row in served.site.desk.known.rows.values()}
    for key, status in (("d-r", 200), ("e-r", 404)):
        asked = client.asked("GET", f"/api/things/{keys[key]}", headers=bearer)
        assert (await asked)[0] == status


async def test_wrong_unit(served: Served, client: Client) -> None:
    served.add("An", "operator", units=["522"])
    await client.signed("an")
    seen: set[str] = set()
    hidden: set[str] = set()
    for row in served.site.desk.known.rows.values():
        status, text = await client.asked("GET", f"/api/things/{row.thing_id}")
        (seen if status == 200 else hidden).add(f"{row.kind}:{row.key}")
        assert status in (200, 404)
        assert status == 200 or f'"{row.key}"' not in text
    nowhere = await client.asked("GET", "/api/things/999999")
    other = next(row for row in served.site.desk.known.rows.values() if row.key == "e-r")
    assert nowhere == await client.asked("GET", f"/api/things/{other.thing_id}")
    assert {"unit:51", "unit:523", "site:p", "site:e", "device:e-r", "service:sp"} <= hidden
    assert {"unit:522", "site:d", "device:c-r", "service:sc", "link:L2"} <= seen
    assert {"link:L3", "provider:vnpt"} <= hidden


async def test_an_admin_of_a_district_gives_nobody_the_province(
    served: Served, client: Client
) -> None:
    served.add("An", "admin", units=["522"])
    await client.signed("an")
    for path in ADMIN_PAGES:
        assert (await client.asked("GET", path))[0] == 403
    given = {"name": "x", "password": PASSWORD, "role": "admin", "units": ""}
    assert (await client.send("/admin/accounts", **given))[0] == 403


async def test_what_belongs_to_another_account(served: Served, client: Client) -> None:
    served.add("An")
    _, number = served.token("root")
    async with served.client() as root:
        await root.signed("root")
        [held] = served.gate.sessions.all()
        await client.signed("an")
        assert (await client.send(f"/account/tokens/{number}/revoke"))[0] == 404
        assert (await client.send(f"/account/sessions/{held.id}/end"))[0] == 404
        assert (await root.asked("GET", "/account"))[0] == 200
    assert served.gate.tokens.all()[0].revoked_ms is None


async def test_more_than_the_form_offers(served: Served, client: Client) -> None:
    served.add("An", "viewer")
    await client.signed("an")
    assert (await client.send("/account/tokens", label="x", days="1", role="admin"))[0] == 400
    assert (await client.send("/account/tokens", label="x", days="99999", role="viewer"))[0] == 400
    assert (await client.send("/account/language", language="en", role="admin", units=""))[0] == 303
    one = served.gate.accounts.named("an")
    assert one is not None
    assert one.role == "viewer"
    assert served.gate.tokens.all() == ()


# -- other people's pages --------------------------------------------------------------------


@pytest.mark.parametrize("path", [*OWN_FORMS, *ADMIN_FORMS, "/speak"])
async def test_csrf(served: Served, client: Client, path: str) -> None:
    await client.signed("root")
    async with served.client() as other:
        await other.signed("root")
        for wrong in (None, "", "x", other.csrf, client.csrf[:-1], client.csrf + "x"):
            form = {} if wrong is None else {"csrf": wrong}
            assert (await client.asked("POST", path, data=form))[0] in REFUSED, wrong
        assert (await client.asked("POST", path, json={"csrf": client.csrf}))[0] in REFUSED
    for origin in ("https://elsewhere.example", "null", "http://127.0.0.1:1", ""):
        headers = {"Origin": origin}
        form = {"csrf": client.csrf}
        sent = client.asked("POST", path, data=form, headers=headers)
        assert (await sent)[0] in REFUSED, origin
    assert served.gate.sessions.of_token(client.token or "") is not None
    assert len(served.gate.accounts.all()) == 1


async def test_signing_somebody_in_as_somebody_else(served: Served, client: Client) -> None:
    form = {"name": "root", "password": PASSWORD}
    for origin in ("https://elsewhere.example", "null"):
        headers = {"Origin": origin}
        assert (await client.asked("POST", "/sign-in", data=form, headers=headers))[0] == 403
    assert client.token is None
    own = {"Origin": served.url}
    assert (await client.asked("POST", "/sign-in", data=form, headers=own))[0] == 303


async def test_nothing_changes_by_looking(client: Client) -> None:
    await client.signed("root")
    for path in (*OWN_FORMS, *ADMIN_FORMS, "/speak"):
        status = (await client.asked("GET", path))[0]
        assert status in (404, 405) or path in ADMIN_PAGES, path
    assert (await client.asked("GET", "/account"))[0] == 200


async def test_session_fixation(served: Served, client: Client) -> None:
    planted = "p" * 43
    client.cookies.update_cookies({"canh": planted})
    await client.signed("root")
    assert client.token not in (None, planted)
    async with served.client() as thief:
        assert (await thief.asked("GET", "/", headers={"Cookie": f"canh={planted}"}))[0] == 303
    before = client.token
    await client.signed("root")
    assert client.token != before
    async with served.client() as thief:
        assert (await thief.asked("GET", "/", headers={"Cookie": f"canh={before}"}))[0] == 303
    assert len(served.gate.sessions.all()) == 1


async def test_framing_and_foreign_scripts(client: Client) -> None:
    await client.signed("root")
    for path in ("/", "/sign-in", "/account", "/no/such", "/admin/audit", "/api/things/9999"):
        async with client.get(path) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Server"] == "Canh"


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


# -- the wire --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    ["elsewhere.example", "127.0.0.1.elsewhere.example", "localhost@evil", "[::1", "", "a b"],
)
async def test_host_header(served: Served, host: str) -> None:
    head = f"GET /sign-in HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    answer = await raw(served.port, head)
    status = answer.split(b"\r\n")[0]
    assert b" 421 " in status or b" 400 " in status, status
    if host:
        assert host.encode() not in answer


async def test_a_host_never_leads_a_redirect(served: Served) -> None:
    head = b"GET / HTTP/1.1\r\nHost: 127.0.0.9\r\nX-Forwarded-Host: evil.example\r\n\r\n"
    answer = await raw(served.port, head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    assert b"Location: /sign-in?to=/\r\n" in answer
    assert b"evil" not in answer


SMUGGLED = b"GET /static/x/none HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n",
        b"Content-Length: 0\r\nContent-Length: 60\r\n",
        b"Content-Length: +0\r\n",
        b"Content-Length: 0x0\r\n",
        b"Content-Length: -1\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"X: a\nContent-Length: 0\r\n",
        b" folded: x\r\n",
        b"X\x00: y\r\n",
    ],
)
async def test_request_smuggling(served: Served, head: bytes) -> None:
    start = b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    answer = await raw(served.port, start + head + b"\r\n0\r\n\r\n" + SMUGGLED)
    assert answer.count(b"HTTP/1.1 ") <= 1, answer
    assert b" 404 " not in answer
    if answer:
        assert b" 400 " in answer.split(b"\r\n")[0], answer


@pytest.mark.parametrize("path", ["/x%0d%0aSet-Cookie:%20canh=x", "/sign-in?to=/%0d%0aX:%20y"])
async def test_response_splitting(served: Served, client: Client, path: str) -> None:
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    answer = (await raw(served.port, head.encode())).partition(b"\r\n\r\n")[0]
    assert b"\r\nSet-Cookie" not in answer
    assert b"\r\nX: y" not in answer


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded"])
async def test_forged_addresses(served: Served, client: Client, header: str) -> None:
    for n in range(FREE_NAME):
        told = {header: f"203.0.113.{n}"}
        form = {"name": "root", "password": "wrong"}
        await client.asked("POST", "/sign-in", data=form, headers=told)
    form = {"name": "root", "password": "wrong"}
    told = {header: "203.0.113.77"}
    assert (await client.asked("POST", "/sign-in", data=form, headers=told))[0] == 429


def test_only_our_proxies_are_believed_and_only_the_last_word() -> None:
    callers = Callers(("127.0.0.1", "10.0.0.0/8"))

    class Asked:
        def __init__(self, remote: str, *told: str) -> None:
            from multidict import CIMultiDict

            self.remote = remote
            self.headers = CIMultiDict([("X-Forwarded-For", one) for one in told])

    def address(*told: str) -> str:
        return callers.address(Asked(*told))  # type: ignore[arg-type]

    assert address("192.0.2.1", "203.0.113.9") == "192.0.2.1"
    assert address("127.0.0.1", "203.0.113.9") == "203.0.113.9"
    assert address("127.0.0.1", "6.6.6.6, 203.0.113.9, 10.1.1.1") == "203.0.113.9"
    assert address("127.0.0.1", "6.6.6.6", "203.0.113.9") == "203.0.113.9"
    assert address("127.0.0.1", "6.6.6.6, nonsense") == "127.0.0.1"
    assert address("127.0.0.1", "[2001:db8::1]:4711") == "2001:db8::1"
    assert address("127.0.0.1", "203.0.113.9:4711") == "203.0.113.9"
    assert address("127.0.0.1") == "127.0.0.1"


async def test_secrets_in_logs_and_error_pages(
    served: Served, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret, _ = served.token("root")
    await client.signed("root")
    bearer = {"Authorization": f"Bearer {secret}"}
    told = [
        await client.asked("GET", "/fail"),
        await client.asked("GET", "/fail", headers=bearer),
        await client.asked("GET", "/api/fail", headers=bearer),
        await client.asked("GET", f"/no/such?token={secret}", headers=bearer),
        await client.send("/sign-in", name="root", password="my wrong password"),
    ]
    assert [status for status, _ in told] == [500, 500, 404, 404, 401]
    secrets = (secret, client.token or "", PASSWORD, "my wrong password")
    for text in (*(page for _, page in told), caplog.text):
        assert not [one for one in secrets if one in text]
        assert "Traceback" not in text or text is caplog.text
    assert not [page for _, page in told if "hunter2" in page or "RuntimeError" in page]


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
    here = set(re.findall(r"^(?:async )?def (test_\w+)", Path(__file__).read_text("utf-8"), re.M))
    assert here - named == {"test_each_row_of_the_table_names_its_test"}
