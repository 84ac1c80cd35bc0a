"""Signing in through another system: a real exchange with an issuer that signs with its own key.

The issuer is a small one of the tests' own; no product of somebody else stands behind it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from yarl import URL

from inventory.addresses import issuer as issuer_key
from inventory.kinds import Fault
from inventory.model import Oidc
from reports.web.oidc import Provider
from reports.web.pages import ROOMS
from reports.web.pages.elsewhere import elsewhere_room
from store.audits import AuditFilter, audit_page
from tests.web.issuer import CLIENT, SECRET, Issuer, issuing
from tests.web.serving import PASSWORD, ROOT, Client, Served, serving


@dataclass
class Both:
    served: Served
    issuer: Issuer
    provider: Provider


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[Both]:
    async with issuing() as issuer:
        settings = Oidc(
            issuer=issuer.url,
            client_id=CLIENT,
            client_secret=SECRET,
            name="Cổng của tỉnh",
            viewer=("canh-xem",),
            operator=("canh-truc",),
            admin=("canh-quan-tri",),
        )
        provider = Provider(settings)
        async with serving(tmp_path, rooms=(*ROOMS, elsewhere_room(provider))) as served:
            served.add("root", "admin")
            yield Both(served, issuer, provider)


@pytest.fixture
async def client(both: Both) -> AsyncIterator[Client]:
    async with both.served.client() as found:
        yield found


async def there(client: Client, to: str = "/account") -> URL:
    """Where the issuer sends the browser back to."""
    async with client.get("/sign-in/elsewhere", params={"to": to}) as answer:
        assert answer.status == 303, await answer.text()
        away = answer.headers["Location"]
    async with client.elsewhere(away) as answer:
        assert answer.status == 303
        return URL(answer.headers["Location"])


async def signed(client: Client) -> int:
    back = await there(client)
    return (await client.asked("GET", back.path_qs))[0]


async def test_whom_the_issuer_vouches_for_is_in(both: Both, client: Client) -> None:
    assert "Đăng nhập qua Cổng của tỉnh" in (await client.asked("GET", "/sign-in"))[1]
    async with client.get((await there(client)).path_qs) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/account")
    page = (await client.asked("GET", "/account"))[1]
    assert "Hoàng Yến" in page
    assert 'name="old"' not in page
    one = both.served.gate.accounts.named("hoàng yến")
    assert one is not None
    assert (one.role, one.units, one.local, one.elsewhere) == ("viewer", None, False, True)
    rows = audit_page(both.served.gate.accounts, AuditFilter())
    assert [row.action for row in rows][:2] == ["sign_in", "account_add"]


async def test_the_role_follows_the_issuer_and_no_role_lets_nobody_in(
    both: Both, client: Client
) -> None:
    for groups, role in (
        (["canh-xem"], "viewer"),
        (["canh-xem", "canh-quan-tri"], "admin"),
        ("canh-truc", "operator"),
    ):
        both.issuer.claims["groups"] = groups
        assert await signed(client) == 303
        one = both.served.gate.accounts.named("hoàng yến")
        assert one is not None
        assert one.role == role
    for nothing in ([], ["khác"], None, 7, {"canh-xem": 1}):
        both.issuer.claims["groups"] = nothing
        assert await signed(client) == 403


async def test_a_disabled_account_stays_out(both: Both, client: Client) -> None:
    assert await signed(client) == 303
    one = both.served.gate.accounts.named("hoàng yến")
    assert one is not None
    both.served.gate.accounts.disable(one.id, by=ROOT)
    assert await signed(client) == 403


async def test_nobody_takes_an_account_by_its_name(both: Both, client: Client) -> None:
    both.issuer.claims["preferred_username"] = "ROOT"
    both.issuer.claims["groups"] = ["canh-quan-tri"]
    assert await signed(client) == 403
    assert (await client.asked("GET", "/account"))[0] == 303


async def test_an_account_of_elsewhere_has_no_password(both: Both, client: Client) -> None:
    assert await signed(client) == 303
    async with both.served.client() as other:
        for password in ("", PASSWORD):
            assert (await other.send("/sign-in", name="hoàng yến", password=password))[0] == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another"},
        {"aud": [CLIENT, "another"]},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"azp": "another"},
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"iat": 4_000_000_000},
        {"sub": None},
        {"nonce": "another"},
        {"nonce": None},
    ],
)
async def test_claims_that_are_not_for_us_let_nobody_in(
    both: Both, client: Client, changed: dict[str, Any]
) -> None:
    both.issuer.changed = changed
    assert await signed(client) == 403
    assert (await client.asked("GET", "/account"))[0] == 303
    assert len(both.served.gate.accounts.all()) == 1


@pytest.mark.parametrize("how", ["other key", "unknown key", "none", "secret as key"])
async def test_a_token_that_the_issuer_did_not_sign_lets_nobody_in(
    both: Both, client: Client, how: str
) -> None:
    issuer = both.issuer
    if how == "other key":
        issuer.signing = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    elif how == "unknown key":
        issuer.kid = "k2"
    elif how == "none":
        issuer.signing, issuer.algorithm = None, "none"
    else:
        issuer.signing, issuer.algorithm = SECRET * 2, "HS256"
    assert await signed(client) == 403
    assert (await client.asked("GET", "/account"))[0] == 303


async def test_what_another_browser_began_or_came_back_twice_lets_nobody_in(
    both: Both, client: Client
) -> None:
    back = await there(client)
    async with both.served.client() as victim:
        assert (await victim.asked("GET", back.path_qs))[0] == 403
        assert (await victim.asked("GET", "/account"))[0] == 303
    assert (await client.asked("GET", back.path_qs))[0] == 403  # it is spent
    back = await there(client)
    for wrong in ({"state": "x"}, {"code": "x"}, {"iss": "https://elsewhere.example"}):
        assert (await client.asked("GET", str(back.update_query(wrong).relative())))[0] == 403
        back = await there(client)
    assert (await client.asked("GET", back.path_qs))[0] == 303
    assert (await client.asked("GET", back.path_qs))[0] == 403
    assert (await client.asked("GET", "/sign-in/back"))[0] == 403


async def test_only_the_issuer_is_asked(both: Both, client: Client) -> None:
    async with issuing() as stranger:
        both.issuer.moved_to = f"{stranger.url}/token"
        assert await signed(client) == 403
        both.issuer.moved_to = ""
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            both.issuer.described = {name: f"{stranger.url}/{name}"}
            both.provider._about = None
            assert (await client.asked("GET", "/sign-in/elsewhere"))[0] == 403, name
        both.issuer.described = {"issuer": stranger.url}
        assert (await client.asked("GET", "/sign-in/elsewhere"))[0] == 403
        assert stranger.asked == []


async def test_an_issuer_that_is_away_leaves_the_other_way_open(both: Both, client: Client) -> None:
    both.issuer.described = {"jwks_uri": 7}
    assert (await client.asked("GET", "/sign-in/elsewhere"))[0] == 403
    await client.signed("root")


async def test_the_way_leads_on_within_our_own_pages(both: Both, client: Client) -> None:
    back = await there(client, to="//elsewhere.example/")
    async with client.get(back.path_qs) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/")


@pytest.mark.parametrize(
    "raw",
    [
        "http://id.example.vn",
        "https://",
        "https://a@b/",
        "https://x/?q",
        "ftp://x",
        "https://[x",
        7,
    ],
)
def test_an_issuer_without_tls_is_refused(raw: object) -> None:
    assert isinstance(issuer_key(raw), Fault)
    assert issuer_key("https://id.example.vn/realm") == "https://id.example.vn/realm"
