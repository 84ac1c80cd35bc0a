"""The messenger is killed again and again: nothing is lost, and a repeat is known as one."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from inventory.sites_toml import read
from store.engine import open_reader
from store.tables import delivery
from store.urls import sqlite_url
from store.writer import Writer
from tests.acceptance.monitor import CANH, ROOT
from tests.rig import now_ms
from tests.sinks import Calls, Mailbox, mailbox, webhook
from tests.store.keeping import bring, commit, down, up, writing

KILLS = int(os.environ.get("CANH_KILLS", "10"))
APART_MS = 400_000
TIED = ("setpriv", "--pdeathsig", "KILL")  # it does not outlive the tests

pytestmark = pytest.mark.timeout(300 + 60 * KILLS)

SITES = """\
[network]
name = "Mạng thử"
timezone = "Asia/Ho_Chi_Minh"
anchor = ["r0"]
[[unit]]
id = "51"
code = "51"
name = "Tỉnh Quảng Ngãi"
level = "province"
[[site]]
id = "p"
name = "Trung tâm Dữ liệu tỉnh"
unit = "51"
[[rule]]
id = "all"
to = ["mail", "hook"]
delay_s = 0
severity = ["down"]
[[channel]]
id = "mail"
url = "{mail}"
[[channel]]
id = "hook"
url = "{hook}"
"""
DEVICE = """
[[device]]
id = "r{n}"
site = "p"
role = "router"
address = "127.51.{n}.1"
"""


@dataclass
class Life:
    """The messenger's process. `armed`: at which word of which receiver it is killed next."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None
    armed: tuple[str, str] | None = None
    killed: list[tuple[str, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*TIED, *CANH, "notify", "run", *self._where()],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _where(self) -> tuple[str, ...]:
        return ("--config", str(self.folder / "sites.toml"), "--data", str(self.folder))

    def hook(self, receiver: str) -> Callable[[str], None]:
        """Called by a receiver, before it answers."""

        def heard(word: str) -> None:
            with self.lock:
                if self.armed != (receiver, word) or self.process is None:
                    return
                self.killed.append(self.armed)
                self.armed = None
                self.process.send_signal(signal.SIGKILL)

        return heard

    def end(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


@contextlib.contextmanager
def receivers(life: Life) -> Iterator[tuple[Mailbox, Calls]]:
    with mailbox() as box, webhook() as calls:
        box.hook, calls.hook = life.hook("mail"), life.hook("hook")
        yield box, calls


def soon(true: Callable[[], bool], within_s: float = 240) -> bool:
    deadline = time.monotonic() + within_s
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def queue(url: str) -> dict[str, dict[str, str]]:
    """channel → what it tells → its state."""
    found: dict[str, dict[str, str]] = {"mail": {}, "hook": {}}
    engine = open_reader(url)
    with engine.begin() as conn:
        for row in conn.execute(delivery.select()):
            found[row.channel][row.message_id] = row.state
    engine.dispose()
    return found


def waiting(url: str) -> bool:
    return any("queued" in rows.values() for rows in queue(url).values())


def next_outage(writer: Writer, ids: list[int], round_: int) -> None:
    """One thing falls, and the one before it is back; far enough apart to be no storm."""
    now = now_ms()
    verdicts = [down(ids[round_], now - (KILLS - round_) * APART_MS)]
    if round_:
        verdicts.append(up(ids[round_ - 1], now))
    commit(writer, now + 1, *verdicts)


def test_a_kill_between_commit_and_send_or_send_and_record_loses_nothing_and_repeats_once(
    tmp_path: Path,
) -> None:
    life, url = Life(tmp_path), sqlite_url(tmp_path / "record.db")
    with receivers(life) as (box, calls):
        text = SITES.format(mail=box.url, hook=calls.url)
        devices = "".join(DEVICE.format(n=n) for n in range(KILLS))
        (tmp_path / "sites.toml").write_text(text + devices, "utf-8")
        network = read(tmp_path / "sites.toml").network
        assert network is not None
        agreed = bring(url, network, now_ms())
        ids = [agreed.ids["device", f"r{n}"] for n in range(KILLS)]
        with writing(url, now_ms()) as writer:
            life.start()
            assert soon(lambda: "begun" in queue(url)["mail"]), (tmp_path / "log").read_text()
            for round_ in range(KILLS):
                life.armed = (("mail", "hook")[round_ // 2 % 2], ("connect", "taken")[round_ % 2])
                next_outage(writer, ids, round_)
                assert soon(lambda n=round_: len(life.killed) == n + 1), life.armed  # type: ignore[misc]
                assert life.process is not None
                life.process.wait(20)
                life.start()
                if round_ % 4 == 3:  # else every life ends before the other channel is done
                    assert soon(lambda: not waiting(url)), queue(url)
            outages = range(1, KILLS + 1)
            owed = {"begun", *(f"outage:{n}" for n in outages)}
            owed |= {f"outage:{n}:over" for n in outages if n < KILLS}  # the last one goes on
            settled = soon(
                lambda: (
                    not waiting(url) and all(rows.keys() >= owed for rows in queue(url).values())
                )
            )
            assert life.end() == 0
    rows = queue(url)
    assert settled, rows
    at = Counter(receiver for receiver, word in life.killed if word == "taken")
    for name, told in (("mail", box.ids), ("hook", calls.keys)):
        sent = [key for key, state in rows[name].items() if state == "sent"]
        assert set(rows[name]) - owed == {key for key in rows[name] if key.startswith("digest")}
        assert len(set(told)) == len(sent)  # each arrived, and nothing else did
        assert all(any(_is(key, name, one) for one in told) for key in sent)
        repeats = len(told) - len(set(told))
        beside = len(life.killed) - at[name]  # one may be on its way when the other is killed
        assert at[name] <= repeats <= at[name] + beside, (name, repeats, at)
    assert "Traceback" not in (tmp_path / "log").read_text("utf-8")


def _is(key: str, channel: str, told: str | None) -> bool:
    return f"{key.replace(':', '.')}.{channel}." in (told or "")
