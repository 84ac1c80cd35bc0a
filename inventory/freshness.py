"""Notices that the files of a configuration changed, without reading them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from inventory.files import matches
from inventory.secrets import FILE as SECRETS

Print = tuple[tuple[str, int, int, int, int], ...]


def fingerprint(path: Path, includes: Iterable[str]) -> Print:
    """The file, those that it includes and the secrets beside it: device, inode, size and times.

    The time of change tells of rights too: secrets that others could read are refused until then.
    A file that is not there is missing from it.
    """
    files = [path, path.parent / SECRETS]
    for pattern in includes:
        files += matches(path.parent, pattern)
    found = []
    for file in dict.fromkeys(files):
        try:
            seen = file.stat()
        except (OSError, ValueError):
            continue
        found.append((str(file), seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns))
    return tuple(found)
