"""The mark of planned work comes and goes with its window, for what stands behind it too."""

from __future__ import annotations

import time

from store.actions import Done, open_actions
from store.changes import Sight
from store.states import Mark
from tests.store.keeping import bring, commit, down, network, reading, writing


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def marked(url: str) -> set[str]:
    with reading(url) as reader:
        rows = reader.snapshot().rows
    return {f"{row.kind}:{row.key}" for row in rows if Mark.MAINTENANCE in row.marks}


def test_the_mark_follows_the_window_and_reaches_what_is_behind(url: str) -> None:
    ids = bring(url, network(), now_ms()).ids
    hub, behind, site = ids["device", "p-r"], ids["device", "d-r"], ids["site", "d"]
    begin = now_ms() + 60_000
    actions = open_actions(url)
    done = actions.plan_maintenance(
        hub, actor="Lan", from_ms=begin, to_ms=begin + 600_000, reason="Thay nguồn"
    )
    assert isinstance(done, Done), done
    actions.close()
    with writing(url, now_ms()) as writer:
        commit(writer, begin - 1_000, sight=Sight.BEAT)
        assert marked(url) == set()
        cut = [down(hub, begin + 5_000), down(behind, begin + 5_000, hub)]
        commit(writer, begin + 9_000, *cut, down(site, begin + 5_000, hub), sight=Sight.BEAT)
        commit(writer, begin + 10_000, sight=Sight.BEAT)
        assert marked(url) == {"device:p-r", "device:d-r", "site:d"}
        commit(writer, begin + 600_001, sight=Sight.BEAT)
        assert marked(url) == set()
        with reading(url) as reader:
            told = [event["kind"] for event in reader.events()]
    assert told.count("maintenance.began") == told.count("maintenance.ended") == 3


def test_work_at_a_unit_marks_all_that_is_in_it(url: str) -> None:
    ids = bring(url, network(), now_ms()).ids
    actions = open_actions(url)
    begin = now_ms() + 60_000
    actions.plan_maintenance(
        ids["unit", "522"], actor="Lan", from_ms=begin, to_ms=begin + 1_000, reason="Dời trụ sở"
    )
    actions.close()
    with writing(url, now_ms()) as writer:
        commit(writer, begin, sight=Sight.BEAT)
    assert {"unit:522", "site:d", "device:d-r", "device:d-u", "link:L1"} <= marked(url)
    assert not {"unit:51", "site:p", "device:p-r"} & marked(url)
