"""Every fault has its words in both languages."""

from __future__ import annotations

from pathlib import Path

from inventory.phrases import LANGUAGES, say
from probes.services.results import LIMPS, NOT_ASKED, SILENT, SURE, Fault


def test_each_word_of_the_closed_list_is_said_in_both_languages_and_differently() -> None:
    for language in LANGUAGES:
        said = [say(language, f"reason.{fault}") for fault in Fault]
        assert len(set(said)) == len(said)


def test_a_word_means_one_thing() -> None:
    groups = (LIMPS, NOT_ASKED, SILENT, SURE)
    assert sum(map(len, groups)) == len(frozenset().union(*groups))


def test_every_word_stands_in_the_docs_with_its_meaning() -> None:
    docs = (Path(__file__).parents[3] / "docs/services.md").read_text("utf-8")
    for fault in set(Fault) - {Fault.NONE}:
        assert f"| `{fault}` | " in docs
        assert f"| {say('en', f'reason.{fault}')} |" in docs
