"""The files of photos: taken from a form within limits, developed apart, kept by their hash."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from store.photos import Picture

log = logging.getLogger(__name__)
MOST_BYTES = 15_000_000  # of one upload
SLOWEST_S = 180.0  # for one upload
LONGEST_S = 40.0  # for the work on one
AT_ONCE, MOST_WAITING = 2, 8


class RefusedError(Exception):
    """Not taken: the key of the phrase that says why, and the status of the answer."""

    def __init__(self, key: str, status: int = 422) -> None:
        super().__init__(key)
        self.key, self.status = key, status


class Part(Protocol):
    """What of aiohttp's parts of a form is read here."""

    async def read_chunk(self, size: int = ...) -> bytes: ...


class Album:
    """`photos/ab/HASH.jpg` and `HASH.small.jpg` under a folder; the record says which stand."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "photos"
        self._bench = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self.turn = asyncio.Lock()  # rows and files change together

    def path(self, sha256: str, *, small: bool) -> Path:
        return self._folder / sha256[:2] / f"{sha256}{'.small' if small else ''}.jpg"

    @asynccontextmanager
    async def developed(self, part: Part) -> AsyncIterator[tuple[Picture, Path]]:
        """What was sent, as a picture and the name of its two copies; gone after the block."""
        if self._waiting >= MOST_WAITING:
            raise RefusedError("photo.refused.busy", 429)
        self._waiting += 1
        try:
            await asyncio.to_thread(self._folder.mkdir, 0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".new-", dir=self._folder) as name:
                sent = Path(name) / "sent"
                await _receive(part, sent)
                async with self._bench:
                    width, height = await _develop(sent)
                picture = await asyncio.to_thread(_picture, sent, width, height)
                yield picture, sent
        except OSError as error:
            log.warning("photos: %s", error)
            raise RefusedError("photo.refused.disk", 507) from error
        finally:
            self._waiting -= 1

    def keep(self, picture: Picture, sent: Path) -> None:
        """Blocking; both files are on disk when it returns."""
        for small in (False, True):
            to = self.path(picture.sha256, small=small)
            to.parent.mkdir(0o700, exist_ok=True)
            made = Path(f"{sent}.{'small' if small else 'large'}")
            with made.open("rb") as file:
                os.fsync(file.fileno())
            made.replace(to)

    def drop(self, sha256: str) -> None:
        """Blocking; what no row tells of any more."""
        for small in (False, True):
            self.path(sha256, small=small).unlink(missing_ok=True)


async def _receive(part: Part, to: Path) -> None:
    held = 0
    with to.open("wb") as file:
        try:
            async with asyncio.timeout(SLOWEST_S):
                while chunk := await part.read_chunk(1 << 18):
                    held += len(chunk)
                    if held > MOST_BYTES:
                        raise RefusedError("photo.refused.large", 413)
                    await asyncio.to_thread(file.write, chunk)
        except TimeoutError as error:
            raise RefusedError("photo.refused.slow", 408) from error
    if not held:
        raise RefusedError("photo.refused.none")


async def _develop(sent: Path) -> tuple[int, int]:
    """The darkroom is a program of its own: a bomb there takes nothing from us."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "reports.web.darkroom", str(sent),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PATH": os.defpath},
    )  # fmt: skip
    try:
        async with asyncio.timeout(LONGEST_S):
            said, _ = await child.communicate()
    except TimeoutError as error:
        raise RefusedError("photo.refused.broken") from error
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    try:
        told = json.loads(said)
    except ValueError as error:  # a limit ended it
        raise RefusedError("photo.refused.broken") from error
    if "refused" in told:
        raise RefusedError(f"photo.refused.{told['refused']}")
    return told["width"], told["height"]


def _picture(sent: Path, width: int, height: int) -> Picture:
    large, small = (Path(f"{sent}.{which}").read_bytes() for which in ("large", "small"))
    return Picture(
        sha256=hashlib.sha256(large).hexdigest(),
        width=width,
        height=height,
        size=len(large) + len(small),
    )
