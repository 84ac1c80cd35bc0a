"""Templates are compiled once for all who use them, and never for want of a place to keep that."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from jinja2 import Environment

from reports import templating

LEAF = "leaf.html.j2"


def shown(value: object) -> object:
    return value


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templating, "_KEPT", tmp_path / "__pycache__")
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)


def kept(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("__pycache__/*")]


def test_the_next_one_compiles_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    templating.environment().get_template(LEAF)
    assert len(kept(tmp_path)) == 1

    def refuse(*_: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr(Environment, "compile", refuse)
    templating.environment().get_template(LEAF)
    with pytest.raises(AssertionError, match="again"):  # constants go through `finalize` there
        templating.environment(finalize=shown).get_template(LEAF)


def test_what_is_out_of_date_or_damaged_is_made_again(tmp_path: Path) -> None:
    templating.environment().get_template(LEAF)
    [file] = (tmp_path / "__pycache__").iterdir()
    whole = file.read_bytes()
    digest = whole.split(b"X(\x00\x00\x00")[1][:40]  # of the template's source, pickled
    other = whole.replace(digest, b"0" * 40)
    damaged = whole.replace(b"X(\x00\x00\x00", b"\xff" * 5)
    for content in (other, damaged, *(whole[:length] for length in range(0, len(whole), 7))):
        file.write_bytes(content)
        templating.environment().get_template(LEAF)
        assert file.read_bytes() == whole


@pytest.mark.parametrize(
    ("name", "value"), [("dont_write_bytecode", True), ("pycache_prefix", "/elsewhere")]
)
def test_where_the_interpreter_keeps_no_bytecode_neither_do_we(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    monkeypatch.setattr(sys, name, value)
    templating.environment().get_template(LEAF)
    assert kept(tmp_path) == []


def test_who_may_not_write_reads_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    templating.environment().get_template(LEAF)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(Environment, "compile", None)
    templating.environment().get_template(LEAF)


def test_no_place_for_it_is_no_reason_to_fail(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").write_text("")  # a file: no folder can be made, none be written to
    templating.environment().get_template(LEAF)
