"""`canh notify`: channels are tried, messages foreseen, what is committed is sent."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from inventory.sites_toml import read
from store.reader import open_questions
from store.urls import sqlite_url
from tests.cli.running import SITES, answer, canh, folder, start
from tests.needs import need_root
from tests.rig import now_ms
from tests.sinks import Mailbox, mailbox, webhook
from tests.store.keeping import bring, commit, down, up, writing

RULE = """
[[rule]]
id = "all"
to = [{to}]
delay_s = 0
severity = ["down"]
"""


def configured(where: Path, more: str = "", delay_s: int = 0, **channels: str) -> Path:
    text = SITES + RULE.format(to=", ".join(f'"{key}"' for key in channels))
    text = text.replace("delay_s = 0", f"delay_s = {delay_s}")
    for key, url in channels.items():
        text += f'[[channel]]\nid = "{key}"\nurl = "{url}"\n'
    return folder(where, text + more)


def record(where: Path) -> tuple[str, dict[tuple[str, str], int]]:
    """The record of the folder's files, as a monitor makes it."""
    network = read(where / "sites.toml").network
    assert network is not None
    url = sqlite_url(where / "canh-data" / "record.db")
    return url, dict(bring(url, network, now_ms()).ids)


def soon(true: Callable[[], bool], within_s: float = 40) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.1)
    return False


def kinds(url: str) -> list[str]:
    reader = open_questions(url)
    try:
        return [event["kind"] for event in reader.events()]
    finally:
        reader.close()


@contextmanager
def messenger(where: Path) -> Iterator[subprocess.Popen[str]]:
    process = start(where, "notify", "run", stdin=subprocess.PIPE)
    url = sqlite_url(where / "canh-data" / "record.db")
    try:
        assert soon(lambda: "channel_begun" in kinds(url))
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
        assert (out, process.returncode) == ("", 0), err
        assert "Traceback" not in err


def test_a_test_says_of_each_channel_exactly_what_happened(tmp_path: Path) -> None:
    with mailbox() as box, webhook() as calls:
        calls.status = 503
        where = configured(tmp_path, mail=box.url, hook=calls.url)
        code, out, err = canh(where, "notify", "test")
    assert code == 1, err
    first, second = out.splitlines()
    assert first.startswith(f"mail: sent: taken by 127.0.0.1:{box.port}")
    assert second.startswith("hook: NOT SENT: Failed to send JSON POST notification")
    assert "503" in second
    [mail] = box.mails
    assert mail["Subject"] == "[Canh] tin thử"
    assert mail["Message-ID"].startswith("<test.")


def test_one_channel_is_tried_alone_and_as_json(tmp_path: Path) -> None:
    with mailbox() as box, webhook() as calls:
        where = configured(tmp_path, mail=box.url, hook=calls.url)
        [told] = answer(where, "notify", "test", "hook")["channels"]
    assert (told["id"], told["sent"]) == ("hook", True)
    assert calls.bodies[0]["title"] == "[Canh] tin thử"
    assert box.mails == []


def test_a_channel_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    where = configured(tmp_path, mail="json://127.0.0.1:1/")
    code, out, err = canh(where, "notify", "test", "mial")
    assert (code, out) == (2, "")
    assert err == 'canh notify: there is no channel "mial"; did you mean "mail"?\n'


def test_no_secret_shows_when_a_channel_fails(tmp_path: Path) -> None:
    where = configured(tmp_path, mail="secret:noc")
    (where / "secrets.toml").write_text('noc = "json://u:s3cret-word@127.0.0.1:1/s3cret-path"\n')
    (where / "secrets.toml").chmod(0o600)
    code, out, err = canh(where, "notify", "test", "--json")
    assert code == 1
    assert "s3cret" not in out + err
    assert json.loads(out)["channels"][0]["said"]


