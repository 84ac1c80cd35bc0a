"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path


def write_whole(path: Path, content: str | bytes) -> None:
    """What stood there before stays until the new file is complete on the disk."""
    write_all({path: content})


def write_all(contents: Mapping[Path, str | bytes]) -> None:
    """Several files: none is replaced before all are complete. OSError where one cannot be."""
    parts: list[tuple[Path, Path]] = []
    try:
        for path, content in contents.items():
            parts.append((_part(path, content), path))
        for part, path in parts:
            part.replace(path)
    finally:
        for part, _ in parts:
            part.unlink(missing_ok=True)


def _part(path: Path, content: str | bytes) -> Path:
    """The new content in a file of its own beside the old one, with that one's rights."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = path.stat().st_mode & 0o7777 if path.exists() else 0o666 & ~_umask()
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(mode)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return part


def _umask() -> int:
    """mkstemp gives a file to its owner alone; a report is made as any other file is."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
