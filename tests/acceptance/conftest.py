"""A network for all tests of a file that names its `STATIONS`; each finds it calm."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.acceptance.net import Net, network
from tests.rig import need_rig


@pytest.fixture(scope="module")
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Net]:
    need_rig()
    stations = request.module.STATIONS
    with network(stations, tmp_path_factory.mktemp(request.module.__name__.split("_")[-1])) as net:
        yield net


@pytest.fixture
def net(running: Net) -> Iterator[Net]:
    running.must_calm()
    yield running
    running.restore()