def test_a_preview_tells_who_would_hear_what_when_and_why_and_writes_nothing(
    tmp_path: Path,
) -> None:
    more = '[[escalation]]\nrule = "all"\nafter_s = 900\nto = ["chief"]\n'
    more += '[[channel]]\nid = "chief"\nurl = "json://127.0.0.1:1/"\n'
    more += '[[rule]]\nid = "mild"\nto = ["mail"]\nseverity = ["degraded"]\n'
    where = configured(tmp_path, more, delay_s=60, mail="json://127.0.0.1:1/")
    url, ids = record(where)
    at = now_ms() - 7_200_000
    with writing(url, now_ms()) as writer:
        [outage] = commit(writer, at, down(ids["device", "r2"], at)).opened
        before = kinds(url)
        found = answer(where, "notify", "preview", "--outage", str(outage))
        code, out, err = canh(where, "notify", "preview", "--outage", str(outage), "--text")
        assert kinds(url) == before
    assert [(m["channel"], m["rule"], m["message"]) for m in found["messages"]] == [
        ("mail", "all", f"outage:{outage}"),
        ("chief", "all", f"outage:{outage}:after:all:900"),
    ]
    assert found["silent"] == [
        {"rule": "mild", "why": "it asks for another unit, level, kind or severity"}
    ]
    assert code == 0, err
    assert "mail  (rule all)  [Canh] mất kết nối: thiết bị r2" in out
    assert "Ủy ban nhân dân thành phố Quảng Ngãi" in out
    code, _, err = canh(where, "notify", "preview", "--outage", "77")
    assert (code, err) == (1, "canh notify: there is no outage 77 of its own\n")
    code, _, err = canh(where, "notify", "preview", "--at", "soon")
    assert code == 2
    assert "soon" in err


def test_a_channel_that_was_down_says_so_and_tells_all_once_it_is_back(tmp_path: Path) -> None:
    with mailbox() as first:
        port = first.port
    where = configured(tmp_path, mail=first.url)
    url, ids = record(where)
    with writing(url, now_ms()) as writer, messenger(where):
        [outage] = commit(writer, now_ms(), down(ids["device", "r2"], now_ms())).opened
        assert soon(lambda: "channel_failed" in kinds(url))
        [failing] = answer(where, "status")["channels_failing"]
        assert failing["id"] == "mail"
        assert "Connection refused" in failing["error"]
        code, out, _ = canh(where, "status")
        assert code == 0
        assert "channel mail cannot send since" in out
        with mailbox(port, Mailbox()) as box:
            assert soon(lambda: len(box.mails) == 1, 90)
            commit(writer, now_ms(), up(ids["device", "r2"], now_ms()))
            assert soon(lambda: len(box.mails) == 2)
            assert soon(lambda: "channel_back" in kinds(url))
        assert answer(where, "status")["channels_failing"] == []
    one, two = box.ids
    assert one.startswith(f"<outage.{outage}.mail.")
    assert two.startswith(f"<outage.{outage}.over.mail.")
    assert box.mails[1]["References"] == one


def test_other_rules_count_as_soon_as_the_record_agrees_with_the_files(tmp_path: Path) -> None:
    with webhook() as calls, webhook() as others:
        where = configured(tmp_path, hook=calls.url)
        url, ids = record(where)
        with writing(url, now_ms()) as writer, messenger(where):
            configured(tmp_path, hook=calls.url, second=others.url)
            record(where)
            assert soon(lambda: kinds(url).count("channel_begun") == 2)
            commit(writer, now_ms(), down(ids["device", "r2"], now_ms()))
            assert soon(lambda: bool(calls.bodies and others.bodies))


def test_files_that_the_monitor_did_not_take_up_change_no_channel(tmp_path: Path) -> None:
    with webhook() as first, webhook() as other:
        where = configured(tmp_path, hook="secret:hook")
        secret(where, first.url)
        url, ids = record(where)
        sound = (where / "sites.toml").read_text("utf-8")
        with writing(url, now_ms()) as writer, messenger(where):
            (where / "sites.toml").write_text(sound.replace("secret:hook", other.url), "utf-8")
            time.sleep(1.5)
            at = now_ms()
            commit(writer, at, down(ids["device", "r2"], at))
            assert soon(lambda: len(first.bodies) == 1)
            (where / "sites.toml").write_text("broken [", "utf-8")
            secret(where, other.url)
            time.sleep(1.5)
            (where / "sites.toml").write_text(sound, "utf-8")
            time.sleep(1.5)
            commit(writer, now_ms(), up(ids["device", "r2"], now_ms()))
            assert soon(lambda: len(other.bodies) == 1), "the secret is the new one"
        assert len(first.bodies) == 1


