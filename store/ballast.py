"""A file that takes up room, to be given back when the disk is full."""

from __future__ import annotations

import logging
import os
from pathlib import Path

log = logging.getLogger(__name__)
SIZE_BYTES = 8 << 20
LEAST_BYTES = 64 << 10  # less would free no room worth the name
SHARE = 8  # of what is free, at most one part in so many
BLOCK = 4096


class Ballast:
    """Stands beside the record. With it gone, what matters can still be written for a while."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def bytes(self) -> int:
        """What it would free now; 0: it is not laid."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def lay(self) -> bool:
        """With real blocks, smaller on a small disk. False: there is no room for it."""
        if self.bytes:
            return True
        size = min(SIZE_BYTES, free_bytes(self.path.parent) // SHARE // BLOCK * BLOCK)
        if size < LEAST_BYTES:
            return False
        try:
            with self.path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, size)
        except OSError as error:
            log.warning("no ballast at %s: %s", self.path, error.strerror)
            self.path.unlink(missing_ok=True)
            return False
        return True

    def release(self) -> int:
        """How many bytes it gave back; 0: there was none, or it cannot be removed."""
        size = self.bytes
        try:
            self.path.unlink(missing_ok=True)
        except OSError:
            return 0
        return size


def free_bytes(folder: Path) -> int:
    """Room for this user on the disk of a folder; 0 where nobody can tell."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return 0
    return found.f_bavail * found.f_frsize
