"""Schema versions, run by Alembic on both engines."""
