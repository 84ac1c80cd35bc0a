"""One file that holds a whole backup: a tar under gzip, its first member the list of the others.

Nothing in such a file is believed before all of it is read: sizes, hashes and names must be those
of its list, and the list must be one that this version understands.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import shutil
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from store.ballast import free_bytes
from store.engine import RecordError

FORMAT = 1
LIST = "manifest.json"
FILES = "files/"  # of the data folder, beside the record
LIST_BYTES_MAX = 64 << 20
_CHUNK_BYTES = 1 << 20
_LEVEL = 1  # samples are packed already
_RECORD = re.compile(r"record\.db|samples\.db|record\.dump")
_BROKEN = (OSError, EOFError, zlib.error, tarfile.TarError, ValueError, KeyError, TypeError)


class BackupError(RecordError):
    """There is no such backup, or none can be made; the text names the place and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Of which record a copy is, and who can read it."""

    engine: str  # sqlite, postgresql
    record_id: str
    revision: int
    schema: str
    samples_format: int | None  # None: it is without samples
    network: str
    created: str  # ISO 8601, UTC
    version: str  # of the program


@dataclass(frozen=True, slots=True)
class Member:
    name: str
    size: int
    sha256: str


def pack(target: Path, members: Mapping[str, Path], about: About) -> int:
    """Write the archive, down to the disk; returns its size. `members`: files by name."""
    listed = [Member(name, path.stat().st_size, _sha256(path)) for name, path in members.items()]
    told = {"canh_backup": FORMAT, **asdict(about), "members": [asdict(one) for one in listed]}
    content = json.dumps(told, ensure_ascii=False, indent=1).encode()
    target.touch(0o600)  # it tells all that the record tells
    with target.open("wb") as raw:
        with (
            gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
        ):
            tar.addfile(_header(LIST, len(content)), io.BytesIO(content))
            for one in listed:
                with members[one.name].open("rb") as file:
                    tar.addfile(_header(one.name, one.size), file)
        raw.flush()
        _sync(raw)
        return raw.tell()


def unpack(path: Path, folder: Path) -> About:
    """All of it into an empty folder. BackupError where it is not whole; it is of no use then."""
    try:
        with gzip.open(path, "rb") as packed, tarfile.open(fileobj=packed, mode="r|") as tar:
            about, listed = _list(tar)
            _need_room(path, folder, sum(one.size for one in listed.values()))
            while (entry := tar.next()) is not None:
                _take(tar, entry, listed.pop(entry.name), folder)
            while packed.read(_CHUNK_BYTES):  # to the end, where its checksum stands
                pass
    except BackupError:
        raise
    except FileNotFoundError as error:
        raise BackupError(f"there is no backup {path}") from error
    except _BROKEN as error:
        raise BackupError(_refusal(path, _reason(error))) from error
    if listed:
        raise BackupError(_refusal(path, f"it lacks {', '.join(sorted(listed))}"))
    return about


def about(path: Path) -> About:
    """What its list says; the rest is not read."""
    try:
        with gzip.open(path, "rb") as packed, tarfile.open(fileobj=packed, mode="r|") as tar:
            return _list(tar)[0]
    except _BROKEN as error:
        raise BackupError(_refusal(path, _reason(error))) from error


def looks_like_one(path: Path) -> bool:
    """Enough not to take somebody's other file for a backup."""
    try:
        about(path)
    except BackupError:
        return False
    return True


def _list(tar: tarfile.TarFile) -> tuple[About, dict[str, Member]]:
    entry = tar.next()
    if entry is None or entry.name != LIST or not entry.isreg() or entry.size > LIST_BYTES_MAX:
        raise ValueError(f"its first member is no {LIST}")
    told = json.loads(_content(tar, entry).read())
    made_by = int(told.pop("canh_backup"))
    if made_by > FORMAT:
        raise BackupError(
            f"this backup has format {made_by}, this version knows {FORMAT};"
            f" remedy: use canh {told.get('version')} or newer, which wrote it"
        )
    members = [Member(**one) for one in told.pop("members")]
    for one in members:
        if not _good_name(one.name):
            raise ValueError(f"{one.name!r} is no name of a member")
    return About(**told), {one.name: one for one in members}


def _take(tar: tarfile.TarFile, entry: tarfile.TarInfo, one: Member, folder: Path) -> None:
    if not entry.isreg() or entry.size != one.size:
        raise ValueError(f"{one.name} is not as its list says")
    path = folder / one.name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        shutil.copyfileobj(_content(tar, entry), file, _CHUNK_BYTES)
        file.flush()
        _sync(file)
    if _sha256(path) != one.sha256:
        raise ValueError(f"{one.name} is not what was saved: its sha256 is another")


def _content(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> IO[bytes]:
    found = tar.extractfile(entry)
    assert found is not None, "a regular file"
    return found


def _good_name(name: str) -> bool:
    """No name leads out of the folder."""
    if _RECORD.fullmatch(name):
        return True
    parts = name.removeprefix(FILES).split("/")
    return name.startswith(FILES) and name.isprintable() and not {"", ".", ".."} & set(parts)


def _need_room(path: Path, folder: Path, wanted: int) -> None:
    free = free_bytes(folder)
    if wanted > free:
        raise BackupError(
            f"{path} unpacks to {wanted >> 20} MiB, and {folder.parent} has {free >> 20} MiB;"
            " nothing was touched; remedy: make room there"
        )


def _refusal(path: Path, why: str) -> str:
    return (
        f"{path} is damaged, or no backup of canh: {why}; nothing was touched; remedy: take"
        " another backup"
    )


def _reason(error: BaseException) -> str:
    if isinstance(error, KeyError):
        return f"{error.args[0]!r} is missing, or not in its list"
    return " ".join(str(error).split()) or type(error).__name__


def _header(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(file: IO[Any]) -> None:
    os.fsync(file.fileno())


def below(folder: Path) -> Iterator[Path]:
    """Every regular file in it, in order; links are not followed."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path
