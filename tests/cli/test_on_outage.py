"""`--on-outage`: a real command gets one document a root and its recovery, and never twice."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from cli.hooks import AT_ONCE, Hooks
from inventory.model import Device
from store.changes import Batch, Marked
from store.deliveries import NEWS_MS
from store.engine import open_reader
from store.states import Mark
from store.tables import delivery
from store.writer import Writer
from tests.cli.running import canh, folder
from tests.store.keeping import bring, commit, down, network, up, writing

ZONE = "Asia/Ho_Chi_Minh"
APPEND = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read())"


def now() -> int:
    return time.time_ns() // 1_000_000


def appending(path: Path) -> list[str]:
    return [sys.executable, "-c", APPEND, str(path)]


def lines(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


class Running:
    """The hooks of a monitor, until the end of the `async with`."""

    def __init__(self, url: str, command: Sequence[str], **about: Any) -> None:
        self._hooks = Hooks(url, command, ZONE, **about)
        self._stop = asyncio.Event()

    async def __aenter__(self) -> Running:
        self._task = asyncio.create_task(self._hooks.run(self._stop))
        await asyncio.wait(
            [self._task, asyncio.create_task(self._hooks.begun.wait())],
            return_when=asyncio.FIRST_COMPLETED,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        await self._task


async def soon(true: Callable[[], bool], within_s: float = 20) -> None:
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110 - it asks a file, or the record
            await asyncio.sleep(0.05)


def states(url: str) -> list[tuple[str, str, int]]:
    engine = open_reader(url)
    with engine.begin() as conn:
        rows = conn.execute(
            select(delivery.c.message_id, delivery.c.state, delivery.c.tries).order_by(
                delivery.c.id
            )
        ).all()
    engine.dispose()
    return [(row.message_id, row.state, row.tries) for row in rows if row.state != "begun"]


async def test_a_root_and_its_recovery_are_told_once_each_with_all_that_is_known(
    url: str, tmp_path: Path
) -> None:
    ids = bring(url, network()).ids
    root, child, told = ids["device", "p-r"], ids["device", "d-r"], tmp_path / "told"
    at = now() - 60_000
    with writing(url) as writer:
        async with Running(url, appending(told)):
            opened = commit(writer, at, down(root, at), down(child, at, root=root)).opened
            await soon(lambda: len(lines(told)) == 1)
            commit(writer, at + 9000, up(root, at + 8000), up(child, at + 8100))
            await soon(lambda: len(lines(told)) == 2)
            await asyncio.sleep(0.6)
        first, second = lines(told)
    assert (first["event"], second["event"]) == ("outage", "recovery")
    for document in (first, second):
        assert document["outage"]["id"] == opened[0]
        assert document["outage"]["thing"] == "p-r"
        assert document["members"] == 1
        assert document["at"].endswith("+07:00")
        assert document["thing"] == {
            "id": "p-r",
            "kind": "device",
            "name": document["outage"]["name"],
            "site": "p",
            "unit": "51",
        }
    assert first["outage"]["ended"] is None
    assert second["outage"]["ended"] is not None
    assert [state for _, state, _ in states(url)] == ["sent", "sent"]


async def test_nothing_is_told_twice_over_restarts_nor_what_was_before_the_first_start(
    url: str, tmp_path: Path
) -> None:
    ids = bring(url, network()).ids
    old, new, told = ids["device", "p-r"], ids["device", "d-r"], tmp_path / "told"
    at = now() - 60_000
    with writing(url) as writer:
        commit(writer, at, down(old, at))
        async with Running(url, appending(told)):
            commit(writer, at + 5000, down(new, at + 5000))
            await soon(lambda: len(lines(told)) == 1)
        async with Running(url, appending(told)):
            commit(writer, at + 9000, up(old, at + 8000))
            await asyncio.sleep(0.6)
        commit(writer, at + 20_000, up(new, at + 19_000))  # while no hook is there
        async with Running(url, appending(told)):
            await soon(lambda: len(lines(told)) == 2)
            await asyncio.sleep(0.6)
    assert [(d["event"], d["thing"]["id"]) for d in lines(told)] == [
        ("outage", "d-r"),
        ("recovery", "d-r"),
    ]


async def test_what_is_over_for_long_is_told_no_more(url: str, tmp_path: Path) -> None:
    device, told = bring(url, network()).ids["device", "d-r"], tmp_path / "told"
    at = now() - 2 * NEWS_MS
    with writing(url) as writer:
        async with Running(url, appending(told)):
            pass
        commit(writer, at, down(device, at))
        commit(writer, at + 9000, up(device, at + 8000))
        async with Running(url, appending(told)):
            await asyncio.sleep(0.6)
    assert lines(told) == []


async def test_a_command_that_fails_is_tried_three_times_and_told_of_in_the_log(
    url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    device = bring(url, network()).ids["device", "d-r"]
    script = "import sys; print('no\\x1b[31m way', flush=True); sys.exit(3)"
    at = now()
    with writing(url) as writer:
        async with Running(url, [sys.executable, "-c", script], pauses_s=(0.1, 0.1)):
            commit(writer, at, down(device, at - 1000))
            await soon(lambda: [s for _, s, _ in states(url)] == ["failed"])
    assert [tries for _, _, tries in states(url)] == [3]
    errors = [r.message for r in caplog.records if r.levelno == logging.ERROR]
    assert len(errors) == 3
    assert all("ended with 3" in message for message in errors)
    said = [r.message for r in caplog.records if "way" in r.message]
    assert len(said) == 3
    assert r"no\x1b[31m way" in said[0]


async def test_a_command_that_hangs_is_ended_with_all_that_it_started(
    url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    device = bring(url, network()).ids["device", "d-r"]
    at, late = now(), tmp_path / "late"
    script = f"sleep 3 && touch '{late}' & sleep 60"
    with writing(url) as writer:
        async with Running(url, ["sh", "-c", script], limit_s=0.5, pauses_s=(60,)):
            commit(writer, at, down(device, at - 1000))
            await soon(lambda: "was ended after 0.5 s" in caplog.text)
    await asyncio.sleep(3)
    assert not late.exists()


async def test_a_crowd_of_roots_is_told_few_at_a_time_and_nobody_waits_for_it(
    url: str, tmp_path: Path
) -> None:
    many = {
        f"x{i}": Device(id=f"x{i}", site="d", role="switch", address=f"127.52.0.{i}")
        for i in range(1, 41)
    }
    ids = bring(url, replace(network(), devices={**network().devices, **many})).ids
    log_ = tmp_path / "log"
    script = (
        "import sys,time,json; d=json.load(sys.stdin)['outage']['id']; f=open(sys.argv[1],'a');"
        "print('+',d,file=f,flush=True); time.sleep(.1); print('-',d,file=f,flush=True)"
    )
    at = now()
    with writing(url) as writer:
        async with Running(url, [sys.executable, "-c", script, str(log_)]):
            apart = [at - n * 400_000 for n in range(1, len(many) + 1)]  # that is no storm
            verdicts = [down(ids["device", k], t) for k, t in zip(many, apart, strict=True)]
            commit(writer, at, *verdicts)
            commit(writer, at + 1, down(ids["device", "p-r"], at))  # the writer is free
            await soon(lambda: [s for _, s, _ in states(url)].count("sent") == 41, 60)
    running = most = 0
    for line in log_.read_text().splitlines():
        running += 1 if line.startswith("+") else -1
        most = max(most, running)
    assert 1 < most <= AT_ONCE
    begun = [line for line in log_.read_text().splitlines() if line.startswith("+")]
    assert len(begun) == len(set(begun)) == 41


async def test_of_a_flapping_spell_the_first_outage_is_told_and_the_end_of_all(
    url: str, tmp_path: Path
) -> None:
    device, told = bring(url, network()).ids["device", "d-r"], tmp_path / "told"
    at = now() - 100_000
    with writing(url) as writer:
        async with Running(url, appending(told)):
            _mark(writer, at, device, Mark.FLAPPING)
            for _ in range(3):
                commit(writer, at, down(device, at))
                commit(writer, at + 9000, up(device, at + 8000))
                at += 20_000
            commit(writer, at, down(device, at))
            await soon(lambda: len(lines(told)) == 1)
            _mark(writer, at + 5000, device)
            await asyncio.sleep(0.6)
            assert [d["event"] for d in lines(told)] == ["outage"], "the last one lasts"
            commit(writer, at + 9000, up(device, at + 8000))
            await soon(lambda: len(lines(told)) == 2)
            await asyncio.sleep(0.6)
    assert [d["event"] for d in lines(told)] == ["outage", "recovery"]
    assert lines(told)[0]["outage"]["id"] == lines(told)[1]["outage"]["id"]


async def test_a_storm_is_one_call_and_one_when_all_are_back(url: str, tmp_path: Path) -> None:
    many = {
        f"x{i}": Device(id=f"x{i}", site="d", role="switch", address=f"127.52.0.{i}")
        for i in range(1, 31)
    }
    ids = bring(url, replace(network(), devices={**network().devices, **many})).ids
    told, at = tmp_path / "told", now() - 60_000
    with writing(url) as writer:
        async with Running(url, appending(told)):
            commit(writer, at, *(down(ids["device", key], at) for key in many))
            await soon(lambda: len(lines(told)) == 1)
            commit(writer, at + 9000, *(up(ids["device", k], at + 8000) for k in list(many)[1:]))
            await asyncio.sleep(0.6)
            assert len(lines(told)) == 1
            commit(writer, at + 20_000, up(ids["device", "x1"], at + 19_000))
            await soon(lambda: len(lines(told)) == 2)
    assert [d["event"] for d in lines(told)] == ["outage", "recovery"]


async def test_hooks_follow_a_record_that_is_brought_back(tmp_path: Path) -> None:
    path, told = tmp_path / "data" / "record.db", tmp_path / "told"
    url = f"sqlite:///{path}"
    device = bring(url, network()).ids["device", "d-r"]
    at = now() - 60_000
    with writing(url) as writer:
        async with Running(url, appending(told)):
            commit(writer, at, down(device, at))
            await soon(lambda: [s for _, s, _ in states(url)] == ["sent"])
            for one in path.parent.glob("record.db*"):
                one.unlink()
            await asyncio.sleep(1.1)
            commit(writer, at + 9000, up(device, at + 8000))
            await soon(lambda: len(lines(told)) == 2)
    assert [(m.partition(":")[2], s) for m, s, _ in states(url)] == [
        ("outage", "sent"),
        ("recovery", "sent"),
    ]


@pytest.mark.parametrize("command", ["", "no-such-program-here --now", "'unbalanced"])
def test_a_command_that_cannot_be_run_is_a_usage_error(tmp_path: Path, command: str) -> None:
    where = folder(tmp_path)
    code, _, err = canh(where, "run", "--on-outage", command)
    assert code == 2
    assert err.startswith("canh run: --on-outage: ")
    assert not (where / "canh-data").exists()


def _mark(writer: Writer, at: int, thing_id: int, *marks: Mark) -> None:
    marked = Marked(thing_id=thing_id, marks=frozenset(marks))
    writer.submit(Batch(at_ms=at, marks=(marked,))).result(30)
