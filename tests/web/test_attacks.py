"""Tried as an attacker: who asks, and what they may. Each test is a row of docs/web-security.md."""

from __future__ import annotations

import re

import pytest

from store.sessions import IDLE_MS
from tests.web.attacking import ADMIN_FORMS, ADMIN_PAGES, OWN_FORMS, REFUSED, every
from tests.web.serving import PASSWORD, ROOT, Client, Served

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
