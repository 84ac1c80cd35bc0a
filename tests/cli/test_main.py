"""How a command ends."""

from __future__ import annotations

import subprocess
import sys

ENDING = """
import atexit, gc
atexit.register(lambda: print(gc.get_freeze_count() > 10_000, gc.get_objects() == []))
from cli.main import main
raise SystemExit(main(["init", "--help"]))
"""


def test_nothing_that_was_loaded_is_searched_for_cycles_at_the_end() -> None:
    done = subprocess.run([sys.executable, "-c", ENDING], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "True True"
