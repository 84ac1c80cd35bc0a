"""A server that the attacks are tried on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from reports.web.pages import ROOMS
from tests.web.attacking import pages
from tests.web.serving import Client, Served, serving


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path, rooms=(*ROOMS, pages)) as found:
        found.add("root", "admin")
        yield found


@pytest.fixture
async def client(served: Served) -> AsyncIterator[Client]:
    async with served.client() as found:
        yield found
