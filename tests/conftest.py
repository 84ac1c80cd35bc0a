"""Fixtures that more than one room needs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from store.urls import sqlite_url
from tests.postgres import database, server
from tests.snmpd import Snmpd, running_snmpd
from tests.store.first import first, renew

settings.register_profile("shared machine", deadline=None)  # how long it takes is no claim
settings.load_profile("shared machine")
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server for the whole session."""
    with server() as url:
        yield url


@pytest.fixture(scope="module")
def snmpd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    """A real agent of net-snmp."""
    with running_snmpd(tmp_path_factory.mktemp("snmpd")) as agent:
        yield agent


ENGINES = ("sqlite", "postgresql")


@pytest.fixture(params=ENGINES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database on each engine in turn."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "record.db")
        return
    with database(request.getfixturevalue("postgres"), f"canh_{next(_numbers)}") as made:
        yield made


@pytest.fixture(scope="session")
def template(postgres: str) -> Iterator[str]:
    """The name of a database that is migrated, and is never used but to be copied."""
    with database(postgres, "canh_template") as made:
        first(made)
        yield "canh_template"


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database on each engine in turn, as `tests.store.keeping.bring` wants it."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "record.db")
        return
    name, of = f"canh_{next(_numbers)}", request.getfixturevalue("template")
    with database(request.getfixturevalue("postgres"), name, of) as made:
        renew(made)
        yield made
