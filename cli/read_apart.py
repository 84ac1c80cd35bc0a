"""Reads the configuration in a process of its own: parsing a country takes seconds."""

from __future__ import annotations

import asyncio
import os
import pickle
import sys
from pathlib import Path

from inventory.problems import Problem
from inventory.sites_toml import Reading, read

LIMIT_S = 300.0
NICE = 5  # what is watched goes before


async def read_apart(path: Path) -> Reading:
    """As `inventory.sites_toml.read`; that it could not be done is a problem, too."""
    child = await asyncio.create_subprocess_exec(
        # -P: a folder named "cli" where the user happens to stand is not ours
        *(sys.executable, "-P", "-m", "cli.read_apart", str(path)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
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
    found: Reading = await asyncio.to_thread(pickle.loads, said)
    return found


def _failed(path: Path, what: str) -> Reading:
    problem = Problem(file=str(path), line=1, thing="", what=what)
    return Reading(network=None, problems=(problem,))


def main() -> None:
    """What the child does."""
    os.nice(NICE)
    sys.stdout.buffer.write(pickle.dumps(read(Path(sys.argv[1])), pickle.HIGHEST_PROTOCOL))


if __name__ == "__main__":
    main()
