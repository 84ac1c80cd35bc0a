"""Tried as an attacker: bodies that are broken. Each is a row of docs/web-security.md."""

from __future__ import annotations

import base64
import gzip
import json
import logging
import re
from pathlib import Path

import pytest

from tests.web.attacking import HOME
from tests.web.served import fill, serving
from tests.web.serving import Client, Served

FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data"
BOUND = f"{PARTS}; boundary=x"
HALF = gzip.compress(b"csrf=x&name=root&password=" + b"x" * 400)[:40]


def part(head: str, text: str = "root") -> bytes:
    return f"--x\r\n{head}\r\n\r\n{text}\r\n--x--\r\n".encode()


NAMED = 'Content-Disposition: form-data; name="name"'
BROKEN = {
    "no gzip": ({"Content-Type": FORM, "Content-Encoding": "gzip"}, b"abcde"),
    "no deflate": ({"Content-Type": FORM, "Content-Encoding": "deflate"}, b"abcde"),
    "half a gzip": ({"Content-Type": FORM, "Content-Encoding": "gzip"}, HALF),
    "a charset": ({"Content-Type": f"{FORM}; charset=none"}, b"csrf=x"),
    "no boundary": ({"Content-Type": PARTS}, b"x"),
    "a long boundary": ({"Content-Type": f"{PARTS}; boundary={'x' * 80}"}, b"x"),
    "no letters of a boundary": ({"Content-Type": f'{PARTS}; boundary="\u1ec7"'}, b"x"),
    "an encoding": (
        {"Content-Type": BOUND},
        part(f"{NAMED}\r\nContent-Transfer-Encoding: foo"),
    ),
    "no base64": (
        {"Content-Type": BOUND},
        part(f"{NAMED}\r\nContent-Transfer-Encoding: base64", "a"),
    ),
    "packed within": (
        {"Content-Type": BOUND},
        part(f"{NAMED}\r\nContent-Encoding: gzip", "abcde"),
    ),
    "a charset within": (
        {"Content-Type": BOUND},
        part(f"{NAMED}\r\nContent-Type: text/plain; charset=none"),
    ),
    "NUL in a file's name": ({"Content-Type": BOUND}, part(f'{NAMED}; filename="a\x00b"')),
    "a length that is none": ({"Content-Type": BOUND}, part(f"{NAMED}\r\nContent-Length: -5")),
    "no name": ({"Content-Type": BOUND}, part("Content-Disposition: form-data")),
    "no head": ({"Content-Type": BOUND}, b"--x\r\n\r\nbroken"),
    "forms within": (
        {"Content-Type": BOUND},
        part(f"{NAMED}\r\nContent-Type: multipart/mixed; boundary=y", "--y\r\n\r\n--y--"),
    ),
}
PATHS = (
    "/sign-in",
    "/account/tokens",
    "/maintenance",
    "/outages/1/note",
    "/sheet/d/photos",
    "/speak",
)
READS = re.compile(r"\.(post|multipart|json)\(\)|request\.(read|text)\(\)")


def faults(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [row.getMessage() for row in caplog.records if row.levelno >= logging.ERROR]


@pytest.mark.parametrize("what", BROKEN)
async def test_broken_forms(
    served: Served, client: Client, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    about, body = BROKEN[what]
    status, _ = await client.asked("POST", "/sign-in", data=body, headers=about)
    assert status in (400, 401)
    served.add("op", "operator")
    await client.signed("op")
    for path in PATHS:
        for token in ("", client.csrf):
            own = about | ({"X-CSRF-Token": token} if token else {})
            status, _ = await client.asked("POST", path, data=body, headers=own)
            assert 400 <= status < 500 or path == "/speak", (path, status)
            assert status < 500, (path, status)
    assert not faults(caplog)


@pytest.mark.parametrize("packing", ["gzip", "deflate"])
async def test_broken_json(tmp_path: Path, caplog: pytest.LogCaptureFixture, packing: str) -> None:
    fill(url := f"sqlite:///{tmp_path / 'record.db'}")
    headers = {"Content-Type": "application/json", "Content-Encoding": packing}
    async with serving(url, tmp_path) as programs:
        for body in (b"abcde", HALF):
            about = {"headers": headers, "data": body}
            status, told, _ = await programs.ask(
                "/api/v1/maintenance", method="POST", token="speaks", **about
            )
            assert (status, told["status"]) == (400, 400)
    assert not faults(caplog)


@pytest.mark.parametrize("value", [10**200, -(10**200), 1 << 63, "x", True])
async def test_cursors_that_are_none_of_ours(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, value: object
) -> None:
    fill(url := f"sqlite:///{tmp_path / 'record.db'}")
    async with serving(url, tmp_path) as programs:
        for sealed in (json.dumps(value), f"[{json.dumps(value)}, 1]"):
            cursor = base64.urlsafe_b64encode(sealed.encode()).decode()
            for path in ("audit", "outages"):
                status, *_ = await programs.ask(f"/api/v1/{path}?cursor={cursor}", token="rules")
                assert status == 422, (path, sealed)
    assert not faults(caplog)


def test_one_place_reads_what_is_sent() -> None:
    files = (HOME / "reports" / "web").rglob("*.py")
    assert {file.name for file in files if READS.search(file.read_text("utf-8"))} == {"sent.py"}
