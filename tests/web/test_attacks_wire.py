"""Tried as an attacker: hosts, heads and addresses on the wire, and secrets that might come back.

Each is a row of docs/web-security.md.
"""

from __future__ import annotations

import logging

import pytest

from reports.web.callers import Callers
from store.sessions import FREE_NAME
from tests.web.serving import PASSWORD, Client, Served, raw


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
    lines = [line for line in answer.split(b"\r\n") if line.startswith(b"Set-Cookie")]
    assert all(line.startswith(b"Set-Cookie: owner=nobody;") for line in lines)
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
