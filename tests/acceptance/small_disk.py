"""A disk of a few megabytes in a private mount namespace: a folder that can really be full."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Self

from tests.needs import missing, need_program

MAKE = 'mount --make-rprivate / && mount -t tmpfs -o "size=$1" small "$2" && echo made && exec cat'


class SmallDisk:
    """Mounted over `folder`, seen only by what runs `inside` it; used in a `with`."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        need_program("unshare")
        self._holder = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", MAKE, "sh", f"{megabytes}m", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._holder.stdout is not None
        assert self._holder.stderr is not None
        if self._holder.stdout.readline() != "made\n":
            reason = self._holder.stderr.read().strip()
            self.close()
            missing(f"no private mounts here ({reason}); run as root")

    def inside(self, *command: str) -> list[str]:
        return ["nsenter", f"--mount=/proc/{self._holder.pid}/ns/mnt", *command]

    def run(self, *command: str) -> str:
        done = subprocess.run(
            self.inside(*command), capture_output=True, text=True, check=True, timeout=30
        )
        return done.stdout

    @property
    def seen(self) -> Path:
        """The folder as those inside see it, reached from outside; not for SQLite."""
        return Path(f"/proc/{self._holder.pid}/root") / self.folder.relative_to("/")

    def fill(self) -> None:
        """With one file, to the last block."""
        self.run("sh", "-c", f"cat /dev/zero > '{self.folder}/filler' 2>/dev/null || true")

    def free(self) -> None:
        self.run("rm", f"{self.folder}/filler")

    def copy_to(self, folder: Path) -> None:
        """The files as they are now."""
        folder.mkdir(parents=True, exist_ok=True)
        for path in self.seen.iterdir():
            if path.name != "filler":
                shutil.copy(path, folder / path.name)

    def close(self) -> None:
        with self._holder:
            assert self._holder.stdin is not None
            self._holder.stdin.close()
            try:
                self._holder.wait(10)
            except subprocess.TimeoutExpired:
                self._holder.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
