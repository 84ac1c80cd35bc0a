"""Events reach programs in order and once, after a break too; who is slow is let go."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from reports.web.api import events
from tests.store.keeping import commit, down, reading, up, writing
from tests.web.served import NOW, Client, copied, once_filled, serving

PATH = "/api/v1/events"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return once_filled(tmp_path_factory)


@pytest.fixture
def url(filled: Path, tmp_path: Path) -> str:
    return copied(filled, tmp_path)


class Stream:
    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer

    async def next(self) -> dict[str, Any]:
        """The next event; its id and name stand on lines of their own."""
        async with asyncio.timeout(30):
            told: dict[str, str] = {}
            while True:
                line = (await self.answer.content.readline()).decode()
                assert line, "the stream ended"
                name, _, value = line.rstrip("\n").partition(": ")
                if line == "\n" and "data" in told:
                    document = json.loads(told["data"])
                    assert (told["id"], told["event"]) == (str(document["id"]), document["event"])
                    return dict(document)
                if name:
                    told[name] = value


@asynccontextmanager
async def listening(
    client: Client, asked: str = "", token: str = "looks", **headers: str
) -> AsyncIterator[Stream]:
    headers |= {"Authorization": f"Bearer {token}"}
    async with client.session.get(f"{client.origin}{PATH}{asked}", headers=headers) as answer:
        assert (answer.status, answer.content_type) == (200, "text/event-stream")
        assert (await answer.content.readline()).startswith(b": event ")
        yield Stream(answer)


def ids(url: str) -> dict[str, int]:
    with reading(url) as reader:
        return {f"{row.kind}:{row.key}": row.thing_id for row in reader.snapshot().rows}


async def test_events_come_in_their_order_and_go_on_after_a_break(url: str) -> None:
    d_r, p_r = ids(url)["device:d-r"], ids(url)["device:p-r"]
    async with serving(url, Path()) as client:
        with writing(url, NOW) as writer:
            async with listening(client) as stream:
                commit(writer, NOW, up(d_r, NOW - 100))
                first = await stream.next()
                assert (first["event"], first["thing"]) == ("state.up", "d-r")
            commit(writer, NOW + 1000, down(p_r, NOW + 900))
            commit(writer, NOW + 2000, down(d_r, NOW + 1900))
            async with listening(client, **{"Last-Event-ID": str(first["id"])}) as stream:
                found = [await stream.next() for _ in range(2)]
            async with listening(client, f"?after={first['id']}&kind=state.down") as stream:
                again = [await stream.next() for _ in range(2)]
    assert [one["thing"] for one in found] == ["p-r", "d-r"]
    assert [one["id"] for one in again] == [one["id"] for one in found]


async def test_all_that_ever_happened_is_told_to_who_asks_from_the_beginning(url: str) -> None:
    with reading(url) as reader:
        known = [one.id for one in reader.logs.events(0, 1000)]
    async with serving(url, Path()) as client, listening(client, "?after=0") as stream:
        assert [(await stream.next())["id"] for _ in known] == known


async def test_what_lies_outside_of_the_units_of_a_token_is_not_told(url: str) -> None:
    d_r, p_r = ids(url)["device:d-r"], ids(url)["device:p-r"]
    async with (
        serving(url, Path()) as client,
        listening(client, token="district") as stream,
        listening(client, "?unit=522") as other,
    ):
        with writing(url, NOW) as writer:
            commit(writer, NOW, down(p_r, NOW - 50))
            commit(writer, NOW + 10, up(d_r, NOW - 40))
        assert (await stream.next())["thing"] == "d-r"
        assert (await other.next())["thing"] == "d-r"


async def test_a_hundred_readers_cost_one_question(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    d_r = ids(url)["device:d-r"]
    async with serving(url, Path()) as client:
        streams = [listening(client) for _ in range(100)]
        opened = [await one.__aenter__() for one in streams]
        asked = 0
        ask = client.site.desk.ask

        async def counted(question: Any) -> Any:
            nonlocal asked
            asked += "events" in question.__code__.co_names
            return await ask(question)

        monkeypatch.setattr(client.site.desk, "ask", counted)
        with writing(url, NOW) as writer:
            commit(writer, NOW, up(d_r, NOW - 100))
            told = await asyncio.gather(*(one.next() for one in opened))
        assert {one["thing"] for one in told} == {"d-r"}
        revisions = client.site.desk.known.revision
        assert 1 <= asked <= 2 * revisions
        for one in streams:
            await one.__aexit__(None, None, None)


async def test_who_takes_nothing_is_let_go(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "SLOW_S", 0.2)
    monkeypatch.setattr(events, "READERS", 1)
    d_r = ids(url)["device:d-r"]
    with writing(url, NOW) as writer:
        for step in range(200):
            verdict = up if step % 2 else down
            commit(writer, NOW + step * 1000, verdict(d_r, NOW + step * 1000))
    async with serving(url, Path()) as client:
        host, port = client.origin.removeprefix("http://").split(":")
        big = "x" * 100_000
        monkeypatch.setattr(events, "document", lambda one, call: {"id": one.id, "pad": big})
        with socket.create_connection((host, int(port))) as taker:
            taker.sendall(
                f"GET {PATH}?after=0 HTTP/1.1\r\nHost: {host}\r\n"
                "Authorization: Bearer looks\r\n\r\n".encode()
            )

            async def full() -> bool:
                return (await client.ask(PATH, method="HEAD"))[0] == 503

            async with asyncio.timeout(60):
                while not await full():
                    pass
                while await full():
                    pass


async def test_too_many_readers_are_told_to_come_later(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "READERS", 1)
    async with serving(url, Path()) as client, listening(client):
        status, _, headers = await client.ask(PATH)
        assert (status, headers["Retry-After"]) == (503, "10")


async def test_the_stream_ends_with_the_server(url: str) -> None:
    async with serving(url, Path()) as client, listening(client) as stream:
        client.site.stop.set()
        async with asyncio.timeout(20):
            while await stream.answer.content.readline():
                pass
