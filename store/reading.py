"""One read transaction of the record."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from store.engine import RecordError


class Reading:
    """A database error becomes a RecordError that names the record."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __enter__(self) -> Connection:
        try:
            self._begin = self._engine.begin()
            return self._begin.__enter__()
        except SQLAlchemyError as error:
            raise self._clear(error) from error

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        try:
            self._begin.__exit__(kind, error, trace)
        except SQLAlchemyError as failed:
            raise self._clear(failed) from failed
        if isinstance(error, SQLAlchemyError):
            raise self._clear(error) from error

    def _clear(self, error: SQLAlchemyError) -> RecordError:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        return RecordError(
            f"cannot read the record {self._engine.url.render_as_string()}: {reason}"
        )
