"""The start of a watch reads and writes in a process of its own, that never outlives its reason."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.start import Start
from inventory.sites_toml import read
from store.reader import open_questions
from store.urls import sqlite_url
from tests.cli.running import SITES, canh, folder, start


@pytest.fixture
def place(tmp_path: Path) -> tuple[Path, str]:
    where = folder(tmp_path)
    return where / "sites.toml", sqlite_url(where / "canh-data" / "record.db")


def test_what_was_read_and_agreed_is_handed_over_and_stands_in_the_record(
    place: tuple[Path, str],
) -> None:
    config, url = place
    with Start(config, url, accept_retired=False) as begun:
        begun.read()
        found = begun.bring()
    assert found.network == read(config).network
    assert found.agreement.created == len(found.agreement.ids)
    reader = open_questions(url)
    assert {row.thing_id for row in reader.snapshot().rows} <= set(found.agreement.ids.values())
    reader.close()


def test_who_gives_up_before_the_record_is_held_leaves_nothing_behind(
    place: tuple[Path, str],
) -> None:
    config, url = place
    with Start(config, url, accept_retired=False) as begun:
        begun.read()
    assert not (config.parent / "canh-data").exists()


def test_files_that_are_not_sound_make_no_folder(tmp_path: Path) -> None:
    where = folder(tmp_path)
    (where / "sites.toml").write_text(SITES.replace('unit = "51"', 'unit = "52"'), "utf-8")
    code, out, err = canh(where, "run", "--for", "1")
    assert (code, out) == (1, "")
    assert 'there is no unit "52"' in err
    assert not (where / "canh-data").exists()


def test_a_start_that_is_killed_is_one_clear_line(
    place: tuple[Path, str], capfd: pytest.CaptureFixture[str]
) -> None:
    with Start(*place, accept_retired=False) as begun:
        begun.read()
        begun._child.kill()
        with pytest.raises(SystemExit) as ended:
            begun.bring()
    assert ended.value.code == 1
    assert capfd.readouterr().err == "canh: the start was ended by signal 9\n"


@pytest.mark.parametrize(("how", "code"), [("KILL", -9), ("TERM", -15), ("INT", 130)])
def test_the_child_ends_with_the_command_however_that_ends(
    tmp_path: Path, how: str, code: int
) -> None:
    command = start(folder(tmp_path), "run", "--quiet", "--for", "20")
    children = Path(f"/proc/{command.pid}/task/{command.pid}/children")
    assert until(lambda: bool(children.read_text()))
    child = int(children.read_text().split()[0])
    command.send_signal(signal.Signals[f"SIG{how}"])
    out, err = command.communicate(timeout=30)
    assert (command.returncode, out, err) == (code, "", "")
    assert until(lambda: not there(child))


def until(true: Callable[[], bool]) -> bool:
    ends = time.monotonic() + 10
    while not true() and time.monotonic() < ends:
        time.sleep(0.01)
    return true()


def there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
