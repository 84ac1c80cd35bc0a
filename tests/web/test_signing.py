"""Signing in and out in the way that browsers do it."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from inventory.model import Web
from reports.web.pages.account import browser
from reports.web.pages.signing import own_path
from store.audits import AuditFilter, audit_page
from store.sessions import FREE_NAME, IDLE_MS
from tests.web.serving import PASSWORD, Served, serving


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path) as found:
        yield found


async def test_without_accounts_this_machine_looks_and_nobody_speaks(served: Served) -> None:
    async with served.client() as here:
        assert (await here.asked("GET", "/"))[0] == 200
        assert (await here.send("/sign-in", name="an", password=PASSWORD))[0] == 403
        assert (await here.asked("GET", "/admin/accounts"))[0] == 403
        for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):
            asked = await here.asked("GET", "/", headers={header: "203.0.113.9"})
            assert asked[0] == 403, header


async def test_the_first_account_closes_the_gate_at_once(served: Served) -> None:
    async with served.client() as here:
        assert (await here.asked("GET", "/"))[0] == 200
        served.add("An", "admin")
        async with here.get("/") as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/sign-in?to=/")
        await here.signed("an")
        assert (await here.asked("GET", "/"))[0] == 200


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_pages(served: Served) -> None:
    served.add("An")
    async with served.client() as here:
        form = {"name": "an", "password": PASSWORD}
        async with here.post("/sign-in", data=form) as answer:
            cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("canh=")
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


@pytest.mark.parametrize("believed", [True, False])
async def test_behind_tls_the_cookie_is_of_this_host_alone(tmp_path: Path, believed: bool) -> None:
    settings = Web(origin="https://canh.example.vn", proxies=("127.0.0.1",) if believed else ())
    async with serving(tmp_path, settings=settings) as served, served.client() as here:
        served.add("An")
        form = {"name": "an", "password": PASSWORD}
        told = {"X-Forwarded-Proto": "https", "Host": "canh.example.vn"}
        async with here.post("/sign-in", data=form, headers=told) as answer:
            cookie, secure = answer.headers["Set-Cookie"], answer.headers
        assert cookie.startswith("__Host-canh=") is believed
        assert ("Secure" in cookie.split("; ")) is believed
        assert ("Strict-Transport-Security" in secure) is believed


async def test_signing_out_ends_the_session_on_the_server(served: Served) -> None:
    served.add("An")
    async with served.client() as here, served.client() as thief:
        await here.signed("an")
        token = here.token
        assert token is not None
        stolen = {"Cookie": f"canh={token}"}
        assert (await thief.asked("GET", "/", headers=stolen))[0] == 200
        assert (await here.send("/sign-out"))[0] == 303
        assert here.token is None
        assert (await thief.asked("GET", "/", headers=stolen))[0] == 303


async def test_a_new_password_ends_all_other_sessions(served: Served) -> None:
    served.add("An")
    async with served.client() as here, served.client() as other:
        await here.signed("an")
        await other.signed("an")
        new = "một mật khẩu hoàn toàn khác"
        wrong = await here.send("/account/password", old="wrong", new=new, again=new)
        assert wrong[0] == 400
        unlike = await here.send("/account/password", old=PASSWORD, new=new, again=new + "x")
        assert unlike[0] == 400
        short = await here.send("/account/password", old=PASSWORD, new="ngắn", again="ngắn")
        assert short[0] == 400
        assert (await other.asked("GET", "/account"))[0] == 200
        done = await here.send("/account/password", old=PASSWORD, new=new, again=new)
        assert done[0] == 303
        assert (await here.asked("GET", "/account"))[0] == 200
        assert (await other.asked("GET", "/account"))[0] == 303
        assert len(served.gate.sessions.all()) == 1
        await other.signed("an", new)


async def test_a_session_is_ended_from_another(served: Served) -> None:
    served.add("An")
    async with served.client() as here, served.client() as other:
        await here.signed("an")
        await other.signed("an")
        newest, oldest = served.gate.sessions.all()
        assert (await other.send(f"/account/sessions/{oldest.id}/end"))[0] == 303
        assert (await here.asked("GET", "/account"))[0] == 303
        assert (await other.asked("GET", "/account"))[0] == 200
        assert [one.id for one in served.gate.sessions.all()] == [newest.id]


async def test_a_session_that_was_left_is_over(served: Served) -> None:
    served.add("An")
    async with served.client() as here:
        await here.signed("an")
        served.clock.now += IDLE_MS
        assert (await here.asked("GET", "/account"))[0] == 303


async def test_the_page_speaks_as_the_account_wishes(served: Served) -> None:
    served.add("An")
    async with served.client() as here:
        await here.signed("an")
        assert "Tài khoản của tôi" in (await here.asked("GET", "/account"))[1]
        assert (await here.send("/account/language", language="en"))[0] == 303
        assert "My account" in (await here.asked("GET", "/account"))[1]
        assert (await here.send("/account/language", language="fr"))[0] == 400


async def test_a_token_is_made_shown_once_and_revoked(served: Served) -> None:
    served.add("An", "operator")
    async with served.client() as here, served.client() as program:
        await here.signed("an")
        form = {"label": "Prometheus", "days": "30", "role": "viewer"}
        page = (await here.send("/account/tokens", **form))[1]
        secret = page.partition('class="secret">')[2].partition("<")[0]
        assert secret.startswith("canh_")
        assert secret not in (await here.asked("GET", "/account"))[1]
        bearer = {"Authorization": f"Bearer {secret}"}
        assert (await program.asked("GET", "/", headers=bearer))[0] == 200
        [token] = served.gate.tokens.all()
        assert (await here.send(f"/account/tokens/{token.id}/revoke"))[0] == 303
        assert (await program.asked("GET", "/", headers=bearer))[0] == 303
        for days in ("", "0", "x", "٣", "9" * 40):
            assert (await here.send("/account/tokens", label="x", days=days))[0] == 400


async def test_many_failed_tries_are_told_how_long_to_wait(served: Served) -> None:
    served.add("An")
    async with served.client() as here:
        for _ in range(FREE_NAME):
            assert (await here.send("/sign-in", name="an", password="wrong"))[0] == 401
        form = {"name": "an", "password": PASSWORD}
        async with here.post("/sign-in", data=form) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
            assert "hãy đợi 1 giây" in await answer.text()


async def test_admins_add_limit_and_disable_accounts(served: Served) -> None:
    served.add("An", "admin")
    async with served.client() as admin, served.client() as other:
        await admin.signed("an")
        given = {"name": "Bình", "password": PASSWORD, "role": "operator", "units": "522, 523"}
        assert (await admin.send("/admin/accounts", **given))[0] == 303
        one = served.gate.accounts.named("bình")
        assert one is not None
        assert (one.role, one.units) == ("operator", ("522", "523"))
        await other.signed("bình")
        page = f"/admin/accounts/{one.id}"
        assert (await admin.send(page, role="viewer", units="", language="en"))[0] == 303
        one = served.gate.accounts.named("bình")
        assert one is not None
        assert (one.role, one.units, one.language) == ("viewer", None, "en")
        assert "My account" in (await other.asked("GET", "/account"))[1]
        assert (await admin.send(f"{page}/disable"))[0] == 303
        assert (await other.asked("GET", "/account"))[0] == 303
        assert (await admin.send(f"{page}/enable"))[0] == 303
        assert (await admin.send(f"{page}/password", password="một câu khác hẳn"))[0] == 303
        await other.signed("bình", "một câu khác hẳn")
        [held] = [one for one in served.gate.sessions.all() if one.account.name == "Bình"]
        assert (await admin.send(f"/admin/sessions/{held.id}/end"))[0] == 303
        assert (await other.asked("GET", "/account"))[0] == 303
        for path in ("/admin/accounts/99", "/admin/tokens/99/revoke", "/admin/sessions/99/end"):
            method = "GET" if path.endswith("99") else "POST"
            asked = admin.asked(method, path, data={"csrf": admin.csrf})
            assert (await asked)[0] == 404
        refused = await admin.send("/admin/accounts", **given)
        assert (refused[0], "đã có tài khoản tên Bình" in refused[1]) == (400, True)
        first = served.gate.accounts.named("an")
        assert first is not None
        refused = await admin.send(f"/admin/accounts/{first.id}/disable")
        assert (refused[0], "quản trị viên duy nhất" in refused[1]) == (400, True)


async def test_the_audit_log_is_shown_filtered_and_exported(served: Served) -> None:
    served.add("An", "admin")
    async with served.client() as here:
        await here.signed("an")
        served.add("=HYPERLINK(1)", "viewer")
        page = (await here.asked("GET", "/admin/audit?actor=root&action=account_add"))[1]
        assert "thêm tài khoản" in page
        assert "đăng nhập</td>" not in page
        assert (await here.asked("GET", "/admin/audit?from=x&to=9999-12-31&before=y"))[0] == 200
        async with here.get("/admin/audit.csv") as answer:
            assert answer.headers["Content-Disposition"] == 'attachment; filename="audit.csv"'
            rows = (await answer.read()).decode("utf-8-sig").split("\r\n")
    assert rows[0] == "id,at,actor,action,thing,outage,address,detail"
    assert len(rows) == len(audit_page(served.gate.accounts, AuditFilter())) + 2
    assert any("127.0.0.1" in row and "sign_in" in row for row in rows)


@pytest.mark.parametrize(
    ("agent", "told"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537.36 Edg/140", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", "Safari, iPhone"),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox, Linux",
        ),
        ("curl/8.14.1", "curl/8.14.1"),
        ("x" * 100, "x" * 40),
        ("", ""),
    ],
)
def test_a_browser_is_told_in_two_words(agent: str, told: str) -> None:
    assert browser(agent) == told


@pytest.mark.parametrize(
    ("to", "goes"),
    [
        ("/account", "/account"),
        ("/site/d?x=1#y", "/site/d?x=1#y"),
        ("", "/"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("///elsewhere.example/", "/"),
        ("/\\elsewhere.example/", "/"),
        ("/x\\..\\y", "/"),
        ("/\telsewhere", "/"),
        ("javascript:alert(1)", "/"),
        ("elsewhere", "/"),
        ("/sign-out", "/"),
        ("http://[bad", "/"),
    ],
)
async def test_signing_in_leads_nowhere_else(served: Served, to: str, goes: str) -> None:
    assert own_path(to) == goes
    served.add("An")
    async with served.client() as here:
        form = {"name": "an", "password": PASSWORD, "to": to}
        async with here.post("/sign-in", data=form) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, goes)
        async with here.get("/sign-in", params={"to": to}) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, goes)


OTHER = re.compile(r'<a href="([^"]*)" hreflang="en"')


@pytest.mark.parametrize(
    ("path", "form", "page"),
    [
        ("/account/password", {"old": "x", "new": "y", "again": "z"}, "/account"),
        ("/account/tokens", {"label": "x", "days": "0"}, "/account"),
        ("/account/tokens/7/revoke", {}, "/account"),
        ("/admin/accounts", {"name": ""}, "/admin/accounts"),
        ("/admin/accounts/1", {"role": "none"}, "/admin/accounts/1"),
        ("/admin/accounts/1/password", {"password": "x"}, "/admin/accounts/1"),
        ("/maintenance", {"scope": "none"}, "/maintenance"),
        ("/maintenance/7/end", {}, "/maintenance"),
        ("/outages/7/note", {"note": "x"}, "/outages/7"),
    ],
)
async def test_what_answers_a_form_leads_to_its_page_in_the_other_language(
    served: Served, path: str, form: dict[str, str], page: str
) -> None:
    served.add("An", "admin")
    async with served.client() as here:
        await here.signed("an")
        status, told = await here.send(path, **form)
        assert status >= 400
        [other] = OTHER.findall(told)
        assert other == f"{page}?lang=en"
        assert (await here.asked("GET", other))[0] != 405


async def test_a_wrong_password_does_not_forget_where_somebody_wanted_to_go(
    served: Served,
) -> None:
    served.add("An")
    async with served.client() as here:
        status, told = await here.send("/sign-in", name="an", password="x", to="/sites?q=a&sort=b")
        assert status == 401
        [other] = OTHER.findall(told)
        status, told = await here.asked("GET", html.unescape(other))
    assert (status, 'lang="en"' in told) == (200, True)
    assert 'name="to" value="/sites?q=a&amp;sort=b"' in told
