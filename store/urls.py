"""Where a record is, as a URL: told without SQLAlchemy, which takes a fifth of a second to load."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, unquote


def sqlite_url(path: Path) -> str:
    """Characters that mean something in a URL are written so that they do not."""
    return f"sqlite:///{quote(str(path), safe=' +/')}"


def sqlite_file(url: str) -> Path | None:
    """The file of a record; None: it stands in a database server."""
    scheme, _, path = url.partition(":///")
    if scheme.partition("+")[0] != "sqlite" or not path:
        return None
    return Path(unquote(path.partition("?")[0]))
