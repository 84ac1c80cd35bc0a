"""A stop ends in time whatever hangs, loses nothing that was found, and a second signal is obeyed.

How long it took is written to the log of the tests; what they claim has a wide limit.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

import store.writer
from store.changes import Batch
from store.engine import open_writer
from store.urls import sqlite_url
from store.writer import Writer
from tests.acceptance.monitor import until
from tests.cli.running import answer, canh, folder, start
from tests.cli.test_facts import SITES
from tests.cli.test_on_outage import Running, lines, now, soon, states
from tests.needs import need_root
from tests.postgres import server
from tests.probes.facts.test_shell import ANSWERS
from tests.snmp_agent import Agent, if_table, table
from tests.ssh_server import HANG, PASSWORD, USER, Switch
from tests.ssh_server import running as ssh_running
from tests.store.keeping import NOW, bring, commit, down, network, writing

WIDE_S = 15
log = logging.getLogger(__name__)


def stopped(process: subprocess.Popen[str], *signals: int) -> tuple[int, str]:
    """(exit code, what it said on stderr)."""
    asked = time.monotonic()
    for number in signals:
        process.send_signal(number)
        time.sleep(0.2)
    try:
        _, err = process.communicate(timeout=WIDE_S)
    finally:
        process.kill()
    log.warning("stopped after %.2f s", time.monotonic() - asked)
    return process.returncode, err


def watches(where: Path) -> bool:
    status = answer(where, "status")
    return bool(status["running"]) and any(one["state"] == "up" for one in status["devices"])


@dataclass(frozen=True)
class Frozen:
    """The processes of a server that serve one database stand still within the block."""

    url: str

    @contextmanager
    def hanging(self) -> Iterator[None]:
        engine = create_engine(self.url)
        with engine.connect() as conn:
            asked = text("SELECT pid FROM pg_stat_activity WHERE datname IS NOT NULL"
                         " AND pid <> pg_backend_pid()")  # fmt: skip
            pids: Sequence[int] = conn.execute(asked).scalars().all()
        engine.dispose()
        assert pids
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)


@contextmanager
def watching_on_a_server(where: Path) -> Iterator[tuple[subprocess.Popen[str], Frozen]]:
    need_root()
    with server() as url:
        process = start(folder(where), "run", "--data", url)
        try:
            engine = create_engine(url)

            def seen() -> bool:
                with engine.connect() as conn:
                    there = conn.execute(text("SELECT to_regclass('coverage')")).scalar()
                    return bool(there and conn.execute(text("SELECT 1 FROM coverage")).first())

            assert until(seen, 90) is not None
            engine.dispose()
            yield process, Frozen(url)
        finally:
            process.kill()


def test_a_database_that_hangs_is_not_waited_for_and_what_it_did_not_take_is_kept(
    tmp_path: Path,
) -> None:
    with watching_on_a_server(tmp_path) as (process, database), database.hanging():
        time.sleep(11)  # there is a heartbeat that it does not take
        code, err = stopped(process, signal.SIGTERM)
        assert code == 1, err
        assert "takes nothing any more" in err
        assert "Traceback" not in err
        [kept] = tmp_path.glob("record.pending-*.jsonl")
        assert '"seeing"' in kept.read_text("utf-8")


def test_pages_do_not_wait_for_a_database_that_hangs(tmp_path: Path) -> None:
    need_root()
    with server() as url:
        where = folder(tmp_path)
        code, _, err = canh(where, "run", "--quiet", "--for", "2", "--data", url)
        assert code == 0, err
        process = start(where, "serve", "--data", url, "--port", "0")
        assert process.stderr is not None
        assert "shows" in process.stderr.readline()
        with Frozen(url).hanging():
            time.sleep(2)  # it looks for changes four times a second
            code, err = stopped(process, signal.SIGTERM)
    assert (code, "Traceback" in err) == (1, False), err
    assert "it is left as it is" in err


def test_a_second_signal_ends_at_once(tmp_path: Path) -> None:
    with watching_on_a_server(tmp_path) as (process, database), database.hanging():
        time.sleep(2)
        code, _ = stopped(process, signal.SIGTERM, signal.SIGTERM)
        assert code == 128 + signal.SIGTERM


def test_a_login_that_hangs_is_not_waited_for(tmp_path: Path) -> None:
    need_root()
    hanging = dict.fromkeys(ANSWERS, HANG)
    with ssh_running(Switch(hanging)) as switch, closing(Agent(table(if_table(3)))) as agent:
        where = folder(tmp_path, SITES.format(user=USER, ssh=switch.port, snmp=agent.port))
        secrets = where / "secrets.toml"
        secrets.write_text(f'login = "{PASSWORD}"\n')
        secrets.chmod(0o600)
        process = start(where, "run")
        assert until(lambda: any(one.startswith("show") for one in switch.heard), 90) is not None
        code, err = stopped(process, signal.SIGTERM)
    assert code == 0, err
    assert answer(where, "status")["running"] is False


async def test_a_command_that_runs_at_the_stop_is_ended_and_made_again(tmp_path: Path) -> None:
    url, told = sqlite_url(tmp_path / "record.db"), tmp_path / "told"
    pid = tmp_path / "pid"
    ids = bring(url, network()).ids
    command = ["sh", "-c", f"echo $$ > {pid}; cat >> {told}; exec sleep 600"]
    with writing(url) as writer:
        async with Running(url, command):
            commit(writer, now(), down(ids["device", "p-r"], now()))
            await soon(lambda: len(lines(told)) == 1)
        [(_, state, tries)] = states(url)
        assert (state, tries) == ("queued", 1)
        await soon(lambda: not Path(f"/proc/{pid.read_text().strip()}").exists())
        async with Running(url, command):
            await soon(lambda: len(lines(told)) == 2)


def test_a_slow_disk_is_waited_for_as_long_as_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store.writer, "STALLED_S", 1.5)
    url = sqlite_url(tmp_path / "record.db")
    ids = bring(url, network()).ids
    writer = Writer(open_writer(url), "test")
    writer.start(NOW)
    done: list[int] = []

    def work(number: int) -> None:
        time.sleep(0.5)
        done.append(number)

    for number in range(6):
        writer.beside(partial(work, number))
    last = writer.submit(Batch(at_ms=NOW, verdicts=(down(ids["device", "p-r"], NOW),)))
    writer.close(NOW + 1, seen_ms=None)
    assert done == [*range(6)]
    assert last.result(0).opened
    assert [*tmp_path.glob("record.pending-*")] == []
