"""A value that the record has no room for is refused where it is written."""

from __future__ import annotations

from inventory.kinds import Fault, word


def test_a_word_is_as_long_as_its_column() -> None:
    assert word("ư" * 64) == "ư" * 64
    refused = word("u" * 65)
    assert isinstance(refused, Fault)
    assert "65 characters" in refused.what
