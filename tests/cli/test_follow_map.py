"""A monitor that runs over a day from which the map is another shows the new one by itself."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from cli import follow
from cli.follow import Follower
from inventory.model import Network
from store.reader import open_questions
from store.reloads import turn_map
from tests.store.keeping import bring, network, writing

DAY_MS = 86_400_000


def changing_today() -> Network:
    """Since this morning the district is no more."""
    plain = network()
    today = datetime.now(ZoneInfo(plain.timezone)).date()
    ended = replace(plain.units["522"], valid_to=today, into=("51",))
    return replace(plain, units=dict(plain.units) | {"522": ended})


def test_the_next_change_is_at_midnight_of_its_day() -> None:
    changed = changing_today()
    assert follow._next_map(changed) is None
    later = replace(
        changed.units["522"],
        valid_to=datetime.now(ZoneInfo(changed.timezone)).date() + timedelta(days=1),
    )
    soon = follow._next_map(replace(changed, units=dict(changed.units) | {"522": later}))
    assert soon is not None
    assert 0 < soon - time.time() * 1000 <= DAY_MS


async def test_the_lists_turn_without_a_change_of_the_files(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'record.db'}"
    changed = changing_today()
    now = time.time_ns() // 1_000_000
    bring(url, changed, now - DAY_MS)
    reader = open_questions(url)
    try:
        with writing(url, now) as writer:
            monkeypatch.setattr(follow, "_next_map", lambda network: now)
            follower = Follower(None, changed, cast(Any, None), writer, url)
            before = {row.key: row.level for row in reader.snapshot().rows}
            await follower._look(reader)
            after = {row.key: row.level for row in reader.snapshot().rows}
    finally:
        reader.close()
    assert (before["522"], before["d"]) == ("district", "district")
    assert "522" not in after
    assert after["d"] == "transit"


async def test_a_map_that_could_not_be_written_is_tried_again(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"sqlite:///{tmp_path / 'record.db'}"
    changed = changing_today()
    now = time.time_ns() // 1_000_000
    bring(url, changed, now - DAY_MS)
    reader = open_questions(url)

    def broken(conn: Any, network: Network, now_ms: int) -> Any:
        conn.execute(text("INSERT INTO thing (id) VALUES (1)"))

    try:
        with writing(url, now) as writer:
            monkeypatch.setattr(follow, "_next_map", lambda network: now)
            follower = Follower(None, changed, cast(Any, None), writer, url)
            monkeypatch.setattr(follow, "turn_map", broken)
            await follower._look(reader)
            assert "could not be written" in caplog.text
            monkeypatch.setattr(follow, "turn_map", turn_map)
            monkeypatch.setattr(time, "time", lambda: now / 1000 + 120)
            await follower._look(reader)
            after = {row.key for row in reader.snapshot().rows}
    finally:
        reader.close()
    assert "522" not in after
