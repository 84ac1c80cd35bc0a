"""Makes the record ready for a watch: made or upgraded, with the configuration in it."""

from __future__ import annotations

import time
from functools import partial

from inventory.model import Network
from store import sample_file
from store.declare import Agreement, agree
from store.engine import open_writer
from store.migrate import migrate
from store.trouble import examine, prepared


def prepare(url: str, network: Network, *, accept_retired: bool = False) -> Agreement:
    """Make or upgrade the record and bring the configuration into it; refuse a damaged one."""
    examine(url)
    return prepared(url, partial(_bring, url, network, accept_retired))


def _bring(url: str, network: Network, accept_retired: bool) -> Agreement:
    engine = open_writer(url)
    try:
        migrate(engine)
        sample_file.prepare(url)
        now_ms = time.time_ns() // 1_000_000
        with engine.begin() as conn:
            return agree(conn, network, now_ms, accept_retired=accept_retired)
    finally:
        engine.dispose()
