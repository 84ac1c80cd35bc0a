"""Alembic's entry: runs the versions on the connection that store.migrate hands over."""

from __future__ import annotations

from alembic import context

import store.account_tables
import store.dated_tables
import store.found_tables
import store.spoken  # noqa: F401  their tables join the metadata
from store.tables import metadata


def run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
