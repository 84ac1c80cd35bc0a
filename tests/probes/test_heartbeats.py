"""Devices that call: a real listener, real callers, and the silence of one that stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from probes.heartbeats import HEAD_MAX, Hearts, Listener

TOKEN, OTHER = "0123456789abcdef", "fedcba9876543210"


@pytest.fixture
async def heard() -> AsyncIterator[tuple[str, list[int]]]:
    """The address of a listener, and whom it heard."""
    calls: list[int] = []
    listener = Listener({TOKEN: 3, OTHER: 4}, lambda n, _: calls.append(n))
    await listener.start("127.0.0.1:0")
    yield f"http://127.0.0.1:{listener.port}", calls
    listener.close()


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_call_with_a_known_token_is_heard(
    heard: tuple[str, list[int]], method: str
) -> None:
    url, calls = heard
    async with aiohttp.ClientSession() as session:
        body = b"load=0.5" if method == "POST" else None
        for token in (TOKEN, OTHER, TOKEN):
            async with session.request(method, f"{url}/heartbeat/{token}", data=body) as answer:
                assert answer.status == 204
    assert calls == [3, 4, 3]


async def test_what_is_no_call_is_refused_and_not_heard(heard: tuple[str, list[int]]) -> None:
    url, calls = heard
    async with aiohttp.ClientSession() as session:
        for path in ("/", "/heartbeat/", "/heartbeat/x", f"/heartbeat/{TOKEN}0", f"/{TOKEN}"):
            async with session.get(url + path) as answer:
                assert answer.status == 404, path
        async with session.delete(f"{url}/heartbeat/{TOKEN}") as answer:
            assert answer.status == 405
    assert calls == []


async def test_garbage_and_endless_heads_end_the_connection(heard: tuple[str, list[int]]) -> None:
    url, calls = heard
    port = int(url.rpartition(":")[2])
    for garbage in (b"\x16\x03\x01" * 50 + b"\r\n\r\n", b"GET /" + b"a" * 4 * HEAD_MAX):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(garbage)
        with_answer = await asyncio.wait_for(reader.read(), 10)
        assert b"204" not in with_answer
        writer.close()
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{url}/heartbeat/{TOKEN}") as answer,
    ):
        assert answer.status == 204
    assert calls == [3]


def test_silence_counts_after_two_and_a_half_intervals_and_once_for_each() -> None:
    hearts = Hearts({3: 60_000, 4: 120_000}, 1_000_000)
    hearts.beat(3, 1_030_000)
    assert hearts.missed(1_179_999) == []
    assert hearts.missed(1_180_000) == [(3, 1_090_000)]
    assert hearts.missed(1_239_999) == []
    assert hearts.missed(1_240_000) == [(3, 1_150_000)]
    hearts.beat(3, 1_250_000)
    assert hearts.missed(1_300_000) == [(4, 1_120_000)]
    assert hearts.missed(1_399_999) == []
    assert hearts.missed(1_400_000) == [(3, 1_310_000)]


def test_a_clock_that_is_set_takes_the_calls_with_it() -> None:
    hearts = Hearts({3: 60_000}, 1_000_000)
    hearts.shift(5_000_000)
    assert hearts.missed(6_149_999) == []
    assert hearts.missed(6_150_000) == [(3, 6_060_000)]


def test_who_could_not_hear_begins_to_count_anew() -> None:
    hearts = Hearts({3: 60_000}, 1_000_000)
    hearts.excuse(1_140_000)
    assert hearts.missed(1_289_999) == []
    assert hearts.missed(1_290_000) == [(3, 1_200_000)]
