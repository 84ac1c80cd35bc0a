"""Open roots are kept between two questions, and never shown older than they are."""

from __future__ import annotations

import time
from typing import Any

from store.actions import Done, open_actions
from store.changes import Sight
from store.engine import open_reader
from store.open_roots import ANEW_S, OpenRoots
from tests.store.keeping import bring, commit, down, network, up, writing

NOW = time.time_ns() // 1_000_000
MINUTE = 60_000


def test_what_changed_is_read_and_what_ran_out_is_found(url: str) -> None:
    ids = bring(url, network(), NOW - MINUTE).ids
    near, far, site = ids["device", "p-r"], ids["device", "d-r"], ids["site", "d"]
    clock = [0.0]
    engine, roots = open_reader(url), OpenRoots(lambda: clock[0])

    def told() -> list[tuple[int, bool, int, str | None]]:
        with engine.begin() as conn:
            rows = roots.rows(conn)
        return [(row.thing_id, row.acknowledged, row.members, row.note) for row in rows]

    with writing(url, NOW - MINUTE) as writer:
        at = NOW - MINUTE
        commit(writer, at + 1, *(up(one, at + 1) for one in (near, far, site)), sight=Sight.OPENED)
        assert told() == []
        commit(writer, at + 2000, down(far, at + 1000), sight=Sight.SEEN)
        assert told() == [(far, False, 0, None)]
        commit(writer, at + 3000, down(site, at + 2500, far), sight=Sight.SEEN)
        assert told() == [(far, False, 1, None)]
        people = open_actions(url)
        with engine.begin() as conn:
            [root] = roots.rows(conn)
        until = time.time_ns() // 1_000_000 + 400
        said: dict[str, Any] = {"note_text": "đang đi", "until_ms": until, "owner": None}
        assert isinstance(people.acknowledge(root.id, actor="an", expected=1 << 40, **said), Done)
        people.close()
        assert told() == [(far, True, 1, "đang đi")]
        time.sleep(0.5)
        clock[0] += ANEW_S  # it ran out, and nothing was committed since
        assert told() == [(far, False, 1, "đang đi")]
        commit(writer, at + 4000, up(far, at + 3500), up(site, at + 3500), sight=Sight.SEEN)
        commit(writer, at + 5000, down(near, at + 4500), sight=Sight.SEEN)
        assert told() == [(near, False, 0, None)]
    engine.dispose()
