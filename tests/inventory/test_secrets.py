"""Secrets come from secrets.toml or the environment, and from there they go nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory.sites_toml import Reading, read
from tests.inventory.small import SOUND, only, reading

NAMING = SOUND.replace('"public"', '"secret:office"')


def with_secrets(folder: Path, text: str, mode: int = 0o600) -> Reading:
    path = folder / "secrets.toml"
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return reading(folder, NAMING)


def community(found: Reading) -> str | None:
    assert found.problems == ()
    assert found.network is not None
    return found.network.snmp["office"].community


def test_a_secret_is_found_beside_the_file(tmp_path: Path) -> None:
    assert community(with_secrets(tmp_path, 'office = "s3cr3t"')) == "s3cr3t"


def test_a_secret_is_found_in_the_environment_which_goes_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANH_SECRET_OFFICE", "from-outside")
    assert community(reading(tmp_path, NAMING)) == "from-outside"
    assert community(with_secrets(tmp_path, 'office = "s3cr3t"')) == "from-outside"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    told = str(only(with_secrets(tmp_path, 'office = "s3cr3t"', mode)))
    path = tmp_path / "secrets.toml"
    assert told == f"{path}:1: others can read it (mode {mode:04o}); chmod 600 {path}"


@pytest.mark.parametrize("text", ['office = "s3cr3t', "office = s3cr3t", 'office = ["s3cr3t"]'])
def test_what_is_wrong_in_it_is_told_without_its_words(tmp_path: Path, text: str) -> None:
    told = str(only(with_secrets(tmp_path, text)))
    assert "secrets.toml:1: " in told
    assert "s3cr3t" not in told


def test_a_secret_that_is_nowhere_is_told_with_both_remedies(tmp_path: Path) -> None:
    told = str(only(reading(tmp_path, NAMING)))
    assert told.endswith(
        '[snmp.office]: community: the secret "office" is not set; '
        "put it into secrets.toml or $CANH_SECRET_OFFICE"
    )


def test_without_secrets_nothing_is_looked_up(tmp_path: Path) -> None:
    with_secrets(tmp_path, 'office = "s3cr3t"', 0o644)
    assert community(read(tmp_path / "sites.toml", secrets=False)) is None


def test_no_reading_shows_a_secret(tmp_path: Path) -> None:
    found = with_secrets(tmp_path, 'office = "s3cr3t"')
    assert community(found) == "s3cr3t"
    assert "s3cr3t" not in repr(found)
