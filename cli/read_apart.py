"""Reads the configuration in a process of its own: parsing a country takes seconds."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from cli import apart
from inventory.problems import Problem
from inventory.sites_toml import Reading, read

LIMIT_S = 300.0
NICE = 5  # what is watched goes before


async def read_apart(path: Path) -> Reading:
    """As `inventory.sites_toml.read`; that it could not be done is a problem, too."""
    child = await asyncio.create_subprocess_exec(
        *apart.command("cli.read_apart", str(path)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        env=apart.environment(),
    )
    try:
        async with asyncio.timeout(LIMIT_S):
            said, _ = await child.communicate()
    except TimeoutError:
        return _failed(path, f"was not read within {LIMIT_S:g} s")
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        return _failed(path, f"was not read: its reader ended with code {child.returncode}")
    found: Reading = await asyncio.to_thread(apart.taken_over, said)
    return found


def _failed(path: Path, what: str) -> Reading:
    problem = Problem(file=str(path), line=1, thing="", what=what)
    return Reading(network=None, problems=(problem,))


def main() -> None:
    """What the child does."""
    os.nice(NICE)
    apart.hand_over(read(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
