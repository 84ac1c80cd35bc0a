"""A board elsewhere: every value arrives as it left, words too, and failures say what to do."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from store.codec import CodecError, decode, encode
from store.far import QUESTIONS
from store.questions import Reader
from store.remote import HttpActions, HttpReader, RemoteError
from store.speech import Done, Refused
from tests.store.keeping import reading
from tests.web.served import BEGAN, HOUR, NOW, copied, once_filled, serving


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return once_filled(tmp_path_factory)


@pytest.fixture
def url(filled: Path, tmp_path: Path) -> str:
    return copied(filled, tmp_path)


@contextmanager
def elsewhere(url: str) -> Iterator[str]:
    """Its address; the server runs in a thread of its own, as it would in another process."""
    told: list[str] = []
    ready, stop = threading.Event(), threading.Event()

    async def serve() -> None:
        async with serving(url, Path()) as client:
            told.append(client.origin)
            ready.set()
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(30)
        yield told[0]
    finally:
        stop.set()
        thread.join()


def asked(reader: Reader, ids: dict[str, int]) -> dict[str, Callable[[], Any]]:
    """Each question of the table, once."""
    device, outage = ids["device:d-r"], reader.roots()[0].id
    return {
        "revision": reader.revision,
        "snapshot": reader.snapshot,
        "roots": reader.roots,
        "happenings": lambda: reader.happenings(0, 50),
        "outages": lambda: reader.outages(open_only=True, from_ms=0, to_ms=NOW),
        "find": lambda: reader.find("d-r"),
        "lookup": lambda: reader.lookup().entries,
        "sheet": lambda: [reader.sheet(each) for each in ids.values()],
        "opened": lambda: reader.opened(outage),
        "links": reader.links,
        "charts": lambda: reader.charts(device, BEGAN, NOW, 20),
        "checks": reader.checks,
        "works": reader.works,
        "light_history": lambda: missing(lambda: reader.light_history(99, NOW)),
    }


def missing(ask: Callable[[], object]) -> str:
    with pytest.raises(KeyError):
        ask()
    return "missing"


def test_every_question_is_answered_as_where_the_record_stands(url: str) -> None:
    with reading(url) as near, elsewhere(url) as origin:
        ids = {f"{row.kind}:{row.key}": row.thing_id for row in near.snapshot().rows}
        far = HttpReader(origin, "looks")
        wanted, found = asked(near, ids), asked(far, ids)
        assert wanted.keys() == QUESTIONS.keys()
        for name, ask in wanted.items():
            told, expected = found[name](), ask()
            if name == "snapshot":
                assert (told.rows, told.network) == (expected.rows, expected.network)
                assert type(told.rows[0].marks) is frozenset
                assert told.rows[0].state is expected.rows[0].state
            else:
                assert told == expected, name
                assert type(told) is type(expected)
        assert far.lookup().entries
        assert far.snapshot(since=near.revision()[1]).rows == ()
        missing(lambda: far.sheet(999))
        missing(lambda: far.charts(999, BEGAN, NOW, 10))
        assert far.find("nobody") is None
        assert far.opened(999) is None
        with pytest.raises(RemoteError, match="reports are made where the record stands"):
            far.period(0, 1, 2)
        with pytest.raises(RemoteError, match="kept where the record stands"):
            far.signed(0, 1)
        far.close()


def test_words_are_said_from_afar_by_whom_the_token_belongs_to(url: str) -> None:
    with elsewhere(url) as origin, reading(url) as near:
        far, actions = HttpReader(origin, "looks"), HttpActions(origin, "speaks")
        [root, seen] = far.roots()[0], far.revision()[1]
        said: dict[str, Any] = {
            "actor": "ai đó",
            "note_text": "đang đi",
            "owner": None,
            "until_ms": NOW + HOUR,
        }
        done = actions.acknowledge(root.id, expected=seen, **said)
        assert isinstance(done, Done)
        row = near.outage(root.id)
        assert row is not None
        assert (row.acknowledged_by, row.note) == ("vận hành", "đang đi")
        late = actions.withdraw(root.id, actor="", expected=seen)
        assert isinstance(late, Refused)
        assert (late.key, late.values) == ("refused.changed", {"id": root.id})
        assert isinstance(actions.withdraw(root.id, actor="", expected=done.revision), Done)
        for outage_id in (None, root.id):
            note = actions.annotate(root.thing_id, actor="", text="xem", outage_id=outage_id)
            assert isinstance(note, Done)
        about = {"from_ms": NOW + HOUR, "to_ms": NOW + 2 * HOUR, "reason": "thay", "late": False}
        planned = actions.plan_maintenance(root.thing_id, actor="", rrule=None, **about)
        assert isinstance(planned, Done)
        assert isinstance(actions.cancel_maintenance(planned.row_id, actor=""), Done)
        assert isinstance(actions.approve_maintenance(planned.row_id, actor=""), Refused)
        with pytest.raises(RemoteError, match="the token may not do this"):
            HttpActions(origin, "looks").cancel_maintenance(planned.row_id, actor="")
        actions.close()
        far.close()


def test_failures_say_what_to_do(url: str, tmp_path: Path) -> None:
    with elsewhere(url) as origin:
        with pytest.raises(RemoteError, match="the token is not valid"):
            HttpReader(origin, "stolen").revision()
        with pytest.raises(RemoteError, match="limited to units"):
            HttpReader(origin, "district").revision()
        with pytest.raises(RemoteError, match="there is no Canh at this address"):
            HttpReader(f"{origin}/elsewhere", "looks").revision()
        kept = HttpReader(origin, "looks")
        kept.revision()
    with pytest.raises(RemoteError, match="Connection refused"):
        kept.revision()
    kept.close()


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("canh.example.vn", "is no address of Canh; write https://"),
        ("ftp://canh.example.vn", "is no address of Canh"),
        ("http://canh.example.vn", "readable on its way; write https://"),
    ],
)
def test_an_address_that_is_none_is_one_clear_line(address: str, told: str) -> None:
    words = [sys.executable, "-m", "cli.main", "board", "--url", address]
    tty = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert (tty.returncode, tty.stderr.count("\n")) == (2, 1)
    assert told in tty.stderr


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"answer": 1}',
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnope",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"",
    ],
)
def test_who_speaks_otherwise_is_one_clear_error(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def speak() -> None:
            for _ in range(2):
                try:
                    talk, _ = server.accept()
                except OSError:  # the test is over
                    return
                with talk:
                    talk.recv(10_000)
                    talk.sendall(answer)

        threading.Thread(target=speak, daemon=True).start()
        reader = HttpReader(f"http://127.0.0.1:{server.getsockname()[1]}", "t")
        with pytest.raises(RemoteError, match=r"^http://127\.0\.0\.1:\d+: "):
            reader.revision()
        reader.close()


def test_the_reading_path_needs_no_database() -> None:
    asked = "import sys, tui.app, store.remote; print('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr


@dataclass(frozen=True)
class Odd:
    both: dict[str, int] | list[int]


def test_types_without_one_form_are_refused() -> None:
    for kind, told in ((Odd, {}), (set[int], []), (tuple[int, int], [1]), (tuple[int, ...], 5)):
        with pytest.raises(CodecError):
            decode(kind, told)
    with pytest.raises(CodecError):
        encode(object())
    assert json.dumps(encode({1: frozenset({"b", "a"})})) == '{"1": ["a", "b"]}'
