"""`canh account`: the first account, its password, its tokens, as somebody at the machine says."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from store.accounts import Accounts
from store.audits import AuditFilter, audit_page
from store.urls import sqlite_url
from tests.cli.running import answer, canh, folder, start
from tests.store.keeping import bring, network

PASSWORD = "Mưa rào tháng Bảy"


@pytest.fixture
def where(tmp_path: Path) -> Path:
    return folder(tmp_path)


def given(where: Path, text: str, *words: str) -> tuple[int, str, str]:
    """The command with that on its standard input."""
    process = start(where, "account", *words, stdin=subprocess.PIPE)
    out, err = process.communicate(text, timeout=60)
    return process.returncode, out, err


def test_the_first_account_may_come_before_the_first_watch(where: Path) -> None:
    said = ("add", "An", "--role", "admin", "--lang", "vi", "--by", "root", "--password-stdin")
    code, out, err = given(where, f"{PASSWORD}\n", *said)
    assert (code, out) == (0, "")
    assert err == "canh account: from now on the pages ask everybody to sign in\n"
    [one] = answer(where, "account", "list")["accounts"]
    assert (one["name"], one["role"], one["units"], one["language"]) == ("An", "admin", None, "vi")
    assert (one["disabled"], one["tokens"]) == (None, [])
    code, _, err = canh(where, "run", "--quiet", "--for", "1")
    assert code == 0, err
    assert PASSWORD not in repr((where / "canh-data/record.db").read_bytes())
    assert answer(where, "account", "sessions") == {"sessions": []}


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "a password needs at least 12 characters"),
        ("short", "a password needs at least 12 characters"),
        ("Nguyễn Văn An", "a password may not be the name of the account"),
    ],
)
def test_a_poor_password_is_refused_with_the_reason(
    where: Path, password: str, reason: str
) -> None:
    said = ("add", "Nguyễn Văn An", "--role", "viewer", "--password-stdin")
    assert given(where, f"{password}\n", *said) == (1, "", f"canh account: {reason}\n")
    assert answer(where, "account", "list") == {"accounts": []}


def test_without_a_terminal_no_password_is_asked_for(where: Path) -> None:
    code, _, err = given(where, PASSWORD, "add", "An", "--role", "viewer")
    assert (code, "use --password-stdin" in err) == (2, True)


def test_a_password_is_asked_for_twice_and_not_shown(where: Path) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(where)
        os.environ["PYTHONPATH"] = str(Path(__file__).parents[2])
        words = ["-P", "-m", "cli.main", "account", "add", "An", "--role", "viewer"]
        os.execv(sys.executable, [sys.executable, *words])
    heard = b""
    for asked in (b"Password: ", b"Once more: "):
        heard += _until(terminal, asked)
        os.write(terminal, f"{PASSWORD}\n".encode())
    heard += _until(terminal, b"sign in")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    os.close(terminal)
    assert PASSWORD.encode() not in heard
    assert [one["name"] for one in answer(where, "account", "list")["accounts"]] == ["An"]


def _until(terminal: int, words: bytes) -> bytes:
    heard, end = b"", time.monotonic() + 60
    while words not in heard:
        assert time.monotonic() < end, heard
        if select.select([terminal], [], [], 1)[0]:
            heard += os.read(terminal, 4096)
    return heard


def test_a_token_is_shown_once_and_revoked(where: Path) -> None:
    given(where, f"{PASSWORD}\n", "add", "An", "--role", "operator", "--password-stdin")
    said = ("token", "an", "--label", "Prometheus", "--days", "7", "--role", "viewer")
    code, out, err = canh(where, "account", *said)
    assert (code, out.startswith("canh_"), out.count("\n")) == (0, True, 1)
    assert "token 1 is shown this once" in err
    shown = canh(where, "account", "list")[1]
    assert out.strip() not in shown
    assert "Prometheus" in shown
    assert canh(where, "account", "revoke", "1")[0] == 0
    [token] = answer(where, "account", "list")["accounts"][0]["tokens"]
    assert token["revoked"] is not None
    code, _, err = canh(where, "account", "revoke", "2")
    assert (code, err) == (1, "canh account: there is no token 2\n")
    code, _, err = canh(where, "account", "token", "an", "--label", "x", "--role", "admin")
    assert (code, err) == (1, "canh account: a token may not do more than its account (operator)\n")


def test_what_an_account_may_is_changed(where: Path) -> None:
    assert canh(where, "run", "--quiet", "--for", "1")[0] == 0
    limited = ("--role", "operator", "--unit", "51", "--password-stdin")
    assert given(where, f"{PASSWORD}\n", "add", "An", *limited)[0] == 0
    assert canh(where, "account", "change", "An", "--all-units", "--role", "viewer")[0] == 0
    assert canh(where, "account", "disable", "An")[0] == 0
    [one] = answer(where, "account", "list")["accounts"]
    assert (one["units"], one["role"], one["disabled"] is not None) == (None, "viewer", True)
    assert canh(where, "account", "enable", "An")[0] == 0
    assert given(where, "a better password\n", "passwd", "An", "--password-stdin")[0] == 0
    for words, reason in (
        (("change", "An", "--unit", "9"), "there is no unit 9"),
        (("change", "An", "--unit", "51", "--all-units"), "--all-units and --unit say opposite"),
        (("change", "An"), "say what is to change"),
        (("disable", "Bình"), "there is no account 'Bình'; `canh account list` names them"),
    ):
        code, _, err = canh(where, "account", *words)
        assert (code in (1, 2), reason in err) == (True, True), err


async def test_the_gate_of_a_running_server_closes_with_the_first_account(where: Path) -> None:
    bring(sqlite_url(where / "canh-data/record.db"), network())
    process = start(where, "serve", "--port", "0")
    assert process.stderr is not None
    try:
        url = re.findall(r"http://\S+/", process.stderr.readline())[0]
        jar = aiohttp.CookieJar(unsafe=True)  # it keeps cookies of an address, too
        async with aiohttp.ClientSession(cookie_jar=jar) as browser:
            async with browser.get(url) as answer:
                assert answer.status == 200
            said = ("add", "An", "--role", "admin", "--password-stdin")
            assert given(where, f"{PASSWORD}\n", *said)[0] == 0
            async with browser.get(url, allow_redirects=False) as answer:
                assert answer.headers["Location"] == "/sign-in?to=/"
            form = {"name": "an", "password": PASSWORD, "to": "/account"}
            async with browser.post(f"{url}sign-in", data=form) as answer:
                assert (answer.status, answer.url.path) == (200, "/account")
    finally:
        process.terminate()
        heard = process.communicate(timeout=60)
    assert (process.returncode, heard) == (0, ("", ""))


def test_with_accounts_others_may_reach_the_pages_and_the_risk_is_told(where: Path) -> None:
    bring(sqlite_url(where / "canh-data/record.db"), network())
    code, _, err = canh(where, "serve", "--host", "0.0.0.0", "--port", "0")
    assert (code, "make one with `canh account add`" in err) == (2, True)
    given(where, f"{PASSWORD}\n", "add", "An", "--role", "admin", "--password-stdin")
    process = start(where, "serve", "--host", "127.0.0.2", "--port", "0")
    assert process.stderr is not None
    assert "shows" in process.stderr.readline()
    process.terminate()
    process.communicate(timeout=30)
    process = start(where, "serve", "--host", "0.0.0.0", "--port", "0")
    assert process.stderr is not None
    told = [process.stderr.readline() for _ in range(2)]
    process.terminate()
    process.communicate(timeout=30)
    assert "passwords and pages travel in the clear" in told[0]
    assert "shows" in told[1]


def test_who_speaks_stands_in_the_audit_log(where: Path) -> None:
    said = ("add", "An", "--role", "admin", "--by", "quản trị", "--password-stdin")
    assert given(where, f"{PASSWORD}\n", *said)[0] == 0
    with closing(Accounts(sqlite_url(where / "canh-data/record.db"))) as accounts:
        [row] = audit_page(accounts, AuditFilter())
    assert (row.actor, row.action) == ("quản trị", "account_add")
    assert PASSWORD not in json.dumps(row.detail)
