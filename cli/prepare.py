"""Makes the record ready for a watch: made or upgraded, with the configuration in it."""

from __future__ import annotations

import sys
import time
from functools import partial
from pathlib import Path

from inventory.model import Network
from store import sample_file
from store.declare import Agreement, agree
from store.engine import open_writer, sqlite_path
from store.trouble import examine, prepared
from store.upgrading import upgrade


def prepare(
    url: str, network: Network, *, accept_retired: bool = False, beside: Path | None = None
) -> Agreement:
    """Make or upgrade the record and bring the configuration into it; refuse a damaged one.

    An older record is saved first: beside itself, or of a server in the folder `beside`.
    """
    examine(url)
    path = sqlite_path(url)
    folder = path.parent if path is not None else beside or Path()
    return prepared(url, partial(_bring, url, network, accept_retired, folder))


def _bring(url: str, network: Network, accept_retired: bool, folder: Path) -> Agreement:
    engine = open_writer(url)
    try:
        saved = upgrade(engine, folder)
        if saved is not None:
            sys.stderr.write(f"canh: the record is upgraded; what it was is kept in {saved}\n")
        sample_file.prepare(url)
        now_ms = time.time_ns() // 1_000_000
        with engine.begin() as conn:
            return agree(conn, network, now_ms, accept_retired=accept_retired)
    finally:
        engine.dispose()
