"""The command on a folder's own files."""

from __future__ import annotations

from pathlib import Path

from cli.main import main

SHIPPED = Path("sites.toml")


def canh(folder: Path, *words: str | Path) -> int:
    """Its exit code; the record, if there is one, is in the same folder."""
    command, *rest = map(str, words)
    return main([command, "--config", str(folder / "sites.toml"), "--data", str(folder), *rest])
