"""Runs `canh` itself for the web: what takes long is made in a process of its own, in its time."""

from __future__ import annotations

import argparse
import asyncio
from asyncio.subprocess import DEVNULL, PIPE

from cli import apart

LONGEST_S = 300.0
NICE = ("nice", "-n", "10")  # probing and pages come first


class Command:
    """`canh WORDS…` over the same configuration and record."""

    def __init__(self, args: argparse.Namespace) -> None:
        given = {name: getattr(args, name) for name in ("config", "data")}
        self._options = [f"--{name}={value}" for name, value in given.items() if value is not None]

    async def __call__(self, *words: str) -> tuple[int, bytes, str]:
        """Exit code, standard output, standard error; killed when it takes too long."""
        child = await asyncio.create_subprocess_exec(
            *NICE,
            *apart.command("cli.main", *words, *self._options),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            env=apart.environment(),
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(LONGEST_S):
                out, err = await child.communicate()
        except TimeoutError:
            return 1, b"", f"canh {words[0]}: it took longer than {LONGEST_S:.0f} s"
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        return child.returncode or 0, out, err.decode(errors="replace")
