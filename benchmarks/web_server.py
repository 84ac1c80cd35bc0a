"""The pages in a process of their own; it answers each line with how late its loop was.

python -m benchmarks.web_server FOLDER
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import time
from pathlib import Path

from aiohttp import web

from benchmarks.board_storm import RECORD
from cli.apart import spare_the_collector
from cli.serve import YOUNG
from inventory.model import Web
from reports.web.callers import Callers
from reports.web.desk import Desk
from reports.web.limits import Porch, opened
from reports.web.pages import ROOMS
from reports.web.site import Site, application
from store.urls import sqlite_url


async def serve(folder: Path) -> None:
    """Until stdin ends."""
    site = Site(desk=Desk(sqlite_url(folder / RECORD)), settings=Web(), data=folder, reports=folder)
    runner = web.AppRunner(application(site, ROOMS), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    listening = socket.create_server(("127.0.0.1", 0))
    spare_the_collector(YOUNG)
    server = await opened(Porch(runner, Callers()), listening, None)
    print(listening.getsockname()[1], flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        shares = (0.5, 0.99, 0.999, 1.0)
        told = {"lag_ms": [1000 * site.lag.worst(share) for share in shares]}
        print(json.dumps(told | {"cpu_s": time.process_time()}), flush=True)
    site.stop.set()
    server.close()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
