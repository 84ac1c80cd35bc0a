"""Fixtures of accounts, and of a record that is saved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store import backup
from store.accounts import Accounts
from store.urls import sqlite_url
from tests.store.book import CHEAP, Clock
from tests.store.saving import lived


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(url: str, clock: Clock) -> Iterator[Accounts]:
    found = Accounts(url, cost=CHEAP, clock=clock)
    yield found
    found.close()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def here(data: Path) -> str:
    return sqlite_url(data / "record.db")


@pytest.fixture
def saved(here: str, tmp_path: Path) -> Path:
    """A backup of an hour that was lived in `data`."""
    lived(here)
    backup.make(here, tmp_path / "b.tar.gz")
    return tmp_path / "b.tar.gz"
