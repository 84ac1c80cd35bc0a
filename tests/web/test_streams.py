"""What goes on for long ends with the rights of the one who asked, and costs the gate little."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Collection
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from cli import browser_board
from cli.browser_board import board_room
from reports.web.api import events
from reports.web.api.room import api_room
from reports.web.pages import ROOMS, live
from reports.web.together import Together
from store.tokens import Tokens
from tests.browser import until
from tests.cli.running import folder
from tests.store.keeping import commit, up, writing
from tests.web.served import nothing_made
from tests.web.serving import ROOT, Served, serving

BOARD = "/board/ws?width=80&height=24"
EVENTS = "/api/v1/events"


@pytest.fixture
async def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    """With room for one board of each session."""
    monkeypatch.setattr(browser_board, "BOARDS", 1)
    monkeypatch.setattr(browser_board, "STILL_S", 0.1)
    words = ("board", "--read-only", f"--config={folder(tmp_path)}/sites.toml")
    board = board_room((*words, f"--data={tmp_path}"))
    async with serving(tmp_path, rooms=(*ROOMS, api_room(nothing_made), board)) as found:
        found.add("root", "admin")
        found.add("An", "operator")
        yield found
        await until(lambda: boards() == set())


def happen(served: Served, *keys: str) -> None:
    """An event of each of these devices."""
    rows = served.site.desk.known.rows.values()
    ids = [next(row.thing_id for row in rows if row.key == key) for key in keys]
    with writing(f"sqlite:///{served.site.data / 'record.db'}", served.clock()) as writer:
        commit(writer, served.clock(), *(up(one, served.clock() - 50) for one in ids))


def revoke(served: Served) -> None:
    served.gate.tokens.revoke(1, by=ROOT)


def disable(served: Served) -> None:
    served.gate.accounts.disable(an(served), by=ROOT)


def narrow(served: Served) -> None:
    served.gate.accounts.change(an(served), by=ROOT, units=["522"])


def lessen(served: Served) -> None:
    served.gate.accounts.change(an(served), by=ROOT, role="viewer")


def sign_out(served: Served) -> None:
    [held] = served.gate.sessions.all()
    served.gate.sessions.sign_out(held, by=ROOT)


def grow_old(served: Served) -> None:
    served.clock.now += 30 * 86_400_000


def an(served: Served) -> int:
    one = served.gate.accounts.named("an")
    assert one is not None
    return one.id


async def line(answer: aiohttp.ClientResponse) -> str:
    async with asyncio.timeout(30):
        return (await answer.content.readline()).decode()


async def rest(answer: aiohttp.ClientResponse) -> str:
    """What is told until the end."""
    async with asyncio.timeout(30):
        return (await answer.read()).decode()


@pytest.mark.parametrize("loses", [revoke, disable, narrow, lessen, grow_old])
async def test_events_end_with_the_rights_of_a_token(
    served: Served, loses: Callable[[Served], None]
) -> None:
    bearer = {"Authorization": f"Bearer {served.token('an')[0]}"}
    async with served.client() as client, client.get(EVENTS, headers=bearer) as answer:
        assert (await line(answer)).startswith(": event ")
        happen(served, "d-r")
        while "d-r" not in await line(answer):
            pass
        loses(served)
        happen(served, "e-r", "c-r")
        assert "data" not in await rest(answer)


@pytest.mark.parametrize("loses", [sign_out, disable, narrow])
async def test_what_a_page_hears_ends_with_its_session(
    served: Served, loses: Callable[[Served], None]
) -> None:
    async with served.client() as client:
        await client.signed("an")
        async with client.get("/live") as answer:
            while not (told := await line(answer)).startswith("data: "):
                pass
            loses(served)
            happen(served, "d-r")
            last = await rest(answer)
    assert "data: over" in last
    assert told.split(".")[0] not in last


async def test_a_stream_of_which_nothing_is_told_ends_too(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "QUIET_S", 0.1)
    monkeypatch.setattr(live, "ALIVE_S", 0.1)
    bearer = {"Authorization": f"Bearer {served.token('an')[0]}"}
    async with (
        served.client() as client,
        client.get(EVENTS, headers=bearer) as told,
        client.get("/live", headers=bearer) as heard,
    ):
        for answer, alive in ((told, ": still here\n"), (heard, ": alive\n")):
            while await line(answer) != alive:
                pass
        revoke(served)
        await rest(told)
        await rest(heard)


async def test_what_is_asked_while_a_question_runs_is_asked_anew() -> None:
    asked: list[list[str]] = []
    begun, may = asyncio.Event(), asyncio.Event()

    async def ask(keys: Collection[str]) -> dict[str, int]:
        asked.append(sorted(keys))
        begun.set()
        await may.wait()
        return dict.fromkeys(keys, len(asked))

    together = Together(ask)
    first = asyncio.gather(*(together.find(key) for key in "aba"))
    await begun.wait()
    second = asyncio.gather(*(together.find(key) for key in "ac"))
    left = asyncio.create_task(together.find("d"))
    await asyncio.sleep(0)
    left.cancel()  # the others hear nothing of it
    may.set()
    assert (await first, await second) == ([1, 1, 1], [2, 2])
    assert asked == [["a", "b"], ["a", "c", "d"]]


async def test_two_hundred_streams_are_asked_about_together(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    whose = served.gate.accounts.named("an")
    assert whose is not None
    tokens = Tokens(served.gate.accounts)
    issued = [tokens.issue(whose, "thử", by=ROOT, days=1) for _ in range(200)]
    async with aiohttp.ClientSession(
        served.url, connector=aiohttp.TCPConnector(limit=0)
    ) as session:
        bearers = [{"Authorization": f"Bearer {one[0]}"} for one in issued]  # type: ignore[index]
        answers = [await session.get(EVENTS, headers=bearer) for bearer in bearers]
        asked: list[int] = []
        find = served.gate.tokens.of_secrets

        def counted(secrets: Collection[str]) -> Any:
            asked.append(len(secrets))
            return find(secrets)

        monkeypatch.setattr(served.gate.tokens, "of_secrets", counted)
        happen(served, "d-r")

        async def hear(answer: aiohttp.ClientResponse) -> None:
            while "data" not in await line(answer):
                pass

        await asyncio.gather(*map(hear, answers))
        assert sum(asked) == 200
        assert len(asked) <= 40
        for answer in answers:
            answer.close()


async def test_a_board_shows_the_whole_network_and_thus_nothing_to_who_is_limited(
    served: Served,
) -> None:
    narrow(served)
    async with served.client() as client:
        await client.signed("an")
        assert (await client.asked("GET", "/board/"))[0] == 403
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await client.talk(BOARD)
        assert boards() == set()


@pytest.mark.parametrize("loses", [sign_out, disable, narrow, lessen])
async def test_a_board_ends_with_its_session(
    served: Served, loses: Callable[[Served], None]
) -> None:
    async with served.client() as client:
        await client.signed("an")
        async with client.talk(BOARD) as page:
            await page.receive_bytes(timeout=60)
            assert len(boards()) == 1
            loses(served)
            async with asyncio.timeout(60):
                async for _ in page:
                    pass
            await until(lambda: boards() == set())


async def test_boards_of_one_session_are_counted(served: Served) -> None:
    async with served.client() as client, served.client() as root:
        await client.signed("an")
        async with client.talk(BOARD) as page:
            await page.receive_bytes(timeout=60)
            with pytest.raises(aiohttp.WSServerHandshakeError, match="429"):
                await client.talk(BOARD)
            await root.signed("root")
            async with root.talk(BOARD) as other:
                await other.receive_bytes(timeout=60)
        await until(lambda: boards() == set())
        async with client.talk(BOARD) as again:
            await again.receive_bytes(timeout=60)


def boards() -> set[str]:
    """The processes that are boards of this server."""
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return {one for one in children if b"--read-only" in Path(f"/proc/{one}/cmdline").read_bytes()}
