"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path


def write_whole(path: Path, content: str | bytes) -> None:
    """What stood there before stays until the new file is complete on the disk."""
    write_all({path: content})


def write_all(contents: Mapping[Path, str | bytes]) -> None:
    """Several files: none is replaced before all are complete. OSError where one cannot be; it
    names that file."""
    parts: list[tuple[Path, Path]] = []
    through = [path for path in contents if _is_no_file(path)]
    try:
        for path, content in contents.items():
            if path not in through:
                with _naming(path):
                    parts.append((_part(path, content), path))
        for part, path in parts:
            with _naming(path):
                part.replace(path)
        for folder in {path.parent for _, path in parts}:
            sync_folder(folder)
        for path in through:
            with _naming(path):
                path.write_bytes(_bytes(contents[path]))
    finally:
        for part, _ in parts:
            part.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Only then is it sure that a new name in it outlasts a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """An error of a write has no name of a file, and the part has one that nobody knows."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _part(path: Path, content: str | bytes) -> Path:
    """The new content in a file of its own beside the old one, with that one's owner and rights."""
    path.parent.mkdir(parents=True, exist_ok=True)
    old = path.stat() if path.exists() else None
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_bytes(content))
            file.flush()
            if old is not None:
                for ids in ((-1, old.st_gid), (old.st_uid, -1)):
                    with suppress(PermissionError):  # only root gives a file to somebody else
                        os.fchown(handle, *ids)
            os.fchmod(handle, old.st_mode & 0o7777 if old else 0o666 & ~_umask())
            os.fsync(handle)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return part


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def _is_no_file(path: Path) -> bool:
    """A pipe, a device, or a name of one, such as /dev/stdout: it is written to, not replaced."""
    in_dev = path.absolute().is_relative_to("/dev") and path.exists()
    return in_dev or path.is_fifo() or path.is_char_device() or path.is_block_device()


def _umask() -> int:
    """mkstemp gives a file to its owner alone; a report is made as any other file is."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
