"""Whatever a server sends, a check ends in its time and keeps little of it."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
from collections.abc import AsyncIterator
from itertools import count

import pytest

from inventory.model import Service
from probes.names import Names
from probes.services.asker import Asker
from probes.services.check import check_of
from probes.services.http import LARGEST_BODY
from probes.services.results import Checked, Fault
from tests.probes.services.servers import Town, town

Stream = asyncio.StreamReader
Out = asyncio.StreamWriter
OK = b"HTTP/1.1 200 OK\r\n"
MOST_KEPT = 16 * LARGEST_BODY


@pytest.fixture
async def here() -> AsyncIterator[Town]:
    async with town() as opened:
        yield opened


async def ask(here: Town, first: bytes, rest: bytes = b"", **about: object) -> Checked:
    """Ask a server that sends `first` once and `rest` for as long as it is listened to."""

    async def talk(reader: Stream, writer: Out) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(first)
        while rest:
            writer.write(rest)
            await writer.drain()
        await writer.drain()

    port = await here.raw(talk)
    about.setdefault("timeout_s", 2.0)
    url = f"http://127.0.0.1:{port}/"
    service = Service(id="s", name="S", site="p", url=url, **about)  # type: ignore[arg-type]
    tracemalloc.start()
    try:
        found = await Asker(Names()).ask(check_of(0, service))
        assert tracemalloc.get_traced_memory()[1] < MOST_KEPT
    finally:
        tracemalloc.stop()
    assert (found.ended_ns - found.asked_ns) / 1e9 < 10  # of a busy machine; the time is 2 s
    return found


async def test_an_endless_body_is_read_to_its_first_mebibyte(here: Town) -> None:
    found = await ask(here, OK + b"\r\n", b"A" * 65_536)
    assert (found.fault, found.size) == (Fault.NONE, LARGEST_BODY)
    found = await ask(here, OK + b"Content-Length: 99999999999\r\n\r\n", b"A" * 65_536, keyword="B")
    assert found.fault is Fault.WRONG_KEYWORD
    assert "first MiB" in found.detail


async def test_an_endless_chunked_body_is_no_different(here: Town) -> None:
    head = OK + b"Transfer-Encoding: chunked\r\n\r\n"
    found = await ask(here, head, b"1000\r\n" + b"A" * 4096 + b"\r\n")
    assert (found.fault, found.size) == (Fault.NONE, LARGEST_BODY)


async def test_a_gzip_bomb_grows_to_a_mebibyte_at_most(here: Town) -> None:
    bomb = gzip.compress(b"\0" * (256 << 20), 9)
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    found = await ask(here, head + bomb, keyword="x")
    assert found.fault is Fault.WRONG_KEYWORD


async def test_a_packed_page_is_read_though_nobody_asked_for_it(here: Town) -> None:
    packed = gzip.compress("Cổng thông tin".encode())
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    assert (await ask(here, head + packed, keyword="Cổng")).fault is Fault.NONE


@pytest.mark.parametrize(
    ("first", "rest"),
    [
        (OK, b"X: " + b"y" * 4000 + b"\r\n"),  # headers without an end
        (OK + b"X: ", b"y" * 65_536),  # a header without an end
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"", b"\0" * 65_536),
        (b"SSH-2.0-OpenSSH_9.2\r\n", b""),
        (b"\x15\x03\x01\x00\x02\x02\x46", b""),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", b""),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"x" * 100_000, b"x" * 65_536),
        (OK + b"Content-Length: -5\r\n\r\n", b""),
        (OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde", b""),
        (b"HTTP/1.1 999999 X\r\n\r\n", b""),
        (b"HTTP/1.1 302 X\r\nLocation: http://[::1\r\n\r\n", b""),
        (b"HTTP/1.1 302 X\r\nLocation: \xff\xfe\x00\r\n\r\n", b""),
        (b"HTTP/1.1 302 X\r\nLocation: http://" + b"a" * 5000 + b"/\r\n\r\n", b""),
        (b"HTTP/1.1 302 X\r\nLocation: http://\xe2\x80\xae.test/\r\n\r\n", b""),
        (b"HTTP/1.1 503 \x1b[31mboo\r\nContent-Length: 0\r\n\r\n", b""),
    ],
)
async def test_nonsense_ends_in_one_word_and_a_printable_sentence(
    here: Town, first: bytes, rest: bytes
) -> None:
    found = await ask(here, first, rest, timeout_s=1.0)
    assert found.fault is not Fault.NONE
    assert found.detail.isprintable()
    assert len(found.detail) < 300


async def test_cookies_without_number_do_not_make_a_check_endless(here: Town) -> None:
    numbers = count()

    async def turn(reader: Stream, writer: Out) -> None:
        await reader.readuntil(b"\r\n\r\n")
        lines = [f"Set-Cookie: c{next(numbers)}={'v' * 4000}\r\n" for _ in range(100)]
        head = "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n"
        writer.write(head.encode() + "".join(lines).encode() + b"\r\n")
        await writer.drain()

    port = await here.raw(turn)
    service = Service(id="s", name="S", site="p", url=f"http://127.0.0.1:{port}/")
    found = await Asker(Names()).ask(check_of(0, service))
    assert found.fault in (Fault.MANY_REDIRECTS, Fault.BAD_ANSWER, Fault.CLOSED)
