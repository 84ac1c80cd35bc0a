"""The migrated schema is that of the models, on both engines, and guards the truth."""

from __future__ import annotations

import re

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, insert, inspect, text
from sqlalchemy.exc import IntegrityError

import store.account_tables
import store.dated_tables
import store.found_tables
import store.spoken  # noqa: F401  their tables join the metadata
from store.engine import RecordError, open_writer
from store.migrate import migrate
from store.tables import metadata, outage, span, thing
from tests.store.keeping import NOW, bring, network


def test_migrations_and_models_agree(empty: str) -> None:
    engine = open_writer(empty)
    migrate(engine)
    with engine.connect() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def _guards(url: str) -> set[str]:
    """Every CHECK, and every index with its condition, as the engine itself tells them."""
    engine = create_engine(url)
    with engine.connect() as conn:
        if engine.dialect.name == "sqlite":
            rows = conn.execute(text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"))
            told = "\n".join(row.sql for row in rows if "alembic" not in row.sql)
            checks = re.findall(r"CONSTRAINT \"?(\w+)\"? CHECK \((.*)\)", told)
            found = {f"{name} {rule}" for name, rule in checks}
            found |= set(re.findall(r"CREATE (?:UNIQUE )?INDEX .*", told))
            found |= {f"{t} AUTOINCREMENT" for t in re.findall(r"TABLE (\w+).*?AUTOINC", told)}
        else:
            rows = conn.execute(
                text("SELECT conname AS name, pg_get_constraintdef(oid) AS rule FROM pg_constraint")
            )
            found = {f"{row.name} {row.rule}" for row in rows if "alembic" not in row.name}
            rows = conn.execute(text("SELECT indexdef FROM pg_indexes WHERE schemaname='public'"))
            found |= {row.indexdef for row in rows if "alembic" not in row.indexdef}
    engine.dispose()
    return found


def test_migrations_keep_every_check_and_partial_index(
    empty: str, postgres: str, tmp_path: object
) -> None:
    migrated = open_writer(empty)
    migrate(migrated)
    migrated.dispose()
    have = _guards(empty)
    engine = create_engine(empty)
    with engine.begin() as conn:
        metadata.drop_all(conn)
        metadata.create_all(conn)
    engine.dispose()
    assert have == _guards(empty)
    assert sum("ck_" in guard for guard in have) >= 12


def test_an_older_schema_goes_down_and_up_again(empty: str) -> None:
    from alembic import command
    from alembic.config import Config

    engine = open_writer(empty)
    migrate(engine)
    config = Config()
    config.set_main_option("script_location", "store/migrations")
    with engine.begin() as conn:
        config.attributes["connection"] = conn
        command.downgrade(config, "base")
    with engine.connect() as conn:
        assert set(inspect(conn).get_table_names()) <= {"alembic_version", "sqlite_sequence"}
    with engine.begin() as conn:
        conn.execute(text("DROP TABLE alembic_version"))
    migrate(engine)
    engine.dispose()


def test_a_newer_record_is_refused_with_the_remedy(empty: str) -> None:
    engine = open_writer(empty)
    migrate(engine)
    with engine.begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(RecordError, match=r"schema 9999.*remedy"):
        migrate(engine)
    engine.dispose()


def test_the_database_itself_refuses_two_open_outages_of_one_thing(url: str) -> None:
    ids = bring(url, network()).ids
    engine = open_writer(url)
    row = {
        "thing_id": ids["device", "d-r"],
        "state": "down",
        "first_bad": NOW,
        "last_bad": NOW,
        "reason": "test",
        "poller": "x",
        "revision": 1,
    }
    with engine.begin() as conn:
        conn.execute(insert(outage).values(seq=1, **row))
    with pytest.raises(IntegrityError), engine.begin() as conn:
        conn.execute(insert(outage).values(seq=2, **row))
    engine.dispose()


@pytest.mark.parametrize(
    "brackets",
    [
        {"last_good": NOW, "first_bad": NOW, "last_bad": NOW},
        {"first_bad": NOW + 1, "last_bad": NOW},
        {"first_bad": NOW, "last_bad": NOW + 5, "first_good": NOW + 5},
    ],
)
def test_the_database_itself_refuses_brackets_out_of_order(
    url: str, brackets: dict[str, int]
) -> None:
    ids = bring(url, network()).ids
    engine = open_writer(url)
    row = {"state": "down", "reason": "t", "poller": "x", "seq": 1, "revision": 1}
    with pytest.raises(IntegrityError), engine.begin() as conn:
        conn.execute(insert(outage).values(thing_id=ids["device", "d-r"], **row, **brackets))
    engine.dispose()


def test_a_row_that_a_poller_sends_twice_is_taken_once(url: str) -> None:
    ids = bring(url, network()).ids
    engine = open_writer(url)
    row = {
        "thing_id": ids["device", "d-r"],
        "state": "up",
        "started": NOW,
        "ended": NOW + 1,
        "reason": "t",
        "poller": "x",
        "seq": 7,
        "revision": 1,
    }
    with engine.begin() as conn:
        conn.execute(insert(span).values(**row))
    with pytest.raises(IntegrityError), engine.begin() as conn:
        conn.execute(insert(span).values(**row))
    engine.dispose()


def test_ids_of_things_are_never_used_again(url: str) -> None:
    bring(url, network())
    engine = open_writer(url)
    row = {"kind": "note", "created": NOW, "revision": 1}
    with engine.begin() as conn:
        made = conn.execute(insert(thing).values(key="one", **row)).inserted_primary_key
        conn.execute(thing.delete().where(thing.c.key == "one"))
        again = conn.execute(insert(thing).values(key="two", **row)).inserted_primary_key
    assert made is not None
    assert again is not None
    assert again[0] > made[0]
    engine.dispose()
