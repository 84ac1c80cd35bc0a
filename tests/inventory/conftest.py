"""What the tests of tables begin with."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.inventory.command import SHIPPED


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped sites.toml in a folder of its own."""
    shutil.copy(SHIPPED, tmp_path / "sites.toml")
    return tmp_path
