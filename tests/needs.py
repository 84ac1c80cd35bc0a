"""What a test needs of the machine: without it the test is skipped, but in CI it fails."""

from __future__ import annotations

import os
import shutil

import pytest


def need_program(name: str) -> None:
    """The program must be on the path."""
    if shutil.which(name) is None:
        missing(f"the program {name} is not installed")


def need_root() -> None:
    """The test makes namespaces or changes its user."""
    if os.geteuid() != 0:
        missing("needs root")


def missing(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
