"""A change of any file of the configuration shows, and nothing else does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from inventory.freshness import fingerprint
from inventory.sites_toml import read
from tests.inventory.small import SOUND

INCLUDES = ("sites.d/*.toml", "one.toml")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "sites.d").mkdir()
    for name in ("sites.toml", "sites.d/a.toml", "one.toml", "secrets.toml"):
        (tmp_path / name).write_text("# \n", "utf-8")
        (tmp_path / name).chmod(0o600)
    return tmp_path / "sites.toml"


@pytest.mark.parametrize("name", ["sites.toml", "sites.d/a.toml", "one.toml", "secrets.toml"])
@pytest.mark.parametrize(
    "how", ["written", "replaced", "removed", "rights", "same size and time of writing"]
)
def test_each_file_and_each_way_to_change_it(file: Path, name: str, how: str) -> None:
    before = fingerprint(file, INCLUDES)
    assert fingerprint(file, INCLUDES) == before
    changed = file.parent / name
    seen = changed.stat()
    if how == "written":
        changed.write_text("# ab\n", "utf-8")
    elif how == "replaced":
        new = changed.with_suffix(".new")
        new.write_text("# \n", "utf-8")
        new.replace(changed)
    elif how == "removed":
        changed.unlink()
    elif how == "rights":
        changed.chmod(0o644)
    else:
        changed.write_text("#a\n", "utf-8")
        os.utime(changed, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert fingerprint(file, INCLUDES) != before


def test_a_new_file_that_a_pattern_names_shows_and_another_does_not(file: Path) -> None:
    before = fingerprint(file, INCLUDES)
    (file.parent / "sites.d" / "notes.txt").write_text("", "utf-8")
    assert fingerprint(file, INCLUDES) == before
    (file.parent / "sites.d" / "b.toml").write_text("", "utf-8")
    assert fingerprint(file, INCLUDES) != before


def test_a_reading_says_which_patterns_the_file_names(tmp_path: Path) -> None:
    path = tmp_path / "sites.toml"
    path.write_text(SOUND.replace("[network]\n", '[network]\ninclude = ["sites.d/*.toml"]\n'))
    assert read(path).includes == ("sites.d/*.toml",)
    path.write_text("no TOML")
    assert read(path).includes == ()