def secret(where: Path, url: str) -> None:
    (where / "secrets.toml").write_text(f'hook = "{url}"\n')
    (where / "secrets.toml").chmod(0o600)


def test_the_dead_mans_signal_is_given_only_while_a_monitor_sees(tmp_path: Path) -> None:
    with webhook() as calls:
        more = f'[notify]\nheartbeat_url = "http://127.0.0.1:{calls.port}/alive"\n'
        more += "heartbeat_interval_s = 0.3\n"
        where = configured(tmp_path, more, hook=calls.url)
        url, _ = record(where)
        with messenger(where):
            time.sleep(1.5)
            assert calls.paths == []
            with writing(url, now_ms()):
                assert soon(lambda: len(calls.paths) > 2)
    assert set(calls.paths) == {"/alive"}


def test_the_dead_mans_signal_stops_while_nothing_can_be_written(tmp_path: Path) -> None:
    with webhook() as calls, webhook() as alive:
        more = f'[notify]\nheartbeat_url = "http://127.0.0.1:{alive.port}/alive"\n'
        more += "heartbeat_interval_s = 0.3\n"
        where = configured(tmp_path, more, hook=calls.url)
        url, ids = record(where)
        calls.hang_s, seen = 2.0, list[str]()
        calls.hook = seen.append
        with writing(url, now_ms()) as writer, messenger(where):
            commit(writer, now_ms(), down(ids["device", "r2"], now_ms()))
            assert soon(lambda: "connect" in seen), "it is on its way"
            with closing(sqlite3.connect(where / "canh-data" / "record.db")) as other:
                other.execute("BEGIN IMMEDIATE")
                assert soon(lambda: bool(calls.bodies))
                time.sleep(8)  # so long it may wait for the lock
                count = len(alive.paths)
                time.sleep(3)
                assert len(alive.paths) == count
            assert soon(lambda: len(alive.paths) > count)


def test_the_messenger_ends_with_its_input_and_is_the_only_one(tmp_path: Path) -> None:
    where = configured(tmp_path, hook="json://127.0.0.1:1/")
    record(where)
    with messenger(where) as process:
        code, _, err = canh(where, "notify", "run")
        assert (code, err) == (1, "canh notify: another messenger sends for this record\n")
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == 0
        process.stdin = None


def test_a_hanging_receiver_holds_up_nobody_and_its_channel_is_a_problem(tmp_path: Path) -> None:
    with webhook() as calls, webhook() as slow:
        slow.hang_s = 600
        where = configured(tmp_path, hook=calls.url, slow=slow.url + "?rto=600")
        url, ids = record(where)
        with writing(url, now_ms()) as writer, messenger(where):
            commit(writer, now_ms(), down(ids["device", "r2"], now_ms()))
            assert soon(lambda: len(calls.bodies) == 1)
            commit(writer, now_ms(), up(ids["device", "r2"], now_ms()))
            assert soon(lambda: len(calls.bodies) == 2)


def test_the_monitor_starts_its_messenger_and_ends_it(tmp_path: Path) -> None:
    need_root()
    with webhook() as calls:
        more = f'[notify]\nheartbeat_url = "http://127.0.0.1:{calls.port}/alive"\n'
        where = configured(tmp_path, more, hook=calls.url)
        process = start(where, "run", "--quiet")
        try:
            heard = soon(lambda: "/alive" in calls.paths, 60)
        finally:
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=60)
    assert heard, err
    assert process.returncode == 0
    assert "Traceback" not in err


@pytest.mark.parametrize("words", [("notify",), ("notify", "shout"), ("notify", "test", "-x")])
def test_other_words_are_a_usage_error(tmp_path: Path, words: tuple[str, ...]) -> None:
    code, _, _ = canh(configured(tmp_path, hook="json://127.0.0.1:1/"), *words)
    assert code == 2
