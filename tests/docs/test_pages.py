"""Every page has its Vietnamese twin, every text of the program its words, the nav every page."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from docs import reference, words
from inventory.tables import TABLES
from tests.docs.pages import (
    DOCS,
    ENGLISH_ONLY,
    GENERATED,
    ROOT,
    blocks,
    english,
    levels,
    settings,
    twin,
)

_TONES = re.compile(r"[àáâãèéêìíòóôõùúýăđĩũơưạ-ỹ]", re.IGNORECASE)


@pytest.mark.parametrize("page", english(), ids=lambda page: page.name)
def test_a_page_has_its_twin_in_vietnamese(page: Path) -> None:
    other = twin(page)
    assert other.is_file(), f"write {other.name}: the same headings, the same blocks of code"
    assert _TONES.search(other.read_text("utf-8")), f"{other.name} is not Vietnamese"


@pytest.mark.parametrize("page", english(), ids=lambda page: page.name)
def test_twins_have_the_same_headings_and_the_same_code(page: Path) -> None:
    assert levels(twin(page)) == levels(page)
    mine, theirs = blocks(page), blocks(twin(page))
    assert [one.language for one in theirs] == [one.language for one in mine]
    if page.name not in GENERATED:
        for one, other in zip(mine, theirs, strict=True):
            assert one.language == "text" or one.text == other.text


@pytest.mark.parametrize("page", english(), ids=lambda page: page.name)
def test_twins_have_tables_of_the_same_length(page: Path) -> None:
    rows = [
        [line.count("|") for line in each.read_text("utf-8").splitlines() if line.startswith("| ")]
        for each in (page, twin(page))
    ]
    assert len(rows[0]) == len(rows[1])


def test_no_twin_is_without_its_page() -> None:
    for other in DOCS.glob("*.vi.md"):
        assert (DOCS / other.name.replace(".vi.md", ".md")).is_file(), other.name


def test_the_nav_has_every_page_once_and_says_what_is_english_only() -> None:
    told = dict(_pages(settings()["nav"]))
    written = {page.name for page in english()} | ENGLISH_ONLY
    assert told.keys() - {"decisions"} == written
    for page in ("decisions", *ENGLISH_ONLY):
        assert "English" in told[page]


def test_every_title_of_the_nav_is_translated_and_no_other() -> None:
    [vi] = [one for one in _languages() if one["locale"] == "vi"]
    same_in_both = {"Canh", "sites.toml", "JSON", "API"}
    assert vi["nav_translations"].keys() == _titles(settings()["nav"]) - same_in_both


def test_an_untranslated_text_of_the_program_is_named_with_its_remedy() -> None:
    with pytest.raises(words.MissingError, match=r"help\.tsv has no Vietnamese for: no such text"):
        words.Words("vi").said("no such text")


def test_help_tsv_has_no_text_that_the_program_does_not_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: set[str] = set()
    known = words.translations()

    class Listening(dict[str, str]):
        def get(self, key: str, default: Any = None) -> Any:
            asked.add(key)
            return known.get(key, default)

    monkeypatch.setattr(words, "translations", Listening)
    for page in (reference.commands, reference.sites_toml, reference.board_keys):
        page("vi")
    assert sorted(known.keys() - asked) == []


def test_keys_tsv_explains_keys_that_there_are() -> None:
    there = {f"{table.name}.{key}" for table in TABLES.values() for key in table.keys}
    told = {line.split("\t")[0] for line in _lines("keys.tsv")}
    assert sorted(told - there) == []


@pytest.mark.parametrize("name", ["help.tsv", "keys.tsv", "figures.tsv", "passages.tsv"])
def test_a_table_of_words_is_vietnamese_where_it_says_so(name: str) -> None:
    columns = {"help.tsv": 1, "keys.tsv": 1, "passages.tsv": 1, "figures.tsv": 3}
    texts = [line.split("\t")[columns[name]] for line in _lines(name)]
    bare = [text for text in texts if len(text.split()) > 3 and not _TONES.search(text)]
    assert [text for text in bare if "=" not in text and ": http" not in text] == []


def test_the_links_of_both_readmes_hold() -> None:
    for name, other in (("README.md", "README.vi.md"), ("README.vi.md", "README.md")):
        told = (ROOT / name).read_text("utf-8")
        targets = re.findall(r"\]\(([^)#]+)\)", told)
        assert other in targets
        assert [target for target in targets if not (ROOT / target).exists()] == []


def _lines(name: str) -> list[str]:
    text = (DOCS / name).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _languages() -> list[dict[str, Any]]:
    [i18n] = [one["i18n"] for one in settings()["plugins"] if isinstance(one, dict)]
    found: list[dict[str, Any]] = i18n["languages"]
    return found


def _pages(nav: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """(page, title) of the whole nav."""
    found: list[tuple[str, str]] = []
    for entry in nav:
        [(title, what)] = entry.items()
        found += _pages(what) if isinstance(what, list) else [(what, title)]
    return found


def _titles(nav: list[dict[str, Any]]) -> set[str]:
    found: set[str] = set()
    for entry in nav:
        [(title, what)] = entry.items()
        found |= {title} | (_titles(what) if isinstance(what, list) else set())
    return found


def test_generated_pages_are_those_of_both_languages() -> None:
    for page, made in reference.PAGES.items():
        if isinstance(made, partial):
            other = page.replace(".vi.md", ".md")
            assert {other, other.replace(".md", ".vi.md")} <= reference.PAGES.keys()
