"""A record's URL and its file are two names of one place."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.urls import sqlite_file, sqlite_url


@pytest.mark.parametrize("name", ["/var/lib/canh/record.db", "d/record.db", "/a b/c#d?e%20/đ.db"])
def test_the_file_of_a_url_is_the_one_it_was_made_of(name: str) -> None:
    assert sqlite_file(sqlite_url(Path(name))) == Path(name)


@pytest.mark.parametrize("url", ["postgresql+psycopg://h/canh", "sqlite://", "record.db"])
def test_a_database_server_has_no_file(url: str) -> None:
    assert sqlite_file(url) is None
